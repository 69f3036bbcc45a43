// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/json_codec.hpp"

#include <gtest/gtest.h>

#include "ao/codec/structured.hpp"
#include "unit/message/fixtures.hpp"
#include "unit/message/random_value.hpp"

namespace ao::codec {
namespace {

using message::Atom;
using message::List;
using message::Map;
using message::Value;
using test::code_of;

std::string written(const Map& message) {
  return to_json_text(to_tabm(message).value()).value();
}

std::string text_of(const auto& result) {
  return result ? "accepted" : result.error().text;
}

std::string objects(int depth) {
  std::string text = "1";
  for (int i = 0; i < depth; ++i)
    text = "{\"k\":" + text + "}";
  return text;
}

// What is left of a random value when it must be a message: other keys, and floats for no NaN.
Map as_message(const Value& value) {
  std::vector<Map::Entry> entries{{"value", value}};
  return Map::from(std::move(entries));
}

bool can_be_message(const Value& value) {
  if (const List* list = value.list()) return std::ranges::all_of(*list, can_be_message);
  if (value.map() == nullptr) return true;
  for (const auto& [key, child] : *value.map()) {
    const bool is_plain = !key.empty() && key.find('Z') == Bytes::npos && key != "ao-types";
    if (!is_plain || !can_be_message(child)) return false;
  }
  return true;
}

TEST(JsonCodec, writes_texts_and_their_types) {
  EXPECT_EQ(written(Map{}), "{}");
  EXPECT_EQ(written(Map{{"a", 1}, {"b", true}, {"c", "x"}}),
            R"({"a":"1","ao-types":"a=\"integer\", b=\"atom\"","b":"true","c":"x"})");
  EXPECT_EQ(written(Map{{"a", Map{{"b", "c"}, {"empty", Map{}}}}}),
            R"({"a":{"b":"c","empty":{}}})");
  EXPECT_EQ(written(Map{{"a", List{"x", 2}}}),
            R"({"a":{"1":"x","2":"2","ao-types":".=\"list\", 2=\"integer\""}})");
}

TEST(JsonCodec, writes_a_link_as_the_id_it_names) {
  const MessageId id = *MessageId::from_bytes(Bytes(32, '\x01'));
  const Map message{{"child", message::Link{id}}};
  EXPECT_EQ(written(message), "{\"child+link\":\"" + id.text() + "\"}");
  EXPECT_EQ(from_json_message(written(message)).value(), message);
}

TEST(JsonCodec, reads_what_it_wrote_as_the_same_message) {
  for (const Map& message :
       {Map{}, Map{{"a", ""}, {"b", List{}}, {"c", Map{}}}, Map{{"a", 1.5}, {"b", -0.0}},
        Map{{"a", Value()}, {"b", Atom{"name"}}, {"c", Atom{"two words"}}},
        Map{{"a", List{List{1, List{}}, Map{{"k", List{true}}}}}},
        Map{{"x", "1"}, {"y", Map{{"z", List{1, "two", Map{{"k", "v"}}}}}}},
        Map{{"data", "\xc3\xa1\n\"\x01"}, {Bytes(43, 'I'), 5}}})
    EXPECT_EQ(from_json_message(written(message)).value(), message);
}

TEST(JsonCodec, reads_random_messages_as_what_they_were) {
  int messages = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Value value = test::RandomValues(seed, true).next();
    if (!can_be_message(value)) continue;
    ++messages;
    const Map message = as_message(value);
    EXPECT_EQ(from_json_message(written(message)).value(), message) << "seed " << seed;
  }
  EXPECT_GT(messages, 100);
}

TEST(JsonCodec, reads_an_ordinary_object_as_a_message) {
  EXPECT_EQ(from_json_message(R"({"n":1,"f":1.0,"t":true,"no":null,"s":"1","l":[1,"x",{"k":1}],
                                  "m":{"e":[],"o":{}}})")
                .value(),
            (Map{{"n", 1},
                 {"f", 1.0},
                 {"t", true},
                 {"no", Value()},
                 {"s", "1"},
                 {"l", List{1, "x", Map{{"k", 1}}}},
                 {"m", Map{{"e", List{}}, {"o", Map{}}}}}));
  EXPECT_EQ(*from_json_message(R"({"f":0.1})")->find("f")->floating(), 0.1);
  EXPECT_EQ(*from_json_message(R"({"i":-9223372036854775808})")->find("i")->integer(),
            std::numeric_limits<std::int64_t>::min());
}

