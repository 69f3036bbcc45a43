// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "verify_queue.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ao::node {
namespace {

TEST(VerifyQueue, bounds_the_messages) {
  VerifyQueue queue({2, 1000});
  EXPECT_TRUE(queue.enter(1));
  EXPECT_TRUE(queue.enter(1));
  const auto refused = queue.enter(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(refused.error().code, "verify-queue-full");
  EXPECT_NE(refused.error().text.find("2 messages"), std::string::npos);
  EXPECT_EQ(queue.messages(), 2u);
  EXPECT_EQ(queue.bytes(), 2u) << "who is refused leaves nothing behind";
  queue.leave(1);
  EXPECT_TRUE(queue.enter(1));
}

TEST(VerifyQueue, bounds_the_bytes_to_the_byte) {
  VerifyQueue queue({100, 1000});
  EXPECT_TRUE(queue.enter(600));
  EXPECT_TRUE(queue.enter(400));
  const auto refused = queue.enter(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "verify-queue-full");
  EXPECT_NE(refused.error().text.find("1000 bytes"), std::string::npos);
  EXPECT_TRUE(queue.enter(0));
  queue.leave(600);
  EXPECT_FALSE(queue.enter(601));
  EXPECT_FALSE(queue.enter(std::numeric_limits<std::size_t>::max())) << "no wrapping around";
  EXPECT_TRUE(queue.enter(600));
  EXPECT_EQ(queue.bytes(), 1000u);
}

}  // namespace
}  // namespace ao::node
