// Runs of messages that change nothing: what a message would do after some committed slot.
//
// On an idle process they run on its own state. While it has messages to evaluate, those that wait
// move on to a copy of its state, in a worker of their own, so that neither waits for the other:
// the copy is made between two batches, of all that was committed by then, and used until the
// process has moved on. Making copies takes a process a tenth of its time at most. A run after a
// past slot has a state that is built for it.
//
// An answer is from a slot that had been evaluated when the run was asked for, or from a later one;
// its slot is the one that the message would have had. Owned by Compute, and used on its strand but
// for `run`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>

#include "ao/async/notice_board.hpp"
#include "ao/async/task_group.hpp"
#include "past_states.hpp"

namespace ao::node {

struct DryRunSettings {
  worker::Settings copies;
  worker::Settings past;
  std::uint64_t past_gas_max = 500'000'000;  // of the slots that one run has evaluated before it
};

struct DryRun {
  std::optional<message::Trial> trial;  // nullopt: what the message of slot `after` itself did
  std::optional<Slot> after;            // evaluated before; nullopt: the last one
};

class DryRuns {
 public:
  using Announce = std::function<void(const ProcessId&)>;
  using Strand = boost::asio::strand<boost::asio::thread_pool::executor_type>;

  // `announce` hears of processes whose turn is needed.
  DryRuns(const DryRunSettings& settings, const store::Store& store, const schedule::Log& log,
          const Recipes& recipes, const Clock& clock, Metrics& metrics, async::Pool& cpu,
          Strand strand, Announce announce);

  // Any executor. Errors: kTimeout "dry-run-pending"; those of PastStates.
  Task<Result<message::Outcome>> run(ProcessId process, DryRun asked,
                                     std::chrono::milliseconds patience);

  // The outcome of an evaluated slot, which is no longer kept: the schedule is evaluated again up
  // to there. Any executor; errors as above.
  Task<Result<message::Outcome>> outcome(ProcessId process, Slot slot,
                                         std::chrono::milliseconds patience);

  // In the turn of a process whose worker has evaluated and committed everything. True when there
  // is more to evaluate by now.
  Task<bool> answer(ProcessId process, worker::Workers& workers);

  // In the turn of a process, between two batches, when its worker has it as it is committed.
  Task<> copy(ProcessId process, worker::Workers& workers);

  // Those that wait for the process's turn.
  void refuse(const ProcessId& process, const Error& error);

  void stop();  // on the strand; begins nothing new
  void join() { tasks_.join(); }

  std::uint64_t copied() const { return copied_; }
  std::uint64_t held_bytes() const { return copies_.held_bytes() + past_.held_bytes(); }

 private:
  struct Waiting {
    DryRun asked;
    std::optional<Result<message::Outcome>> answer;
    bool was_passed_over = false;  // by a batch
  };
  using Queue = std::deque<std::shared_ptr<Waiting>>;
  struct Line {
    Queue turn;  // for the process's turn
    Queue copy;  // for its copy, as that is
    Queue past;
    bool copy_is_used = false;
    bool past_is_used = false;
    std::chrono::steady_clock::time_point next_copy;
  };

  void line_up(const ProcessId& process, std::shared_ptr<Waiting> waiting);
  void leave(const ProcessId& process, const std::shared_ptr<Waiting>& waiting);
  void give(const ProcessId& process, Waiting& waiting, Result<message::Outcome> answer);
  bool waits_for_turn(const ProcessId& process) const;
  bool is_copy_due(const ProcessId& process);
  Task<Result<std::uint64_t>> write_copy(ProcessId process, worker::Workers& workers);
  Task<Result<Slot>> open_copy(ProcessId process);
  Task<> use_copy(ProcessId process);
  Task<> use_past(ProcessId process);
  Task<Result<message::Outcome>> in_past(ProcessId process, const DryRun& asked);

  const schedule::Log& log_;
  const Recipes& recipes_;
  process::Records records_;
  const Clock& clock_;
  async::Pool& cpu_;
  Strand strand_;
  Announce announce_;
  worker::Workers copies_;
  PastStates past_;
  std::unordered_map<ProcessId, Line> lines_;
  async::NoticeBoard<ProcessId> due_;
  std::uint64_t copied_ = 0;
  bool stopping_ = false;
  async::TaskGroup tasks_;
};

}  // namespace ao::node
