// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/async/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace ao::async {

void TaskGroup::spawn(const boost::asio::any_io_executor& executor, Task<> task) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  boost::asio::co_spawn(executor, std::move(task), [this](const std::exception_ptr& thrown) {
    if (thrown) std::terminate();
    finished();
  });
}

void TaskGroup::join() {
  std::unique_lock lock(mutex_);
  none_left_.wait(lock, [this] { return running_ == 0; });
}

void TaskGroup::finished() {
  // Notified under the lock: once `join` can return, the group may be gone.
  const std::lock_guard lock(mutex_);
  if (--running_ == 0) none_left_.notify_all();
}

}  // namespace ao::async
