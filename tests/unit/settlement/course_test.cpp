// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/course.hpp"

#include <gtest/gtest.h>

#include "support/workbench.hpp"

namespace ao::settlement {
namespace {

using namespace std::chrono_literals;
using What = Sight::What;

class CourseTest : public testing::Test {
 protected:
  CourseTest() {
    record_.made = now();
    record_.changed = now();
  }

  Timestamp now() const { return clock_.now(); }
  void wait(std::chrono::milliseconds time) {
    clock_.set(now().milliseconds + static_cast<std::uint64_t>(time.count()));
  }

  void send_and_accept() {
    Course::sending(record_, now());
    Course::accepted(record_, "http://b", now());
  }

  test::FakeClock clock_;
  Rules rules_{
      .bundle_bytes_max = 1'000, .bundle_age_max = 60s, .confirmations = 10, .resend_after = 1h};
  Course course_{rules_};
  Record record_;
};

TEST_F(CourseTest, a_bundle_is_due_when_there_is_enough_or_it_has_waited_enough) {
  const Timestamp oldest = now();
  EXPECT_FALSE(is_due(rules_, 0, Timestamp{}, now())) << "nothing waits";
  EXPECT_FALSE(is_due(rules_, 999, oldest, now()));
  EXPECT_TRUE(is_due(rules_, 1'000, oldest, now()));
  wait(59'999ms);
  EXPECT_FALSE(is_due(rules_, 1, oldest, now()));
  wait(1ms);
  EXPECT_TRUE(is_due(rules_, 1, oldest, now()));
  clock_.set(oldest.milliseconds - 5'000);
  EXPECT_FALSE(is_due(rules_, 1, oldest, now())) << "a clock that was set back";
}

TEST_F(CourseTest, goes_from_made_to_confirmed) {
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  EXPECT_FALSE(Course::wants_finding(record_)) << "nobody has it";
  EXPECT_TRUE(Course::sending(record_, now()));
  EXPECT_EQ(record_.state, State::kSent);
  EXPECT_TRUE(Course::wants_finding(record_)) << "somebody may have it";
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  EXPECT_TRUE(Course::accepted(record_, "http://b", now()));
  EXPECT_FALSE(course_.wants_sending(record_, now()));

  EXPECT_TRUE(course_.seen(record_, {What::kInBlock, 100, 9}, now()));
  EXPECT_EQ(record_.state, State::kAccepted) << "not deep enough";
  EXPECT_TRUE(course_.seen(record_, {What::kInBlock, 100, 10}, now()));
  EXPECT_EQ(record_.state, State::kConfirmed);
  EXPECT_EQ(record_.height, 100u);
  EXPECT_FALSE(course_.wants_sending(record_, now()));
  EXPECT_FALSE(Course::wants_finding(record_));
  EXPECT_FALSE(Course::accepted(record_, "http://late", now())) << "an answer that came late";
  EXPECT_EQ(record_.state, State::kConfirmed);
}

TEST_F(CourseTest, what_was_sent_is_confirmed_though_nobody_said_that_it_took_it) {
  Course::sending(record_, now());
  Course::refused(record_, "it answered nothing");
  EXPECT_TRUE(course_.seen(record_, {What::kInBlock, 7, 12}, now()));
  EXPECT_EQ(record_.state, State::kConfirmed);
  EXPECT_EQ(record_.reason, "");
}

TEST_F(CourseTest, what_is_seen_nowhere_for_long_is_sent_again) {
  send_and_accept();
  wait(1h - 1ms);
  EXPECT_FALSE(course_.wants_sending(record_, now()));
  EXPECT_FALSE(course_.seen(record_, {}, now()));
  wait(1ms);
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  EXPECT_FALSE(Course::sending(record_, now())) << "it is no news";
  EXPECT_EQ(record_.sends, 2u);
  Course::accepted(record_, "http://b", now());
  EXPECT_FALSE(course_.wants_sending(record_, now()));
}

TEST_F(CourseTest, what_waits_for_a_block_is_not_lost) {
  send_and_accept();
  for (int i = 0; i < 5; ++i) {
    wait(59min);
    course_.seen(record_, {What::kPending}, now());
    EXPECT_FALSE(course_.wants_sending(record_, now()));
  }
}

TEST_F(CourseTest, a_block_that_is_left_behind_takes_its_bundle_back) {
  send_and_accept();
  EXPECT_TRUE(course_.seen(record_, {What::kInBlock, 100, 3}, now()));
  EXPECT_FALSE(course_.seen(record_, {What::kInBlock, 100, 4}, now())) << "no news";
  EXPECT_FALSE(course_.seen(record_, {}, now()));
  wait(1h);
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  EXPECT_TRUE(course_.seen(record_, {What::kInBlock, 103, 1}, now()));
  EXPECT_EQ(record_.height, 103u);
}

TEST_F(CourseTest, what_a_bundler_gave_up_is_sent_again_and_its_final_word_counts) {
  send_and_accept();
  EXPECT_TRUE(course_.seen(record_, {What::kFailed}, now()));
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  send_and_accept();
  EXPECT_TRUE(course_.seen(record_, {What::kFinal}, now()));
  EXPECT_EQ(record_.state, State::kConfirmed);
}

TEST_F(CourseTest, an_operator_has_it_sent_at_once_unless_it_is_confirmed) {
  send_and_accept();
  EXPECT_TRUE(Course::retried(record_, now()));
  EXPECT_TRUE(course_.wants_sending(record_, now()));
  course_.seen(record_, {What::kFinal}, now());
  EXPECT_FALSE(Course::retried(record_, now()));
  EXPECT_EQ(record_.state, State::kConfirmed);
}

TEST_F(CourseTest, the_same_reason_again_is_no_news) {
  EXPECT_TRUE(Course::refused(record_, "429"));
  EXPECT_FALSE(Course::refused(record_, "429"));
  EXPECT_TRUE(Course::refused(record_, "500"));
}

TEST_F(CourseTest, a_transaction_in_a_block_without_its_data_is_not_accepted) {
  Course::enclosed(record_, Envelope(), now());
  Course::sending(record_, now());
  EXPECT_FALSE(course_.envelope_seen(record_, {What::kPending}, now()));
  EXPECT_TRUE(course_.envelope_seen(record_, {What::kInBlock, 500, 20}, now()));
  EXPECT_EQ(record_.state, State::kSent);
  EXPECT_EQ(record_.height, 500u);
  EXPECT_TRUE(course_.wants_sending(record_, now())) << "its data is missing";
  EXPECT_FALSE(course_.envelope_seen(record_, {What::kInBlock, 500, 21}, now()));
  Course::accepted(record_, "http://n", now());
  EXPECT_TRUE(course_.envelope_seen(record_, {What::kInBlock, 500, 21}, now()));
  EXPECT_EQ(record_.state, State::kConfirmed);
}

TEST_F(CourseTest, another_transaction_begins_anew_and_one_that_nobody_has_never_was) {
  Course::enclosed(record_, Envelope(), now());
  Course::sending(record_, now());
  Course::withdrawn(record_, now());
  EXPECT_EQ(record_.state, State::kMade);
  EXPECT_EQ(record_.sends, 0u);
  EXPECT_TRUE(record_.envelopes.empty());
  Course::enclosed(record_, Envelope(), now());
  send_and_accept();
  Course::enclosed(record_, Envelope(), now());
  EXPECT_EQ(record_.state, State::kSent);
  EXPECT_EQ(record_.envelopes.size(), 2u);
  Course::sending(record_, now());
  Course::withdrawn(record_, now());
  EXPECT_EQ(record_.state, State::kSent) << "the one before may still be somewhere";
}

}  // namespace
}  // namespace ao::settlement
