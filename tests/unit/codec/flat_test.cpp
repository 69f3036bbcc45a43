// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/flat.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "ao/codec/structured.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::codec {
namespace {

using message::Map;
using test::code_of;

struct Shape {
  Map flat;
  Map nested;
};

Map nest(std::size_t maps, const message::Value& innermost) {
  Map map{{"k", innermost}};
  for (std::size_t i = 0; i < maps; ++i)
    map = Map{{"k", std::move(map)}};
  return map;
}

TEST(Flat, writes_messages_as_paths_and_reads_them_back) {
  const Bytes binary("\0\r\n\xff /", 6);
  const Shape shapes[] = {
      {Map{}, Map{}},
      {Map{{"a/b", "value"}}, Map{{"a", Map{{"b", "value"}}}}},
      {Map{{"x/y", "1"}, {"x/z", "2"}, {"a", "3"}},
       Map{{"x", Map{{"y", "1"}, {"z", "2"}}}, {"a", "3"}}},
      {Map{{"a/b/c/d", "deep"}}, Map{{"a", Map{{"b", Map{{"c", Map{{"d", "deep"}}}}}}}}},
      {Map{{"a", binary}, {"b/c", binary}}, Map{{"a", binary}, {"b", Map{{"c", binary}}}}},
      // '-' and '.' sort before the slash, '0' after it.
      {Map{{"a-/x", "1"}, {"a/x", "2"}, {"a./x", "3"}, {"a0/x", "4"}},
       Map{{"a-", Map{{"x", "1"}}},
           {"a", Map{{"x", "2"}}},
           {"a.", Map{{"x", "3"}}},
           {"a0", Map{{"x", "4"}}}}},
  };
  for (const Shape& shape : shapes) {
    EXPECT_EQ(unflatten(shape.flat).value(), shape.nested);
    EXPECT_EQ(flatten(shape.nested).value(), shape.flat);
  }
}

TEST(Flat, keeps_an_empty_message_apart_from_an_empty_text) {
  const Map nested{{"a", Map{}}, {"b", Map{{"c", Map{}}, {"d", ""}}}, {"e", ""}};
  const Map flat{{"a/", ""}, {"b/c/", ""}, {"b/d", ""}, {"e", ""}};
  EXPECT_EQ(flatten(nested).value(), flat);
  EXPECT_EQ(unflatten(flat).value(), nested);
}

TEST(Flat, keeps_the_types_of_a_message) {
  const Map message{{"list", message::List{1, "two", Map{}}}, {"deep", Map{{"n", 1.5}}}};
  const Map flat = flatten(to_tabm(message).value()).value();
  EXPECT_EQ(*flat.find("deep/ao-types")->bytes(), "n=\"float\"");
  EXPECT_EQ(from_tabm(unflatten(flat).value()).value(), message::Value(message));
}

TEST(Flat, writes_keys_in_lower_case_but_for_ids) {
  const Bytes id(43, 'A');
  EXPECT_EQ(unflatten(Map{{"Deep/" + id + "/KEY", "1"}}).value(),
            (Map{{"deep", Map{{id, Map{{"key", "1"}}}}}}));
  EXPECT_EQ(flatten(Map{{"Deep", Map{{"KEY", "1"}}}}).value(), (Map{{"deep/key", "1"}}));
}

TEST(Flat, refuses_a_path_with_an_empty_part) {
  for (const char* path : {"", "/", "//", "/a", "a//b", "a//"})
    EXPECT_EQ(code_of(unflatten(Map{{path, ""}})), "flat-key") << path;
  EXPECT_EQ(code_of(unflatten(Map{{"a/", "text"}})), "flat-key");
}

TEST(Flat, refuses_two_values_in_one_place) {
  for (const Map& flat :
       {Map{{"a", "1"}, {"a/b", "2"}}, Map{{"a/", ""}, {"a/b", "2"}}, Map{{"a", "1"}, {"a/", ""}},
        Map{{"x/A", "1"}, {"x/a", "2"}}, Map{{"a", "1"}, {"a-", "2"}, {"a/b/c", "3"}}})
    EXPECT_EQ(code_of(unflatten(flat)), "flat-conflict") << flat.begin()->first;
  const auto refused = unflatten(Map{{"a/b", "1"}, {"a/b/c", "2"}});
  EXPECT_EQ(refused.error().text, "path 'a/b/c': 'a/b' has a value of its own");
}

TEST(Flat, refuses_keys_that_are_equal_without_case) {
  EXPECT_EQ(code_of(flatten(Map{{"A", "1"}, {"a", "1"}})), "flat-conflict");
  EXPECT_EQ(code_of(flatten(Map{{"A", "1"}, {"a", Map{}}})), "flat-conflict");
  EXPECT_EQ(code_of(flatten(Map{{"m", Map{{"A", Map{{"b", "1"}}}, {"a", Map{{"c", "1"}}}}}})),
            "flat-conflict");
}

TEST(Flat, refuses_keys_that_would_be_read_as_a_path) {
  EXPECT_EQ(code_of(flatten(Map{{"a/b", "1"}})), "flat-key");
  EXPECT_EQ(code_of(flatten(Map{{"", "1"}})), "flat-key");
  EXPECT_EQ(flatten(Map{{"m", Map{{"", Map{}}}}}).error().text, "path 'm/': a key is empty");
}

TEST(Flat, refuses_values_that_no_TABM_has) {
  EXPECT_EQ(code_of(flatten(Map{{"a", 1}})), "flat-value");
  EXPECT_EQ(flatten(Map{{"a", Map{{"b", message::List{}}}}}).error().text,
            "path 'a/b': flat messages have byte strings and messages only");
  EXPECT_EQ(code_of(unflatten(Map{{"a", Map{}}})), "flat-value");
}

TEST(Flat, takes_messages_of_the_depth_that_all_codecs_take_and_refuses_deeper_ones) {
  for (const message::Value& innermost : {message::Value("v"), message::Value(Map{})}) {
    const bool is_map = innermost.map() != nullptr;
    const Map deepest = nest(is_map ? kDepthMax - 1 : kDepthMax, innermost);
    const Map flat = flatten(deepest).value();
    EXPECT_EQ(unflatten(flat).value(), deepest);
    EXPECT_EQ(code_of(flatten(Map{{"k", deepest}})), "flat-depth");
    EXPECT_EQ(code_of(unflatten(Map{{"k/" + flat.begin()->first, ""}})), "flat-depth");
  }
}

TEST(Flat, refuses_paths_that_would_take_far_more_room_than_the_message) {
  Map below;
  for (int i = 0; i < 1000; ++i)
    below.set(std::to_string(i), "");
  const Map wide{{Bytes(1000, 'k'), std::move(below)}};
  EXPECT_EQ(code_of(flatten(wide, {.path_bytes_max = 1'000'000})), "flat-limit");
  EXPECT_TRUE(flatten(wide, {.path_bytes_max = 1'004'000}).has_value());
}

TEST(Flat, takes_time_that_grows_with_the_message_and_not_with_its_square) {
  std::vector<Map::Entry> entries;
  for (int i = 0; i < 100'000; ++i)  // the order of paths is not that of the keys
    entries.emplace_back(std::to_string(i) + (i % 2 == 0 ? "-/x" : "/x"), "");
  const Map flat = Map::from(std::move(entries));
  const auto start = std::chrono::steady_clock::now();
  const Map nested = unflatten(flat).value();
  EXPECT_EQ(flatten(nested).value(), flat);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_EQ(nested.size(), 100'000u);
}

TEST(FlatText, writes_one_line_a_path_and_reads_it_back) {
  const Map nested{{"host", "http://x: 1"},
                   {"port", "8734"},
                   {"store", Map{{"empty", Map{}}, {"name", ""}, {"a:", ": b:"}}}};
  const std::string text =
      "host: http://x: 1\nport: 8734\nstore/a:: : b:\nstore/empty/:\nstore/name:\n";
  EXPECT_EQ(to_flat_text(nested).value(), text);
  EXPECT_EQ(from_flat_text(text).value(), nested);
  EXPECT_EQ(to_flat_text(Map{}).value(), "");
  EXPECT_EQ(from_flat_text("").value(), Map{});
}

TEST(FlatText, takes_what_people_write) {
  EXPECT_EQ(from_flat_text("\n  Port:   8734\t\n\nnode/Name:\n   \nlast: 1").value(),
            (Map{{"port", "8734"}, {"node", Map{{"name", ""}}}, {"last", "1"}}));
}

TEST(FlatText, refuses_what_a_line_cannot_hold) {
  for (const char* value : {"two\nlines", "a\rb", " blank", "blank ", "\t"})
    EXPECT_EQ(code_of(to_flat_text(Map{{"a", value}})), "flat-text") << value;
  for (const char* key : {"a: b", " a", "a\nb", "b\t"})
    EXPECT_EQ(code_of(to_flat_text(Map{{key, "v"}})), "flat-text") << key;
  EXPECT_EQ(to_flat_text(Map{{"m", Map{{"k", "\n"}}}}).error().text,
            "path 'm/k': a line of text cannot hold a line break");
}

TEST(FlatText, names_the_line_at_fault) {
  EXPECT_EQ(from_flat_text("a: 1\n\nb=2\n").error().text,
            "line 3: a key, a colon, a blank and a value are expected");
  EXPECT_EQ(from_flat_text("a: 1\r\n").error().text, "line 1: it has a carriage return");
  EXPECT_EQ(from_flat_text("\n: 1").error().text, "line 2: it has no key");
  EXPECT_EQ(code_of(from_flat_text("url:http://x")), "flat-text");
}

TEST(FlatText, refuses_a_key_that_stands_twice) {
  EXPECT_EQ(code_of(from_flat_text("a: 1\na: 1\n")), "flat-conflict");
  EXPECT_EQ(code_of(from_flat_text("a: 1\nA: 1\n")), "flat-conflict");
  EXPECT_EQ(code_of(from_flat_text("a: 1\na/b: 1\n")), "flat-conflict");
}

}  // namespace
}  // namespace ao::codec
