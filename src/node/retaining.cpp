// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "retaining.hpp"

#include <algorithm>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"

namespace ao::node {

using settlement::Journal;

namespace {

constexpr std::uint64_t kSlotsAtOnce = 1'024;
constexpr std::size_t kProcessesAtOnce = 256;

}  // namespace

Retaining::Retaining(const RetentionSettings& settings, store::Store& store,
                     const schedule::Log& log, const Settling& settling, Compute& compute,
                     const Clock& clock, async::Pool& cpu, Metrics& metrics)
    : settings_(settings),
      store_(store),
      log_(log),
      settling_(settling),
      compute_(compute),
      clock_(clock),
      metrics_(metrics),
      records_(store),
      checkpoints_(store),
      strand_(boost::asio::make_strand(cpu.executor())) {}

void Retaining::resume() {
  if (settings_.prunes() && settling_.is_on()) group_.spawn(strand_, run());
}

void Retaining::stop() {
  auto halt = [this] {
    stopping_ = true;
    pauses_.announce_all();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  group_.join();
}

Task<> Retaining::run() {
  while (!stopping_) {
    Result<> looked;
    try {
      looked = co_await look();
    } catch (const store::Unreadable& error) {
      looked = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    if (!looked) log::warn("nothing is pruned for now", {{"reason", looked.error().text}});
    if (stopping_) break;
    co_await pauses_.wait(0, std::chrono::steady_clock::now() + settings_.interval);
  }
}

Task<Result<>> Retaining::look() {
  if (settings_.results_max > 0) AO_CO_CHECK(co_await prune_outcomes());
  if (settings_.checkpoint_idle_max.count() > 0) AO_CO_CHECK(co_await prune_checkpoints());
  co_return Result<>();
}

// Where fewer are kept than before, what was looked at is looked at again.
Task<Result<>> Retaining::prune_outcomes() {
  const Journal& journal = settling_.journal();
  const std::uint64_t end = settling_.unconfirmed();
  settlement::Pruned done = journal.pruned();
  if (done.kept_max != settings_.results_max) done = {0, settings_.results_max};
  while (done.bundles < end && !stopping_) {
    AO_CO_TRY(bundle, journal.bundle(done.bundles));
    for (const ProcessId& process : processes_in(bundle)) {
      if (stopping_) co_return Result<>();
      AO_CO_CHECK(co_await prune_outcomes(process));
    }
    ++done.bundles;
    store::Batch batch;
    Journal::note_pruned(done, batch);
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  }
  co_return Result<>();
}

std::set<ProcessId> Retaining::processes_in(const settlement::Record& bundle) const {
  std::set<ProcessId> processes;
  for (const settlement::Span& span : bundle.spans)
    store_.logs().read_shard(span.shard, span.from,
                             [&](std::uint64_t sequence, const ProcessId& process, Slot) {
                               if (sequence >= span.end) return false;
                               processes.insert(process);
                               return true;
                             });
  return processes;
}

Task<Result<>> Retaining::prune_outcomes(ProcessId process) {
  Slot from = records_.kept_from(process);
  const Slot end = outcomes_end(process, from);
  while (from < end && !stopping_) {
    const Slot next{std::min(end.number, from.number + kSlotsAtOnce)};
    store::Batch batch;
    records_.forget(process, next, batch);
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
    metrics_.pruned("outcomes", next.number - from.number);
    from = next;
  }
  co_return Result<>();
}

Slot Retaining::outcomes_end(const ProcessId& process, Slot from) const {
  const Slot evaluated = records_.evaluated(process);
  if (evaluated.number <= from.number + settings_.results_max) return from;
  return std::min(settling_.confirmed(process, from),
                  Slot{evaluated.number - settings_.results_max});
}

Task<Result<>> Retaining::prune_checkpoints() {
  std::optional<ProcessId> last;
  while (!stopping_) {
    const auto processes = checkpoints_.processes(last, kProcessesAtOnce);
    if (processes.empty()) break;
    last = processes.back();
    for (const ProcessId& process : processes) {
      if (stopping_) break;
      if (!is_idle(process)) continue;
      AO_CO_TRY(removed, co_await compute_.remove_checkpoint(process));
      if (removed) metrics_.pruned("checkpoints", 1);
    }
  }
  co_return Result<>();
}

// Whether its last message was long ago, and everything of it is evaluated and confirmed.
bool Retaining::is_idle(const ProcessId& process) const {
  const auto head = log_.head(process);
  if (!head || !*head) return false;
  const Slot end = (*head)->next;
  const std::uint64_t since = (*head)->timestamp.milliseconds;
  const auto idle = static_cast<std::uint64_t>(settings_.checkpoint_idle_max.count());
  return clock_.now().milliseconds >= since + idle && records_.evaluated(process) == end &&
         settling_.confirmed(process) >= end;
}

}  // namespace ao::node
