// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "sending.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"
#include "depths.hpp"

namespace ao::node {

using message::Outgoing;
using message::OwnItem;

namespace {

constexpr std::size_t kEntriesAtOnce = 64;
constexpr std::size_t kSendersRemembered = 100'000;
constexpr std::chrono::milliseconds kRetryPause{500};

constexpr std::chrono::minutes kModulePatience{10};  // with gateways that do not answer

constexpr std::string_view kForwarded = "forwarded";

bool is_forwarded(const Result<schedule::Placement>& placed) {
  return !placed && placed.error().code == kForwarded;
}

bool is_order(const outbox::Entry& entry) {
  return entry.outgoing.kind == Outgoing::Kind::kMessage && cron::is_order(entry.outgoing.tags);
}

}  // namespace

Sending::Sending(const DeliverySettings& settings, store::Store& store,
                 schedule::Schedule& schedule, Accept& accept, Provision& provision,
                 Ticking& ticking, Forwarding& forwarding, outbox::DeadLetters& dead_letters,
                 const crypto::Key& key, const Clock& clock, async::Pool& cpu, Metrics& metrics,
                 Announcements announcements)
    : settings_(settings),
      store_(store),
      schedule_(schedule),
      accept_(accept),
      provision_(provision),
      ticking_(ticking),
      forwarding_(forwarding),
      dead_letters_(dead_letters),
      courier_(key),
      outbox_(store),
      clock_(clock),
      cpu_(cpu),
      metrics_(metrics),
      announcements_(std::move(announcements)),
      strand_(boost::asio::make_strand(cpu.executor())),
      retry_(strand_) {}

void Sending::announce(const ProcessId& sender) {
  boost::asio::post(strand_, [this, sender] {
    senders_.announce(sender);
    pump();
  });
}

void Sending::pump() {
  while (!stopping_ && senders_.in_flight() < 2 * cpu_.threads()) {
    const auto sender = senders_.take();
    if (!sender) break;
    tasks_.spawn(strand_, send(*sender));
  }
}

Task<> Sending::send(ProcessId sender) {
  Result<bool> sent = false;
  try {
    sent = co_await send_oldest(sender);
  } catch (const store::Unreadable& error) {
    sent = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  if (!sent) {
    log::warn("deliveries wait", {{"process", sender.text()}, {"reason", sent.error().text}});
    if (!stopping_ && store_.failure().empty()) {
      retry_.expires_after(kRetryPause);
      co_await retry_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      sent = true;
    }
  }
  senders_.finish(sender, sent && *sent);
  pump();
}

// True when there may be more to send.
Task<Result<bool>> Sending::send_oldest(ProcessId sender) {
  if (settled_until_.size() >= kSendersRemembered) settled_until_.clear();
  const auto entries = outbox_.oldest(sender, settled_until_[sender], kEntriesAtOnce);
  if (entries.empty()) co_return false;
  const auto spawn = schedule_.log().spawn(sender);
  if (!spawn) co_return false;
  const auto definition = message::Definition::of(spawn->body());

  const auto lacking = modules_lacking(entries, definition);
  std::vector<Result<OwnItem>> items;
  items.reserve(entries.size());
  auto sign = [&] {
    Depths depths(schedule_.log(), definition);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      items.push_back(item_for(entries[i], definition, depths.after(entries[i].origin.slot)));
      if (const auto found = lacking.find(i); found != lacking.end() && items.back())
        items.back() = std::unexpected(found->second);
    }
    return true;
  };
  co_await async::run_on(cpu_.executor(), sign);
  auto placed = co_await deliver(std::move(items));
  co_await assign(entries, placed);
  auto answers = answers_to_spawns(entries, placed, definition);
  auto orders = orders_in(entries, definition);
  auto refusals = co_await answers_to_orders(entries, definition, std::move(orders));
  std::ranges::move(refusals, std::back_inserter(answers));
  const auto answered = co_await deliver(std::move(answers));

  store::Batch batch;
  std::optional<Error> waits;
  std::map<outbox::Route, Slot> forwarded;  // from which slot on
  std::size_t settled = 0;
  for (std::size_t i = 0; i < entries.size() && !waits; ++i) {
    if (!placed[i] && is_temporary(placed[i].error())) {
      waits = placed[i].error();  // this entry and those behind it stay
      break;
    }
    outbox::Outbox::remove(entries[i].origin, batch);
    if (is_forwarded(placed[i])) {
      const auto target = *outbox::Forwards::target_of(entries[i].outgoing);
      outbox::Forwards::write(target, entries[i], batch);
      forwarded.try_emplace({target, sender}, entries[i].origin.slot);
    } else {
      metrics_.delivered(placed[i] ? "scheduled" : placed[i].error().code);
      if (!placed[i] && placed[i].error().code == "depth-exceeded")
        tell_dead(entries[i], placed[i].error(), batch);
    }
    settled = i + 1;
  }
  for (const auto& one : answered)
    if (!one && is_temporary(one.error())) co_return std::unexpected(one.error());
  if (!batch.empty()) {
    auto settled_orders = orders_in(std::span(entries).first(settled), definition);
    AO_CO_CHECK(co_await commit(sender, std::move(settled_orders), std::move(batch)));
    announcements_.settled(sender);
  }
  for (const auto& [route, slot] : forwarded)
    forwarding_.announce(route, slot);
  if (waits && waits->code == "module-awaited")
    co_return false;  // it is announced when it is there
  if (waits) co_return std::unexpected(*waits);
  settled_until_[sender] = entries.back().origin.slot;
  co_return true;
}

// Of the spawns among them whose modules are not here, by their place. One that is being fetched
// waits, and those behind it, but without a seat of those who send: others are not held up.
std::map<std::size_t, Error> Sending::modules_lacking(std::span<const outbox::Entry> entries,
                                                      const message::Definition& sender) {
  std::map<std::size_t, Error> lacking;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Outgoing& outgoing = entries[i].outgoing;
    if (outgoing.kind != Outgoing::Kind::kSpawn || forwarding_.takes(outgoing)) continue;
    const Bytes* named = message::find_tag(outgoing.tags, "Module");
    const Bytes module = named == nullptr ? Bytes(sender.module) : *named;
    const auto known = modules_.find({sender.id, module});
    if (known != modules_.end() && known->second) {
      lacking.emplace(i, *known->second);
      modules_.erase(known);
      continue;
    }
    if (provision_.has(module)) continue;
    lacking.emplace(
        i, Error{ErrorKind::kUnavailable, "module-awaited", "its module is being fetched"});
    if (known != modules_.end()) continue;
    modules_.emplace(std::pair(sender.id, module), std::nullopt);
    tasks_.spawn(strand_, fetch_module(sender.id, module));
  }
  return lacking;
}

