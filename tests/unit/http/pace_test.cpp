// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "pace.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

using std::chrono::seconds;

TEST(Pace, is_judged_by_each_window_alone) {
  const Pace::Time start{};
  Pace pace(100, seconds(10), start);
  EXPECT_EQ(pace.window_end(), start + seconds(10));
  EXPECT_TRUE(pace.is_kept(1'000'000, start + seconds(11)));
  EXPECT_EQ(pace.window_end(), start + seconds(21));
  EXPECT_TRUE(pace.is_kept(1'001'000, start + seconds(21)));
  EXPECT_FALSE(pace.is_kept(1'001'999, start + seconds(31))) << "one byte less than the least";
}

}  // namespace
}  // namespace ao::http
