// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "ao/base/log.hpp"
#include "ao/node/wallet.hpp"
#include "cache_keys.hpp"

namespace ao::node {

using settlement::Contents;
using settlement::Journal;
using settlement::Record;
using settlement::Span;
using settlement::State;
using settlement::Summary;

namespace {

using namespace std::chrono_literals;

constexpr auto kTickMax = 500ms;
constexpr auto kAllShardsInterval = 60s;  // announcements may be lost, heads are not
constexpr auto kWarnInterval = 1h;
constexpr std::size_t kItemsOfBundle = 256;
constexpr std::size_t kBundlesATell = 64;
constexpr std::size_t kMarksOfBatch = 1'024;

// The URLs are the operator's: they are reached wherever they are.
std::unique_ptr<http::ClientPool> client_of(const SettlementSettings& settings, async::Pool& net) {
  if (settings.bundler_urls.empty() && settings.node_urls.empty()) return nullptr;
  http::EgressSettings egress;
  egress.ca_file = settings.ca_file;
  auto opened = http::Egress::open(egress);
  if (!opened) throw std::runtime_error("[settlement] " + opened.error().text);
  opened->policy = http::EgressPolicy::unrestricted();
  http::ClientPoolSettings pool;
  pool.limits.connect_timeout = std::min<std::chrono::milliseconds>(10s, settings.request_timeout);
  pool.limits.head_timeout = settings.request_timeout;
  pool.limits.answer_timeout = settings.request_timeout;
  return http::ClientPool::open(net, std::move(*opened), pool);
}

std::unique_ptr<crypto::Key> wallet_of(const SettlementSettings& settings) {
  auto wallet = load_wallet(settings);
  if (!wallet) throw std::runtime_error("[settlement] wallet_file: " + wallet.error().text);
  return std::move(*wallet);
}

std::chrono::milliseconds age(Timestamp since, Timestamp now) {
  return std::chrono::milliseconds(now > since ? now.milliseconds - since.milliseconds : 0);
}

// What the last of those that are asked has against it; or "".
std::string reason_in(const Summary& summary) {
  std::string text;
  for (const auto* endpoints : {&summary.gateways, &summary.bundlers, &summary.nodes})
    for (const Summary::Endpoint& endpoint : *endpoints)
      if (!endpoint.reason.empty()) text = endpoint.url + ": " + endpoint.reason;
  return text;
}

}  // namespace

void Settling::Gathered::add(std::uint64_t size, Timestamp since) {
  if (bytes == 0 || since < oldest) oldest = since;
  bytes += size;
}

Settling::Settling(const SettlementSettings& settings, const std::vector<std::string>& gateway_urls,
                   store::Store& store, const schedule::Log& log, const process::Records& records,
                   const process::Follows& follows, const crypto::Key& key, const Clock& clock,
                   async::Pool& net, Metrics& metrics)
    : settings_(settings),
      course_(settings.rules),
      store_(store),
      log_(log),
      records_(records),
      follows_(follows),
      key_(key),
      clock_(clock),
      metrics_(metrics),
      journal_(store),
      client_(client_of(settings, net)),
      strand_(boost::asio::make_strand(thread_.executor())),
      wallet_(wallet_of(settings)),
      purse_(settings.spending),
      random_(static_cast<std::minstd_rand::result_type>(clock.now().milliseconds)) {
  for (const std::string& url : is_paying() ? settings.node_urls : settings.bundler_urls)
    takers_.emplace_back().url = url;
  for (const std::string& url : gateway_urls.empty() ? settings.bundler_urls : gateway_urls)
    gateways_.emplace_back().url = url;
  summary_.with([this](Summary& summary) { summary.is_on = is_on(); });
}

void Settling::resume() {
  if (is_on()) group_.spawn(strand_, run());
}

void Settling::stop() {
  auto halt = [this] {
    stopping_ = true;
    wake();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  if (client_) client_->stop();
  group_.join();
  thread_.join();
}

Task<> Settling::run() {
  const auto tick =
      std::clamp<std::chrono::milliseconds>(settings_.rules.bundle_age_max / 4, 10ms, kTickMax);
  Result<> done;
  try {
    done = co_await take_up();
  } catch (const store::Unreadable& error) {
    done = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  while (done && !stopping_ && failure_.empty()) {
    try {
      done = co_await work();
    } catch (const store::Unreadable& error) {
      done = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    if (!done || stopping_) break;
    co_await pauses_.wait(0, Steady::now() + tick);
  }
  if (!done) fail_with(done.error());
}

void Settling::fail_with(const Error& error) {
  if (stopping_ || !failure_.empty()) return;
  failure_ = error.text;
  log::error("nothing is settled until the next start", {{"reason", error.text}});
  tell();
}

// What a start finds: cursors, and the bundles that are not confirmed.
Task<Result<>> Settling::take_up() {
  for (std::size_t number = 0; number < store::kShards; ++number)
    cursors_[number] = journal_.cursor({static_cast<std::uint8_t>(number)});
  gathered_.ends = cursors_;
  const auto next = journal_.next_number();
  next_number_ = next.value_or(0);
  for (const std::uint64_t number : journal_.unconfirmed()) {
    AO_CO_TRY(record, journal_.bundle(number));
    pending_[number].record = std::move(record);
  }
  for (const settlement::Payment& payment :
       journal_.payments(settlement::a_day_before(clock_.now())))
    purse_.pay(payment);
  unconfirmed_ = pending_.empty() ? next_number_ : pending_.begin()->first;
  if (!next) AO_CO_CHECK(co_await mark_all_items());
  co_return Result<>();
}

// Those that were kept before anything was settled.
Task<Result<>> Settling::mark_all_items() {
  std::vector<MessageId> items;
  store_.scan("d", "d", [&items](BytesView key, BytesView) {
    if (const auto id = MessageId::from_bytes(key.substr(1))) items.push_back(*id);
    return true;
  });
  std::erase_if(
      items, [this](const MessageId& id) { return store_.get(cached_item_key(id)).has_value(); });
  for (std::size_t at = 0; at < items.size(); at += kMarksOfBatch) {
    store::Batch batch;
    for (std::size_t i = at; i < std::min(items.size(), at + kMarksOfBatch); ++i)
      Journal::mark_item(items[i], batch);
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  }
  co_return Result<>();
}

Task<Result<>> Settling::work() {
  AO_CO_CHECK(co_await make_bundles());
  pump();
  tell();
  co_return Result<>();
}

// As many as there are; what waits is no more than one, and is not old enough.
Task<Result<>> Settling::make_bundles() {
  const auto now = Steady::now();
  if (now - looked_at_all_ >= kAllShardsInterval) {
    looked_at_all_ = now;
    for (auto& grown : grown_)
      grown = true;
  }
  gather_items();
  while (!stopping_) {
    AO_CO_CHECK(gather());
    if (!is_due(settings_.rules, gathered_.bytes, gathered_.oldest, clock_.now())) break;
    AO_CO_CHECK(co_await make_one());
    pump();
    if (next_number_ % kBundlesATell == 0) tell();
  }
  co_return Result<>();
}

void Settling::gather_items() {
  if (!gathered_.items.empty()) return;
  for (const MessageId& id : journal_.waiting_items(kItemsOfBundle)) {
    const auto item = records_.item(id);
    if (!item) continue;
    gathered_.items.push_back(id);
    gathered_.add(item->bytes().size(), clock_.now());
    if (gathered_.bytes >= settings_.rules.bundle_bytes_max) break;
  }
}

// What came since, until there is enough for a bundle.
Result<> Settling::gather() {
  for (std::size_t i = 0; i < store::kShards; ++i) {
    if (gathered_.bytes >= settings_.rules.bundle_bytes_max) break;
    const std::size_t number = (first_shard_ + i) % store::kShards;
    if (!grown_[number].exchange(false, std::memory_order_relaxed)) continue;
    AO_CHECK(gather_shard({static_cast<std::uint8_t>(number)}));
  }
  return {};
}

Result<> Settling::gather_shard(store::Shard shard) {
  const store::ShardLogs& logs = store_.logs();
  std::uint64_t& end = gathered_.ends[shard.number];
  const std::uint64_t head = logs.head(shard).next;
  Result<> read;
  bool is_first = true;
  logs.read_shard(shard, end, [&](std::uint64_t sequence, const ProcessId& process, Slot slot) {
    if (sequence >= head) return false;
    if (follows_.contains(process)) {  // what another node scheduled it settles itself
      end = sequence + 1;
      return true;
    }
    const auto body = logs.read_entry(process, slot);
    const auto assignment =
        is_first && body ? schedule::Log::assignment_in(process, slot, *body) : std::nullopt;
    if (!body || (is_first && !assignment)) {
      read = fail(ErrorKind::kUnavailable, "schedule-damaged",
                  fmt::format("process {}, slot {}: it cannot be read: see aonode db verify",
                              process.text(), slot.number));
      return false;
    }
    gathered_.add(body->size(), is_first ? assignment->timestamp() : gathered_.oldest);
    ++gathered_.messages;
    is_first = false;
    end = sequence + 1;
    return gathered_.bytes < settings_.rules.bundle_bytes_max;
  });
  if (end < head) grown_[shard.number] = true;  // there is more
  return read;
}

Result<Contents> Settling::contents_of(const std::vector<Span>& spans,
                                       const std::vector<MessageId>& items) const {
  Contents contents(key_);
  Result<> read;
  const auto damaged = [](const std::string& what) {
    return fail(ErrorKind::kUnavailable, "schedule-damaged",
                what + " cannot be read: see aonode db verify");
  };
  for (const MessageId& id : items) {
    const auto item = records_.item(id);
    if (!item) return damaged("item " + id.text());
    contents.add(*item);
  }
  for (const Span& span : spans) {
    std::uint64_t due = span.from;
    const auto take = [&](std::uint64_t sequence, const ProcessId& process, Slot slot) {
      if (sequence >= span.end) return false;
      const bool is_skipped = sequence == due && follows_.contains(process);
      due += is_skipped ? 1 : 0;
      if (is_skipped) return due < span.end;
      const auto assignment = sequence == due ? log_.read(process, slot) : std::nullopt;
      if (!assignment)
        read = damaged(fmt::format("process {}, slot {}:", process.text(), slot.number));
      if (assignment) contents.add(*assignment);
      ++due;
      return assignment.has_value() && due < span.end;
    };
    store_.logs().read_shard(span.shard, span.from, take);
    AO_CHECK(read);
    if (due != span.end)
      return damaged(fmt::format("entry {} of the log of shard {}", due, span.shard.number));
  }
  return contents;
}

// Durable with its signature, before anybody hears of it.
Task<Result<>> Settling::make_one() {
  std::vector<Span> spans;
  for (std::size_t number = 0; number < store::kShards; ++number)
    if (gathered_.ends[number] > cursors_[number])
      spans.push_back(
          {{static_cast<std::uint8_t>(number)}, cursors_[number], gathered_.ends[number]});
  AO_CO_TRY(contents, contents_of(spans, gathered_.items));
  auto sealed = settlement::seal(contents, next_number_, std::move(spans), gathered_.items,
                                 clock_.now(), key_);
  if (!sealed) co_return std::unexpected(sealed.error());
  store::Batch batch;
  Journal::add(sealed->record, contents.places(), batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));

  cursors_ = gathered_.ends;
  gathered_ = Gathered();
  gathered_.ends = cursors_;
  first_shard_ = (first_shard_ + 1) % store::kShards;
  Pending& pending = pending_[next_number_];
  // One that is sent at once need not be made again.
  if (pending_.size() <= takers_.size()) pending.bytes = sealed->item.bytes();
  log::debug("a bundle was made", {{"number", next_number_},
                                   {"id", sealed->record.id.text()},
                                   {"messages", sealed->record.messages},
                                   {"bytes", sealed->record.bytes}});
  pending.record = std::move(sealed->record);
  unconfirmed_ = pending_.begin()->first;
  ++next_number_;
  gather_items();
  co_return Result<>();
}

Task<Result<>> Settling::keep(const Pending& pending) {
  store::Batch batch;
  Journal::update(pending.record, batch);
  auto committed = co_await store_.commit(std::move(batch));
  co_return committed;
}

void Settling::confirm(std::uint64_t number) {
  const Record& record = pending_.at(number).record;
  log::debug("a bundle is confirmed",
             {{"number", number}, {"id", record.id.text()}, {"messages", record.messages}});
  metrics_.settled("confirmed");
  pending_.erase(number);
  unconfirmed_ = pending_.empty() ? next_number_ : pending_.begin()->first;
}

Task<Result<>> Settling::retry(std::optional<std::uint64_t> number) {
  Error error{ErrorKind::kInvalid, "settlement-off",
              "this node settles nothing: it has neither bundler nor Arweave node"};
  if (!is_on()) co_return std::unexpected(std::move(error));
  if (number) {
    AO_CO_TRY(record, journal_.bundle(*number));
    error = {ErrorKind::kConflict, "bundle-confirmed",
             fmt::format("bundle {} is confirmed already", *number)};
    if (record.state == State::kConfirmed) co_return std::unexpected(std::move(error));
  }
  boost::asio::post(strand_, [this, number] {
    pay_at_ = {};
    for (Endpoint& taker : takers_)
      taker.rests_until = {};
    for (auto& [each, pending] : pending_) {
      if (number && each != *number) continue;
      if (!pending.is_sending) settlement::Course::retried(pending.record, clock_.now());
      pending.send_at = {};
    }
    wake();
  });
  co_return Result<>();
}

Summary Settling::summary() const {
  return summary_.with([](const Summary& summary) { return summary; });
}

void Settling::tell() {
  Summary summary;
  const Timestamp now = clock_.now();
  summary.is_on = true;
  summary.is_known = true;
  summary.backlog_messages = gathered_.messages;
  summary.backlog_bytes = gathered_.bytes;
  std::optional<Timestamp> oldest;
  if (gathered_.bytes > 0) oldest = gathered_.oldest;
  for (const auto& [number, pending] : pending_) {
    summary.backlog_messages += pending.record.messages;
    summary.backlog_bytes += pending.record.bytes;
    ++summary.bundles[pending.record.state];
    oldest = std::min(oldest.value_or(pending.record.oldest), pending.record.oldest);
  }
  summary.bundles[State::kConfirmed] = next_number_ - pending_.size();
  if (oldest) summary.oldest_age = age(*oldest, now);
  for (const Endpoint& taker : takers_)
    (is_paying() ? summary.nodes : summary.bundlers)
        .push_back({taker.url, taker.backoff.failures(), taker.reason});
  if (is_paying())
    summary.wallet = {wallet_->address(), balance_, purse_.spent(now), purse_.limits().a_day};
  for (const Endpoint& gateway : gateways_)
    summary.gateways.push_back({gateway.url, gateway.backoff.failures(), gateway.reason});
  summary.failure = failure_;
  summary.warning = warning_in(summary);
  warn_of(summary);
  summary_.with([&](Summary& shown) { shown = std::move(summary); });
}

// What a person must see to: what is not paid for at once, what takes too long later.
std::string Settling::warning_in(const Summary& summary) const {
  for (const auto& [number, pending] : pending_)
    if (!pending.unpaid.empty())
      return fmt::format("settlement: bundle {} waits, and with it others: {} (wallet {})", number,
                         pending.unpaid, wallet_->address().text);
  if (summary.oldest_age < settings_.backlog_age_warn) return {};
  const std::string reason = reason_in(summary);
  return fmt::format(
      "settlement: {} messages are not confirmed on Arweave, the first for {} minutes{}{}",
      summary.backlog_messages,
      std::chrono::duration_cast<std::chrono::minutes>(summary.oldest_age).count(),
      reason.empty() ? "" : "; ", reason);
}

void Settling::warn_of(const Summary& summary) {
  const auto now = Steady::now();
  if (summary.warning.empty()) {
    if (std::exchange(is_warned_, false)) log::info("settlement has caught up");
    return;
  }
  if (is_warned_ && now - warned_at_ < kWarnInterval) return;
  is_warned_ = true;
  warned_at_ = now;
  log::warn("settlement is behind", {{"messages", summary.backlog_messages},
                                     {"bytes", summary.backlog_bytes},
                                     {"oldest_seconds", summary.oldest_age.count() / 1000},
                                     {"reason", summary.warning}});
}

}  // namespace ao::node
