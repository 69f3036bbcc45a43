// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/gossip.hpp"

#include <gtest/gtest.h>

#include "network.hpp"

namespace ao::peers {
namespace {

using namespace std::chrono_literals;

const Source kStranger{"network 9"};

class GossipTest : public testing::Test {
 protected:
  Bytes record(const crypto::Key& key, const std::string& url = "https://x.example",
               std::int64_t later = 0, std::chrono::milliseconds life = 1h) {
    const Timestamp said{now_.wall.milliseconds + static_cast<std::uint64_t>(later)};
    return Location::sign(url, said, life, key).value().bytes();
  }

  // As a node does it.
  Gossip::Worth hear(const Bytes& bytes, const Source& from = kStranger) {
    const auto worth = gossip_.weigh(bytes, from, now_);
    if (worth == Gossip::Worth::kVerify) take_in(gossip_, bytes, from, now_);
    return worth;
  }
  bool knows(const crypto::Key& key) {
    return gossip_.directory().find(key.address(), now_.wall).has_value();
  }
  void pass(std::chrono::milliseconds time) {
    now_.wall.milliseconds += static_cast<std::uint64_t>(time.count());
    now_.steady += time;
  }

  std::unique_ptr<crypto::Key> self_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> peer_ = crypto::Key::new_ed25519();
  Moment now_{Timestamp{1'700'000'000'000}, Sources::Time(1'000s)};
  GossipSettings settings_{.chosen = {"http://hub"}};
  Gossip gossip_{settings_, self_->address(), 1};
};

TEST_F(GossipTest, a_record_counts_once_and_costs_no_check_when_it_is_known) {
  const Bytes bytes = record(*peer_);
  EXPECT_EQ(hear(bytes), Gossip::Worth::kVerify);
  EXPECT_TRUE(knows(*peer_));
  EXPECT_EQ(hear(bytes), Gossip::Worth::kKnown);
  EXPECT_EQ(hear(record(*self_)), Gossip::Worth::kKnown);
  pass(11s);
  EXPECT_EQ(hear(record(*peer_, "https://moved.example")), Gossip::Worth::kVerify);
  EXPECT_EQ(gossip_.directory().find(peer_->address(), now_.wall)->url, "https://moved.example");
}

TEST_F(GossipTest, who_forges_is_not_heard_any_more) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(gossip_.hear(kStranger, now_));
    Bytes forged = record(*peer_, "https://evil.example", i + 1);
    forged[10] ^= 1;
    EXPECT_EQ(hear(forged), Gossip::Worth::kVerify);
  }
  EXPECT_FALSE(knows(*peer_));
  EXPECT_TRUE(gossip_.is_banned(kStranger, now_));
  EXPECT_FALSE(gossip_.hear(kStranger, now_));
  EXPECT_EQ(gossip_.banned(now_), 1u);
  pass(601s);
  EXPECT_TRUE(gossip_.hear(kStranger, now_));
}

TEST_F(GossipTest, what_is_too_large_or_stale_or_no_record_costs_no_check) {
  EXPECT_EQ(hear(Bytes(4'097, 'x')), Gossip::Worth::kFaulty);
  EXPECT_EQ(hear("no item"), Gossip::Worth::kFaulty);
  EXPECT_EQ(hear(record(*peer_, "https://x", -4'600'000)), Gossip::Worth::kFaulty);
  EXPECT_EQ(hear(record(*peer_, "https://x", 1'000'000)), Gossip::Worth::kFaulty);
  EXPECT_FALSE(knows(*peer_));
}

TEST_F(GossipTest, a_clock_that_is_a_little_wrong_is_no_fault) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(hear(record(*peer_, "https://x", -3'601'000)), Gossip::Worth::kKnown);
    EXPECT_EQ(hear(record(*peer_, "https://x", 400'000)), Gossip::Worth::kLater);
  }
  EXPECT_TRUE(gossip_.hear(kStranger, now_));
}

TEST_F(GossipTest, a_round_calls_one_that_the_operator_chose_and_none_that_rests) {
  std::vector<std::string> urls;
  for (int i = 0; i < 5; ++i) {
    urls.push_back("https://peer" + std::to_string(i) + ".example");
    hear(record(*crypto::Key::new_ed25519(), urls.back()));
  }
  hear(record(*crypto::Key::new_ed25519(), ""));  // is not to be called
  for (int i = 0; i < 20; ++i) {
    const auto partners = gossip_.partners(now_);
    ASSERT_EQ(partners.size(), 3u);
    EXPECT_EQ(partners[0], "http://hub");
    EXPECT_NE(partners[1], partners[2]);
    EXPECT_NE(std::ranges::find(urls, partners[1]), urls.end());
  }
  for (const std::string& url : urls)
    gossip_.called(url, false, now_);
  gossip_.called("http://hub", false, now_);
  EXPECT_TRUE(gossip_.partners(now_).empty());
  EXPECT_TRUE(gossip_.reachable(9, now_).empty());
  pass(1s);
  EXPECT_EQ(gossip_.partners(now_).size(), 3u);
  for (int i = 0; i < 20; ++i) {
    gossip_.called("http://hub", false, now_);
    gossip_.called(urls[0], false, now_);
  }
  pass(31s);
  EXPECT_EQ(gossip_.partners(now_)[0], "http://hub") << "those rest for less";
  gossip_.called(urls[1], true, now_);
  hear(record(*crypto::Key::new_ed25519(), "https://new.example"));
  const auto reachable = gossip_.reachable(9, now_);
  ASSERT_EQ(reachable.size(), 2u);
  EXPECT_EQ(reachable[0].url, urls[1]);
  EXPECT_EQ(reachable[1].url, "https://new.example");
  EXPECT_EQ(gossip_.reachable(1, now_).size(), 1u);
}

TEST_F(GossipTest, many_records_at_one_host_are_one_contact) {
  hear(record(*crypto::Key::new_ed25519(), "https://victim.example/1"));
  hear(record(*crypto::Key::new_ed25519(), "https://VICTIM.example/2"));
  EXPECT_EQ(gossip_.partners(now_).size(), 3u);
  gossip_.called("https://victim.example/1", false, now_);
  EXPECT_EQ(gossip_.partners(now_), std::vector<std::string>{"http://hub"});
}

TEST_F(GossipTest, an_exchange_of_much_fits_its_notes_and_goes_on) {
  Gossip other(settings_, peer_->address(), 2);
  for (int i = 0; i < 300; ++i)
    take_in(other, record(*crypto::Key::new_ed25519()), {"http://hub", true}, now_);
  const Source hub{"http://hub", true};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(gossip_.directory().size(), static_cast<std::size_t>(128 * i));
    const Note answer = other.answer(gossip_.opening(now_), kStranger, now_);
    const auto more = gossip_.follow_up(answer, hub, now_);
    ASSERT_TRUE(more);
    const Note records = other.answer(*more, kStranger, now_);
    EXPECT_LE(size_of(records), Note::kBytesMax);
    for (const Bytes& bytes : records.records)
      take_in(gossip_, bytes, hub, now_);
  }
  EXPECT_EQ(gossip_.directory().size(), 300u);
  const Note answer = other.answer(gossip_.opening(now_), kStranger, now_);
  EXPECT_TRUE(answer.entries.empty());
  EXPECT_FALSE(gossip_.follow_up(answer, hub, now_));
}

TEST_F(GossipTest, nobody_is_asked_for_or_sent_more_than_there_is_room_for) {
  GossipSettings small = settings_;
  small.directory.records_of_stranger_max = 5;
  Gossip other(small, peer_->address(), 2);
  for (int i = 0; i < 20; ++i)
    hear(record(*crypto::Key::new_ed25519()));
  const Note answer = gossip_.answer(other.opening(now_), kStranger, now_);
  const auto asked = other.follow_up(answer, kStranger, now_);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->wants.size(), 5u);
  const Note told = other.answer(gossip_.opening(now_), kStranger, now_);
  EXPECT_EQ(told.room, 5);
  const auto brought = gossip_.follow_up(told, kStranger, now_);
  ASSERT_TRUE(brought);
  EXPECT_EQ(brought->records.size(), 5u);
}

}  // namespace
}  // namespace ao::peers
