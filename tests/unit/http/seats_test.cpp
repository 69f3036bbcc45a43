// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "seats.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

using enum Seats::Verdict;

constexpr SeatLimits kLimits{
    .per_origin_max = 2, .all_max = 3, .waiting_per_origin_max = 2, .waiting_max = 3};

TEST(Seats, are_few_for_each_origin) {
  Seats seats(kLimits);
  EXPECT_EQ(seats.ask("a", 1), kSeated);
  EXPECT_EQ(seats.ask("a", 2), kSeated);
  EXPECT_EQ(seats.ask("a", 3), kWaiting);
  EXPECT_EQ(seats.ask("b", 4), kSeated) << "of another origin";
  EXPECT_EQ(seats.taken(), 3u);
}

TEST(Seats, are_few_in_all) {
  Seats seats(kLimits);
  for (Seats::Ticket ticket = 1; ticket <= 3; ++ticket)
    EXPECT_EQ(seats.ask(std::to_string(ticket), ticket), kSeated);
  EXPECT_EQ(seats.ask("4", 4), kWaiting);
  EXPECT_EQ(seats.leave("1"), 4u);
  EXPECT_EQ(seats.leave("4"), std::nullopt);
}

TEST(Seats, have_a_line_that_ends) {
  Seats seats(kLimits);
  seats.ask("a", 1);
  seats.ask("a", 2);
  seats.ask("b", 3);
  EXPECT_EQ(seats.ask("a", 4), kWaiting);
  EXPECT_EQ(seats.ask("a", 5), kWaiting);
  EXPECT_EQ(seats.ask("a", 6), kFull) << "of one origin";
  EXPECT_EQ(seats.ask("b", 7), kWaiting);
  EXPECT_EQ(seats.ask("c", 8), kFull) << "of all";
  EXPECT_EQ(seats.waiting(), 3u);
}

TEST(Seats, go_to_the_first_in_line_who_has_room) {
  Seats seats(kLimits);
  seats.ask("a", 1);
  seats.ask("a", 2);
  seats.ask("b", 3);
  seats.ask("a", 4);
  seats.ask("b", 5);
  EXPECT_EQ(seats.leave("b"), 5u) << "a is full, and nobody waits for it but its own";
  EXPECT_EQ(seats.leave("a"), 4u);
  EXPECT_EQ(seats.leave("a"), std::nullopt);
  EXPECT_EQ(seats.taken(), 2u);
}

TEST(Seats, are_not_kept_for_those_who_gave_up) {
  Seats seats(kLimits);
  seats.ask("a", 1);
  seats.ask("a", 2);
  seats.ask("a", 3);
  seats.ask("a", 4);
  seats.give_up(3);
  EXPECT_EQ(seats.leave("a"), 4u);
  EXPECT_EQ(seats.leave("a"), std::nullopt);
  EXPECT_EQ(seats.leave("a"), std::nullopt);
  EXPECT_EQ(seats.taken(), 0u);
  EXPECT_EQ(seats.waiting(), 0u);
}

}  // namespace
}  // namespace ao::http
