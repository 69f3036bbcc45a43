// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/directory.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "support/workbench.hpp"

namespace ao::peers {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_TRUE(directory_.learn(*said(*peer_, "http://one/", 1'000), Timestamp{1'000}));
  EXPECT_EQ(url_at(1'000), "http://one");
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://older", 999), Timestamp{1'001}));
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://same", 1'000), Timestamp{1'001}));
  EXPECT_TRUE(directory_.learn(*said(*peer_, "http://two", 2'000), Timestamp{2'000}));
  EXPECT_EQ(url_at(11'999), "http://two");
  EXPECT_EQ(directory_.peers(Timestamp{11'999}).size(), 1u);
  EXPECT_EQ(url_at(12'000), "");
  EXPECT_EQ(directory_.peers(Timestamp{12'000}).size(), 0u);
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://late", 3'000), Timestamp{13'000}));
}

TEST_F(DirectoryTest, a_node_does_not_learn_of_itself_or_from_the_future) {
  EXPECT_FALSE(directory_.learn(*said(*self_, "http://self", 1'000), Timestamp{1'000}));
  EXPECT_FALSE(directory_.learn(*said(*peer_, "http://future", 301'001), Timestamp{1'000}));
  EXPECT_TRUE(directory_.learn(*said(*peer_, "http://fast-clock", 301'000), Timestamp{1'000}));
}

TEST_F(DirectoryTest, a_scheduler_of_another_kind_is_found_and_is_no_peer) {
  const auto location = read({{"Type", "Scheduler-Location"},
                              {"Url", "https://su.example"},
                              {"Time-To-Live", "5000"},
                              {"Nonce", "1000"}});
  ASSERT_TRUE(location);
  EXPECT_TRUE(directory_.learn(*location, Timestamp{1'000}));
  EXPECT_EQ(url_at(1'000), "https://su.example");
  EXPECT_TRUE(directory_.peers(Timestamp{1'000}).empty());
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
