// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "dry_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "ao/base/log.hpp"

namespace ao::node {

using message::Outcome;
using std::chrono::steady_clock;

namespace {

constexpr int kCopyPause = 9;  // times what the last copy took
constexpr std::size_t kLinesKept = 10'000;

template <class Queue>
auto take_first(Queue& queue) {
  auto first = std::move(queue.front());
  queue.pop_front();
  return first;
}

bool is_not_held(const Result<Outcome>& outcome) {
  return !outcome && outcome.error().code == "process-not-held";
}

}  // namespace

DryRuns::DryRuns(const DryRunSettings& settings, const store::Store& store,
                 const schedule::Log& log, const Recipes& recipes, const Clock& clock,
                 Metrics& metrics, async::Pool& cpu, Strand strand, Announce announce)
    : log_(log),
      recipes_(recipes),
      records_(store),
      clock_(clock),
      cpu_(cpu),
      strand_(strand),
      announce_(std::move(announce)),
      copies_(settings.copies, strand),
      past_(settings.past, settings.past_gas_max, store, log, recipes, metrics, cpu, strand) {}

Task<Result<Outcome>> DryRuns::run(ProcessId process, DryRun asked,
                                   std::chrono::milliseconds patience) {
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(asked), std::nullopt, false});
  auto wait = [this, process, waiting, patience]() -> Task<Result<Outcome>> {
    const auto deadline = steady_clock::now() + patience;
    if (!stopping_) line_up(process, waiting);
    while (!waiting->answer && !stopping_ && steady_clock::now() < deadline)
      co_await due_.wait(process, deadline);
    if (!waiting->answer) {
      leave(process, waiting);
      const Error late{ErrorKind::kTimeout, "dry-run-pending",
                       fmt::format("a dry run on process {} had no turn within {} ms",
                                   process.text(), patience.count())};
      co_return std::unexpected(late);
    }
    co_return std::move(*waiting->answer);
  };
  auto waited = wait();
  auto answer =
      co_await boost::asio::co_spawn(strand_, std::move(waited), boost::asio::use_awaitable);
  co_return answer;
}

Task<Result<Outcome>> DryRuns::outcome(ProcessId process, Slot slot,
                                       std::chrono::milliseconds patience) {
  DryRun asked{std::nullopt, slot};
  auto answer = co_await run(process, std::move(asked), patience);
  co_return answer;
}

void DryRuns::line_up(const ProcessId& process, std::shared_ptr<Waiting> waiting) {
  if (lines_.size() > kLinesKept)
    std::erase_if(lines_, [](const auto& entry) {
      const Line& line = entry.second;
      return line.turn.empty() && !line.copy_is_used && !line.past_is_used;
    });
  Line& line = lines_[process];
  if (waiting->asked.after) {
    line.past.push_back(std::move(waiting));
    if (!std::exchange(line.past_is_used, true)) tasks_.spawn(strand_, use_past(process));
  } else if (copies_.next(process) == records_.evaluated(process)) {
    line.copy.push_back(std::move(waiting));
    if (!std::exchange(line.copy_is_used, true)) tasks_.spawn(strand_, use_copy(process));
  } else {
    line.turn.push_back(std::move(waiting));
    announce_(process);
  }
}

void DryRuns::leave(const ProcessId& process, const std::shared_ptr<Waiting>& waiting) {
  Line& line = lines_[process];
  std::erase(line.turn, waiting);
  std::erase(line.copy, waiting);
  std::erase(line.past, waiting);
}

void DryRuns::give(const ProcessId& process, Waiting& waiting, Result<Outcome> answer) {
  waiting.answer = std::move(answer);
  due_.announce(process);
}

void DryRuns::refuse(const ProcessId& process, const Error& error) {
  const auto line = lines_.find(process);
  if (line == lines_.end()) return;
  for (const auto& waiting : std::exchange(line->second.turn, {}))
    give(process, *waiting, std::unexpected(error));
}

bool DryRuns::waits_for_turn(const ProcessId& process) const {
  const auto line = lines_.find(process);
  return line != lines_.end() && !line->second.turn.empty();
}

// One after the other, so that a message waits for one of them at most.
Task<bool> DryRuns::answer(ProcessId process, worker::Workers& workers) {
  while (waits_for_turn(process)) {
    const auto next = workers.next(process);
    if (!next || log_.count(process) > next->number) co_return true;
    auto first = take_first(lines_[process].turn);
    auto outcome = co_await workers.dry_run(process, *first->asked.trial, clock_.now());
    if (is_not_held(outcome)) {
      lines_[process].turn.push_front(std::move(first));
      co_return true;
    }
    give(process, *first, std::move(outcome));
  }
  co_return false;
}

