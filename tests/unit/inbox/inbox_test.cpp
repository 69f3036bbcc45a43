// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/inbox/inbox.hpp"

#include <gtest/gtest.h>

namespace ao::inbox {
namespace {

ProcessId process(char name) {
  return *ProcessId::from_bytes(Bytes(32, name));
}

TEST(Inbox, takes_processes_in_the_order_of_their_first_announcement) {
  Inbox inbox;
  for (const char name : {'a', 'b', 'a', 'c'})
    inbox.announce(process(name));
  EXPECT_EQ(inbox.take(), process('a'));
  EXPECT_EQ(inbox.take(), process('b'));
  EXPECT_EQ(inbox.take(), process('c'));
  EXPECT_EQ(inbox.take(), std::nullopt);
}

TEST(Inbox, never_has_one_process_in_flight_twice) {
  Inbox inbox;
  inbox.announce(process('a'));
  ASSERT_EQ(inbox.take(), process('a'));
  inbox.announce(process('a'));
  EXPECT_EQ(inbox.take(), std::nullopt);
  inbox.finish(process('a'), false);
  EXPECT_EQ(inbox.take(), process('a')) << "the announcement made in flight must not be lost";
  inbox.finish(process('a'), false);
  EXPECT_EQ(inbox.take(), std::nullopt);
}

TEST(Inbox, a_busy_process_waits_behind_the_others) {
  Inbox inbox;
  inbox.announce(process('a'));
  inbox.announce(process('b'));
  ASSERT_EQ(inbox.take(), process('a'));
  inbox.finish(process('a'), true);
  EXPECT_EQ(inbox.take(), process('b'));
  EXPECT_EQ(inbox.take(), process('a'));
}

TEST(Inbox, keeps_nothing_of_a_process_that_has_nothing_to_do) {
  Inbox inbox;
  inbox.announce(process('a'));
  inbox.take();
  inbox.finish(process('a'), false);
  EXPECT_EQ(inbox.waiting(), 0u);
  EXPECT_EQ(inbox.in_flight(), 0u);
}

}  // namespace
}  // namespace ao::inbox
