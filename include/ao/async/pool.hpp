// A named set of threads, and the way to run CPU work on one from a coroutine.
//
// The node has three (docs/threads.md): net never blocks, verify checks signatures, cpu runs Lua.
// Owned by `node`, joined before anything that its work refers to is destroyed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <string>

#include "ao/async/task.hpp"

namespace ao::async {

class Pool {
 public:
  Pool(const std::string& name, std::size_t threads);
  ~Pool() { join(); }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  auto executor() { return pool_.get_executor(); }
  std::size_t threads() const { return threads_; }

  void join();  // waits until there is no work left
  void stop();  // drops work not yet begun

 private:
  std::size_t threads_;
  boost::asio::thread_pool pool_;
};

// Runs `function` on `executor` and resumes the coroutine on its own executor with what it returned
// or threw.
template <class Executor, class Function>
auto run_on(Executor executor, Function function) -> Task<decltype(function())> {
  namespace asio = boost::asio;
  using Value = std::optional<decltype(function())>;
  auto start = [executor](auto handler, Function work) {
    auto home = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(home);
    asio::post(executor, [handler = std::move(handler), work = std::move(work), home,
                          guard = std::move(guard)]() mutable {
      Value value;
      std::exception_ptr thrown;
      try {
        value = work();
      } catch (...) {
        thrown = std::current_exception();
      }
      asio::post(home, [handler = std::move(handler), thrown, value = std::move(value)]() mutable {
        std::move(handler)(thrown, std::move(value));
      });
    });
  };
  auto value =
      co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr, Value)>(
          std::move(start), asio::use_awaitable, std::move(function));
  co_return std::move(*value);
}

}  // namespace ao::async
