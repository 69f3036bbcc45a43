// The compute arrow: schedule log ─▶ inbox ─▶ execution ─▶ one commit {outcomes, visible state,
// outbox entries, cursor}.
//
// Everything here happens on one strand of the cpu pool; evaluations themselves run in worker
// processes, one batch at a time for each process. A process that is not in memory is rebuilt by
// replaying its schedule; what a replay gives is compared with what was stored. A process that
// costs two workers in a row is left alone until the node starts again.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <unordered_set>

#include "ao/async/notice_board.hpp"
#include "ao/async/pool.hpp"
#include "ao/async/task_group.hpp"
#include "ao/inbox/inbox.hpp"
#include "ao/process/follows.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/schedule.hpp"
#include "ao/worker/workers.hpp"
#include "dry_runs.hpp"

namespace ao::node {

struct ComputeSettings {
  worker::Settings workers;
  std::size_t batch_messages_max = 64;
  std::size_t batch_bytes_max = 4 << 20;
  std::uint64_t checkpoint_gas = 500'000'000;  // of a process between two checkpoints
  DryRunSettings dry_runs;
};

class Compute {
 public:
  // Whom commits are told, after them, from the strand; must not block.
  struct Announcements {
    std::function<void(const ProcessId&)> sent;  // it has new outbox entries
    std::function<void(const ProcessId&, const std::vector<Slot>&)> evaluated;
  };

  Compute(const ComputeSettings& settings, store::Store& store, const schedule::Schedule& schedule,
          const process::Follows& follows, const Modules& modules, const Clock& clock,
          async::Pool& cpu, Metrics& metrics, Announcements announcements);

  void announce(const ProcessId& process);  // any thread: slots were added

  // One that is no longer kept is evaluated again. Errors: kTimeout "outcome-pending" when it is
  // not there by then; kUnavailable "process-quarantined" when it is not going to be; of one that
  // is evaluated again those of DryRuns::outcome.
  Task<Result<message::Outcome>> outcome(ProcessId process, Slot slot,
                                         std::chrono::milliseconds patience);

  // Waits until the slots before `end` are evaluated, at most for `patience`.
  Task<Result<>> evaluated(ProcessId process, Slot end, std::chrono::milliseconds patience);

  // Removes the checkpoint of a process, which is replayed when it is next needed. False: it has
  // none, or is being evaluated. Any executor. Errors: those of Store::commit.
  Task<Result<bool>> remove_checkpoint(ProcessId process);

  DryRuns& dry_runs() { return dry_runs_; }

  // Any thread; begins nothing new, and returns when what was begun is committed.
  void stop();

  struct Counters {
    std::size_t waiting, in_flight, live;
    std::uint64_t evicted, worker_deaths;
    std::size_t quarantined, resting;
    std::uint64_t live_bytes;
    std::uint64_t copied, copies_bytes;
  };
  Counters counters() const;

 private:
  void pump();
  Task<> evaluate(ProcessId process);
  Task<Result<bool>> evaluate_waiting(ProcessId process);
  bool give_up(const ProcessId& process, const Error& error);
  Task<> breathe(std::chrono::milliseconds time);
  void quarantine(const ProcessId& process, const Error& error);
  Task<Result<>> commit(ProcessId process, std::vector<worker::Evaluated> evaluated);
  std::vector<worker::Evaluated> only_new(const ProcessId& process,
                                          std::vector<worker::Evaluated> evaluated);
  Task<> checkpoint(ProcessId process);
  Task<Result<bool>> remove_checkpoint_in_turn(ProcessId process);
  Task<Result<Slot>> open(ProcessId process);
  void count();

  ComputeSettings settings_;
  store::Store& store_;
  const schedule::Schedule& schedule_;
  const process::Follows& follows_;
  Recipes recipes_;
  process::Records records_;
  process::Checkpoints checkpoints_;
  Metrics& metrics_;
  Announcements announcements_;
  async::Pool& cpu_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  inbox::Inbox inbox_;
  worker::Workers workers_;
  DryRuns dry_runs_;
  std::unordered_map<ProcessId, std::uint64_t> gas_;  // since the last checkpoint
  std::unordered_set<ProcessId> unusable_;            // whose checkpoint does not wake
  std::unordered_map<ProcessId, int> deadly_;         // workers that it cost in a row
  std::unordered_map<ProcessId, Error> quarantined_;
  async::NoticeBoard<std::pair<ProcessId, Slot>> outcomes_due_;
  async::TaskGroup tasks_;
  bool stopping_ = false;
  std::atomic<std::size_t> waiting_ = 0, in_flight_ = 0, live_count_ = 0, quarantined_count_ = 0,
                           resting_ = 0;
  std::atomic<std::uint64_t> evicted_ = 0, deaths_ = 0, live_bytes_ = 0, copied_ = 0,
                             copies_bytes_ = 0;
};

}  // namespace ao::node
