// How bundles are brought to Arweave nodes: each in a transaction that the wallet pays.
//
// What hinders one comes back as an error; a failure of the store ends settling (`fatal`).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "ao/base/log.hpp"
#include "ao/settlement/node_answers.hpp"
#include "settling.hpp"

namespace ao::node {

using settlement::Chunks;
using settlement::Course;
using settlement::Envelope;
using settlement::Journal;
using settlement::Payment;
using settlement::Sight;
using settlement::Terms;

namespace {

constexpr std::string_view kJson = "application/json";

Error unanswered(const std::string& url, const std::string& path, unsigned status) {
  return {ErrorKind::kUnavailable, "arweave-answer",
          fmt::format("{} answered {} when it was asked for {}", url, status, path)};
}

Payment payment_of(const Envelope& envelope) {
  return {envelope.made, envelope.id, envelope.terms.reward};
}

}  // namespace

// It has none, or no node will ever have the one that it has.
bool Settling::wants_envelope(const Pending& pending) const {
  const auto& envelopes = pending.record.envelopes;
  return envelopes.empty() ||
         is_gone(envelopes.back(), pending.absent_at, settings_.rules.confirmations);
}

// What the wallet's balance does not show, since it is in no block yet.
std::uint64_t Settling::owed() const {
  std::uint64_t sum = 0;
  for (const auto& [number, pending] : pending_) {
    const bool is_open = pending.record.height == 0 && !wants_envelope(pending);
    if (is_open) sum = settlement::sum_of(sum, pending.record.envelopes.back().terms.reward);
  }
  return sum;
}

Task<Result<>> Settling::bring(Pending& pending, Endpoint& node) {
  auto bundle = co_await bytes_of(pending);
  if (!bundle) co_return fatal(std::unexpected(bundle.error()));
  const auto data = settlement::envelope_data(std::move(*bundle));
  if (!data) co_return fatal(std::unexpected(data.error()));
  const Chunks chunks(*data);
  auto brought = co_await bring(pending, node, *data, chunks);
  co_return brought;
}

// First the transaction, then what of its data the node does not have yet. Of one that is in a
// block the data alone.
Task<Result<>> Settling::bring(Pending& pending, Endpoint& node, BytesView data,
                               const Chunks& chunks) {
  const auto at = static_cast<std::size_t>(&node - takers_.data());
  if (std::exchange(pending.chunks_at, at) != at) pending.chunks_taken = 0;
  const bool is_new = wants_envelope(pending);
  if (is_new) {
    AO_CO_CHECK(co_await enclose(pending, node, chunks));
  } else if (!pending.is_in_block) {
    AO_CO_CHECK(co_await check_age(pending, node));
  }
  if (!is_new && Course::sending(pending.record, clock_.now())) {
    auto kept = co_await keep(pending);
    if (!kept) co_return fatal(std::move(kept));
  }
  if (!pending.is_in_block)
    AO_CO_CHECK(co_await post_transaction(pending, node, data, chunks, is_new));
  AO_CO_CHECK(co_await post_chunks(pending, node, data, chunks));
  co_return Result<>();
}

// Durable with what it costs before any node hears of it.
Task<Result<>> Settling::enclose(Pending& pending, Endpoint& node, const Chunks& chunks) {
  AO_CO_TRY(terms, co_await terms_at(node, chunks.size()));
  const Timestamp now = clock_.now();
  auto may = purse_.may_pay(terms.reward, balance_.value_or(0), owed(), now);
  if (!may) co_return may;
  Envelope envelope = settlement::enclose(chunks, std::move(terms), *wallet_, now);
  log::debug("a bundle has a transaction", {{"number", pending.record.number},
                                            {"transaction", envelope.id.text()},
                                            {"reward", envelope.terms.reward}});
  store::Batch batch;
  for (const Payment& old : purse_.expired(now))
    Journal::take_back(old, batch);
  purse_.pay(payment_of(envelope));
  Journal::pay(payment_of(envelope), batch);
  Course::enclosed(pending.record, std::move(envelope), now);
  Course::sending(pending.record, now);
  Journal::update(pending.record, batch);
  pending.is_in_block = false;
  pending.absent_at = 0;
  pending.chunks_taken = 0;
  pending.unpaid.clear();
  pay_backoff_.succeeded();
  auto committed = co_await store_.commit(std::move(batch));
  co_return fatal(std::move(committed));
}

// The height comes after the anchor, so that the anchor is not above it.
Task<Result<Terms>> Settling::terms_at(Endpoint& node, std::uint64_t bytes) {
  std::string price_path = "/price/" + std::to_string(bytes);
  std::string balance_path = "/wallet/" + wallet_->address().text + "/balance";
  Terms terms;
  AO_CO_TRY(price, co_await amount_at(node, std::move(price_path)));
  AO_CO_TRY(balance, co_await amount_at(node, std::move(balance_path)));
  terms.reward = price;
  balance_ = balance;
  std::string path = "/tx_anchor";
  auto answer = co_await get(node, path);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto anchor = settlement::anchor_in(answer->status, answer->body);
  if (!anchor) co_return std::unexpected(unanswered(node.url, path, answer->status));
  terms.anchor = std::move(*anchor);
  node.height = 0;  // not one of before
  AO_CO_TRY(height, co_await height_of(node));
  terms.height = height;
  co_return terms;
}

Task<Result<std::uint64_t>> Settling::amount_at(const Endpoint& node, std::string path) {
  auto answer = co_await get(node, path);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  const auto amount = settlement::amount_in(answer->status, answer->body);
  if (!amount) co_return std::unexpected(unanswered(node.url, path, answer->status));
  co_return *amount;
}

// Whether a node would still take it. One that it would not is looked for until it is gone.
Task<Result<>> Settling::check_age(Pending& pending, Endpoint& node) {
  AO_CO_TRY(height, co_await height_of(node));
  const Envelope& envelope = pending.record.envelopes.back();
  Error error{ErrorKind::kBusy, "envelope-expired",
              fmt::format("transaction {} may be in no block above {}; it is looked for until {}, "
                          "and then another is made",
                          envelope.id.text(), envelope.terms.height + settlement::kAnchorBlocks,
                          envelope.terms.height + settlement::kAnchorBlocks +
                              settings_.rules.confirmations)};
  if (is_expired(envelope, height)) co_return std::unexpected(std::move(error));
  co_return Result<>();
}

// With its data when that is one chunk. One that was made just now and is refused is nowhere, so
// it need not be waited for.
Task<Result<>> Settling::post_transaction(Pending& pending, Endpoint& node, BytesView data,
                                          const Chunks& chunks, bool is_new) {
  const bool is_small = chunks.all().size() == 1;
  const auto transaction = transaction_of(pending.record.envelopes.back());
  Bytes body = settlement::to_json(transaction, is_small ? data : BytesView());
  std::string path = "/tx";
  auto answer = co_await post(node, std::move(path), std::move(body), kJson);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto taken = settlement::transaction_taken(answer->status, answer->body);
  if (taken) {
    // One that a node had already may have come to it without its data.
    if (is_small && answer->status == 200) pending.chunks_taken = 1;
    co_return taken;
  }
  taken.error().retry_after = pause_in(*answer);
  if (is_new && !is_temporary(taken.error())) AO_CO_CHECK(co_await withdraw(pending, node));
  co_return taken;
}

// If the node that refused it does not know it either, and others cannot: the next attempt takes
// another, with another price.
Task<Result<>> Settling::withdraw(Pending& pending, Endpoint& node) {
  const MessageId id = pending.record.envelopes.back().id;
  auto sight = co_await transaction_at(node, id);
  const bool is_absent = sight && sight->what == Sight::What::kAbsent;
  if (!is_absent || stopping_) co_return Result<>();
  const Payment payment = payment_of(pending.record.envelopes.back());
  store::Batch batch;
  purse_.take_back(payment);
  Journal::take_back(payment, batch);
  Course::withdrawn(pending.record, clock_.now());
  Journal::update(pending.record, batch);
  auto committed = co_await store_.commit(std::move(batch));
  co_return fatal(std::move(committed));
}

Task<Result<>> Settling::post_chunks(Pending& pending, Endpoint& node, BytesView data,
                                     const Chunks& chunks) {
  while (pending.chunks_taken < chunks.all().size()) {
    Bytes body = chunks.json(chunks.all()[pending.chunks_taken], data);
    std::string path = "/chunk";
    auto answer = co_await post(node, std::move(path), std::move(body), kJson);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    auto taken = settlement::chunk_taken(answer->status, answer->body);
    if (!taken) {
      taken.error().retry_after = pause_in(*answer);
      taken.error().text +=
          fmt::format(" (chunk {} of {}, transaction {})", pending.chunks_taken + 1,
                      chunks.all().size(), pending.record.envelopes.back().id.text());
      co_return taken;
    }
    ++pending.chunks_taken;
  }
  pending.chunks_taken = 0;  // whoever sends it again sends all
  co_return Result<>();
}

// What is no node's fault: it rests for none. A price that is too high is one bundle's; others may
// be smaller.
bool Settling::wait_for_money(Pending& pending, const Error& error) {
  const auto now = Steady::now();
  if (error.code == "envelope-expired") {
    pending.send_at = now + settings_.confirm_interval;
    return true;
  }
  const bool is_price = error.code == "price-limit";
  if (!is_price && error.code != "spend-limit" && error.code != "balance-low") return false;
  pending.unpaid = error.text;
  (is_price ? pending.send_at : pay_at_) =
      now + (is_price ? pending.backoff : pay_backoff_).failed(random_());
  return true;
}

// The first node that knows one of its transactions tells. That none knows any is told as well, and
// at which height: then none that is too old will come.
Task<std::optional<Sight>> Settling::look_at_nodes(Pending& pending) {
  if (pending.record.envelopes.empty()) co_return std::nullopt;
  std::optional<Sight> sight;
  std::uint64_t absent_at = 0;
  for (Endpoint& node : takers_) {
    const auto height = co_await height_of(node);  // before, so that it is not above what was seen
    if (!height || stopping_) continue;
    auto seen = co_await sight_at_node(node, pending);
    if (!seen || stopping_) continue;
    sight = *seen;
    if (seen->what != Sight::What::kAbsent) break;
    absent_at = std::max(absent_at, *height);
  }
  if (!sight) co_return std::nullopt;
  pending.is_in_block = sight->what == Sight::What::kInBlock;
  pending.absent_at = sight->what == Sight::What::kAbsent ? absent_at : 0;
  co_return sight;
}

// Of all that it ever had; one of before that is there after all is the one from then on.
Task<Result<Sight>> Settling::sight_at_node(Endpoint& node, Pending& pending) {
  auto& envelopes = pending.record.envelopes;
  for (std::size_t i = envelopes.size(); i-- > 0;) {
    const MessageId id = envelopes[i].id;
    AO_CO_TRY(sight, co_await transaction_at(node, id));
    if (sight.what == Sight::What::kAbsent) continue;
    std::rotate(envelopes.begin() + static_cast<std::ptrdiff_t>(i),
                envelopes.begin() + static_cast<std::ptrdiff_t>(i) + 1, envelopes.end());
    co_return sight;
  }
  co_return Sight();
}

Task<Result<Sight>> Settling::transaction_at(const Endpoint& node, MessageId transaction) {
  std::string path = "/tx/" + transaction.text() + "/status";
  auto answer = co_await get(node, path);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  const auto sight = settlement::transaction_sight(answer->status, answer->body);
  if (!sight) co_return std::unexpected(unanswered(node.url, path, answer->status));
  co_return *sight;
}

}  // namespace ao::node
