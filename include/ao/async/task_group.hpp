// Coroutines that run beside their owner and are waited for before it goes.
//
// The only place that detaches. Owned by whoever spawns; `join` blocks, so it is called from the
// main thread at shutdown, after the owner has stopped spawning.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <mutex>

#include "ao/async/task.hpp"

namespace ao::async {

class TaskGroup {
 public:
  TaskGroup() = default;
  ~TaskGroup() { join(); }

  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Any thread. A task that lets an exception out ends the program: tasks return their failures.
  void spawn(const boost::asio::any_io_executor& executor, Task<> task);

  void join();

 private:
  void finished();

  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t running_ = 0;
};

}  // namespace ao::async
