// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/directory.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "support/workbench.hpp"

namespace ao::peers {
namespace {

using namespace std::chrono_literals;

const Source kSource{"a", true};

class DirectoryTest : public testing::Test {
 protected:
  Result<Location> said(const crypto::Key& key, const std::string& url, std::uint64_t at,
                        std::chrono::milliseconds life = 10s) {
    const auto item = Location::sign(url, Timestamp{at}, life, key).value();
    return Location::of(admission_.admit(item.bytes()).value());
  }

  Result<Location> read(message::Tags tags) {
    message::Draft draft;
    draft.tags = std::move(tags);
    return Location::of(admission_.admit(test::sign(draft, *peer_).bytes()).value());
  }

  std::string url_at(std::uint64_t now) {
    const auto found = directory_.find(peer_->address(), Timestamp{now});
    return found ? found->url : "";
  }

  std::unique_ptr<crypto::Key> self_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> peer_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, self_->address()};
  Directory directory_{self_->address()};
};

TEST_F(DirectoryTest, what_was_said_later_counts_until_it_expires) {
  EXPECT_TRUE(directory_.learn(*said(*peer_, "http://one/", 1'000), Timestamp{1'000}, kSource));
  EXPECT_EQ(url_at(1'000), "http://one");
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://older", 999), Timestamp{1'001}, kSource));
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://same", 1'000), Timestamp{1'001}, kSource));
  EXPECT_TRUE(directory_.learn(*said(*peer_, "http://two", 2'000), Timestamp{2'000}, kSource));
  EXPECT_EQ(url_at(11'999), "http://two");
  EXPECT_EQ(directory_.peers(Timestamp{11'999}).size(), 1u);
  EXPECT_EQ(url_at(12'000), "");
  EXPECT_EQ(directory_.peers(Timestamp{12'000}).size(), 0u);
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://late", 3'000), Timestamp{13'000}, kSource));
}

TEST_F(DirectoryTest, a_node_does_not_learn_of_itself_or_from_the_future) {
  EXPECT_FALSE(directory_.learn(*said(*self_, "http://self", 1'000), Timestamp{1'000}, kSource));
  EXPECT_FALSE(
      directory_.learn(*said(*peer_, "http://future", 301'001), Timestamp{1'000}, kSource));
  EXPECT_TRUE(
      directory_.learn(*said(*peer_, "http://fast-clock", 301'000), Timestamp{1'000}, kSource));
}

TEST_F(DirectoryTest, a_scheduler_of_another_kind_is_found_and_is_no_peer) {
  const auto location = read({{"Type", "Scheduler-Location"},
                              {"Url", "https://su.example"},
                              {"Time-To-Live", "5000"},
                              {"Nonce", "1000"}});
  ASSERT_TRUE(location);
  EXPECT_TRUE(directory_.learn(*location, Timestamp{1'000}, kSource));
  EXPECT_EQ(url_at(1'000), "https://su.example");
  EXPECT_TRUE(directory_.peers(Timestamp{1'000}).empty());
}

TEST_F(DirectoryTest, a_peer_that_is_not_to_be_called_says_no_url) {
  const auto location = said(*peer_, "", 1'000);
  ASSERT_TRUE(location);
  EXPECT_TRUE(directory_.learn(*location, Timestamp{1'000}, kSource));
  EXPECT_TRUE(directory_.find(peer_->address(), Timestamp{1'000}));
  EXPECT_FALSE(read({{"Type", "Scheduler-Location"}, {"Time-To-Live", "1"}, {"Nonce", "1"}}));
}

TEST_F(DirectoryTest, no_record_holds_for_more_than_a_day) {
  const auto location = said(*peer_, "http://one", 1'000, 1'000h);
  EXPECT_EQ(location->time_to_live, 24h);
}

TEST_F(DirectoryTest, strangers_fill_half_of_it_each_a_part_and_nothing_goes_for_what_is_new) {
  const DirectoryLimits limits{
      .records_max = 20, .records_of_stranger_max = 4, .chosen_sources = 2, .kept_max = 1};
  Directory directory(self_->address(), limits);
  std::vector<Address> known;
  const auto learn = [&](const Source& from, const crypto::Key& key) {
    const bool is_new = directory.learn(*said(key, "http://x", 1'000), Timestamp{1'000}, from);
    if (is_new) known.push_back(key.address());
    return is_new;
  };
  const auto learn_many = [&](const Source& from) {
    std::size_t learnt = 0;
    for (int i = 0; i < 12; ++i)
      learnt += learn(from, *crypto::Key::new_ed25519());
    return learnt;
  };
  EXPECT_EQ(learn_many({"network 1"}), 4u);
  EXPECT_EQ(learn_many({"network 2"}), 4u);
  EXPECT_EQ(learn_many({"network 3"}), 2u);
  EXPECT_EQ(learn_many({"network 4"}), 0u);
  EXPECT_EQ(learn_many({"http://b", true}), 5u);
  EXPECT_EQ(learn_many({"http://c", true}), 5u);
  EXPECT_EQ(directory.room({"network 5"}), 0u);
  const auto friendly = crypto::Key::new_ed25519(), other = crypto::Key::new_ed25519();
  directory.keep(friendly->address());
  directory.keep(other->address());  // one too many
  EXPECT_TRUE(learn({"network 1"}, *friendly));
  EXPECT_FALSE(learn({"network 1"}, *other));
  for (const Address& address : known)
    EXPECT_TRUE(directory.find(address, Timestamp{1'000})) << address.text;
  directory.forget_expired(Timestamp{11'000});
  EXPECT_EQ(directory.size(), 0u);
  EXPECT_EQ(learn_many({"network 4"}), 4u);
}

TEST_F(DirectoryTest, one_scheduler_is_not_listened_to_all_the_time) {
  const Source stranger{"network 1"};
  const auto at = [&](std::uint64_t now) {
    return directory_.learn(*said(*peer_, "http://x", now), Timestamp{now}, stranger);
  };
  EXPECT_TRUE(at(1'000));
  EXPECT_FALSE(at(10'999));
  EXPECT_TRUE(at(11'000));
}

TEST_F(DirectoryTest, digests_differ_where_what_is_known_does_and_there_alone) {
  Directory other(self_->address());
  EXPECT_EQ(directory_.digest(), other.digest());
  const auto record = said(*peer_, "http://one", 1'000);
  ASSERT_TRUE(directory_.learn(*record, Timestamp{1'000}, kSource));
  const auto digest = directory_.digest(), empty = other.digest();
  const RecordKey key = key_of(peer_->address());
  for (std::size_t i = 0; i < kBuckets; ++i)
    EXPECT_EQ(digest[i] == empty[i], i != bucket_of(key)) << i;
  const std::uint64_t bucket = std::uint64_t{1} << bucket_of(key);
  EXPECT_EQ(directory_.entries(bucket), (std::vector<Note::Entry>{{key, Timestamp{1'000}}}));
  EXPECT_TRUE(directory_.entries(~bucket).empty());
  ASSERT_TRUE(other.learn(*record, Timestamp{1'000}, kSource));
  EXPECT_EQ(directory_.digest(), other.digest());
}

TEST_F(DirectoryTest, a_record_without_url_life_or_time_is_refused_by_its_tag) {
  const message::Tag type{"Type", "Scheduler-Location"}, url{"Url", "http://a"};
  const message::Tag life{"Time-To-Live", "1"}, nonce{"Nonce", "1"};
  EXPECT_TRUE(read({type, url, life, nonce}));
  const auto refusal = [&](message::Tags tags) {
    const auto location = read(std::move(tags));
    return location ? "accepted" : location.error().text;
  };
  EXPECT_NE(refusal({url, life, nonce}).find("Type"), std::string::npos);
  EXPECT_NE(refusal({type, life, nonce}).find("Url"), std::string::npos);
  EXPECT_NE(refusal({type, {"Url", "http://" + Bytes(600, 'a')}, life, nonce}).find("Url"),
            std::string::npos);
  EXPECT_NE(refusal({type, url, nonce}).find("Time-To-Live"), std::string::npos);
  EXPECT_NE(refusal({type, url, {"Time-To-Live", "0"}, nonce}).find("Time-To-Live"),
            std::string::npos);
  EXPECT_NE(refusal({type, url, life}).find("Nonce"), std::string::npos);
  EXPECT_NE(refusal({type, url, life, {"Nonce", "18446744073709551615"}}).find("Nonce"),
            std::string::npos);
}

}  // namespace
}  // namespace ao::peers
