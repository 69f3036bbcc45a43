// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "compute.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"
#include "ao/message/cbor.hpp"
#include "ao/outbox/outbox.hpp"
#include "ao/process/visible_state.hpp"

namespace ao::node {

using message::Outcome;

namespace {

constexpr std::chrono::milliseconds kRivalPause{5};

Error unknown(const ProcessId& process) {
  return {ErrorKind::kNotFound, "process-unknown",
          fmt::format("process {} is not scheduled on this node", process.text())};
}

Error pending(const ProcessId& process, Slot slot, std::chrono::milliseconds patience) {
  return {ErrorKind::kTimeout, "outcome-pending",
          fmt::format("slot {} of process {} was not evaluated within {} ms; ask again",
                      slot.number, process.text(), patience.count())};
}

}  // namespace

Compute::Compute(const ComputeSettings& settings, store::Store& store,
                 const schedule::Schedule& schedule, const Modules& modules, const Clock& clock,
                 async::Pool& cpu, Metrics& metrics, Announce sent)
    : settings_(settings),
      store_(store),
      schedule_(schedule),
      modules_(modules),
      records_(store),
      clock_(clock),
      metrics_(metrics),
      sent_(std::move(sent)),
      cpu_(cpu),
      strand_(boost::asio::make_strand(cpu.executor())),
      live_(settings.live_processes_max) {}

void Compute::announce(const ProcessId& process) {
  boost::asio::post(strand_, [this, process] {
    inbox_.announce(process);
    pump();
  });
}

void Compute::pump() {
  while (!stopping_ && inbox_.in_flight() < cpu_.threads()) {
    const auto process = inbox_.take();
    if (!process) break;
    tasks_.spawn(strand_, evaluate(*process));
  }
  count();
}

void Compute::count() {
  waiting_ = inbox_.waiting();
  in_flight_ = inbox_.in_flight();
  live_count_ = live_.size();
  evicted_ = live_.evicted();
}

Task<> Compute::evaluate(ProcessId process) {
  bool more = false;
  try {
    more = co_await evaluate_waiting(process);
  } catch (const store::Unreadable& error) {
    const Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    refuse_dry_runs(process, unreadable);
    log::error("process cannot be read", {{"process", process.text()}, {"reason", error.what()}});
  }
  inbox_.finish(process, more);
  pump();
}

// True when there is more to evaluate.
Task<bool> Compute::evaluate_waiting(ProcessId process) {
  bool more = false;
  auto woken = co_await wake(process);
  if (woken) {
    Live live = std::move(*woken);
    auto batch = co_await evaluate_batch(process, *live);
    if (batch) {
      more = *batch;
      if (!more) co_await answer_dry_runs(process, *live);
      live_.put(std::move(live));
    }  // else nothing is committed any more; what is in memory is ahead of the disk, and goes
  } else if (woken.error().code == "arena-taken") {
    // The process that holds this one's address is being evaluated: after it.
    boost::asio::steady_timer pause(strand_, kRivalPause);
    co_await pause.async_wait(boost::asio::use_awaitable);
    more = !stopping_;
  } else {
    const Error error = woken.error();
    refuse_dry_runs(process, error);
    log::warn("process cannot be evaluated", {{"process", process.text()}, {"reason", error.text}});
  }
  co_return more;
}

// True when there is more to evaluate.
Task<Result<bool>> Compute::evaluate_batch(ProcessId process, execution::Evaluator& live) {
  auto batch = schedule_.log().read(process, live.next(), settings_.batch_messages_max,
                                    settings_.batch_bytes_max);
  if (batch.empty()) co_return false;
  auto work = [&live, &batch] { return live.run(batch); };
  auto outcomes = co_await async::run_on(cpu_.executor(), work);
  auto fresh = only_new(process, std::move(outcomes));
  if (fresh.empty()) co_return true;
  auto committed = co_await commit(process, std::move(fresh));
  if (!committed) co_return std::unexpected(committed.error());
  co_return true;
}

// A replay gives outcomes that are stored already: they must be the same bytes.
std::vector<Outcome> Compute::only_new(const ProcessId& process, std::vector<Outcome> outcomes) {
  const Slot evaluated = records_.evaluated(process);
  std::vector<Outcome> fresh;
  for (Outcome& outcome : outcomes) {
    if (outcome.slot >= evaluated) {
      metrics_.evaluated(outcome.error.empty(), outcome.gas_used);
      fresh.push_back(std::move(outcome));
      continue;
    }
    const auto stored = records_.outcome_bytes(process, outcome.slot);
    if (stored && *stored == message::to_cbor(outcome.value())) continue;
    metrics_.diverged();
    log::error("a replay gave another outcome than the stored one; the stored one stands",
               {{"process", process.text()}, {"slot", outcome.slot.number}});
  }
  return fresh;
}

Task<Result<>> Compute::commit(ProcessId process, std::vector<Outcome> outcomes) {
  store::Batch batch;
  process::StateChange change(store_, process);
  bool sends = false;
  for (const Outcome& outcome : outcomes) {
    process::Records::write(outcome, batch);
    outbox::Outbox::write(outcome, batch);
    schedule::Log::mark_evaluated(process, outcome.slot, batch);
    for (const message::Value& patch : outcome.patches)
      change.merge(patch);
    sends = sends || !outcome.outgoing.empty();
  }
  change.write(batch);
  auto committed = co_await store_.commit(std::move(batch));
  if (!committed) co_return committed;
  for (const Outcome& outcome : outcomes)
    outcomes_due_.announce({process, outcome.slot});
  if (sends) sent_(process);
  co_return committed;
}

Task<Result<Compute::Live>> Compute::wake(ProcessId process) {
  Live live = live_.take(process);
  if (live) co_return live;
  auto work = [this, process] { return build(process); };
  auto built = co_await async::run_on(cpu_.executor(), work);
  if (!built && built.error().code == "arena-taken" && live_.evict_rival_of(process))
    built = co_await async::run_on(cpu_.executor(), work);
  co_return built;
}

Result<Compute::Live> Compute::build(const ProcessId& process) const {
  const auto spawn = schedule_.log().slot_of(MessageId::same_bytes_as(process), process);
  const auto first = spawn ? schedule_.log().read(process, *spawn) : std::nullopt;
  if (!first) return std::unexpected(unknown(process));
  const auto definition = message::Definition::of(first->body());
  AO_TRY(module, modules_.find(definition.module));
  return execution::Evaluator::create(settings_.execution, definition, module);
}

Task<> Compute::answer_dry_runs(ProcessId process, execution::Evaluator& live) {
  const auto found = dry_runs_.find(process);
  if (found == dry_runs_.end()) co_return;
  auto waiting = std::move(found->second);
  dry_runs_.erase(found);
  for (auto& dry_run : waiting) {
    auto work = [this, &live, &dry_run] {
      return live.dry_run(dry_run->message, dry_run->tags, clock_.now());
    };
    auto outcome = co_await async::run_on(cpu_.executor(), work);
    dry_run->answer = std::move(outcome);
  }
  dry_runs_due_.announce(process);
}

void Compute::refuse_dry_runs(const ProcessId& process, const Error& error) {
  const auto found = dry_runs_.find(process);
  if (found == dry_runs_.end()) return;
  for (auto& dry_run : found->second)
    dry_run->answer = std::unexpected(error);
  dry_runs_.erase(found);
  dry_runs_due_.announce(process);
}

Task<Result<Outcome>> Compute::outcome(ProcessId process, Slot slot,
                                       std::chrono::milliseconds patience) {
  if (auto ready = records_.outcome(process, slot)) co_return std::move(*ready);
  auto wait = [this, process, slot, patience]() -> Task<Result<Outcome>> {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const std::pair key(process, slot);
    auto ready = records_.outcome(process, slot);
    while (!ready && !stopping_ && std::chrono::steady_clock::now() < deadline) {
      co_await outcomes_due_.wait(key, deadline);
      ready = records_.outcome(process, slot);
    }
    if (!ready) co_return std::unexpected(pending(process, slot, patience));
    co_return std::move(*ready);
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

Task<Result<Outcome>> Compute::dry_run(ProcessId process, message::DataItem message,
                                       message::Tags tags, std::chrono::milliseconds patience) {
  auto dry_run =
      std::make_shared<DryRun>(DryRun{std::move(message), std::move(tags), std::nullopt});
  auto wait = [this, process, dry_run, patience]() -> Task<Result<Outcome>> {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    dry_runs_[process].push_back(dry_run);
    inbox_.announce(process);
    pump();
    while (!dry_run->answer && !stopping_ && std::chrono::steady_clock::now() < deadline)
      co_await dry_runs_due_.wait(process, deadline);
    if (!dry_run->answer) {
      const Error late{
          ErrorKind::kTimeout, "dry-run-pending",
          fmt::format("process {} was busy for {} ms", process.text(), patience.count())};
      std::erase(dry_runs_[process], dry_run);
      co_return std::unexpected(late);
    }
    co_return std::move(*dry_run->answer);
  };
  auto waiting = wait();
  auto answer =
      co_await boost::asio::co_spawn(strand_, std::move(waiting), boost::asio::use_awaitable);
  co_return answer;
}

void Compute::stop() {
  auto halt = [this] {
    stopping_ = true;
    outcomes_due_.announce_all();
    dry_runs_due_.announce_all();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  tasks_.join();
}

Compute::Counters Compute::counters() const {
  return {waiting_, in_flight_, live_count_, evicted_};
}

}  // namespace ao::node
