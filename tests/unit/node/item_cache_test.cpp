// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "item_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "support/workbench.hpp"

namespace ao::node {
namespace {

MessageId id(char name) {
  return *MessageId::from_bytes(Bytes(32, name));
}

class ItemCacheTest : public testing::Test {
 protected:
  void open(std::size_t bytes_max) { cache_.emplace(folder_.path() / "items", bytes_max); }
  std::filesystem::path file(char name) const { return folder_.path() / "items" / id(name).text(); }

  test::Folder folder_;
  std::optional<ItemCache> cache_;
};

TEST_F(ItemCacheTest, what_was_put_is_found_also_after_a_restart) {
  open(100);
  EXPECT_EQ(cache_->find(id('a')), std::nullopt);
  cache_->put(id('a'), "item");
  EXPECT_EQ(cache_->find(id('a')), "item");
  open(100);
  EXPECT_EQ(cache_->find(id('a')), "item");
  EXPECT_EQ(cache_->bytes(), 4u);
}

TEST_F(ItemCacheTest, the_one_asked_for_least_recently_goes) {
  open(10);
  for (const char name : {'a', 'b', 'c'})
    cache_->put(id(name), Bytes(3, name));
  EXPECT_TRUE(cache_->find(id('a')));
  cache_->put(id('d'), "ddd");
  EXPECT_EQ(cache_->find(id('b')), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(file('b')));
  for (const char name : {'a', 'c', 'd'})
    EXPECT_EQ(cache_->find(id(name)), Bytes(3, name));
  EXPECT_EQ(cache_->bytes(), 9u);
}

TEST_F(ItemCacheTest, a_restart_keeps_the_order_and_less_room_counts_at_once) {
  open(100);
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const char name : {'a', 'b', 'c'}) {
    cache_->put(id(name), Bytes(3, name));
    std::filesystem::last_write_time(file(name), now + std::chrono::seconds(name == 'a' ? 9 : 1));
  }
  std::filesystem::last_write_time(file('c'), now);
  open(7);
  EXPECT_EQ(cache_->find(id('c')), std::nullopt);
  EXPECT_TRUE(cache_->find(id('a')));
  EXPECT_TRUE(cache_->find(id('b')));
}

TEST_F(ItemCacheTest, what_is_too_large_is_not_kept_and_costs_nothing) {
  open(5);
  cache_->put(id('a'), "aaa");
  cache_->put(id('b'), "bbbbbb");
  EXPECT_EQ(cache_->find(id('b')), std::nullopt);
  EXPECT_TRUE(cache_->find(id('a')));
}

TEST_F(ItemCacheTest, files_of_others_and_unfinished_ones_are_left_alone) {
  open(100);
  cache_->put(id('a'), "aaa");
  std::ofstream(folder_.path() / "items" / "unfinished") << "half";
  std::ofstream(folder_.path() / "items" / "notes.txt") << "somebody's";
  open(100);
  EXPECT_EQ(cache_->bytes(), 3u);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "items" / "notes.txt"));
}

TEST_F(ItemCacheTest, a_file_that_somebody_deleted_is_not_there) {
  open(100);
  cache_->put(id('a'), "aaa");
  std::filesystem::remove(file('a'));
  EXPECT_EQ(cache_->find(id('a')), std::nullopt);
  EXPECT_EQ(cache_->bytes(), 0u);
  cache_->put(id('a'), "new");
  EXPECT_EQ(cache_->find(id('a')), "new");
}

TEST_F(ItemCacheTest, a_folder_that_cannot_be_made_keeps_nothing) {
  std::ofstream(folder_.path() / "items") << "a file";
  open(100);
  cache_->put(id('a'), "aaa");
  EXPECT_EQ(cache_->find(id('a')), std::nullopt);
  EXPECT_EQ(cache_->bytes(), 0u);
}

}  // namespace
}  // namespace ao::node
