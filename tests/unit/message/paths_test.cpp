// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/paths.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "unit/message/fixtures.hpp"

namespace ao::message {
namespace {

using test::code_of;

const Value kUnset = Atom{"unset"};
const Value kUndefined = Atom{"undefined"};

Map signed_by(std::initializer_list<const char*> committed, Map message) {
  List names;
  for (const char* name : committed)
    names.emplace_back(name);
  message.set("commitments", Map{{"id", Map{{"committed", std::move(names)}}}});
  return message;
}

bool is_signed(const Map& message) {
  return message.find("commitments") != nullptr;
}

Map one(Bytes key, Value value) {
  return Map{{std::move(key), std::move(value)}};
}

TEST(Paths, finds_a_value_whatever_the_case_of_its_key) {
  for (const char* asked : {"a", "A"})
    for (const char* held : {"a", "A"})
      EXPECT_EQ(*get(one(held, 1), asked), Value(1)) << asked << held;
  EXPECT_EQ(*get(one("Test-Header", "1"), "Test-Header"), Value("1"));
  EXPECT_EQ(*get(one("tEsT-Header", "1"), "TeSt-header"), Value("1"));
  EXPECT_EQ(*get(Map{{"A", 1}, {"a", 2}}, "A"), Value(1));
  EXPECT_EQ(get(one("a", 1), "b"), nullptr);
}

TEST(Paths, tells_ids_apart_by_case) {
  const Map message = one(Bytes(43, 'A'), 1);
  EXPECT_NE(get(message, Bytes(43, 'A')), nullptr);
  EXPECT_EQ(get(message, Bytes(43, 'a')), nullptr);
}

TEST(Paths, shows_no_private_value) {
  const Map message{{"a", 1}, {"private_key", 2}, {"m", Map{{"Priv", 1}}}};
  EXPECT_EQ(get(message, "private_key"), nullptr);
  EXPECT_EQ(descend(message, "m/priv"), nullptr);
  EXPECT_EQ(descend(message, "m/Priv"), nullptr);
}

TEST(Paths, lists_keys_without_private_ones_and_commitments) {
  const std::vector<Bytes> a = {"a"};
  for (const Map& message :
       {one("a", 1), Map{{"a", 1}, {"private", 2}}, Map{{"a", 1}, {"priv_foo", 4}},
        Map{{"a", "1"}, {"priv_a", "2"}}, Map{{"a", 1}, {"Commitments", Map{}}, {"PRIV", 1}}})
    EXPECT_EQ(keys(message), a);
}

TEST(Paths, leaves_private_keys_out_on_all_levels) {
  const Map message{{"priv", 1},
                    {"m", Map{{"priv-x", 1}, {"l", List{Map{{"Private", 1}, {"b", 2}}}}}}};
  EXPECT_EQ(without_private(message), one("m", one("l", List{one("b", 2)})));
}

TEST(Paths, descends_into_messages) {
  const Map deep{
      {"key1", "value1"},
      {"key2", Map{{"key3", "value3"},
                   {"key4", Map{{"key5", "value5"}, {"key6", Map{{"key7", "value7"}}}}}}}};
  EXPECT_EQ(*descend(deep, "key2/key4/key6/key7"), Value("value7"));
  EXPECT_EQ(*descend(deep, "KEY2/Key3"), Value("value3"));
  for (const char* path : {"", "/", "key2/", "/key2", "key2//key3", "key1/x", "key2/key9"})
    EXPECT_EQ(descend(deep, path), nullptr) << path;
  const Value whole = deep;
  EXPECT_EQ(descend(whole, std::vector<Bytes>{}), &whole);
}

TEST(Paths, counts_the_items_of_lists_from_1) {
  const Map message = one("list", List{"A", "B", "C", "D", "E"});
  for (int i = 1; i <= 5; ++i)
    EXPECT_EQ(*descend(message, "list/" + std::to_string(i)), Value(Bytes(1, char('@' + i))));
  for (const char* key : {"0", "6", "01", "+1", "-1", "1x", "x", "99999999999999999999"})
    EXPECT_EQ(descend(message, Bytes("list/") + key), nullptr) << key;
  const Value list = List{"A", List{"B"}};
  EXPECT_EQ(*descend(list, std::vector<Bytes>{"2", "1"}), Value("B"));
}

TEST(Paths, refuses_a_path_with_an_empty_key) {
  EXPECT_EQ(normal_path("A/bC").value(), "a/bc");
  for (const char* path : {"", "/", "a/", "/a", "a//b"}) {
    EXPECT_EQ(code_of(normal_path(path)), "path-malformed") << path;
    EXPECT_EQ(code_of(set(Map{}, one(path, 1))), "path-malformed") << path;
    EXPECT_EQ(code_of(remove(Map{}, std::vector<Bytes>{path})), "path-malformed") << path;
  }
  EXPECT_EQ(normal_path("ab//").error().text, "a path has an empty key at byte 3");
}

TEST(Remove, takes_away_one_or_several_items) {
  const Map message{{"key1", "Value1"}, {"key2", "Value2"}};
  EXPECT_EQ(remove(message, std::vector<Bytes>{"key1"}).value(), one("key2", "Value2"));
  EXPECT_EQ(remove(message, std::vector<Bytes>{"key1", "key2"}).value(), Map{});
  EXPECT_EQ(remove(message, std::vector<Bytes>{"KEY1", "key1", "x", "x/y"}).value(),
            one("key2", "Value2"));
  EXPECT_EQ(remove(one("a", Map{{"b", 1}, {"c", 2}}), std::vector<Bytes>{"a/b"}).value(),
            one("a", one("c", 2)));
}

TEST(Set, replaces_removes_and_passes_over) {
  EXPECT_EQ(set(one("dangerous", "Value1"), one("dangerous", "Value2")).value(),
            one("dangerous", "Value2"));
  EXPECT_EQ(set(one("dangerous", "Value1"), one("dangerous", kUnset)).value(), Map{});
  EXPECT_EQ(set(one("test-key", "Value1"), one("test-key", kUndefined)).value(),
            one("test-key", "Value1"));
  EXPECT_EQ(set(Map{}, Map{{"a", kUnset}, {"b", kUndefined}, {"c/d", kUnset}}).value(), Map{});
  EXPECT_EQ(set(one("a", 1), Map{{"0", 0}, {"b", 2}}).value(), (Map{{"0", 0}, {"a", 1}, {"b", 2}}));
}

TEST(Set, finds_the_key_whatever_its_case) {
  EXPECT_EQ(set(one("Action", 1), one("ACTION", 2)).value(), one("action", 2));
  EXPECT_EQ(set(one("Action", 1), one("action", kUnset)).value(), Map{});
  EXPECT_EQ(set(one("M", one("K", 1)), one("m/k", 2)).value(), one("m", one("k", 2)));
}

TEST(Set, removes_along_a_path) {
  Map message{{"test-key1", "1"}, {"deep", Map{{"test-key2", "2"}, {"test-key3", "3"}}}};
  message = set(message, one("deep/test-key2", kUnset)).value();
  EXPECT_EQ(message, (Map{{"test-key1", "1"}, {"deep", Map{{"test-key3", "3"}}}}));
  message = set(message, one("deep/test-key3", kUnset)).value();
  EXPECT_EQ(message, (Map{{"test-key1", "1"}, {"deep", Map{}}}));
  message = set(message, one("deep", kUnset)).value();
  EXPECT_EQ(message, one("test-key1", "1"));
}

TEST(Set, changes_one_value_in_depth_and_keeps_its_siblings) {
  EXPECT_EQ(set(one("a", one("b", "RESULT")), one("a/b", "RESULT2")).value(),
            one("a", one("b", "RESULT2")));
  const Map deep = one("a", Map{{"b", Map{{"c", "1"}, {"other", "x"}}}, {"more", "y"}});
  EXPECT_EQ(set(deep, one("a/b/c", "2")).value(),
            one("a", Map{{"b", Map{{"c", "2"}, {"other", "x"}}}, {"more", "y"}}));
  EXPECT_EQ(set(deep, one("a", one("b", one("c", "2")))).value(),
            set(deep, one("a/b/c", "2")).value());
}

TEST(Set, creates_the_messages_between) {
  Map message = one("a", one("b", one("c", "1")));
  message = set(message, Map{{"d/e", "3"}, {"d/f", "4"}}).value();
  EXPECT_EQ(message, (Map{{"a", one("b", one("c", "1"))}, {"d", Map{{"e", "3"}, {"f", "4"}}}}));
  EXPECT_EQ(set(Map{}, Map{{"z/a", "0"}, {"z/b", "1"}, {"z/y/x", "2"}}).value(),
            one("z", Map{{"a", "0"}, {"b", "1"}, {"y", one("x", "2")}}));
  EXPECT_EQ(set(one("a", "text"), one("a/b", 1)).value(), one("a", one("b", 1)));
}

TEST(Set, applies_a_value_before_the_paths_below_it) {
  EXPECT_EQ(set(one("a", one("x", 0)), Map{{"a", one("b", 1)}, {"a/b", 2}, {"a-", 3}}).value(),
            (Map{{"a", Map{{"x", 0}, {"b", 2}}}, {"a-", 3}}));
  EXPECT_EQ(set(one("a", one("x", 0)), Map{{"a", kUnset}, {"a/b", 2}}).value(),
            one("a", one("b", 2)));
}

TEST(Set, replaces_at_the_top_when_it_is_explicit) {
  const Map message{{"a", Map{{"b", 1}, {"c", 2}}}, {"d", 3}};
  const Map changes = one("a", Map{{"c", 4}, {"gone", kUnset}});
  EXPECT_EQ(set(message, changes).value(), (Map{{"a", Map{{"b", 1}, {"c", 4}}}, {"d", 3}}));
  EXPECT_EQ(set(message, changes, SetMode::kExplicit).value(), (Map{{"a", one("c", 4)}, {"d", 3}}));
  EXPECT_EQ(set(message, one("a", kUndefined), SetMode::kExplicit).value(), message);
}

TEST(Set, changes_items_of_lists_by_number) {
  const Map message = one("l", List{"a", Map{{"k", 1}}});
  EXPECT_EQ(set(message, Map{{"l/1", "b"}, {"l/2/k", 2}}).value(),
            one("l", List{"b", one("k", 2)}));
  EXPECT_EQ(set(message, one("l/3", "c")).value(), one("l", List{"a", one("k", 1), "c"}));
  EXPECT_EQ(set(message, one("l/2", kUnset)).value(), one("l", List{"a"}));
  EXPECT_EQ(set(message, one("l", List{})).value(), one("l", List{}));
  EXPECT_EQ(code_of(set(message, one("l/1", kUnset))), "set-list");
  EXPECT_EQ(code_of(set(message, one("l/4", "x"))), "set-list");
  EXPECT_EQ(set(message, one("l", one("name", 1))).error().text,
            "a list of 3 would have no item 3");
}

TEST(Set, drops_commitments_when_it_changes_what_they_cover) {
  const Map message = signed_by({"a", "m+link", "B"}, {{"a", 1}, {"m", one("x", 1)}, {"b", 1}});
  EXPECT_FALSE(is_signed(set(message, one("a", 2)).value()));
  EXPECT_FALSE(is_signed(set(message, one("A", kUnset)).value()));
  EXPECT_FALSE(is_signed(set(message, one("m/x", 2)).value()));
  EXPECT_FALSE(is_signed(set(message, one("m/y", 2)).value()));
  EXPECT_FALSE(is_signed(set(message, one("b", "1")).value()));
  EXPECT_FALSE(is_signed(remove(message, std::vector<Bytes>{"a"}).value()));
  EXPECT_TRUE(is_signed(set(message, one("c", 2)).value()));
  EXPECT_TRUE(is_signed(set(message, one("a", 1)).value()));
  EXPECT_TRUE(is_signed(set(message, one("m", one("x", 1))).value()));
  EXPECT_TRUE(is_signed(set(message, one("m/gone/x", kUnset)).value()));
  EXPECT_TRUE(is_signed(set(message, one("a", kUndefined)).value()));
}

TEST(Set, drops_the_commitments_of_the_message_that_changed_and_of_those_that_cover_it) {
  const Map child = signed_by({"x"}, {{"x", 1}, {"y", 1}});
  const Map message = signed_by({"a"}, {{"a", 1}, {"child", child}});
  const Map changed = set(message, one("child/x", 2)).value();
  EXPECT_TRUE(is_signed(changed));
  EXPECT_FALSE(is_signed(*changed.find("child")->map()));
  EXPECT_TRUE(is_signed(*set(message, one("child/y", 2))->find("child")->map()));
}

TEST(Set, drops_commitments_that_it_cannot_read) {
  for (const Value& commitments :
       {Value("text"), Value(one("id", 1)), Value(one("id", one("committed", "a"))),
        Value(one("id", one("committed", List{1})))}) {
    const Map message{{"a", 1}, {"commitments", commitments}};
    EXPECT_FALSE(is_signed(set(message, one("z", 1)).value()));
    EXPECT_TRUE(is_signed(set(message, one("a", 1)).value()));
  }
  const Map numbered{{"commitments", one("id", one("committed", Map{{"1", "a"}, {"2", "b"}}))}};
  EXPECT_TRUE(is_signed(set(numbered, one("z", 1)).value()));
  EXPECT_FALSE(is_signed(set(numbered, one("b", 1)).value()));
}

TEST(Set, takes_no_commitments_and_no_private_keys_from_the_changes) {
  const Map message = signed_by({"a"}, {{"a", 1}, {"priv", 1}});
  for (const char* path : {"commitments", "Commitments", "commitments/id", "priv", "PRIVATE/x",
                           "m/priv/x", "m/commitments"})
    EXPECT_EQ(set(message, one(path, 2)).value(), message) << path;
  EXPECT_EQ(set(message, one("m", Map{{"priv", 1}, {"x", 1}})).value().find("m")->map()->size(),
            1u);
}

TEST(Set, puts_a_signed_message_in_with_its_commitments) {
  const Map child = signed_by({"x"}, {{"x", 1}});
  EXPECT_EQ(set(Map{}, one("child", child)).value(), one("child", child));
  EXPECT_EQ(set(one("child", one("y", 2)), one("child", child), SetMode::kExplicit).value(),
            one("child", child));
  EXPECT_FALSE(
      is_signed(*set(one("child", one("y", 2)), one("child", child)).value().find("child")->map()));
}

TEST(Set, refuses_two_changes_of_one_key) {
  EXPECT_EQ(code_of(set(Map{}, Map{{"A", 1}, {"a", 2}})), "set-conflict");
  EXPECT_EQ(code_of(set(Map{}, Map{{"x/A", 1}, {"X/a", 2}})), "set-conflict");
  EXPECT_EQ(code_of(set(Map{}, one("x", Map{{"A", 1}, {"a", 2}}))), "set-conflict");
}

TEST(Set, refuses_to_nest_deeper_than_64) {
  Bytes path = "k";
  for (int i = 0; i < 64; ++i)
    path += "/k";
  EXPECT_TRUE(set(Map{}, one(path, 1)).has_value());
  EXPECT_EQ(code_of(set(Map{}, one(path + "/k", 1))), "set-depth");
  EXPECT_EQ(code_of(set(Map{}, one(path, Map{}))), "set-depth");
}

TEST(Set, takes_time_that_grows_with_the_message_and_not_with_its_square) {
  std::vector<Map::Entry> old;
  std::vector<Map::Entry> changes;
  for (int i = 0; i < 100'000; ++i) {
    old.emplace_back(std::to_string(i), i);
    changes.emplace_back(std::to_string(i) + (i % 2 == 0 ? "x" : ""),
                         i % 2 == 0 ? Value(i) : kUnset);
  }
  const Map message = Map::from(std::move(old));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(set(message, Map::from(std::move(changes)))->size(), 100'000u);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

}  // namespace
}  // namespace ao::message
