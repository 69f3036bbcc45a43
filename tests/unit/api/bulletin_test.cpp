// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/api/bulletin.hpp"

#include <gtest/gtest.h>

#include "support/workbench.hpp"

namespace ao::api {
namespace {

using What = Notice::What;

ProcessId process(char fill) {
  return *ProcessId::from_bytes(Bytes(32, fill));
}

TEST(Bulletin, keeps_the_last_notices_under_their_numbers) {
  Bulletin bulletin(3);
  EXPECT_EQ(bulletin.kept().end, 0u);
  EXPECT_FALSE(bulletin.at(0));
  for (std::uint64_t slot = 0; slot < 5; ++slot)
    bulletin.post({{What::kScheduled, process('a'), Slot{slot}}});
  EXPECT_EQ(bulletin.kept().first, 2u);
  EXPECT_EQ(bulletin.kept().end, 5u);
  EXPECT_FALSE(bulletin.at(1));
  for (std::uint64_t number = 2; number < 5; ++number)
    EXPECT_EQ(bulletin.at(number), (Notice{What::kScheduled, process('a'), Slot{number}}));
  EXPECT_FALSE(bulletin.at(5));
}

TEST(Bulletin, wakes_those_who_follow_the_process_or_all) {
  Bulletin bulletin(8);
  int of_a = 0, of_b = 0, of_all = 0;
  auto a = bulletin.follow(process('a'), [&] { ++of_a; });
  auto b = bulletin.follow(process('b'), [&] { ++of_b; });
  auto all = bulletin.follow(std::nullopt, [&] { ++of_all; });
  bulletin.post(
      {{What::kEvaluated, process('a'), Slot{0}}, {What::kEvaluated, process('a'), Slot{1}}});
  EXPECT_EQ(of_a, 1) << "once for what is posted together";
  bulletin.delivered(process('b'));
  EXPECT_EQ(of_a, 1);
  EXPECT_EQ(of_b, 1);
  EXPECT_EQ(of_all, 2);
  EXPECT_EQ(bulletin.kept().end, 2u) << "deliveries are told by streams of messages alone";

  EXPECT_EQ(bulletin.followers(), 3u);
  a.reset();
  all.reset();
  EXPECT_EQ(bulletin.followers(), 1u);
  bulletin.post({{What::kScheduled, process('a'), Slot{2}}});
  EXPECT_EQ(of_a, 1);
  EXPECT_EQ(of_all, 2);
}

TEST(Bulletin, of_another_start_has_another_name) {
  EXPECT_NE(Bulletin(1).start(), Bulletin(1).start());
}

}  // namespace
}  // namespace ao::api
