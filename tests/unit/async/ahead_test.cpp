// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/async/ahead.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>

#include "ao/async/pool.hpp"

namespace ao::async {
namespace {

class AheadTest : public testing::Test {
 protected:
  template <class T>
  T on_strand(Task<T> task) {
    return boost::asio::co_spawn(strand_, std::move(task), boost::asio::use_future).get();
  }

  // What another thread gives.
  template <class Work>
  auto elsewhere(Work work) {
    return run_on(pool_.executor(), std::move(work));
  }

  Pool pool_{"test", 2};
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_ =
      boost::asio::make_strand(pool_.executor());
  TaskGroup group_;
};

TEST_F(AheadTest, the_result_is_there_for_whoever_comes_early_or_late) {
  auto two = [] { return 2; };
  auto three = [] { return 3; };
  auto get = [&]() -> Task<int> {
    Ahead<int> early(group_, strand_, elsewhere(two));
    const int first = co_await early.get();
    Ahead<int> late(group_, strand_, elsewhere(three));
    co_await elsewhere(two);
    co_await elsewhere(two);
    const int second = co_await late.get();
    co_return first* second;
  };
  EXPECT_EQ(on_strand(get()), 6);
}

TEST_F(AheadTest, the_task_runs_while_others_do) {
  std::promise<int> told;
  auto heard = told.get_future();
  auto wait = [&heard] { return heard.get(); };
  auto tell = [&told] {
    told.set_value(7);
    return 1;
  };
  auto get = [&]() -> Task<int> {
    Ahead<int> waits(group_, strand_, elsewhere(wait));
    const int said = co_await elsewhere(tell);
    const int got = co_await waits.get();
    co_return said* got;
  };
  EXPECT_EQ(on_strand(get()), 7);
}

TEST_F(AheadTest, what_the_task_throws_comes_to_whoever_waits) {
  auto fails = []() -> int { throw std::runtime_error("no"); };
  auto get = [&]() -> Task<int> {
    Ahead<int> failing(group_, strand_, elsewhere(fails));
    const int never = co_await failing.get();
    co_return never;
  };
  EXPECT_THROW(on_strand(get()), std::runtime_error);
}

TEST_F(AheadTest, what_nobody_waits_for_ends_by_itself) {
  std::atomic<bool> has_ended = false;
  auto end = [&has_ended] {
    has_ended = true;
    return 1;
  };
  auto leave = [&]() -> Task<int> {
    const Ahead<int> left(group_, strand_, elsewhere(end));
    co_return 1;
  };
  EXPECT_EQ(on_strand(leave()), 1);
  group_.join();
  EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace ao::async
