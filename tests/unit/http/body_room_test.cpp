// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "body_room.hpp"

#include <gtest/gtest.h>

#include "body_lease.hpp"

namespace ao::http {
namespace {

constexpr Network kOne{1}, kOther{2};
constexpr std::size_t kMiB = 1 << 20;

Limits limits(std::size_t all, std::size_t body) {
  Limits limits;
  limits.bodies_bytes_max = all;
  limits.body_bytes_max = body;
  return limits;
}

TEST(BodyRoom, counts_large_bodies_alone) {
  const Limits few = limits(kMiB, kMiB);
  BodyRoom room(few);
  EXPECT_TRUE(room.grow(kOne, 0, kMiB));
  EXPECT_TRUE(room.grow(kOther, 0, BodyRoom::kUncountedBytes));
  const auto refused = room.grow(kOther, BodyRoom::kUncountedBytes, BodyRoom::kUncountedBytes + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503u);
  EXPECT_EQ(refused.error().code, "bodies-too-many");
  EXPECT_GT(refused.error().retry_after.count(), 0);
}

TEST(BodyRoom, leaves_to_one_network_a_quarter) {
  const Limits many = limits(8 * kMiB, kMiB);
  BodyRoom room(many);
  EXPECT_EQ(room.network_bytes_max(), 2 * kMiB);
  EXPECT_TRUE(room.grow(kOne, 0, 2 * kMiB));
  EXPECT_FALSE(room.grow(kOne, 0, kMiB));
  EXPECT_TRUE(room.grow(kOther, 0, kMiB));
  room.leave(kOne, 2 * kMiB);
  EXPECT_TRUE(room.grow(kOne, 0, kMiB));
}

TEST(BodyRoom, has_room_for_one_body_of_any_network) {
  const Limits narrow = limits(2 * kMiB, kMiB);
  BodyRoom room(narrow);
  EXPECT_TRUE(room.grow(kOne, 0, kMiB));
  EXPECT_TRUE(room.grow(kOther, 0, kMiB));
}

TEST(BodyLease, gives_back_what_it_grew_to) {
  const Limits narrow = limits(kMiB, kMiB);
  async::Guarded<BodyRoom> room(narrow);
  {
    BodyLease lease(room, kOne);
    EXPECT_TRUE(lease.grow_to(100'000));
    EXPECT_TRUE(lease.grow_to(kMiB));
    EXPECT_FALSE(lease.grow_to(kMiB + 1));
    BodyLease other(room, kOther);
    EXPECT_FALSE(other.grow_to(100'000));
  }
  BodyLease again(room, kOther);
  EXPECT_TRUE(again.grow_to(kMiB));
}

}  // namespace
}  // namespace ao::http
