// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "past_states.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/log.hpp"

namespace ao::node {

using message::Outcome;
using worker::Evaluated;

namespace {

constexpr std::size_t kSlotsAtOnce = 256;
constexpr std::size_t kBytesAtOnce = 4 << 20;
constexpr std::uint64_t kGasOfSlot = 5'000;  // about what it takes to read one, whatever it does

Error too_far(const ProcessId& process, Slot end, Slot next, std::uint64_t gas_max) {
  return {ErrorKind::kTimeout, "past-pending",
          fmt::format("the state of process {} after slot {} is further than {} gas "
                      "(lua.past_gas_max) from one that is kept; it was evaluated up to slot {}, "
                      "ask again to go on from there",
                      process.text(), end.number - 1, gas_max, next.number)};
}

Error missing(const ProcessId& process, Slot slot) {
  return {ErrorKind::kUnavailable, "schedule-damaged",
          fmt::format("slot {} of process {} is missing", slot.number, process.text())};
}

}  // namespace

PastStates::PastStates(const worker::Settings& workers, std::uint64_t gas_max,
                       const store::Store& store, const schedule::Log& log, const Recipes& recipes,
                       Metrics& metrics, async::Pool& cpu, boost::asio::any_io_executor strand)
    : gas_max_(gas_max),
      log_(log),
      recipes_(recipes),
      records_(store),
      metrics_(metrics),
      cpu_(cpu),
      workers_(workers, std::move(strand)) {}

Task<Result<Outcome>> PastStates::dry_run(ProcessId process, Slot after, message::Trial trial,
                                          Timestamp now) {
  try {
    AO_CO_CHECK(co_await go_to(process, after.next()));
  } catch (const store::Unreadable& error) {
    Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    co_return std::unexpected(std::move(unreadable));
  }
  auto outcome = co_await workers_.dry_run(process, std::move(trial), now);
  co_return outcome;
}

Task<Result<Outcome>> PastStates::outcome(ProcessId process, Slot slot) {
  try {
    AO_CO_CHECK(co_await go_to(process, slot));
    auto batch = log_.read(process, slot, 1, kBytesAtOnce);
    if (batch.empty()) co_return std::unexpected(missing(process, slot));
    AO_CO_TRY(evaluated, co_await workers_.run(process, std::move(batch)));
    AO_CO_CHECK(gas_of(process, evaluated));
    co_return std::move(evaluated.front().outcome);
  } catch (const store::Unreadable& error) {
    Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    co_return std::unexpected(std::move(unreadable));
  }
}

// To the state that expects slot `end`.
Task<Result<>> PastStates::go_to(ProcessId process, Slot end) {
  AO_CO_TRY(next, co_await nearest(process, end));
  std::uint64_t gas = 0;
  while (next < end) {
    if (gas >= gas_max_ || stopping_)
      co_return std::unexpected(too_far(process, end, next, gas_max_));
    const std::size_t count = affordable(process, next, end, gas_max_ - gas);
    auto batch = log_.read(process, next, count, kBytesAtOnce);
    if (batch.empty()) co_return std::unexpected(missing(process, next));
    AO_CO_TRY(evaluated, co_await workers_.run(process, std::move(batch)));
    AO_CO_TRY(spent, gas_of(process, evaluated));
    gas += spent;
    next = evaluated.back().outcome.slot.next();
  }
  co_return Result<>();
}

// How many slots from `next` on, by what they took when they were evaluated; the last one may pass
// the bound.
std::size_t PastStates::affordable(const ProcessId& process, Slot next, Slot end,
                                   std::uint64_t gas) const {
  std::size_t count = 0;
  std::uint64_t spent = 0;
  for (Slot slot = next; slot < end && count < kSlotsAtOnce && spent < gas; slot = slot.next()) {
    const auto outcome = records_.outcome(process, slot);
    spent += kGasOfSlot + (outcome ? outcome->gas_used : 0);
    ++count;
  }
  return count;
}

// Also that they are what is stored, where that is kept.
Result<std::uint64_t> PastStates::gas_of(const ProcessId& process,
                                         const std::vector<Evaluated>& evaluated) {
  std::uint64_t gas = 0;
  for (const Evaluated& one : evaluated) {
    metrics_.replayed();
    gas += one.outcome.gas_used + kGasOfSlot;
    const auto stored = records_.outcome_bytes(process, one.outcome.slot);
    if (stored == one.stored) continue;
    if (!stored && one.outcome.slot < records_.kept_from(process)) continue;
    metrics_.diverged();
    workers_.drop(process);
    return fail(ErrorKind::kUnavailable, "replay-diverged",
                fmt::format("slot {} of process {} gave another outcome than the stored one",
                            one.outcome.slot.number, process.text()));
  }
  return gas;
}

Task<Result<Slot>> PastStates::nearest(ProcessId process, Slot end) {
  auto look = [this, process] { return recipes_.checkpoint(process); };
  auto checkpoint = co_await async::run_on(cpu_.executor(), look);
  if (checkpoint && *checkpoint > end) checkpoint.reset();
  auto held = workers_.next(process);
  if (!held && workers_.rests(process)) {
    auto woken = co_await open(process);
    if (woken) held = *woken;
  }
  if (held && *held <= end && (!checkpoint || *checkpoint <= *held)) co_return *held;
  workers_.drop(process);
  auto write = [this, process, end] { return recipes_.restore(process, end, workers_); };
  auto restored = co_await async::run_on(cpu_.executor(), write);
  if (restored && *restored > 0) workers_.image_written(process, *restored);
  auto opened = co_await open(process);
  const bool is_unusable = !opened && (opened.error().code == "image-malformed" ||
                                       opened.error().code == "image-foreign");
  if (is_unusable) opened = co_await open(process);
  co_return opened;
}

Task<Result<Slot>> PastStates::open(ProcessId process) {
  auto find = [this, process, wakes = workers_.rests(process)] {
    return recipes_.find(process, wakes);
  };
  AO_CO_TRY(recipe, co_await async::run_on(cpu_.executor(), find));
  auto opened = co_await workers_.open(process, std::move(recipe));
  co_return opened;
}

}  // namespace ao::node
