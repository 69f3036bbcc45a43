// The prune arrow: what is confirmed on Arweave ─▶ what is kept here no more.
//
// Removed are outcomes but for the newest of each process, and checkpoints of processes that had no
// message for long, both only of slots that are confirmed. Both can be had again: the schedule
// stays, and is evaluated once more. Bundles are looked at one after the other, as far as all
// before them are confirmed, so a look costs what was settled since the last one.
//
// On a strand of the cpu pool, behind everything that clients wait for. Owned by the pipeline.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <set>

#include "ao/async/notice_board.hpp"
#include "ao/async/task_group.hpp"
#include "ao/node/retention_settings.hpp"
#include "compute.hpp"
#include "settling.hpp"

namespace ao::node {

class Retaining {
 public:
  Retaining(const RetentionSettings& settings, store::Store& store, const schedule::Log& log,
            const Settling& settling, Compute& compute, const Clock& clock, async::Pool& cpu,
            Metrics& metrics);

  void resume();
  void stop();  // any thread; returns when what was begun has ended

 private:
  Task<> run();
  Task<Result<>> look();
  Task<Result<>> prune_outcomes();
  Task<Result<>> prune_outcomes(ProcessId process);
  std::set<ProcessId> processes_in(const settlement::Record& bundle) const;
  Slot outcomes_end(const ProcessId& process, Slot from) const;
  Task<Result<>> prune_checkpoints();
  bool is_idle(const ProcessId& process) const;

  const RetentionSettings settings_;
  store::Store& store_;
  const schedule::Log& log_;
  const Settling& settling_;
  Compute& compute_;
  const Clock& clock_;
  Metrics& metrics_;
  process::Records records_;
  process::Checkpoints checkpoints_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  async::NoticeBoard<int> pauses_;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
