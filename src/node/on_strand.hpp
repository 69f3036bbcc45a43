// Work of a coroutine on the strand that owns what it touches.
//
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "ao/async/task.hpp"
#include "ao/base/result.hpp"
#include "ao/store/store.hpp"

namespace ao::node {

// Runs on the strand and resumes the coroutine where it was. A store that cannot be read is an
// error: kUnavailable "store-failed".
template <class T, class Strand>
Task<Result<T>> on(Strand strand, std::function<Task<Result<T>>()> work) {
  auto guarded = [work = std::move(work)]() -> Task<Result<T>> {
    try {
      auto working = work();
      auto result = co_await std::move(working);
      co_return result;
    } catch (const store::Unreadable& error) {
      co_return Result<T>(fail(ErrorKind::kUnavailable, "store-failed", error.what()));
    }
  };
  auto running = guarded();
  auto result =
      co_await boost::asio::co_spawn(strand, std::move(running), boost::asio::use_awaitable);
  co_return result;
}

}  // namespace ao::node
