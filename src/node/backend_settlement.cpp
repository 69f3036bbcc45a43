// What the routes ask about settlement.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "backend.hpp"

namespace ao::node {
namespace {

std::optional<std::uint64_t> number_in(BytesView text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<settlement::Place> PipelineBackend::settlement_place(const MessageId& id) const {
  const settlement::Journal& journal = pipeline_.settling().journal();
  settlement::Place place;
  std::optional<std::uint64_t> number;
  if (const auto assignment = pipeline_.log().find(id)) {
    place.process = assignment->process();
    place.slot = assignment->slot();
    place.assignment = assignment->id();
    number = journal.bundle_of(assignment->process(), assignment->slot());
  } else if (pipeline_.records().item(id)) {
    number = journal.bundle_of(id);
  } else {
    return fail(ErrorKind::kNotFound, "item-unknown",
                fmt::format("no process, message or module {} is on this node", id.text()));
  }
  if (!number) return place;
  AO_TRY(record, journal.bundle(*number));
  place.bundle = std::move(record);
  return place;
}

std::vector<settlement::Record> PipelineBackend::settlement_bundles(
    std::optional<std::uint64_t> from, std::size_t most) const {
  const settlement::Journal& journal = pipeline_.settling().journal();
  std::vector<std::uint64_t> numbers;
  if (from) {
    const std::uint64_t end = journal.next_number().value_or(0);
    for (std::uint64_t number = *from; number < end && numbers.size() < most; ++number)
      numbers.push_back(number);
  } else {
    numbers = journal.unconfirmed();
    numbers.resize(std::min(numbers.size(), most));
  }
  std::vector<settlement::Record> bundles;
  for (const std::uint64_t number : numbers)
    if (auto record = journal.bundle(number)) bundles.push_back(std::move(*record));
  return bundles;
}

Task<Result<>> PipelineBackend::retry_settlement(api::Upload order) {
  AO_CO_TRY(item, co_await retry_ordered(std::move(order)));
  const BytesView text = item.tag("Bundle");
  const auto number = number_in(text);
  Error error{ErrorKind::kInvalid, "retry-malformed",
              "it has the tags Type: Retry and Bundle, a number or all"};
  if (!number && text != "all") co_return std::unexpected(std::move(error));
  AO_CO_CHECK(co_await pipeline_.settling().retry(number));
  co_return Result<>();
}

void PipelineBackend::count_settlement() const {
  using settlement::State;
  const settlement::Summary settled = settlement();
  const auto set = [&](const char* name, const char* help, std::uint64_t value) {
    metrics_.gauge(name, help, static_cast<double>(value));
  };
  set("aonode_settlement_backlog_messages", "Messages that are not confirmed on Arweave.",
      settled.backlog_messages);
  set("aonode_settlement_backlog_bytes", "About what they, and their assignments, have.",
      settled.backlog_bytes);
  metrics_.gauge("aonode_settlement_oldest_unconfirmed_seconds",
                 "How long ago the first of them was scheduled; 0 without any.",
                 static_cast<double>(settled.oldest_age.count()) / 1000);
  if (settled.wallet) {
    set("aonode_settlement_spent_winston", "What transactions cost that were signed within a day.",
        settled.wallet->spent);
    set("aonode_settlement_wallet_winston", "What the wallet has, as a node told it last.",
        settled.wallet->balance.value_or(0));
  }
  for (const State state : {State::kMade, State::kSent, State::kAccepted, State::kConfirmed}) {
    const auto found = settled.bundles.find(state);
    metrics_.gauge("aonode_settlement_bundles", "Bundles by how far they are.",
                   found == settled.bundles.end() ? 0.0 : static_cast<double>(found->second),
                   {{"state", std::string(settlement::name_of(state))}});
  }
}

}  // namespace ao::node
