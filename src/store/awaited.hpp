// From the committer's callbacks to coroutines: the caller goes on on its own executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "committer.hpp"

namespace ao::store {

// `take` is called once with a Committer::Done, and sees to it that this is called.
template <class Take>
Task<Result<>> awaited(Take take) {
  namespace asio = boost::asio;
  auto start = [](auto handler, Take begin) {
    auto home = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(home);
    begin([handler = std::move(handler), home, guard = std::move(guard)](Result<> result) mutable {
      asio::post(home, [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<>)>(
      std::move(start), asio::use_awaitable, std::move(take));
}

}  // namespace ao::store
