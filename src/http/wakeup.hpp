// A wait that any thread can end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <memory>

#include "wire.hpp"

namespace ao::http {

class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  explicit Wakeup(Strand strand) : timer_(strand) {}

  // On the strand, one at a time. May return early, never late.
  Task<> wait(Wire::Time until) {
    if (is_due_.exchange(false)) co_return;
    timer_.expires_at(until);
    boost::system::error_code ignored;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
    co_await timer_.async_wait(token);
    is_due_ = false;
  }

  // Any thread: ends the wait that is going on, or the next one.
  void wake() {
    if (is_due_.exchange(true)) return;
    boost::asio::post(timer_.get_executor(),
                      [self = shared_from_this()] { self->timer_.cancel(); });
  }

 private:
  boost::asio::basic_waitable_timer<Wire::Clock, boost::asio::wait_traits<Wire::Clock>, Strand>
      timer_;
  std::atomic<bool> is_due_{false};
};

}  // namespace ao::http
