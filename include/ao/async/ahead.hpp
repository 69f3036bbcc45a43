// A task that runs while whoever wants its result does something else first.
//
// Begun when it is made; `get` waits for it, once. If nobody gets it, it ends by itself: the group
// waits for it. Not synchronised: made and got on one strand, on which the task runs too.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "ao/async/task_group.hpp"

namespace ao::async {

template <class T>
class Ahead {
 public:
  Ahead(TaskGroup& group, const boost::asio::any_io_executor& strand, Task<T> task)
      : state_(std::make_shared<State>(strand)) {
    group.spawn(strand, run(state_, std::move(task)));
  }

  // What the task returned, or throws what it threw.
  Task<T> get() {
    const auto state = state_;
    while (!state->value && !state->thrown)
      co_await state->done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (state->thrown) std::rethrow_exception(state->thrown);
    co_return std::move(*state->value);
  }

 private:
  struct State {
    explicit State(const boost::asio::any_io_executor& strand)
        : done(strand, std::chrono::steady_clock::time_point::max()) {}

    boost::asio::steady_timer done;
    std::optional<T> value;
    std::exception_ptr thrown;
  };

  static Task<> run(std::shared_ptr<State> state, Task<T> task) {
    try {
      auto value = co_await std::move(task);
      state->value.emplace(std::move(value));
    } catch (...) {
      state->thrown = std::current_exception();
    }
    state->done.cancel();
  }

  std::shared_ptr<State> state_;
};

}  // namespace ao::async
