// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/value.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace ao::message {
namespace {

TEST(Map, keeps_keys_sorted_as_unsigned_bytes_whatever_the_order_of_setting) {
  const Map map{{"b", 1}, {"\xff", 2}, {"", 3}, {"a", 4}, {"ab", 5}, {"b", 6}};
  std::vector<Bytes> keys;
  for (const auto& [key, value] : map)
    keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<Bytes>{"", "a", "ab", "b", "\xff"}));
  EXPECT_EQ(*map.find("b")->integer(), 6);
  EXPECT_EQ(map.find("c"), nullptr);
}

TEST(Map, does_what_an_ordinary_map_does) {
  std::mt19937 random(4);
  Map map;
  std::map<Bytes, Value> model;
  for (int i = 0; i < 5000; ++i) {
    const Bytes key = std::to_string(random() % 60);
    if (random() % 3 == 0) {
      map.remove(key);
      model.erase(key);
    } else {
      map.set(key, i);
      model[key] = i;
    }
    ASSERT_EQ(map.size(), model.size());
    ASSERT_EQ(map.find(key) != nullptr, model.contains(key));
  }
  EXPECT_TRUE(std::equal(
      map.begin(), map.end(), model.begin(), model.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
}

TEST(Value, tells_its_kinds_apart) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(0), Value(false));
  EXPECT_NE(Value("1"), Value(1));
  EXPECT_NE(Value(List{}), Value(Map{}));
  EXPECT_EQ(*Value("text").bytes(), "text");  // and not true
}

TEST(Value, makes_booleans_and_null_of_the_atoms_that_are_these) {
  EXPECT_EQ(Value::atom("true"), Value(true));
  EXPECT_EQ(Value::atom("false"), Value(false));
  EXPECT_TRUE(Value::atom("null").is_null());
  EXPECT_EQ(Value::atom("compute").atom()->name, "compute");
  EXPECT_NE(Value::atom("compute"), Value("compute"));
}

TEST(Map, is_made_of_keys_in_any_order_and_keeps_the_last_of_equals) {
  std::vector<Map::Entry> entries;
  for (int i = 200'000; i > 0; --i)
    entries.emplace_back("key-" + std::to_string(i % 100'000), i);
  const Map map = Map::from(std::move(entries));
  EXPECT_EQ(map.size(), 100'000u);
  EXPECT_EQ(*map.find("key-7"), Value(7));
  EXPECT_TRUE(std::ranges::is_sorted(map, {}, &Map::Entry::first));
}

TEST(Value, finds_members_of_maps_and_nothing_in_anything_else) {
  const Value value = Map{{"text", "here"}, {"number", 1}};
  EXPECT_EQ(value.text("text"), "here");
  EXPECT_EQ(value.text("number"), "");
  EXPECT_EQ(value.text("absent"), "");
  EXPECT_EQ(Value(List{1}).find("text"), nullptr);
  EXPECT_EQ(Value().text("text"), "");
}

}  // namespace
}  // namespace ao::message
