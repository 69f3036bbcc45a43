// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "attendance.hpp"

namespace ao::http {

Task<bool> Attendance::wait(Time until) {
  if (is_open()) co_await wakeup_->wait(until);
  co_return is_open();
}

Caller::Waker Attendance::waker() {
  // Whoever keeps it may outlive the connection, and the threads that its timer needs.
  return [weak = std::weak_ptr(wakeup_)] {
    if (const auto wakeup = weak.lock()) wakeup->wake();
  };
}

void Attendance::close() {
  is_closing_ = true;
  wakeup_->wake();
}

void Attendance::lose() {
  is_lost_ = true;
  wakeup_->wake();
}

}  // namespace ao::http