TEST(JsonCodec, reads_values_of_its_own_and_of_ao_types_side_by_side) {
  EXPECT_EQ(from_json_message(R"({"a":"1","b":2,"l":["x"],"ao-types":"a=integer"})").value(),
            (Map{{"a", 1}, {"b", 2}, {"l", List{"x"}}}));
  EXPECT_EQ(tabm_from_json(R"({"a":"1","b":2,"ao-types":"a=integer"})").value(),
            (Map{{"a", "1"}, {"b", "2"}, {"ao-types", "a=integer, b=\"integer\""}}));
}

TEST(JsonCodec, reads_keys_in_lower_case_but_for_ids) {
  const Bytes id(43, 'Q');
  EXPECT_EQ(from_json_message(R"({"Action":"Eval","M":{")" + id + R"(":1}})").value(),
            (Map{{"action", "Eval"}, {"m", Map{{id, 1}}}}));
}

TEST(JsonCodec, refuses_bytes_that_JSON_has_no_string_for_and_names_their_place) {
  EXPECT_EQ(code_of(to_json_text(Map{{"a", "\xff"}})), "json-not-utf8");
  EXPECT_EQ(text_of(to_json_text(Map{{"a", Map{{"b", "\xc3"}}}})),
            "the text at 'a/b' is not UTF-8: JSON has no such string");
  EXPECT_EQ(text_of(to_json_text(Map{{"a", Map{{"\xfe", "x"}}}})),
            "key 'a/\\xfe' is not UTF-8: JSON has no such string");
}

TEST(JsonCodec, refuses_to_write_what_no_TABM_has) {
  EXPECT_EQ(code_of(to_json_text(Map{{"a", 1}})), "json-value");
  EXPECT_EQ(text_of(to_json_text(Map{{"a", Map{{"b", List{}}}}})),
            "'a/b': a TABM has byte strings and maps only");
}

TEST(JsonCodec, writes_and_reads_64_objects_in_each_other_and_no_more) {
  Map map;
  for (int i = 1; i < 64; ++i)
    map = Map{{"k", std::move(map)}};
  EXPECT_EQ(tabm_from_json(to_json_text(map).value()).value(), map);
  EXPECT_EQ(code_of(to_json_text(Map{{"k", map}})), "json-depth");
  EXPECT_EQ(code_of(from_json_message(objects(64))), "accepted");
  EXPECT_EQ(code_of(from_json_message(objects(65))), "json-malformed");
}

TEST(JsonCodec, refuses_what_is_no_object) {
  for (const char* text : {"1", "\"text\"", "null", "[]", "[{}]"})
    EXPECT_EQ(code_of(from_json_message(text)), "json-message") << text;
  for (const char* text : {"", "{", "{} {}", R"({"a":1,"a":1})", R"({"a":{"b":1,"b":1}})"})
    EXPECT_EQ(code_of(from_json_message(text)), "json-malformed") << text;
}

TEST(JsonCodec, refuses_keys_that_no_message_has) {
  EXPECT_EQ(code_of(from_json_message(R"({"":1})")), "json-key");
  EXPECT_EQ(text_of(from_json_message(R"({"m":{"":1}})")), "'m' has an empty key");
  EXPECT_EQ(text_of(from_json_message(R"({"l":[{"A":1,"a":1}]})")),
            "'l/1/a' stands twice, once its case is ignored");
  EXPECT_EQ(code_of(from_json_message(R"({"ao-types":"","AO-Types":""})")), "json-key");
}

TEST(JsonCodec, refuses_types_that_contradict_the_JSON) {
  EXPECT_EQ(text_of(from_json_message(R"({"m":{"a":1,"ao-types":"a=\"float\""}})")),
            "'m/a' is no string, and ao-types gives it a type too");
  EXPECT_EQ(code_of(from_json_message(R"({"a":1,"ao-types":"a=integer"})")), "json-types");
  EXPECT_EQ(code_of(from_json_message(R"({"ao-types":1})")), "json-types");
  EXPECT_EQ(code_of(from_json_message(R"({"ao-types":{}})")), "json-types");
  EXPECT_EQ(code_of(from_json_message(R"({"a":"x","ao-types":"a=integer"})")), "structured-value");
  EXPECT_EQ(code_of(from_json_message(R"({"a":{},"ao-types":"a=integer"})")), "structured-types");
  EXPECT_EQ(code_of(from_json_message(R"({"a":"x","ao-types":"!"})")), "structured-types");
}

}  // namespace
}  // namespace ao::codec
