// What a process showed after each of its slots.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"

namespace ao {
namespace {

using test::code_of;
using test::kCounter;

TEST(PastFlow, what_was_shown_after_each_slot_can_be_read) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  for (int i = 0; i < 5; ++i)
    node.push(process, "Add");
  const std::string compute = "/" + process.text() + "~process@1.0/compute";
  const auto expect_the_past = [&] {
    for (int slot = 1; slot <= 5; ++slot) {
      const std::string number = std::to_string(slot);
      EXPECT_EQ(node.text(compute + "=" + number + "/count"), number);
      EXPECT_EQ(node.text(compute + "&slot=" + number + "/count"), number);
      EXPECT_EQ(node.text(compute + "/count?slot=" + number), number);
      const auto whole = node.get(compute + "=" + number);
      EXPECT_EQ(whole["count"], slot);
      EXPECT_EQ(whole["at-slot"], slot);
      EXPECT_EQ(whole["process"], process.text());
      EXPECT_EQ(whole["results"], node.get(compute + "/results=" + number));
    }
    EXPECT_EQ(node.get(compute + "=3/count/~json@1.0/serialize"), 3);
    EXPECT_EQ(node.text(compute + "=3/at-slot"), "3");
    EXPECT_EQ(code_of(node.fetch("GET", compute + "=0/count")), "state-absent");
  };
  expect_the_past();
  node.restart();
  node.push(process, "Add");
  expect_the_past();
}

TEST(PastFlow, a_slot_that_is_not_there_yet_has_no_state) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const std::string compute = "/" + process.text() + "~process@1.0/compute";
  const auto unscheduled = node.fetch("GET", compute + "=9/count");
  EXPECT_EQ(unscheduled.status, 404u);
  EXPECT_EQ(code_of(unscheduled), "slot-unknown");
  EXPECT_EQ(code_of(node.fetch("GET", compute + "=x/count")), "slot-malformed");

  node.settings().http.push_wait = std::chrono::milliseconds(1);
  node.settings().lua.gas_per_message = 400'000'000;  // so that a spin lasts
  node.restart();
  node.push(process, "Spin");
  const auto unevaluated = node.fetch("GET", compute + "=1/count");
  EXPECT_EQ(unevaluated.status, 504u);
  EXPECT_EQ(code_of(unevaluated), "outcome-pending");
}

}  // namespace
}  // namespace ao