Task<> Sending::fetch_module(ProcessId sender, Bytes module) {
  const auto until = std::chrono::steady_clock::now() + kModulePatience;
  delivery::Backoff backoff;
  Result<> provided;
  while (!stopping_) {
    Bytes asker = asker_of(sender);
    try {
      provided = co_await provision_.provide(module, std::move(asker));
    } catch (const store::Unreadable& error) {
      provided = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    const auto now = std::chrono::steady_clock::now();
    if (provided || !is_temporary(provided.error()) || now > until || stopping_) break;
    const auto pause = backoff.failed(random_());
    co_await pauses_.wait(0, now + pause);
  }
  if (stopping_) co_return;
  const std::pair key(sender, module);
  if (provided) {
    modules_.erase(key);
  } else {
    modules_[key] = Error{ErrorKind::kInvalid, "module-unknown", provided.error().text};
  }
  announce(sender);
}

Result<OwnItem> Sending::item_for(const outbox::Entry& entry, const message::Definition& sender,
                                  std::uint64_t depth) const {
  if (entry.outgoing.kind == Outgoing::Kind::kAssignment)
    return fail(ErrorKind::kInvalid, "assignment", "its message is an item already");
  if (is_order(entry))
    return fail(ErrorKind::kInvalid, "task-order", "it is for the node, which carries it out");
  if (depth > settings_.depth_max)
    return fail(ErrorKind::kInvalid, "depth-exceeded",
                fmt::format("{} messages led to it, each sent because of the one before; "
                            "delivery.depth_max is {}",
                            depth, settings_.depth_max));
  if (entry.outgoing.kind == Outgoing::Kind::kSpawn) {
    AO_TRY(item, courier_.spawn(entry.outgoing, entry.origin, sender, depth));
    const bool was_placed = schedule_.log().count(process_named_by(item.id())).has_value();
    if (!was_placed && forwarding_.takes(entry.outgoing))
      return fail(ErrorKind::kNotFound, kForwarded, "it is left to the forward arrow");
    return std::move(item);
  }
  // Most messages go to wallets; they are not worth a signature.
  const auto target = ProcessId::from_text(entry.outgoing.target);
  if (target && !is_here(*target))
    return forwarding_.takes(entry.outgoing)
               ? fail(ErrorKind::kNotFound, kForwarded, "it is left to the forward arrow")
               : fail(ErrorKind::kNotFound, "target-elsewhere",
                      fmt::format("{} is not a process of this node", entry.outgoing.target));
  return courier_.message(entry.outgoing, entry.origin, sender, depth);
}

// Whether this node orders its messages.
bool Sending::is_here(const ProcessId& process) const {
  return schedule_.log().count(process) && !accept_.follows().contains(process);
}

void Sending::tell_dead(const outbox::Entry& entry, const Error& reason, store::Batch& batch) {
  const auto target = ProcessId::from_text(entry.outgoing.target);
  dead_letters_.write({target.value_or(entry.origin.process), entry, clock_.now(),
                       std::string(reason.code), reason.text},
                      batch);
  log::warn("a message goes nowhere",
            {{"sender", entry.origin.process.text()}, {"reason", reason.text}});
}

Task<> Sending::assign(const std::vector<outbox::Entry>& entries, std::vector<Placed>& placed) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Outgoing& outgoing = entries[i].outgoing;
    if (outgoing.kind != Outgoing::Kind::kAssignment) continue;
    const auto message = MessageId::from_text(outgoing.data);
    const auto process = ProcessId::from_text(outgoing.target);
    if (!message || !process) continue;
    if (!is_here(*process) && forwarding_.takes(outgoing)) {
      placed[i] = fail(ErrorKind::kNotFound, kForwarded, "it is left to the forward arrow");
      continue;
    }
    auto one = co_await accept_.assign(*message, *process);
    if (one && one->is_new) announcements_.scheduled(*one);
    if (!one && !is_temporary(one.error()))
      log::info("a message is not assigned",
                {{"sender", entries[i].origin.process.text()}, {"reason", one.error().text}});
    placed[i] = std::move(one);
  }
}

