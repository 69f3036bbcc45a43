// What the settle arrow asks of bundlers and gateways.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "ao/base/log.hpp"
#include "settling.hpp"

namespace ao::node {

using settlement::Course;
using settlement::Record;
using settlement::Sight;
using settlement::State;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSendsAtOnce = 2;  // to one taker
constexpr std::size_t kLooksAtOnce = 4;
constexpr std::chrono::milliseconds kHeightLife{5'000};

}  // namespace

// What a taker wants to be left alone for; nothing else than seconds is understood.
std::chrono::seconds Settling::pause_in(const http::Response& answer) {
  const std::string* text = answer.headers.find("retry-after");
  const bool is_number = text != nullptr && !text->empty() && text->size() <= 6 &&
                         text->find_first_not_of("0123456789") == text->npos;
  return is_number ? std::min<std::chrono::seconds>(std::chrono::seconds(std::stoul(*text)), 1h)
                   : 0s;
}

Task<Result<http::Response>> Settling::get(const Endpoint& endpoint, std::string path) {
  std::string url = endpoint.url + path;
  http::Request request;
  request.target = url;
  auto answer = co_await client_->fetch(std::move(url), std::move(request));
  co_return answer;
}

Task<Result<http::Response>> Settling::post(const Endpoint& endpoint, std::string path, Bytes body,
                                            std::string_view type) {
  std::string url = endpoint.url + path;
  http::Request request;
  request.method = "POST";
  request.target = url;
  request.headers.set("content-type", type);
  request.body = std::move(body);
  auto answer = co_await client_->fetch(std::move(url), std::move(request));
  co_return answer;
}

// Nothing is settled any more when a store fails.
Result<> Settling::fatal(Result<> done) {
  if (!done) fail_with(done.error());
  return done;
}

void Settling::pump() {
  if (stopping_ || !failure_.empty()) return;
  const auto now = Steady::now();
  const Timestamp time = clock_.now();
  for (auto& [number, pending] : pending_) {
    const bool is_idle = !pending.is_sending && !pending.is_looked_for;
    if (!is_idle) continue;
    const bool is_to_be_found = Course::wants_finding(pending.record) && now >= pending.look_at;
    if (is_to_be_found && looks_in_flight_ < kLooksAtOnce) {
      pending.is_looked_for = true;
      ++looks_in_flight_;
      group_.spawn(strand_, look_for(number));
      continue;
    }
    const auto taker = may_send(pending, time) ? taker_for(pending) : std::nullopt;
    if (!taker) continue;
    pending.is_sending = true;
    ++takers_[*taker].in_flight;
    group_.spawn(strand_, send(number, *taker));
  }
}

bool Settling::may_send(const Pending& pending, Timestamp time) const {
  const auto now = Steady::now();
  if (!course_.wants_sending(pending.record, time) || now < pending.send_at) return false;
  return !is_paying() || now >= pay_at_ || !wants_envelope(pending);
}

// The first from the one that it is offered next, of those that take anything now.
std::optional<std::size_t> Settling::taker_for(const Pending& pending) const {
  const auto now = Steady::now();
  for (std::size_t i = 0; i < takers_.size(); ++i) {
    const std::size_t index = (pending.taker + i) % takers_.size();
    const Endpoint& taker = takers_[index];
    if (taker.in_flight < kSendsAtOnce && now >= taker.rests_until) return index;
  }
  return std::nullopt;
}

Task<> Settling::send(std::uint64_t number, std::size_t index) {
  Pending& pending = pending_.at(number);  // it stays as long as it is being sent
  Result<> sent;
  try {
    sent = co_await send_to(pending, takers_[index]);
  } catch (const store::Unreadable& error) {
    sent = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  pending.is_sending = false;
  --takers_[index].in_flight;
  if (!sent) fail_with(sent.error());
  wake();
}

// Errors: those of the store.
Task<Result<>> Settling::send_to(Pending& pending, Endpoint& taker) {
  Result<> took;
  if (is_paying()) {
    took = co_await bring(pending, taker);
  } else {
    took = co_await offer(pending, taker);
  }
  if (stopping_ || !failure_.empty()) co_return Result<>();
  metrics_.settled(took ? "accepted" : took.error().code);
  if (took) {
    taker.backoff.succeeded();
    taker.rests_until = {};
    taker.reason.clear();
    pending.backoff.succeeded();
    Course::accepted(pending.record, taker.url, clock_.now());
    pending.look_at = Steady::now() + settings_.confirm_interval;
    AO_CO_CHECK(co_await keep(pending));
    co_return Result<>();
  }
  if (!wait_for_money(pending, took.error())) put_off(pending, taker, took.error());
  if (Course::refused(pending.record, taker.url + ": " + took.error().text))
    AO_CO_CHECK(co_await keep(pending));
  co_return Result<>();
}

// That it is being sent is durable before it is.
Task<Result<>> Settling::offer(Pending& pending, Endpoint& bundler) {
  auto bytes = co_await bytes_of(pending);
  if (!bytes) co_return fatal(std::unexpected(bytes.error()));
  if (Course::sending(pending.record, clock_.now())) {
    auto kept = co_await keep(pending);
    if (!kept) co_return fatal(std::move(kept));
  }
  const std::string path = "/tx";
  auto answer = co_await post(bundler, path, std::move(*bytes), "application/octet-stream");
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto took = settlement::taken(answer->status, answer->body, pending.record.id);
  if (!took) took.error().retry_after = pause_in(*answer);
  co_return took;
}

// A taker that takes nothing rests, longer each time, and others are asked: else it would be sent
// the whole backlog again and again. What it has against this bundle makes this one wait beyond
// that, and those behind it go first.
void Settling::put_off(Pending& pending, Endpoint& taker, const Error& error) {
  log::debug("a bundle is not taken",
             {{"number", pending.record.number}, {"by", taker.url}, {"reason", error.text}});
  const auto now = Steady::now();
  taker.reason = error.text;
  const auto at = static_cast<std::size_t>(&taker - takers_.data());
  pending.taker = (at + 1) % takers_.size();
  if (pending.look_at == Steady::time_point{}) pending.look_at = now + settings_.confirm_interval;
  const auto pause = taker.backoff.failed(random_());
  taker.rests_until = now + std::max<std::chrono::milliseconds>(pause, error.retry_after);
  if (!is_temporary(error)) pending.send_at = now + pending.backoff.failed(random_());
}

// As it was signed; with another key than the node had then it may have become another bundle,
// which is then made durable. Errors: those of the store, and "schedule-damaged".
Task<Result<Bytes>> Settling::bytes_of(Pending& pending) {
  if (!pending.bytes.empty()) co_return std::exchange(pending.bytes, {});
  Record& record = pending.record;
  AO_CO_TRY(contents, contents_of(record.spans, record.items));
  auto item = settlement::sealed_again(contents, record);
  if (item) co_return item->bytes();
  log::warn("a bundle is made anew, by another key",
            {{"number", record.number}, {"reason", item.error().text}});
  auto sealed =
      settlement::seal(contents, record.number, record.spans, record.items, clock_.now(), key_);
  if (!sealed) co_return std::unexpected(sealed.error());
  record = std::move(sealed->record);
  store::Batch batch;
  settlement::Journal::replace(record, batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return sealed->item.bytes();
}

Task<> Settling::look_for(std::uint64_t number) {
  Pending& pending = pending_.at(number);
  Result<> looked;
  try {
    looked = co_await look(pending);
  } catch (const store::Unreadable& error) {
    looked = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  pending.is_looked_for = false;
  --looks_in_flight_;
  if (!looked) {
    fail_with(looked.error());
  } else if (pending.record.state == State::kConfirmed) {
    confirm(number);
  }
  wake();
}

// Errors: those of the store.
Task<Result<>> Settling::look(Pending& pending) {
  bool is_news = false;
  if (is_paying()) {
    const auto sight = co_await look_at_nodes(pending);
    if (stopping_) co_return Result<>();
    is_news = sight && course_.envelope_seen(pending.record, *sight, clock_.now());
  }
  const auto sight = co_await look_at_gateways(pending);
  if (stopping_) co_return Result<>();
  // A gateway may have heard of an item whose data no node has yet.
  const bool counts = sight && (!is_paying() || sight->what == Sight::What::kInBlock);
  if (counts && course_.seen(pending.record, *sight, clock_.now())) is_news = true;
  // Spread, so that what was sent together is not asked for together.
  const auto spread = settings_.confirm_interval / 8;
  const auto more =
      std::chrono::milliseconds(random_() % (static_cast<std::uint64_t>(spread.count()) + 1));
  pending.look_at = Steady::now() + settings_.confirm_interval + more;
  if (!is_news) co_return Result<>();
  auto kept = co_await keep(pending);
  co_return kept;
}

// The first gateway that knows it tells.
Task<std::optional<Sight>> Settling::look_at_gateways(const Pending& pending) {
  std::optional<Sight> sight;
  for (Endpoint& gateway : gateways_) {
    auto seen = co_await sight_at(gateway, pending.record.id);
    if (stopping_) co_return std::nullopt;
    if (!seen) {
      gateway.reason = seen.error().text;
      gateway.backoff.failed(random_());
      log::debug("a gateway does not tell",
                 {{"gateway", gateway.url}, {"reason", seen.error().text}});
      continue;
    }
    gateway.reason.clear();
    gateway.backoff.succeeded();
    sight = *seen;
    if (seen->what != Sight::What::kAbsent) break;
  }
  co_return sight;
}

Task<Result<Sight>> Settling::sight_at(Endpoint& gateway, MessageId item) {
  std::string path = "/tx/" + item.text() + "/status";
  auto answer = co_await get(gateway, std::move(path));
  if (!answer) co_return std::unexpected(answer.error());
  if (const auto sight = settlement::sight_in_status(answer->status, answer->body))
    co_return *sight;
  auto by_block = co_await sight_by_block(gateway, item);
  const bool is_absent = !by_block && answer->status == 404;
  if (is_absent) co_return Sight();
  co_return by_block;
}

// Items within bundles are told of there alone.
Task<Result<Sight>> Settling::sight_by_block(Endpoint& gateway, MessageId item) {
  Bytes query = settlement::block_query(item);
  const std::string path = "/graphql";
  auto answer = co_await post(gateway, path, std::move(query), "application/json");
  if (!answer) co_return std::unexpected(answer.error());
  auto sight = settlement::sight_in_graphql(answer->body, item);
  Error error{ErrorKind::kUnavailable, "gateway-answer",
              fmt::format("{} answered {} when it was asked for item {}", gateway.url,
                          answer->status, item.text())};
  if (answer->status != 200 || !sight) co_return std::unexpected(std::move(error));
  if (sight->what != Sight::What::kInBlock) co_return *sight;
  AO_CO_TRY(height, co_await height_of(gateway));
  sight->depth = height >= sight->height ? height - sight->height + 1 : 0;
  co_return *sight;
}

Task<Result<std::uint64_t>> Settling::height_of(Endpoint& gateway) {
  const auto life = std::min(kHeightLife, settings_.confirm_interval);
  if (gateway.height > 0 && Steady::now() - gateway.height_at < life) co_return gateway.height;
  for (const char* path : {"/info", "/"}) {
    std::string target = path;
    auto answer = co_await get(gateway, std::move(target));
    if (!answer) co_return std::unexpected(answer.error());
    const auto height = settlement::height_in_info(answer->body);
    if (answer->status != 200 || !height) continue;
    gateway.height = *height;
    gateway.height_at = Steady::now();
    co_return *height;
  }
  Error error{ErrorKind::kUnavailable, "gateway-answer",
              gateway.url + " does not tell how high its last block is"};
  co_return std::unexpected(std::move(error));
}

}  // namespace ao::node
