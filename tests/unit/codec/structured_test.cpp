// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/structured.hpp"

#include <cmath>
#include <limits>

#include "unit/message/fixtures.hpp"
#include "unit/message/random_message.hpp"

namespace ao::codec {
namespace {

using message::Link;
using message::List;
using message::Map;
using message::Value;
using test::code_of;

const MessageId kId = *MessageId::from_bytes(Bytes(32, '\7'));

Map deep(std::size_t depth) {
  Map map;
  for (; depth > 0; --depth)
    map = Map{{"m", std::move(map)}};
  return map;
}

TEST(Structured, names_the_types_of_what_is_no_byte_string) {
  const Map message{{"A", 1},
                    {"b", 1.5},
                    {"c", true},
                    {"d", Value()},
                    {"e", Value::atom("ok")},
                    {"f", Value::atom("two words")},
                    {"g", ""},
                    {"h", Link{kId}},
                    {"i", List{1, "x"}}};
  const auto tabm = to_tabm(message);
  ASSERT_TRUE(tabm) << tabm.error().text;
  const Map expected{
      {"a", "1"},
      {"ao-types", R"(a="integer", b="float", c="atom", d="atom", e="atom", f="atom")"},
      {"b", "1.50000000000000000000e+00"},
      {"c", "true"},
      {"d", "null"},
      {"e", "ok"},
      {"f", "\"two words\""},
      {"g", ""},
      {"h+link", kId.text()},
      {"i", Map{{"1", "1"}, {"2", "x"}, {"ao-types", R"(.="list", 1="integer")"}}}};
  EXPECT_EQ(*tabm, expected);
  const auto again = from_tabm(*tabm);
  ASSERT_TRUE(again) << again.error().text;
  Map lower = message;
  lower.remove("A");
  lower.set("a", 1);
  EXPECT_EQ(*again, Value(lower));
}

// It became a key in upper case, which the same message written and read again does not have.
TEST(Structured, an_empty_value_that_only_ao_types_names_has_a_key_in_normal_case) {
  const Map tabm{{"ao-types", R"(A="empty-binary", b="empty-list")"}};
  const auto value = from_tabm(tabm);
  ASSERT_TRUE(value) << value.error().text;
  EXPECT_EQ(*value, Value(Map{{"a", ""}, {"b", List{}}}));
  const Map twice{{"ao-types", R"(A="empty-binary", a="empty-list")"}};
  EXPECT_EQ(from_tabm(twice).error().code, "structured-key");
}

TEST(Structured, reads_what_the_clients_write) {
  const Map tabm{
      {"ao-types", R"(b=atom,e="empty-binary", f=float,l=list,m="list",n=integer, )"
                   R"(q="empty-list", z="empty-message",bin="binary")"},
      {"b", "\"true\""},
      {"bin", "raw"},
      {"f", "1.5e+00"},
      {"l", "(ao-type-binary) a,(ao-type-integer) 1"},
      {"m", R"("(ao-type-integer) 1", "two", "(ao-type-atom) \"true\"", "(ao-type-list) \"x\"")"},
      {"n", "-3"}};
  const auto value = from_tabm(tabm);
  ASSERT_TRUE(value) << value.error().text;
  EXPECT_EQ(*value, Value(Map{{"b", true},
                              {"bin", "raw"},
                              {"e", ""},
                              {"f", 1.5},
                              {"l", List{"a", 1}},
                              {"m", List{1, "two", true, List{"x"}}},
                              {"n", -3},
                              {"q", List{}},
                              {"z", Map{}}}));
}

TEST(Structured, keeps_the_three_empty_values_apart) {
  const Map message{{"a", ""}, {"b", List{}}, {"c", Map{}}};
  EXPECT_EQ(*from_tabm(*to_tabm(message)), Value(message));
}

TEST(Structured, leaves_private_keys_out_at_every_depth) {
  const Map message{{"a", Map{{"priv_b", 1}, {"x", "y"}}}, {"Private", "s"}};
  EXPECT_EQ(*to_tabm(message), (Map{{"a", Map{{"x", "y"}}}}));
}

TEST(Structured, refuses_keys_that_a_message_cannot_have) {
  EXPECT_EQ(code_of(to_tabm({{"", "x"}})), "structured-key");
  EXPECT_EQ(code_of(to_tabm({{"AO-Types", "x"}})), "structured-key");
  EXPECT_EQ(code_of(to_tabm({{"a+link", "x"}})), "structured-key");
  EXPECT_EQ(code_of(to_tabm({{"A", "x"}, {"a", "y"}})), "structured-key");
  EXPECT_EQ(code_of(to_tabm({{Bytes(43, 'A'), "x"}, {Bytes(43, 'a'), "y"}})), "accepted");
  EXPECT_EQ(code_of(from_tabm({{"a", "x"}, {"a+link", kId.text()}})), "structured-key");
}

TEST(Structured, refuses_numbers_that_no_reader_would_agree_on) {
  EXPECT_EQ(code_of(to_tabm({{"a", std::nan("")}})), "structured-float");
  EXPECT_EQ(code_of(to_tabm({{"a", std::numeric_limits<double>::infinity()}})), "structured-float");
  const auto read = [](const char* type, const char* text) {
    return code_of(from_tabm({{"a", text}, {"ao-types", std::string("a=\"") + type + '"'}}));
  };
  EXPECT_EQ(read("integer", "9223372036854775807"), "accepted");
  for (const char* text : {"9223372036854775808", "", "+1", "1.0", "0x1", " 1", "1 "})
    EXPECT_EQ(read("integer", text), "structured-value") << text;
  for (const char* text : {"inf", "nan", "", "1,5", "1e999", "0x1p3"})
    EXPECT_EQ(read("float", text), "structured-value") << text;
  for (const char* text : {"\"a", "\"a\"b", "\"a\\n\""})
    EXPECT_EQ(read("atom", text), "structured-value") << text;
  for (const char* text : {"\"a", "a b", ",", "\"(ao-type-integer) x\"", "\"(ao-type-any) x\""})
    EXPECT_NE(read("list", text), "accepted") << text;
}

TEST(Structured, refuses_types_that_are_none) {
  const auto read = [](const char* types) {
    return code_of(from_tabm({{"a", "1"}, {"m", Map{}}, {"ao-types", types}}));
  };
  EXPECT_EQ(read("a=\"integer\", gone=\"integer\""), "accepted");  // of a key that was left out
  for (const char* types : {"a", "a=1", "a=\"number\"", "a=\"integer\", a=\"float\"", "a=\"integer",
                            "a%2=\"integer\"", "a%zz=\"integer\"", "m=\"integer\"", ".=\"list\""})
    EXPECT_NE(read(types), "accepted") << types;
  EXPECT_EQ(code_of(from_tabm({{"ao-types", Map{}}})), "structured-types");
}

TEST(Structured, refuses_lists_with_gaps_and_links_that_are_no_ids) {
  const auto read = [](Map map) {
    map.set("ao-types", ".=\"list\"");
    return code_of(from_tabm(map));
  };
  EXPECT_EQ(read({{"1", "a"}, {"2", "b"}}), "accepted");
  EXPECT_EQ(read({{"1", "a"}, {"3", "b"}}), "structured-list");
  EXPECT_EQ(read({{"0", "a"}}), "structured-list");
  EXPECT_EQ(read({{"01", "a"}}), "structured-list");
  EXPECT_EQ(read({{"1", "a"}, {"x", "b"}}), "structured-list");
  EXPECT_EQ(code_of(from_tabm({{"a+link", "short"}})), "structured-link");
}

TEST(Structured, nests_to_its_limit_and_no_further) {
  EXPECT_EQ(code_of(to_tabm(deep(kDepthMax))), "accepted");
  EXPECT_EQ(code_of(to_tabm(deep(kDepthMax + 1))), "structured-depth");
  EXPECT_EQ(code_of(from_tabm(deep(kDepthMax))), "accepted");
  EXPECT_EQ(code_of(from_tabm(deep(kDepthMax + 1))), "structured-depth");
}

TEST(Structured, brings_back_thousands_of_random_messages_and_changes_nothing_twice) {
  test::RandomMessages random(21);
  for (int i = 0; i < 3'000; ++i) {
    const Map message = random.next();
    const auto tabm = to_tabm(message);
    ASSERT_TRUE(tabm) << tabm.error().text;
    const auto again = message_from_tabm(*tabm);
    ASSERT_TRUE(again) << again.error().text;
    ASSERT_EQ(*again, message);
    ASSERT_EQ(*to_tabm(*again), *tabm);
  }
}

}  // namespace
}  // namespace ao::codec
