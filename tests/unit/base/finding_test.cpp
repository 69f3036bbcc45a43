// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/finding.hpp"

#include <gtest/gtest.h>

namespace ao {
namespace {

TEST(Findings, say_where_something_is_wrong) {
  const auto process = *ProcessId::from_bytes(Bytes(32, '\0'));
  const std::string id(43, 'A');
  Findings findings(10);
  findings.add("key 00 is of no table");
  findings.add(process, "it has no head");
  findings.add(process, Slot{7}, "it is missing");
  ASSERT_EQ(findings.kept().size(), 3U);
  EXPECT_EQ(findings.kept()[0].text(), "key 00 is of no table");
  EXPECT_EQ(findings.kept()[1].text(), "process " + id + ": it has no head");
  EXPECT_EQ(findings.kept()[2].text(), "process " + id + ", slot 7: it is missing");
}

TEST(Findings, are_all_counted_and_kept_up_to_a_limit) {
  Findings some(2);
  some.add("a");
  Findings more(1);
  for (const char* what : {"b", "c", "d"})
    more.add(what);
  some.add(std::move(more));
  EXPECT_EQ(some.count(), 4U);
  ASSERT_EQ(some.kept().size(), 2U);
  EXPECT_EQ(some.kept()[1].what, "b");
}

}  // namespace
}  // namespace ao
