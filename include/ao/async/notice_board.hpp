// Waiting for something to be announced under a key, for at most some time.
//
// Not synchronised: every call, and every wait, happens on the one strand that owns the board.
// An announcement wakes those who wait at that moment; whoever wakes looks again at what it wanted.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>

#include "ao/async/task.hpp"

namespace ao::async {

template <class Key>
class NoticeBoard {
 public:
  Task<> wait(Key key, std::chrono::steady_clock::time_point deadline) {
    const auto strand = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<boost::asio::steady_timer>(strand, deadline);
    const auto place = waiting_.emplace(key, timer);
    co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    waiting_.erase(place);
  }

  void announce(const Key& key) {
    const auto [first, last] = waiting_.equal_range(key);
    for (auto it = first; it != last; ++it)
      it->second->cancel();
  }

  void announce_all() {
    for (auto& [key, timer] : waiting_)
      timer->cancel();
  }

  std::size_t waiting() const { return waiting_.size(); }

 private:
  std::multimap<Key, std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace ao::async
