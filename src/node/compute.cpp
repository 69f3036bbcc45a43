// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "compute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"
#include "ao/message/cbor.hpp"
#include "ao/outbox/outbox.hpp"
#include "ao/process/visible_state.hpp"

namespace ao::node {

using message::Outcome;
using worker::Evaluated;

namespace {

constexpr std::chrono::milliseconds kPause{20};  // before something that failed is tried again
constexpr std::chrono::milliseconds kLongPause{1'000};
constexpr std::size_t kGasKept = 100'000;
constexpr int kDeathsMax = 2;  // workers that one process may cost in a row

// Whether the machine lacks something that it may have again: memory, descriptors, room on the
// disk.
bool may_pass(const Error& error) {
  static constexpr std::array<std::string_view, 4> kCodes{"arena-refused", "image-unavailable",
                                                          "state-not-saved", "worker-unstartable"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

Error pending(const ProcessId& process, Slot slot, std::chrono::milliseconds patience) {
  return {ErrorKind::kTimeout, "outcome-pending",
          fmt::format("slot {} of process {} was not evaluated within {} ms; ask again",
                      slot.number, process.text(), patience.count())};
}

}  // namespace

Compute::Compute(const ComputeSettings& settings, store::Store& store,
                 const schedule::Schedule& schedule, const process::Follows& follows,
                 const Modules& modules, const Clock& clock, async::Pool& cpu, Metrics& metrics,
                 Announcements announcements)
    : settings_(settings),
      store_(store),
      schedule_(schedule),
      follows_(follows),
      recipes_(store, schedule.log(), modules),
      records_(store),
      checkpoints_(store),
      metrics_(metrics),
      announcements_(std::move(announcements)),
      cpu_(cpu),
      strand_(boost::asio::make_strand(cpu.executor())),
      workers_(settings.workers, strand_),
      dry_runs_(settings.dry_runs, store, schedule.log(), recipes_, clock, metrics, cpu, strand_,
                [this](const ProcessId& process) {
                  inbox_.announce(process);
                  pump();
                }) {}

void Compute::announce(const ProcessId& process) {
  boost::asio::post(strand_, [this, process] {
    inbox_.announce(process);
    pump();
  });
}

// Twice as many as there are workers: while one batch is committed the next is evaluated.
void Compute::pump() {
  while (!stopping_ && inbox_.in_flight() < 2 * workers_.size()) {
    const auto process = inbox_.take();
    if (!process) break;
    tasks_.spawn(strand_, evaluate(*process));
  }
  count();
}

void Compute::count() {
  waiting_ = inbox_.waiting();
  in_flight_ = inbox_.in_flight();
  live_count_ = workers_.held();
  evicted_ = workers_.evicted();
  deaths_ = workers_.deaths();
  quarantined_count_ = quarantined_.size();
  resting_ = workers_.resting();
  live_bytes_ = workers_.held_bytes();
  copied_ = dry_runs_.copied();
  copies_bytes_ = dry_runs_.held_bytes();
}

Task<> Compute::evaluate(ProcessId process) {
  bool more = false;
  try {
    auto evaluated = co_await evaluate_waiting(process);
    if (evaluated) {
      more = *evaluated;
    } else {
      const Error error = evaluated.error();
      more = give_up(process, error);
      const auto pause = may_pass(error) ? kLongPause : kPause;
      if (more) co_await breathe(pause);
    }
  } catch (const store::Unreadable& error) {
    const Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    dry_runs_.refuse(process, unreadable);
    log::error("process cannot be read", {{"process", process.text()}, {"reason", error.what()}});
  }
  inbox_.finish(process, more);
  pump();
}

// True when there is more to evaluate.
Task<Result<bool>> Compute::evaluate_waiting(ProcessId process) {
  if (const auto found = quarantined_.find(process); found != quarantined_.end()) {
    dry_runs_.refuse(process, found->second);
    co_return false;
  }
  auto next = workers_.next(process);
  if (!next) {
    auto opened = co_await open(process);
    if (!opened) co_return std::unexpected(opened.error());
    next = *opened;
  }
  auto batch =
      schedule_.log().read(process, *next, settings_.batch_messages_max, settings_.batch_bytes_max);
  if (batch.empty()) {
    const bool more = co_await dry_runs_.answer(process, workers_);
    co_return more;
  }
  if (next->number > 0 && *next == records_.evaluated(process))
    co_await dry_runs_.copy(process, workers_);
  auto evaluated = co_await workers_.run(process, std::move(batch));
  if (!evaluated) co_return std::unexpected(evaluated.error());
  deadly_.erase(process);
  if (gas_.size() > kGasKept) gas_.clear();  // what was counted only puts a checkpoint off
  std::uint64_t& gas = gas_[process];
  for (const Evaluated& one : *evaluated)
    gas += one.outcome.gas_used;
  const bool is_due = gas >= settings_.checkpoint_gas;
  auto committed = co_await commit(process, only_new(process, std::move(*evaluated)));
  if (committed && is_due) co_await checkpoint(process);
  if (committed) co_return true;
  // Nothing is committed any more; what is in memory is ahead of the disk, and goes.
  workers_.drop(process);
  co_return std::unexpected(committed.error());
}

// What becomes of a process that could not be evaluated: true when it is tried again.
bool Compute::give_up(const ProcessId& process, const Error& error) {
  if (error.kind == ErrorKind::kBusy) return !stopping_;  // it left its worker's memory meanwhile
  if (error.code == "image-malformed" || error.code == "image-foreign") {
    unusable_.insert(process);
    return !stopping_;
  }
  log::warn("process cannot be evaluated", {{"process", process.text()}, {"reason", error.text}});
  if (may_pass(error)) return !stopping_;
  if (error.code == "worker-died") {
    if (++deadly_[process] < kDeathsMax) return !stopping_;
    quarantine(process, error);
  }
  dry_runs_.refuse(process, error);
  return false;
}

Task<> Compute::breathe(std::chrono::milliseconds time) {
  boost::asio::steady_timer pause(strand_, time);
  co_await pause.async_wait(boost::asio::use_awaitable);
}

void Compute::quarantine(const ProcessId& process, const Error& error) {
  quarantined_.insert_or_assign(
      process,
      Error{ErrorKind::kUnavailable, "process-quarantined",
            fmt::format("process {} is not evaluated until the node starts again: {} times in a "
                        "row, {}",
                        process.text(), kDeathsMax, error.text)});
  outcomes_due_.announce_all();  // who waits for one of its slots looks again
  log::error("process is in quarantine", {{"process", process.text()}, {"reason", error.text}});
}

// A replay gives outcomes that are stored already: they must be the same bytes.
std::vector<Evaluated> Compute::only_new(const ProcessId& process,
                                         std::vector<Evaluated> evaluated) {
  const Slot end = records_.evaluated(process);
  std::vector<Evaluated> fresh;
  for (Evaluated& one : evaluated) {
    const Outcome& outcome = one.outcome;
    if (outcome.slot >= end) {
      metrics_.evaluated(outcome.error.empty(), outcome.gas_used);
      fresh.push_back(std::move(one));
      continue;
    }
    metrics_.replayed();
    const auto stored = records_.outcome_bytes(process, outcome.slot);
    if (stored && *stored == one.stored) continue;
    if (!stored && outcome.slot < records_.kept_from(process)) continue;
    metrics_.diverged();
    log::error("a replay gave another outcome than the stored one; the stored one stands",
               {{"process", process.text()}, {"slot", outcome.slot.number}});
  }
  return fresh;
}

Task<Result<>> Compute::commit(ProcessId process, std::vector<Evaluated> evaluated) {
  if (evaluated.empty()) co_return Result<>();
  store::Batch batch;
  process::StateChange change(store_, process);
  std::vector<Slot> slots;
  const bool is_delivered = !follows_.contains(process);  // else its scheduler's node does it
  bool sends = false;
  for (Evaluated& one : evaluated) {
    const Outcome& outcome = one.outcome;
    process::Records::write(process, outcome.slot, std::move(one.stored), batch);
    if (is_delivered) outbox::Outbox::write(outcome, batch);
    schedule::Log::mark_evaluated(process, outcome.slot, batch);
    for (const message::Value& patch : outcome.patches)
      change.merge(outcome.slot, patch);
    sends = sends || (is_delivered && !(outcome.outgoing.empty() && outcome.assignments.empty()));
    slots.push_back(outcome.slot);
  }
  change.write(batch);
  auto committed = co_await store_.commit(std::move(batch));
  if (!committed) co_return committed;
  for (const Slot slot : slots)
    outcomes_due_.announce({process, slot});
  announcements_.evaluated(process, slots);
  if (sends) announcements_.sent(process);
  co_return committed;
}

// A checkpoint that fails costs nothing but a longer replay: the next one is whole again.
Task<> Compute::checkpoint(ProcessId process) {
  gas_.erase(process);
  auto made = co_await workers_.checkpoint(process);
  if (!made) {
    workers_.drop(process);  // it believes that it has one
    co_return;
  }
  auto work = [this, process, made = *made]() -> Result<store::Batch> {
    AO_TRY(changes, worker::Workers::read(*made));
    store::Batch batch;
    if (changes.is_whole) checkpoints_.remove(process, batch);
    for (auto& [page, bytes] : changes.pages)
      process::Checkpoints::write_page(process, page, std::move(bytes), batch);
    const process::Checkpoint head{changes.next, Bytes(worker::Workers::build()),
                                   std::move(changes.head)};
    process::Checkpoints::write(process, head, batch);
    return batch;
  };
  auto batch = co_await async::run_on(cpu_.executor(), work);
  auto written = batch ? Result<>() : std::unexpected(batch.error());
  if (batch) written = co_await store_.commit(std::move(*batch));
  if (written) {
    unusable_.erase(process);  // what was there is replaced
    metrics_.checkpointed();
  } else {
    workers_.drop(process);
    log::warn("process has no checkpoint",
              {{"process", process.text()}, {"reason", written.error().text}});
  }
}

Task<Result<bool>> Compute::remove_checkpoint(ProcessId process) {
  auto turn = [this, process]() -> Task<Result<bool>> {
    if (stopping_ || !inbox_.take(process)) co_return false;
    Result<bool> removed = false;
    try {
      removed = co_await remove_checkpoint_in_turn(process);
    } catch (const store::Unreadable& error) {
      removed = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    inbox_.finish(process, false);
    pump();
    co_return removed;
  };
  auto begun = turn();
  auto removed =
      co_await boost::asio::co_spawn(strand_, std::move(begun), boost::asio::use_awaitable);
  co_return removed;
}

Task<Result<bool>> Compute::remove_checkpoint_in_turn(ProcessId process) {
  auto look = [this, process] {
    store::Batch batch;
    if (checkpoints_.find(process)) checkpoints_.remove(process, batch);
    return batch;
  };
  auto batch = co_await async::run_on(cpu_.executor(), look);
  if (batch.empty()) co_return false;
  workers_.drop(process);  // it believes that it has one, and would write what changed since
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  unusable_.erase(process);
  co_return true;
}

Task<Result<Slot>> Compute::open(ProcessId process) {
  if (!workers_.rests(process) && !unusable_.contains(process)) {
    auto look = [this, process] {
      return recipes_.restore(process, records_.evaluated(process), workers_);
    };
    auto restored = co_await async::run_on(cpu_.executor(), look);
    if (restored && *restored > 0) workers_.image_written(process, *restored);
  }
  auto work = [this, process, wakes = workers_.rests(process)] {
    return recipes_.find(process, wakes);
  };
  auto made = co_await async::run_on(cpu_.executor(), work);
  if (!made) co_return std::unexpected(made.error());
  auto opened = co_await workers_.open(process, std::move(*made));
  co_return opened;
}

Task<Result<Outcome>> Compute::outcome(ProcessId process, Slot slot,
                                       std::chrono::milliseconds patience) {
  if (auto ready = records_.outcome(process, slot)) co_return std::move(*ready);
  if (slot < records_.kept_from(process)) {
    auto again = co_await dry_runs_.outcome(process, slot, patience);
    co_return again;
  }
  auto wait = [this, process, slot, patience]() -> Task<Result<Outcome>> {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const std::pair key(process, slot);
    auto ready = records_.outcome(process, slot);
    while (!ready && !stopping_ && !quarantined_.contains(process) &&
           std::chrono::steady_clock::now() < deadline) {
      co_await outcomes_due_.wait(key, deadline);
      ready = records_.outcome(process, slot);
    }
    if (ready) co_return std::move(*ready);
    const auto found = quarantined_.find(process);
    if (found != quarantined_.end()) co_return std::unexpected(found->second);
    co_return std::unexpected(pending(process, slot, patience));
  };
  auto waiting = wait();
  auto answer =
      co_await boost::asio::co_spawn(strand_, std::move(waiting), boost::asio::use_awaitable);
  co_return answer;
}

Task<Result<>> Compute::evaluated(ProcessId process, Slot end, std::chrono::milliseconds patience) {
  if (end.number == 0 || records_.evaluated(process) >= end) co_return Result<>();
  const Slot last{end.number - 1};
  auto ready = co_await outcome(process, last, patience);
  if (!ready) co_return std::unexpected(ready.error());
  co_return Result<>();
}

void Compute::stop() {
  auto halt = [this] {
    stopping_ = true;
    outcomes_due_.announce_all();
    dry_runs_.stop();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  tasks_.join();
  dry_runs_.join();
}

Compute::Counters Compute::counters() const {
  return {waiting_,           in_flight_, live_count_, evicted_, deaths_,
          quarantined_count_, resting_,   live_bytes_, copied_,  copies_bytes_};
}

}  // namespace ao::node
