// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/sources.hpp"

#include <gtest/gtest.h>

namespace ao::peers {
namespace {

using namespace std::chrono_literals;

class SourcesTest : public testing::Test {
 protected:
  std::string heard(const Source& from) {
    const auto entered = sources_.enter(from, now_);
    return entered ? "heard" : std::string(entered.error().code);
  }

  const Source liar_{"network 1"}, honest_{"network 2"};
  Sources::Time now_{1'000s};
  Sources sources_{{}};
};

TEST_F(SourcesTest, three_forgeries_are_too_many_and_are_forgotten_after_a_while) {
  sources_.blame(liar_, Fault::kForged, now_);
  sources_.blame(liar_, Fault::kMalformed, now_);
  EXPECT_EQ(heard(liar_), "heard");
  sources_.blame(liar_, Fault::kOversized, now_);
  EXPECT_EQ(heard(liar_), "gossip-banned");
  EXPECT_EQ(heard(honest_), "heard");
  EXPECT_EQ(sources_.banned(now_), 1u);
  now_ += 600s;
  EXPECT_EQ(heard(liar_), "heard");
  EXPECT_EQ(sources_.banned(now_), 0u);
  sources_.blame(liar_, Fault::kForged, now_);
  EXPECT_EQ(heard(liar_), "heard") << "it begins anew";
}

TEST_F(SourcesTest, points_are_forgotten_over_time) {
  for (int i = 0; i < 20; ++i) {
    sources_.blame(liar_, Fault::kStale, now_);
    EXPECT_EQ(heard(liar_), "heard") << i;
    now_ += 60s;
  }
  for (int i = 0; i < 10; ++i)
    sources_.blame(liar_, Fault::kStale, now_);
  EXPECT_EQ(heard(liar_), "gossip-banned");
}

TEST_F(SourcesTest, each_source_says_so_much_at_a_time) {
  std::size_t heard_of = 0, verified = 0;
  for (int i = 0; i < 10'000; ++i) {
    heard_of += heard(liar_) == "heard";
    verified += sources_.may_verify(liar_, now_);
  }
  EXPECT_EQ(heard_of, 200u);
  EXPECT_EQ(verified, 512u);
  EXPECT_EQ(heard(liar_), "gossip-rate");
  EXPECT_EQ(heard(honest_), "heard");
  EXPECT_TRUE(sources_.may_verify(honest_, now_));
  now_ += 1s;
  EXPECT_EQ(heard(liar_), "heard");
}

TEST_F(SourcesTest, many_liars_do_not_free_one_that_is_banned) {
  const SourceLimits limits{.sources_max = 10};
  Sources sources(limits);
  for (int i = 0; i < 3; ++i)
    sources.blame(liar_, Fault::kForged, now_);
  for (int i = 0; i < 100; ++i)
    sources.blame({"other " + std::to_string(i)}, Fault::kForged, now_);
  EXPECT_TRUE(sources.is_banned(liar_, now_));
}

}  // namespace
}  // namespace ao::peers