Task<std::vector<Sending::Placed>> Sending::deliver(std::vector<Result<OwnItem>> items) {
  auto placed = co_await accept_.schedule_own(std::move(items));
  for (const Placed& one : placed)
    if (one) announcements_.scheduled(*one);
  co_return placed;
}

std::vector<Result<OwnItem>> Sending::answers_to_spawns(const std::vector<outbox::Entry>& entries,
                                                        const std::vector<Placed>& placed,
                                                        const message::Definition& sender) const {
  std::vector<Result<OwnItem>> answers;
  Depths depths(schedule_.log(), sender);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool is_spawn = entries[i].outgoing.kind == Outgoing::Kind::kSpawn;
    const std::uint64_t depth = depths.after(entries[i].origin.slot);
    const bool waits = !placed[i] && is_temporary(placed[i].error());
    if (!is_spawn || waits || is_forwarded(placed[i]) || depth > settings_.depth_max) continue;
    const Result<ProcessId> process =
        placed[i] ? Result<ProcessId>(placed[i]->process) : std::unexpected(placed[i].error());
    answers.push_back(courier_.spawned(entries[i].outgoing, entries[i].origin, process, depth));
  }
  return answers;
}

// What the process asks of its tasks, given when its slot was; in the order of the entries.
Ticking::Orders Sending::orders_in(std::span<const outbox::Entry> entries,
                                   const message::Definition& sender) const {
  Ticking::Orders orders;
  for (const outbox::Entry& entry : entries) {
    if (!is_order(entry)) continue;
    const auto given = schedule_.log().read(sender.id, entry.origin.slot);
    const Timestamp at = given ? given->timestamp() : Timestamp{};
    orders.push_back(ticking_.read(sender, entry.outgoing.tags, entry.outgoing.data, at));
  }
  return orders;
}

// Refusals, told before the orders are removed.
Task<std::vector<Result<OwnItem>>> Sending::answers_to_orders(
    const std::vector<outbox::Entry>& entries, message::Definition sender, Ticking::Orders orders) {
  std::vector<Result<OwnItem>> answers;
  if (orders.empty()) co_return answers;
  const auto judged = co_await ticking_.judge(sender.id, std::move(orders));
  Depths depths(schedule_.log(), sender);
  auto verdict = judged.begin();
  for (const outbox::Entry& entry : entries) {
    if (!is_order(entry)) continue;
    const std::uint64_t depth = depths.after(entry.origin.slot);
    if (!*verdict && depth <= settings_.depth_max)
      answers.push_back(
          courier_.task_refused(entry.outgoing, entry.origin, verdict->error(), depth));
    ++verdict;
  }
  co_return answers;
}

Task<Result<>> Sending::commit(ProcessId sender, Ticking::Orders orders, store::Batch batch) {
  if (orders.empty()) {
    auto written = co_await store_.commit(std::move(batch));
    co_return written;
  }
  AO_CO_CHECK(co_await ticking_.carry_out(sender, std::move(orders), "process", std::move(batch)));
  co_return Result<>();
}

void Sending::stop() {
  auto halt = [this] {
    stopping_ = true;
    retry_.cancel();
    pauses_.announce_all();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  tasks_.join();
}

}  // namespace ao::node