// A batch may be the last one, so nothing is copied for a run before one has passed it over.
bool DryRuns::is_copy_due(const ProcessId& process) {
  if (!waits_for_turn(process)) return false;
  Line& line = lines_[process];
  bool waited = false;
  for (const auto& waiting : line.turn)
    waited = std::exchange(waiting->was_passed_over, true) || waited;
  return waited && !line.copy_is_used && steady_clock::now() >= line.next_copy;
}

Task<> DryRuns::copy(ProcessId process, worker::Workers& workers) {
  if (!is_copy_due(process)) co_return;
  lines_[process].copy_is_used = true;
  const auto begun = steady_clock::now();
  auto bytes = co_await write_copy(process, workers);
  Line& line = lines_[process];
  const auto now = steady_clock::now();
  line.next_copy = now + kCopyPause * (now - begun);
  if (!bytes) {
    line.copy_is_used = false;
    log::warn("process cannot be copied for dry runs",
              {{"process", process.text()}, {"reason", bytes.error().text}});
    co_return;
  }
  copies_.drop(process);  // the last one
  copies_.image_written(process, *bytes);
  ++copied_;
  line.copy = std::exchange(line.turn, {});
  tasks_.spawn(strand_, use_copy(process));
}

Task<Result<std::uint64_t>> DryRuns::write_copy(ProcessId process, worker::Workers& workers) {
  AO_CO_TRY(copy, co_await workers.copy(process));
  auto work = [this, process, copy = copy] { return copies_.write_image(process, *copy); };
  auto written = co_await async::run_on(cpu_.executor(), work);
  co_return written;
}

Task<Result<Slot>> DryRuns::open_copy(ProcessId process) {
  if (const auto held = copies_.next(process)) co_return *held;
  if (!copies_.rests(process)) {
    Error gone{ErrorKind::kBusy, "process-not-held", "there is no copy any more"};
    co_return std::unexpected(std::move(gone));
  }
  try {
    auto find = [this, process] { return recipes_.find(process, true); };
    AO_CO_TRY(recipe, co_await async::run_on(cpu_.executor(), find));
    auto opened = co_await copies_.open(process, std::move(recipe));
    co_return opened;
  } catch (const store::Unreadable& error) {
    Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    co_return std::unexpected(std::move(unreadable));
  }
}

// Whom the copy fails waits for the process itself.
Task<> DryRuns::use_copy(ProcessId process) {
  auto opened = co_await open_copy(process);
  while (opened && !stopping_ && !lines_[process].copy.empty()) {
    auto first = take_first(lines_[process].copy);
    auto outcome = co_await copies_.dry_run(process, *first->asked.trial, clock_.now());
    if (is_not_held(outcome)) {
      lines_[process].copy.push_front(std::move(first));
      break;
    }
    give(process, *first, std::move(outcome));
  }
  Line& line = lines_[process];
  line.copy_is_used = false;
  if (line.copy.empty()) co_return;
  line.turn.insert(line.turn.begin(), line.copy.begin(), line.copy.end());
  line.copy.clear();
  announce_(process);
}

Task<Result<Outcome>> DryRuns::in_past(ProcessId process, const DryRun& asked) {
  if (!asked.trial) {
    auto outcome = co_await past_.outcome(process, *asked.after);
    co_return outcome;
  }
  auto outcome = co_await past_.dry_run(process, *asked.after, *asked.trial, clock_.now());
  co_return outcome;
}

// The earliest first: the others are on its way.
Task<> DryRuns::use_past(ProcessId process) {
  while (!stopping_ && !lines_[process].past.empty()) {
    Queue& past = lines_[process].past;
    const auto earliest = std::ranges::min_element(
        past, {}, [](const std::shared_ptr<Waiting>& waiting) { return *waiting->asked.after; });
    auto first = std::move(*earliest);
    past.erase(earliest);
    auto outcome = co_await in_past(process, first->asked);
    if (is_not_held(outcome)) {  // it had to make room, and goes on from there
      lines_[process].past.push_front(std::move(first));
      continue;
    }
    give(process, *first, std::move(outcome));
  }
  lines_[process].past_is_used = false;
}

void DryRuns::stop() {
  stopping_ = true;
  past_.stop();
  due_.announce_all();
}

}  // namespace ao::node
