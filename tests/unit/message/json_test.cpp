// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/json.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "unit/message/fixtures.hpp"
#include "unit/message/random_value.hpp"

namespace ao::message {
namespace {

using test::code_of;

std::string again(std::string_view text) {
  const auto value = from_json(text);
  return value ? to_json(*value) : value.error().text;
}

TEST(Json, writes_sorted_keys_and_no_spaces) {
  EXPECT_EQ(to_json(Map{{"b", List{1, -2, Value(), true, false}}, {"a", Map{}}, {"c", List{}}}),
            R"({"a":{},"b":[1,-2,null,true,false],"c":[]})");
}

TEST(Json, writes_floats_so_that_they_are_read_back_as_the_same_floats) {
  EXPECT_EQ(to_json(1.0), "1.0");
  EXPECT_EQ(to_json(0.1), "0.1");
  EXPECT_EQ(to_json(-0.0), "-0.0");
  EXPECT_EQ(to_json(1e100), "1e+100");
  EXPECT_EQ(to_json(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(to_json(5e-324), "5e-324");
  EXPECT_EQ(to_json(std::nan("")), "null");
  EXPECT_EQ(to_json(-std::numeric_limits<double>::infinity()), "null");
  for (const double value : {1.0, 0.1, 1e100, 5e-324, 1.7976931348623157e308, 123456789.125})
    EXPECT_EQ(from_json(to_json(value)).value(), Value(value)) << value;
}

TEST(Json, keeps_every_64_bit_integer_and_makes_floats_of_larger_ones) {
  EXPECT_EQ(again("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(again("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(*from_json("9223372036854775808")->floating(), 9223372036854775808.0);
  EXPECT_EQ(*from_json("-9223372036854775809")->floating(), -9223372036854775808.0);
  EXPECT_NE(from_json("1").value(), from_json("1.0").value());
}

TEST(Json, escapes_what_must_be_and_replaces_what_is_not_UTF_8) {
  EXPECT_EQ(to_json("\"\\/\b\f\n\r\t\x01\x1f\x7f"), R"("\"\\/\b\f\n\r\t\u0001\u001f\u007f")");
  EXPECT_EQ(to_json(Bytes("a\0b", 3)), R"("a\u0000b")");
  EXPECT_EQ(to_json("\xc3\xa1\xf0\x9f\x98\x80"), "\"\xc3\xa1\xf0\x9f\x98\x80\"");
  EXPECT_EQ(to_json("a\xff\xfe"
                    "b\xe2\x82"),
            "\"a\xef\xbf\xbd\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(to_json(Map{{"\xff", 1}}), "{\"\xef\xbf\xbd\":1}");
}

TEST(Json, reads_every_escape) {
  EXPECT_EQ(from_json(R"("\"\\\/\b\f\n\r\t\u0041\u00e1\u20AC\ud83d\uDE00\u0000")").value(),
            Value(Bytes("\"\\/\b\f\n\r\tA\xc3\xa1\xe2\x82\xac\xf0\x9f\x98\x80\0", 19)));
}

TEST(Json, refuses_what_RFC_8259_does_not_allow) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[",
                           "]",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "{\"a\":1 \"b\":2}",
                           "'a'",
                           "\"",
                           "\"\\",
                           "\"\\x41\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\u+123\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\ud800x\"",
                           "\"a\nb\"",
                           "\"a\tb\"",
                           "tru",
                           "True",
                           "nul",
                           "truex",
                           "NaN",
                           "Infinity",
                           "-",
                           "+1",
                           "01",
                           "-01",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "1.e1",
                           "0x1",
                           "1_000",
                           "1e400",
                           "- 1",
                           "1 1",
                           "[1]]",
                           "null,",
                           "// no\n1",
                           "\xef\xbb\xbf{}",
                           "\"\xff\"",
                           "\"\xc0\xaf\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xe2\x82\"",
                           "\v1"})
    EXPECT_EQ(code_of(from_json(text)), "json-malformed") << text;
  EXPECT_EQ(code_of(from_json(std::string_view("1\0", 2))), "json-malformed");
  EXPECT_EQ(code_of(from_json(std::string_view("\"\0\"", 3))), "json-malformed");
  EXPECT_EQ(again(" \t\r\n[ 0 , -0.0 , 1E2 , 0e0 ] \n"), "[0,-0.0,100.0,0.0]");
}

TEST(Json, refuses_a_key_that_stands_twice_and_says_where) {
  for (const auto& [text, offset] :
       std::map<std::string, std::string>{{R"({"a":1,"a":1})", "byte 7:"},
                                          {R"({"b":1,"a":{"x":1,"y":2,"x":3}})", "byte 24:"},
                                          {R"({"a":1,"\u0061":2})", "byte 7:"},
                                          {R"({"":1,"":1})", "byte 6:"}}) {
    const auto value = from_json(text);
    ASSERT_EQ(code_of(value), "json-malformed") << text;
    EXPECT_NE(value.error().text.find(offset), std::string::npos) << value.error().text;
  }
}

TEST(Json, nests_64_deep_and_no_deeper) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(code_of(from_json(nested(64))), "accepted");
  const auto deeper = from_json(nested(65));
  ASSERT_EQ(code_of(deeper), "json-malformed");
  EXPECT_NE(deeper.error().text.find("byte 64:"), std::string::npos) << deeper.error().text;
  EXPECT_EQ(code_of(from_json(std::string(1'000'000, '['))), "json-malformed");
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"\":";
  EXPECT_EQ(code_of(from_json(objects)), "json-malformed");
}

TEST(Json, reads_back_what_it_wrote) {
  test::RandomValues values(8, true);
  for (int i = 0; i < 5000; ++i) {
    const Value value = values.next();
    const std::string text = to_json(value);
    const auto back = from_json(text);
    ASSERT_TRUE(back) << text << back.error().text;
    ASSERT_EQ(*back, value) << text;
  }
}

TEST(Json, is_always_well_formed_even_when_the_bytes_are_not_text) {
  test::RandomValues values(9);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = to_json(values.next());
    ASSERT_TRUE(nlohmann::json::accept(text)) << text;
  }
}

// Another reader agrees on what is JSON, but for what we refuse beyond it.
TEST(Json, agrees_with_another_reader_on_damaged_text) {
  test::RandomValues values(10, true);
  std::mt19937 random(11);
  const std::string_view bytes = "{}[]\",:\\u0123eE+-. \ntfn\x80\xc3";
  int refused = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = to_json(values.next());
    for (auto changes = random() % 3 + 1; changes > 0; --changes)
      text[random() % text.size()] = bytes[random() % bytes.size()];
    const auto value = from_json(text);
    refused += !value;
    const bool is_ours_alone = !value && (value.error().text.ends_with("stands twice") ||
                                          value.error().text.ends_with("range of a double"));
    if (!is_ours_alone) {
      ASSERT_EQ(value.has_value(), nlohmann::json::accept(text)) << text;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 29'000);
}

// One by one, keys in falling order move everything before them: 100,000 took half a minute.
TEST(Json, reads_an_object_in_a_bad_order_in_no_quadratic_time) {
  std::string text = "{";
  for (int i = 999'999; i >= 900'000; --i)
    text += '"' + std::to_string(i) + "\":0,";
  text.back() = '}';
  const auto start = std::chrono::steady_clock::now();
  const auto value = from_json(text);
  const auto taken = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(value);
  EXPECT_EQ(value->map()->size(), 100'000U);
  EXPECT_LT(taken, std::chrono::seconds(5));
}

}  // namespace
}  // namespace ao::message
