// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "../../../src/store/anchor.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "../../../src/store/database.hpp"
#include "faulty_disk.hpp"
#include "store_fixture.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

TEST(Anchor, reads_what_it_wrote) {
  Anchor anchor{"00112233445566778899aabbccddeeff", {}};
  anchor.heads[0] = {1, 2};
  anchor.heads[255] = {3, 0};
  anchor.heads[17] = {~std::uint64_t{0}, 1'000'000'000'000};
  const auto read = Anchor::from_text(anchor.text());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->store, anchor.store);
  EXPECT_EQ(read->heads, anchor.heads);
}

TEST(Anchor, refuses_every_text_that_lacks_a_piece_or_has_another_byte) {
  Anchor anchor{"00112233445566778899aabbccddeeff", {}};
  anchor.heads[3] = {1, 12};
  const std::string text = anchor.text();
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(Anchor::from_text(text.substr(0, size))) << size;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_FALSE(Anchor::from_text(other)) << at;
  }
  EXPECT_FALSE(Anchor::from_text(text + "4 1 1\n"));
}

TEST(Anchor, counts_what_is_missing) {
  Anchor anchor;
  anchor.heads[1] = {1, 10};
  anchor.heads[2] = {1, 20};
  ShardHeads heads = anchor.heads;
  EXPECT_EQ(anchor.missing_in(heads), "");
  heads[1].next = 11;
  EXPECT_EQ(anchor.missing_in(heads), "") << "more than the anchor says is no loss";
  heads[2].next = 15;
  EXPECT_EQ(anchor.missing_in(heads),
            "1 shard logs end before their anchor, at least 5 acknowledged messages are missing");
}

class AnchorTest : public StoreTest {
 protected:
  AnchorTest() { settings_.anchor_interval = std::chrono::hours(1); }

  Settings settings_ = settings();
  const ProcessId process_ = *ProcessId::from_bytes(Bytes(32, 'p'));

  void append_one(Store& store, std::uint64_t number) {
    const Shard shard = store.logs().shard_of(process_);
    const auto opened = start(store.logs().open(shard)).get();
    ASSERT_TRUE(opened);
    std::vector<Entry> entries;
    entries.push_back(
        {process_, Slot{number}, *MessageId::from_bytes(Bytes(32, char(number))), {}, "body"});
    ASSERT_TRUE(start(store.logs().append(shard, *opened, std::move(entries), {})).get());
  }

  void remove_logs() {
    for (const auto& entry : fs::directory_iterator(settings_.directory))
      if (entry.path().extension() == ".log") fs::remove(entry.path());
  }
};

TEST_F(AnchorTest, refuses_a_store_whose_newest_log_was_deleted) {
  {
    const auto store = Store::open(settings_);
    append_one(*store, 0);
    append_one(*store, 1);
  }
  remove_logs();
  const std::string reason = refusal(settings_);
  EXPECT_NE(reason.find("at least 2 acknowledged messages are missing"), Bytes::npos) << reason;
  EXPECT_NE(reason.find((settings_.directory / "anchor").string()), Bytes::npos) << reason;
}

TEST_F(AnchorTest, is_written_while_the_store_is_open) {
  settings_.anchor_interval = std::chrono::milliseconds(5);
  const auto store = Store::open(settings_);
  append_one(*store, 0);
  for (int i = 0; i < 1000; ++i) {
    std::ifstream file(settings_.directory / "anchor");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto anchor = Anchor::from_text(text);
    ASSERT_TRUE(anchor) << text;
    if (anchor->heads[store->logs().shard_of(process_).number].next == 1) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL() << "no anchor of the entry within 5 s";
}

TEST_F(AnchorTest, refuses_a_store_without_its_anchor) {
  { const auto store = Store::open(settings_); }
  fs::remove(settings_.directory / "anchor");
  EXPECT_NE(refusal(settings_).find("is missing, so a loss could not be noticed"), Bytes::npos);
}

TEST_F(AnchorTest, refuses_the_anchor_of_another_store) {
  { const auto store = Store::open(settings_); }
  Settings other = settings_;
  other.directory = folder() / "other";
  { const auto store = Store::open(other); }
  fs::copy_file(other.directory / "anchor", settings_.directory / "anchor",
                fs::copy_options::overwrite_existing);
  EXPECT_NE(refusal(settings_).find("is of store"), Bytes::npos);
}

TEST_F(AnchorTest, in_a_folder_of_its_own_knows_of_a_store_that_is_gone) {
  settings_.anchor_directory = folder() / "elsewhere" / "anchors";
  {
    const auto store = Store::open(settings_);
    append_one(*store, 0);
  }
  EXPECT_TRUE(fs::exists(settings_.anchor_directory / "anchor"));
  fs::remove_all(settings_.directory);
  EXPECT_NE(refusal(settings_).find("at least 1 acknowledged messages are missing"), Bytes::npos);
}

TEST_F(AnchorTest, an_anchor_left_by_a_creation_that_was_cut_short_is_no_hindrance) {
  { const auto store = Store::open(settings_); }
  for (const auto& entry : fs::directory_iterator(settings_.directory))
    if (entry.path().filename() != "anchor") fs::remove_all(entry.path());
  EXPECT_EQ(refusal(settings_), "");
}

TEST_F(AnchorTest, that_cannot_be_written_stops_the_store) {
  settings_.anchor_interval = std::chrono::milliseconds(5);
  settings_.anchor_directory = folder() / "anchors";
  const auto store = Store::open(settings_);
  fs::remove_all(settings_.anchor_directory);
  (void)start(store->logs().open({17})).get();
  for (int i = 0; i < 1000 && store->failure().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_NE(store->failure().find("the head anchor cannot be written"), Bytes::npos)
      << store->failure();
  EXPECT_FALSE(commit(*store, {}));
}

}  // namespace
}  // namespace ao::store
