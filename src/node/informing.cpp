// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "informing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "ao/base/log.hpp"
#include "ao/message/cbor.hpp"
#include "info_keys.hpp"

namespace ao::node {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr BytesView kKey = "M";
constexpr std::size_t kHistoryMax = 100;
constexpr std::size_t kHistoryBytesMax = 128 << 10;

Bytes order_key(const MessageId& commitment) {
  return Bytes(kKey) + Bytes(commitment.bytes());
}

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

// The oldest go first.
void bound(List& history) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < std::min(history.size(), kHistoryMax)) {
    bytes += message::to_cbor(history[history.size() - 1 - kept]).size();
    if (bytes > kHistoryBytesMax) break;
    ++kept;
  }
  history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(kept));
}

bool is_permanent(const Map& said) {
  return Value(said).text(kInitializedKey) == "permanent";
}

}  // namespace

Informing::Informing(const api::PaymentSettings& payment, store::Store& store, const Clock& clock)
    : of_settings_{payment.price, payment.allow}, store_(store), clock_(clock) {
  State state = state_of(read());
  state_.with([&](State& now) { now = std::move(state); });
}

Informing::Told Informing::read() const {
  const auto stored = store_.get(kKey);
  if (!stored) return {};
  const auto value = message::from_cbor(*stored);
  const Value* said = value ? value->find("said") : nullptr;
  const Value* history = value ? value->find("history") : nullptr;
  const Value* updates = value ? value->find("updates") : nullptr;
  if (said == nullptr || said->map() == nullptr || history == nullptr ||
      history->list() == nullptr || updates == nullptr || updates->integer() == nullptr)
    throw std::runtime_error("the stored message of the node is none");
  return {*said->map(), *history->list(), static_cast<std::uint64_t>(*updates->integer())};
}

Informing::State Informing::state_of(Told told) const {
  State state;
  Map view = told.said;
  if (!told.history.empty()) view.set("node_history", told.history);
  state.view = std::make_shared<const Map>(std::move(view));
  state.terms = std::make_shared<const api::PaymentTerms>(terms_with(of_settings_, told.said));
  state.told = std::move(told);
  return state;
}

std::shared_ptr<const Map> Informing::told() const {
  return state_.with([](const State& state) { return state.view; });
}

std::shared_ptr<const api::PaymentTerms> Informing::terms() const {
  return state_.with([](const State& state) { return state.terms; });
}

bool Informing::is_taken(const MessageId& commitment) const {
  return store_.get(order_key(commitment)).has_value();
}

Result<Informing::Told> Informing::begin_change() {
  return state_.with([](State& state) -> Result<Told> {
    if (state.is_changing)
      return fail(ErrorKind::kBusy, "info-busy",
                  "the node's message is being changed by another order");
    state.is_changing = true;
    return state.told;
  });
}

void Informing::end_change(std::optional<State> next) {
  state_.with([&](State& state) {
    if (next) state = std::move(*next);
    state.is_changing = false;
  });
}

Result<Informing::Told> Informing::changed(Told told, const api::InfoOrder& order) const {
  if (is_permanent(told.said))
    return fail(ErrorKind::kConflict, "info-permanent",
                "the node's message is permanent: an order said so, and none changes it any more");
  AO_TRY(said, checked_order(order.said));
  AO_TRY(all, merged(std::move(told.said), said));
  told.said = std::move(all);
  ++told.updates;
  told.history.emplace_back(Map{{"at", integer(clock_.now().milliseconds)},
                                {"by", order.by.text},
                                {"changes", shown_in_history(said)},
                                {"commitment", order.commitment.text()},
                                {"number", integer(told.updates)}});
  bound(told.history);
  return told;
}

Task<Result<api::InfoChange>> Informing::change(api::InfoOrder order) {
  AO_CO_TRY(before, begin_change());
  Result<Told> next = std::move(before);
  bool is_new = false;
  try {
    is_new = !is_taken(order.commitment);
    if (is_new) next = changed(std::move(*next), order);
  } catch (const store::Unreadable& error) {
    next = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  Result<> done;
  if (next && is_new) {
    const Map record{
        {"history", next->history}, {"said", next->said}, {"updates", integer(next->updates)}};
    store::Batch batch;
    batch.put(kKey, message::to_cbor(record));
    batch.put(order_key(order.commitment), {});
    done = co_await store_.commit(std::move(batch));
  }
  if (!next) done = std::unexpected(next.error());
  if (!done || !is_new) {
    end_change(std::nullopt);
    if (!done) co_return std::unexpected(done.error());
    co_return api::InfoChange{next->updates, false};
  }
  const std::uint64_t updates = next->updates;
  end_change(state_of(std::move(*next)));
  log::info("the operator changed the node's message",
            {{"commitment", order.commitment.text()}, {"number", std::to_string(updates)}});
  co_return api::InfoChange{updates, true};
}

}  // namespace ao::node
