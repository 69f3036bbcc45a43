// The tick arrow: a task that is due ─▶ a message signed by this node ─▶ its process's admission.
//
// No side door: a tick has a slot like any message, and is replayed like one. It names the task and
// the planned time that it stands for, so that it is scheduled once; only then is it written when
// the task is due next. On one strand of the cpu pool, with one timer, which looks at the clock at
// least once a second, so that it notices when that is set.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <unordered_set>

#include "accept.hpp"
#include "ao/async/task_group.hpp"
#include "ao/cron/crontab.hpp"
#include "ao/message/definition.hpp"

namespace ao::node {

class Ticking {
 public:
  using Announce = std::function<void(const schedule::Placement&)>;
  using Orders = std::vector<Result<cron::Order>>;

  // `scheduled` hears of what got a slot; must not block.
  Ticking(const cron::Limits& limits, store::Store& store, schedule::Schedule& schedule,
          Accept& accept, const crypto::Key& key, const Clock& clock, async::Pool& cpu,
          Metrics& metrics, Announce scheduled);

  void resume();                            // once, before all else: takes up what is stored
  void announce(const ProcessId& spawned);  // any thread: its definition may ask for tasks
  void stop();                              // any thread; returns when what was begun is settled

  // What somebody asks for at `at`. Errors: those of cron::Order; kDenied "cron-untrusted" when the
  // process would not believe this node's ticks. Any thread.
  Result<cron::Order> read(const message::Definition& process, const message::Tags& fields,
                           Bytes data, Timestamp at) const;

  // What would be said to these orders, one after the other. Errors: their own, and those of
  // cron::Tasks. Any executor.
  Task<std::vector<Result<TaskId>>> judge(ProcessId process, Orders orders);

  // Carries them out, in one write with `batch`. Errors of the whole: those of the store.
  Task<Result<std::vector<Result<TaskId>>>> carry_out(ProcessId process, Orders orders,
                                                      std::string set_by, store::Batch batch);

  Task<std::optional<cron::Task>> find(TaskId task);
  // Of one process, or of all; at most `most`.
  Task<std::vector<cron::Task>> list(std::optional<ProcessId> process, std::size_t most);

  struct Counters {
    std::size_t tasks, due;
  };
  Counters counters() const { return {count_, due_count_}; }

 private:
  struct Due {  // of one round: the plan of a task, and where its ticks are in the round's items
    cron::Task task;
    cron::Plan plan;
    std::size_t first_item = 0;
  };
  using Placed = Result<schedule::Placement>;

  Task<> run();
  Task<> wait(Timestamp now, bool has_room);
  Task<Result<bool>> tick_due(Timestamp now);
  Due planned(const cron::Task& task, Timestamp now) const;
  Task<std::vector<Placed>> schedule(std::vector<Result<message::OwnItem>> items);
  void settle(const Due& due, const std::vector<Placed>& placed, Timestamp now,
              store::Batch& batch);
  Task<Result<>> turn_back(Timestamp now);
  Task<> take_up(ProcessId spawned);
  void change(const cron::Change& change, store::Batch& batch);
  Result<TaskId> obey(const ProcessId& process, const Result<cron::Order>& order,
                      const std::string& set_by, store::Batch& batch);

  const cron::Limits limits_;
  store::Store& store_;
  schedule::Schedule& schedule_;
  Accept& accept_;
  const crypto::Key& key_;
  const Address self_;
  const Clock& clock_;
  async::Pool& cpu_;
  Metrics& metrics_;
  Announce scheduled_;
  process::Records records_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  cron::Tasks tasks_;
  Timestamp seen_;                          // what the clock showed last
  std::unordered_set<ProcessId> taken_up_;  // whose definition is being read
  boost::asio::steady_timer timer_;
  std::atomic<std::size_t> count_ = 0, due_count_ = 0;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
