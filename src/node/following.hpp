// The follow arrow: another node's schedule ─▶ verify ─▶ the log here ─▶ compute, and its outcomes
// ─▶ compared with those here.
//
// A followed process is read here as one of this node's own; its messages are scheduled by the
// other node alone, and what it sends is delivered from there alone. Nothing is believed that the
// scheduler did not sign: a forged slot, one that does not follow, a second history, another
// outcome end the following of that process with the reason, in the log and for whoever asks. When
// the other node is gone the reads go on. While a page of slots is verified and taken over the next
// one is fetched, and outcomes are compared beside both. On one strand of the cpu pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <map>
#include <random>

#include "ao/api/follow_state.hpp"
#include "ao/async/ahead.hpp"
#include "ao/async/notice_board.hpp"
#include "ao/async/task_group.hpp"
#include "ao/delivery/backoff.hpp"
#include "ao/message/definition.hpp"
#include "ao/process/follows.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/schedule.hpp"
#include "homes.hpp"

namespace ao::node {

class Following {
 public:
  using Announce = std::function<void(const schedule::Placement&)>;

  // Throws std::runtime_error that names a process which this node, `self`, schedules itself, or
  // says why nothing can be followed.
  Following(std::vector<ProcessId> processes, const Address& self, store::Store& store,
            schedule::Schedule& schedule, process::Follows& follows, Accept& accept,
            const Modules& modules, Homes& homes, Peering& peering, async::Pool& verify,
            async::Pool& cpu, Announce announce);

  void resume();
  void stop();  // any thread; returns when what was begun has ended

  // Of those that the settings name, in their order. Any thread.
  std::vector<api::FollowState> states() const;

 private:
  struct State {
    std::string scheduler;  // where it answers
    Error ended;            // its text is empty while it is followed
  };
  using States = std::map<ProcessId, State>;

  using Page = std::optional<async::Ahead<Result<Bytes>>>;  // that is being fetched

  Task<> take_over(ProcessId process);
  Task<Result<bool>> advance(ProcessId process, Page& next);
  void fetch_behind(const ProcessId& process, std::uint64_t known, const std::string& url,
                    Page& page);
  Task<Result<>> verify(const std::vector<message::Assignment>& page, ProcessId process,
                        Address scheduler);
  Task<Result<>> fetch_module(message::Definition definition, std::string url);
  Task<> compare(ProcessId process);
  Task<Result<bool>> compare_next(ProcessId process);
  static Slot first_of(const message::Value& answer, Slot asked);
  Task<Result<Bytes>> ask(std::string url, std::string target);
  bool has_ended(const ProcessId& process) const;
  Task<> pause_after(ProcessId process, Result<bool> done, delivery::Backoff& backoff,
                     std::chrono::milliseconds idle);
  void end(const ProcessId& process, const Error& reason);

  const std::vector<ProcessId> processes_;
  store::Store& store_;
  schedule::Schedule& schedule_;
  process::Follows& follows_;
  process::Records records_;
  Accept& accept_;
  const Modules& modules_;
  Homes& homes_;
  Peering& peering_;
  async::Pool& verify_;
  Announce announce_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::minstd_rand random_;
  async::NoticeBoard<ProcessId> rests_;
  async::Guarded<States> states_;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
