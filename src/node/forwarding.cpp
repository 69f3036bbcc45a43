// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "forwarding.hpp"

#include <fmt/format.h>

#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"
#include "depths.hpp"

namespace ao::node {

using message::DataItem;
using message::Outgoing;
using outbox::Entry;
using outbox::Route;

namespace {

constexpr std::size_t kRequestsAtOnce = 2;  // to one node
constexpr std::size_t kEntriesOfRoute = 64;
constexpr std::size_t kBytesOfRoute = 1 << 20;
constexpr std::size_t kBytesOfRequest = 4 << 20;

std::string_view scheduler_of(const Outgoing& spawn) {
  const Bytes* scheduler = message::find_tag(spawn.tags, "Scheduler");
  return scheduler != nullptr ? std::string_view(*scheduler) : std::string_view();
}

Error unavailable(std::string text) {
  return {ErrorKind::kUnavailable, "peer-refused", std::move(text)};
}

}  // namespace

Forwarding::Forwarding(const DeliverySettings& settings, store::Store& store,
                       const schedule::Schedule& schedule, Accept& accept, Homes& homes,
                       Peering& peering, outbox::DeadLetters& dead_letters, const crypto::Key& key,
                       const Clock& clock, async::Pool& cpu, Metrics& metrics,
                       Announcements announcements)
    : settings_(settings),
      store_(store),
      schedule_(schedule),
      accept_(accept),
      homes_(homes),
      peering_(peering),
      courier_(key),
      forwards_(store),
      dead_letters_(dead_letters),
      clock_(clock),
      cpu_(cpu),
      metrics_(metrics),
      announcements_(std::move(announcements)),
      strand_(boost::asio::make_strand(cpu.executor())),
      random_(static_cast<std::minstd_rand::result_type>(clock.now().milliseconds)) {}

bool Forwarding::takes(const Outgoing& outgoing) const {
  if (outgoing.kind == Outgoing::Kind::kSpawn)
    return homes_.of_spawn(scheduler_of(outgoing)).has_value();
  const auto target = ProcessId::from_text(outgoing.target);
  return target && homes_.may_be_elsewhere(*target);
}

void Forwarding::resume() {
  for (const Route& route : forwards_.routes())
    announce(route, Slot{0});
}

void Forwarding::announce(const Route& route, Slot slot) {
  boost::asio::post(strand_, [this, route, slot] {
    if (stopping_) return;
    const auto [lane, is_new] = lanes_.try_emplace(route, slot);
    routes_count_ = lanes_.size();
    if (is_new) return group_.spawn(strand_, find_home(route));
    auto& announced = lane->second.announced;
    announced = std::min(announced.value_or(slot), slot);
  });
}

void Forwarding::stop() {
  auto halt = [this] {
    stopping_ = true;
    rests_.announce_all();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  group_.join();
}

Task<> Forwarding::find_home(Route route) {
  Result<std::optional<Address>> home;
  try {
    home = co_await look_for_home(route);
  } catch (const store::Unreadable& error) {
    home = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  if (!home) co_return store_failed(home.error());
  if (!*home) co_return finish(route);
  nodes_[(*home)->text].ready.push_back(route);
  pump(**home);
}

// Nullopt when there is nothing to be sent, or the node stops. Errors: those of the store.
Task<Result<std::optional<Address>>> Forwarding::look_for_home(Route route) {
  while (!stopping_) {
    auto home = co_await home_of(route);
    if (home) {
      lanes_.at(route).backoff.succeeded();
      co_return std::optional<Address>(std::move(*home));
    }
    const bool is_nowhere = home.error().kind == ErrorKind::kNotFound;
    AO_CO_CHECK(co_await settle_all(route, home.error(), !is_nowhere));
    if (is_nowhere) break;
    const auto pause = lanes_.at(route).backoff.failed(random_());
    log::debug("messages wait for a peer",
               {{"target", route.target.text()}, {"reason", home.error().text}});
    co_await rests_.wait(0, std::chrono::steady_clock::now() + pause);
  }
  co_return std::optional<Address>();
}

// Of a spawn the scheduler was known when it came here, and is again when its node says where it
// is.
Task<Result<Address>> Forwarding::home_of(Route route) {
  const auto first = forwards_.oldest(route, lanes_.at(route).from, 1, kBytesOfRoute);
  if (first.empty() || first.front().outgoing.kind != Outgoing::Kind::kSpawn) {
    auto home = co_await homes_.find(route.target);
    co_return home;
  }
  const std::string_view schedulers = scheduler_of(first.front().outgoing);
  auto scheduler = homes_.of_spawn(schedulers);
  Error error = unavailable(fmt::format("it is not known where scheduler {} answers", schedulers));
  if (!scheduler) co_return std::unexpected(std::move(error));
  co_return std::move(*scheduler);
}

void Forwarding::pump(const Address& address) {
  Node& node = nodes_[address.text];
  while (!stopping_ && !node.is_resting && node.in_flight < kRequestsAtOnce &&
         !node.ready.empty()) {
    ++node.in_flight;
    group_.spawn(strand_, send_to(address));
  }
}

// The routes' oldest entries, up to what one request holds.
std::vector<Forwarding::Load> Forwarding::next_loads(Node& node) {
  std::vector<Load> loads;
  std::size_t entries = 0, bytes = 0;
  while (!node.ready.empty() && entries < node.entries_max && bytes < kBytesOfRequest) {
    Load load{node.ready.front(), {}, {}};
    node.ready.pop_front();
    Lane& lane = lanes_.at(load.route);
    if (lane.announced) lane.from = std::min(lane.from, *lane.announced);
    lane.announced.reset();
    const std::size_t count = std::min(kEntriesOfRoute, node.entries_max - entries);
    load.entries = forwards_.oldest(load.route, lane.from, count, kBytesOfRoute);
    if (load.entries.empty()) {
      finish(load.route);
      continue;
    }
    entries += load.entries.size();
    for (const Entry& entry : load.entries)
      bytes += entry.outgoing.data.size();
    loads.push_back(std::move(load));
  }
  return loads;
}

Task<> Forwarding::send_to(Address address) {
  Result<> sent;
  try {
    sent = co_await send(address);
  } catch (const store::Unreadable& error) {
    sent = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  --nodes_[address.text].in_flight;
  if (!sent) co_return store_failed(sent.error());
  pump(address);
}

// Each route is ready again afterwards, until nothing of it is found, or rests. Errors: those of
// the store.
Task<Result<>> Forwarding::send(Address address) {
  Node& node = nodes_[address.text];
  auto loads = next_loads(node);
  if (loads.empty()) co_return Result<>();
  std::size_t entries = 0;
  for (const Load& load : loads)
    entries += load.entries.size();
  auto carrying = carry(address, loads);
  auto fates = co_await std::move(carrying);

  const bool is_too_much = !fates && fates.error().kind == ErrorKind::kTooLarge;
  if (is_too_much && entries == 1) {
    fates = std::vector<Fate>{fail(ErrorKind::kInvalid, "peer-refused", fates.error().text)};
  } else if (is_too_much) {
    node.entries_max = entries / 2;
    for (const Load& load : loads)
      node.ready.push_back(load.route);
    co_return Result<>();
  }
  if (!fates) {
    for (const Load& load : loads) {
      AO_CO_CHECK(co_await settle_all(load.route, fates.error(), true));
      node.ready.push_back(load.route);
    }
    const auto pause = node.backoff.failed(random_());
    log::debug("a peer rests", {{"address", address.text}, {"reason", fates.error().text}});
    if (!node.is_resting) group_.spawn(strand_, rest_node(address, pause));
    node.is_resting = true;
    co_return Result<>();
  }
  node.backoff.succeeded();
  peering_.keep(address);
  node.entries_max = std::min(kEntriesOfRequest, 2 * node.entries_max);
  std::span<const Fate> left = *fates;
  for (const Load& load : loads) {
    const auto own = left.first(load.entries.size());
    left = left.subspan(load.entries.size());
    AO_CO_TRY(waits, co_await settle(address, load, own));
    Lane& lane = lanes_.at(load.route);
    if (waits) {
      group_.spawn(strand_, rest_route(load.route, address, lane.backoff.failed(random_())));
    } else {
      lane.backoff.succeeded();
      node.ready.push_back(load.route);
    }
  }
  co_return Result<>();
}

void Forwarding::sign(Load& load) const {
  const auto spawn = schedule_.log().spawn(load.route.sender);
  if (!spawn) {
    const Error error{ErrorKind::kInvalid, "outgoing-malformed", "its sender is not on this node"};
    load.items.assign(load.entries.size(), std::unexpected(error));
    return;
  }
  const auto sender = message::Definition::of(spawn->body());
  Depths depths(schedule_.log(), sender);
  for (const Entry& entry : load.entries)
    load.items.push_back(item_of(entry, sender, depths.after(entry.origin.slot)));
}

Result<DataItem> Forwarding::item_of(const Entry& entry, const message::Definition& sender,
                                     std::uint64_t depth) const {
  if (entry.outgoing.kind == Outgoing::Kind::kSpawn) {
    AO_TRY(spawn, courier_.spawn(entry.outgoing, entry.origin, sender, depth));
    return std::move(spawn);
  }
  if (entry.outgoing.kind == Outgoing::Kind::kMessage) {
    AO_TRY(item, courier_.message(entry.outgoing, entry.origin, sender, depth));
    return std::move(item);
  }
  const auto id = MessageId::from_text(entry.outgoing.data);
  auto item = id ? accept_.item(*id) : std::nullopt;
  if (item) return std::move(*item);
  return fail(ErrorKind::kInvalid, "item-unknown",
              fmt::format("no message {} is on this node", entry.outgoing.data));
}

// In the order of the entries. Errors: why the node did not answer for them; kTooLarge when it was
// more than it takes at once.
Task<Result<std::vector<Fate>>> Forwarding::carry(Address address, std::span<Load> loads) {
  const auto url = peering_.url_of(address);
  Error error = unavailable(fmt::format("it is not known where {} answers", address.text));
  if (!url) co_return std::unexpected(std::move(error));

  std::size_t count = 0;
  auto made = [&] {
    std::vector<Brought> messages;
    for (Load& load : loads) {
      sign(load);
      for (std::size_t i = 0; i < load.items.size(); ++i) {
        if (!load.items[i]) continue;
        messages.push_back({*load.items[i]});
        if (load.entries[i].outgoing.kind == Outgoing::Kind::kAssignment)
          messages.back().assigned = load.route.target;
      }
    }
    count = messages.size();
    return bringing(std::move(messages));
  };
  auto request = co_await async::run_on(cpu_.executor(), made);
  const std::size_t bytes = request.body.size();
  auto answer = co_await peering_.fetch(*url, std::move(request));
  // However large the answer was that it would have given: it is no word about these messages.
  if (!answer) co_return std::unexpected(unavailable(answer.error().text));
  const auto said = fates_in(*answer, *url, count, bytes);
  if (!said) co_return std::unexpected(said.error());

  std::vector<Fate> fates;
  auto next = said->begin();
  for (const Load& load : loads)
    for (const auto& item : load.items)
      fates.push_back(item ? *next++ : Fate(std::unexpected(item.error())));
  co_return fates;
}

// What is behind an entry that waits, waits with it.
Task<Result<std::optional<Error>>> Forwarding::settle(Address node, const Load& load,
                                                      std::span<const Fate> fates) {
  store::Batch batch;
  std::vector<Spawned> spawned;
  std::optional<Error> waits;
  Lane& lane = lanes_.at(load.route);
  for (std::size_t i = 0; i < fates.size() && !waits; ++i) {
    if (!fates[i] && fates[i].error().kind == ErrorKind::kUnavailable && !is_old(load.entries[i])) {
      waits = fates[i].error();
      break;
    }
    write_fate(load.route, load.entries[i], fates[i], batch);
    lane.from = load.entries[i].origin.slot;
    if (load.entries[i].outgoing.kind != Outgoing::Kind::kSpawn) continue;
    Result<ProcessId> process;
    if (fates[i]) {
      process = process_named_by(load.items[i]->id());
      Homes::write(*process, node, batch);
    } else {
      process = std::unexpected(fates[i].error());
    }
    spawned.push_back({load.entries[i], std::move(process)});
  }
  AO_CO_CHECK(co_await answer(load.route.sender, std::move(spawned)));
  if (!batch.empty()) {
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
    announcements_.settled(load.route.sender);
  }
  co_return waits;
}

// Tells the sender what its spawns became, before they are forgotten: what is told twice is
// recognised. Errors: why it could not be told yet.
Task<Result<>> Forwarding::answer(ProcessId sender, std::vector<Spawned> spawned) {
  if (spawned.empty()) co_return Result<>();
  auto work = [this, sender, all = std::move(spawned)] {
    std::vector<Result<message::OwnItem>> answers;
    const auto spawn = schedule_.log().spawn(sender);
    if (!spawn) return answers;
    const auto definition = message::Definition::of(spawn->body());
    Depths depths(schedule_.log(), definition);
    for (const auto& [entry, process] : all)
      if (const auto depth = depths.after(entry.origin.slot); depth <= settings_.depth_max)
        answers.push_back(courier_.spawned(entry.outgoing, entry.origin, process, depth));
    return answers;
  };
  auto answers = co_await async::run_on(cpu_.executor(), std::move(work));
  const auto placed = co_await accept_.schedule_own(std::move(answers));
  for (const auto& one : placed) {
    if (!one && is_temporary(one.error())) co_return std::unexpected(one.error());
    if (one) announcements_.scheduled(*one);
  }
  co_return Result<>();
}

void Forwarding::write_fate(const Route& route, const Entry& entry, const Fate& fate,
                            store::Batch& batch) {
  outbox::Forwards::remove(route.target, entry.origin, batch);
  metrics_.delivered(fate ? "forwarded" : fate.error().code);
  const bool is_answered = entry.outgoing.kind == Outgoing::Kind::kSpawn;  // the sender is told
  if (fate || is_answered || fate.error().code == "process-nowhere") return;
  dead_letters_.write(
      {route.target, entry, clock_.now(), std::string(fate.error().code), fate.error().text},
      batch);
  log::warn("a message cannot be delivered", {{"sender", route.sender.text()},
                                              {"target", route.target.text()},
                                              {"reason", fate.error().text}});
}

// All that is left of a route, or only what has waited for too long.
Task<Result<>> Forwarding::settle_all(Route route, Error reason, bool only_old) {
  for (;;) {
    Lane& lane = lanes_.at(route);
    store::Batch batch;
    std::vector<Spawned> spawned;
    const auto entries = forwards_.oldest(route, lane.from, kEntriesOfRoute, kBytesOfRoute);
    for (const Entry& entry : entries) {
      if (only_old && !is_old(entry)) break;
      write_fate(route, entry, Fate(std::unexpected(reason)), batch);
      lane.from = entry.origin.slot;
      if (entry.outgoing.kind == Outgoing::Kind::kSpawn)
        spawned.push_back({entry, std::unexpected(reason)});
    }
    if (batch.empty()) co_return Result<>();
    AO_CO_CHECK(co_await answer(route.sender, std::move(spawned)));
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
    announcements_.settled(route.sender);
  }
}

bool Forwarding::is_old(const Entry& entry) const {
  const auto sent = schedule_.log().read(entry.origin.process, entry.origin.slot);
  const auto limit = static_cast<std::uint64_t>(settings_.give_up_after.count());
  return sent && sent->timestamp().milliseconds + limit < clock_.now().milliseconds;
}

Task<> Forwarding::rest_node(Address address, std::chrono::milliseconds pause) {
  resting_count_ += 1;
  co_await rests_.wait(0, std::chrono::steady_clock::now() + pause);
  resting_count_ -= 1;
  nodes_[address.text].is_resting = false;
  pump(address);
}

Task<> Forwarding::rest_route(Route route, Address address, std::chrono::milliseconds pause) {
  co_await rests_.wait(0, std::chrono::steady_clock::now() + pause);
  nodes_[address.text].ready.push_back(route);
  pump(address);
}

// Nothing is left of it, as far as was seen.
void Forwarding::finish(const Route& route) {
  const auto lane = lanes_.find(route);
  const auto announced = lane->second.announced;
  lanes_.erase(lane);
  routes_count_ = lanes_.size();
  if (announced) announce(route, *announced);
}

void Forwarding::store_failed(const Error& error) {
  log::warn("forwarded messages wait for the next start", {{"reason", error.text}});
}

Task<Result<>> Forwarding::retry(message::Origin origin) {
  const auto letter = dead_letters_.find(origin);
  Error error{ErrorKind::kNotFound, "dead-letter-unknown",
              fmt::format("entry {} of slot {} of process {} is not among the dead letters",
                          origin.index, origin.slot.number, origin.process.text())};
  if (!letter) co_return std::unexpected(std::move(error));
  error = {ErrorKind::kInvalid, "depth-exceeded", letter->reason};
  if (letter->code == error.code) co_return std::unexpected(std::move(error));
  store::Batch batch;
  dead_letters_.remove(origin, batch);
  outbox::Forwards::write(letter->target, letter->entry, batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  announce({letter->target, origin.process}, origin.slot);
  co_return Result<>();
}

}  // namespace ao::node
