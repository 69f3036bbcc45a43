// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/structured_fields.hpp"

#include <gtest/gtest.h>

#include "random_fields.hpp"

namespace ao::codec::sf {
namespace {

// The bare item that `text` is, which must have no parameters.
BareItem bare(BytesView text, Keys keys = Keys::kStrict) {
  const auto item = parse_item(text, keys);
  EXPECT_TRUE(item) << text << ": " << (item ? "" : item.error().text);
  if (!item) return Token{"refused"};
  EXPECT_TRUE(item->parameters.empty()) << text;
  return item->value;
}

template <class Parsed>
std::string refusal(const Result<Parsed>& parsed) {
  return parsed ? "accepted" : std::string(parsed.error().code);
}

void expect_refused_items(const std::vector<Bytes>& texts) {
  for (const Bytes& text : texts)
    EXPECT_EQ(refusal(parse_item(text)), "sf-malformed") << text;
}

TEST(StructuredInteger, is_read_within_fifteen_digits) {
  EXPECT_EQ(bare("42"), BareItem(42));
  EXPECT_EQ(bare("-0"), BareItem(0));
  EXPECT_EQ(bare("  007  "), BareItem(7));
  EXPECT_EQ(bare("999999999999999"), BareItem(kIntegerMax));
  EXPECT_EQ(bare("-999999999999999"), BareItem(-kIntegerMax));
}

TEST(StructuredInteger, is_refused_beyond_fifteen_digits_or_without_any) {
  expect_refused_items({"1000000000000000", "-1000000000000000", "0000000000000001",
                        "99999999999999999999999999999999999999", "-", "--1", "+1", "- 1", "1 2",
                        "1,2", "1a", "0x10"});
}

TEST(StructuredDecimal, is_read_exactly) {
  EXPECT_EQ(bare("1.5"), BareItem(Decimal{1500}));
  EXPECT_EQ(bare("-0.001"), BareItem(Decimal{-1}));
  EXPECT_EQ(bare("00.10"), BareItem(Decimal{100}));
  EXPECT_EQ(bare("-0.0"), BareItem(Decimal{0}));
  EXPECT_EQ(bare("999999999999.999"), BareItem(Decimal{kIntegerMax}));
}

TEST(StructuredDecimal, is_refused_with_too_many_digits_or_none_beside_its_point) {
  expect_refused_items({"1.", "-1.", ".5", "1.5.", "1.2345", "1.0000", "1000000000000.0",
                        "0000000000001.0", "1.-5", "1. 5", "1.5e3"});
}

TEST(StructuredString, is_read_with_its_two_escapes) {
  EXPECT_EQ(bare(R"("")"), BareItem(Bytes()));
  EXPECT_EQ(bare(R"("a b~")"), BareItem(Bytes("a b~")));
  EXPECT_EQ(bare(R"("a\"b\\c")"), BareItem(Bytes(R"(a"b\c)")));
}

TEST(StructuredString, is_refused_with_other_escapes_controls_or_without_its_end) {
  expect_refused_items({R"(")", R"("a)", R"("\)", R"("\")", R"("\n")", "\"a\tb\"", "\"a\nb\"",
                        "\"\x7f\"", "\"\xc3\xa1\"", R"('a')", R"("a"b)", Bytes("\"\0\"", 3)});
}

TEST(StructuredToken, is_read_with_every_character_it_may_have) {
  for (const Bytes text :
       {"a", "*", "*foo", "A1:/", "foo123/456", "t!#$%&'*+-.^_`|~:/9", "sha-256"})
    EXPECT_EQ(bare(text), BareItem(Token{text}));
}

TEST(StructuredToken, is_refused_when_it_starts_or_goes_on_otherwise) {
  expect_refused_items(
      {"_a", "!a", "a\"", "a(b", "a b", "a\\b", "a@b", "\xc3\xa1", "a\x7f", Bytes("a\0b", 3)});
}

TEST(StructuredBytes, are_read_with_and_without_padding) {
  EXPECT_EQ(bare("::"), BareItem(ByteSequence{""}));
  EXPECT_EQ(bare(":aGVsbG8=:"), BareItem(ByteSequence{"hello"}));
  EXPECT_EQ(bare(":aGVsbG8:"), BareItem(ByteSequence{"hello"}));
  EXPECT_EQ(bare(":+//+:"), BareItem(ByteSequence{"\xfb\xff\xfe"}));
}

TEST(StructuredBytes, are_refused_with_junk_or_bits_after_the_last_byte) {
  expect_refused_items({":", ":aGVsbG8=", "aGVsbG8=:", ":aGVsbG9=:", ":aGVsbG9:", ":a:",
                        ":aGVsbG8==:", ":=aGVsbG8:", ":aGVs bG8=:", ":aGVs\nbG8=:", ":aGVsbG8=:x",
                        ":====:"});
}

TEST(StructuredBytes, may_be_base64url_in_the_dialect_of_AO_only) {
  EXPECT_EQ(refusal(parse_item(":-__-:")), "sf-malformed");
  EXPECT_EQ(bare(":-__-:", Keys::kAo), BareItem(ByteSequence{"\xfb\xff\xfe"}));
  EXPECT_EQ(refusal(parse_item(":-/_-:", Keys::kAo)), "sf-malformed");
  EXPECT_EQ(refusal(parse_item(":_x:", Keys::kAo)), "sf-malformed");
}

TEST(StructuredBoolean, is_zero_or_one_after_a_question_mark) {
  EXPECT_EQ(bare("?1"), BareItem(true));
  EXPECT_EQ(bare("?0"), BareItem(false));
  expect_refused_items({"?", "?2", "?true", "? 1", "?11", "?F"});
}

TEST(StructuredDate, is_in_whole_seconds) {
  EXPECT_EQ(bare("@1659578233"), BareItem(Date{1659578233}));
  EXPECT_EQ(bare("@-62135596800"), BareItem(Date{-62135596800}));
  expect_refused_items({"@", "@-", "@a", "@1.0", "@ 1", "@@1", "@1000000000000000"});
}

TEST(StructuredDisplayString, is_UTF_8_with_percent_escapes) {
  EXPECT_EQ(bare(R"(%"")"), BareItem(DisplayString{""}));
  EXPECT_EQ(bare(R"(%"f%c3%bc%c3%bc\")"), BareItem(DisplayString{"füü\\"}));
  EXPECT_EQ(bare(R"(%"%22%25%00")"), BareItem(DisplayString{Bytes("\"%\0", 3)}));
}

TEST(StructuredDisplayString, is_refused_with_upper_case_digits_or_bad_UTF_8) {
  expect_refused_items({"%", R"(%a)", R"(% "a")", R"(%"a)", R"(%"%C3%BC")", R"(%"%c3")",
                        R"(%"%c3%")", R"(%"%a")", R"(%"%")", R"(%"%ff")", R"(%"%ed%a0%80")",
                        "%\"\xc3\xbc\"", "%\"\t\"", "%\"\x7f\""});
}

TEST(StructuredItem, has_parameters_in_order) {
  const auto item = parse_item("a;b;c=1;  d=\"x\";*e_-.*9=?0");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->value, BareItem(Token{"a"}));
  EXPECT_EQ(item->parameters,
            (Parameters{{"b", true}, {"c", 1}, {"d", Bytes("x")}, {"*e_-.*9", false}}));
}

TEST(StructuredItem, is_refused_with_malformed_parameters_or_around_it) {
  expect_refused_items({"", "   ", "\ta", "a\t", "a ;b", "a;", "a;B", "a;1", "a;b=", "a;b= 1",
                        "a;b =1", "a;b=(1)", "a;;b", "a;\tb", "a,b", "(a)", "a;b=1.x", "a\n"});
}

TEST(StructuredItem, keeps_the_last_of_parameters_of_one_name_at_the_place_of_the_first) {
  const auto item = parse_item("a;b=1;c=2;b=3;d;b=4;d=?0");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->parameters, (Parameters{{"b", 4}, {"c", 2}, {"d", false}}));
}

TEST(StructuredItem, refuses_parameters_of_one_name_when_asked_to) {
  EXPECT_EQ(refusal(parse_item("a;b=1;b=1", Keys::kStrict, Duplicates::kRefuse)),
            "sf-duplicate-key");
  EXPECT_EQ(refusal(parse_list("(a;b;b)", Keys::kStrict, Duplicates::kRefuse)), "sf-duplicate-key");
  EXPECT_EQ(refusal(parse_dictionary("x=(a);b;b", Keys::kAo, Duplicates::kRefuse)),
            "sf-duplicate-key");
  EXPECT_TRUE(parse_list("a;b, c;b", Keys::kStrict, Duplicates::kRefuse));
}

TEST(StructuredList, has_items_and_inner_lists) {
  const auto list = parse_list("  a,1\t ,\t (\"x\"  ?1;p );q=2,() ,( )");
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(*list, (List{Item{Token{"a"}, {}}, Item{1, {}},
                         InnerList{{Item{Bytes("x"), {}}, Item{true, {{"p", true}}}}, {{"q", 2}}},
                         InnerList{}, InnerList{}}));
}

TEST(StructuredList, may_be_empty) {
  for (const char* text : {"", " ", "    "}) {
    const auto list = parse_list(text);
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->empty());
    const auto dictionary = parse_dictionary(text);
    ASSERT_TRUE(dictionary);
    EXPECT_TRUE(dictionary->empty());
  }
}

TEST(StructuredList, ends_with_blanks_and_tabs_but_never_with_a_comma) {
  EXPECT_TRUE(parse_list("a \t "));
  for (const char* text : {"a,", "a, ", "a,\t", ",", ",a", "a,,b", "a b", "\ta", "a;\n", "a,\nb"})
    EXPECT_EQ(refusal(parse_list(text)), "sf-malformed") << text;
}

TEST(StructuredList, refuses_inner_lists_that_nest_or_do_not_end) {
  for (const char* text : {"(", "(a", "(a ", "(a b", "((a))", "(a (b))", "(a,b)", "(a\tb)", "(a;)",
                           "(\"a\"\"b\")", "(a)b", ")", "(a))", "(:YQ==:1)"})
    EXPECT_EQ(refusal(parse_list(text)), "sf-malformed") << text;
}

TEST(StructuredList, of_very_many_opening_brackets_is_refused_at_the_second) {
  const auto list = parse_list(Bytes(1'000'000, '('));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().text, "byte 1: expected an item");
}

TEST(StructuredDictionary, has_members_in_order_with_the_text_of_each) {
  const BytesView text = "a=1;x=2 ,\tb, c;y=\"z\", d=(\"p\"  q);alg=\"r\" , e=?1,f=:YQ:";
  const auto dictionary = parse_dictionary(text);
  ASSERT_TRUE(dictionary) << dictionary.error().text;
  EXPECT_EQ(*dictionary, (Dictionary{{"a", Item{1, {{"x", 2}}}},
                                     {"b", Item{true, {}}},
                                     {"c", Item{true, {{"y", Bytes("z")}}}},
                                     {"d", InnerList{{Item{Bytes("p"), {}}, Item{Token{"q"}, {}}},
                                                     {{"alg", Bytes("r")}}}},
                                     {"e", Item{true, {}}},
                                     {"f", Item{ByteSequence{"a"}, {}}}}));
  const std::vector<BytesView> sources = {"1;x=2", "",    ";y=\"z\"", "(\"p\"  q);alg=\"r\"",
                                          "?1",    ":YQ:"};
  for (std::size_t i = 0; i < sources.size(); ++i)
    EXPECT_EQ((*dictionary)[i].source, sources[i]);
  EXPECT_EQ((*dictionary)[0].source.data(), text.data() + 2);  // no copy
}

TEST(StructuredDictionary, is_refused_with_malformed_keys_or_members) {
  for (const char* text :
       {"A=1", "a.b=1,B=2", "1=2", "-a=1", "a=", "a= 1", "a =1", "a=1 b=2", "a=1;", "a=1,", "=1",
        "a==1", "a=1,,b=2", "\"a\"=1", "a%=1", "a=(1", "a=1\n"})
    EXPECT_EQ(refusal(parse_dictionary(text)), "sf-malformed") << text;
}

TEST(StructuredDictionary, keeps_the_last_of_keys_that_stand_twice_at_the_place_of_the_first) {
  const auto dictionary = parse_dictionary("a=1,b=2,c,a=(3),b=4;x,a=5");
  ASSERT_TRUE(dictionary);
  EXPECT_EQ(*dictionary,
            (Dictionary{{"a", Item{5, {}}}, {"b", Item{4, {{"x", true}}}}, {"c", Item{true, {}}}}));
  EXPECT_EQ((*dictionary)[1].source, "4;x");
}

TEST(StructuredDictionary, refuses_keys_that_stand_twice_when_asked_to_and_says_where) {
  const auto dictionary = parse_dictionary("b=1, a=1, b=1", Keys::kStrict, Duplicates::kRefuse);
  ASSERT_FALSE(dictionary);
  EXPECT_EQ(dictionary.error().code, "sf-duplicate-key");
  EXPECT_EQ(dictionary.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(dictionary.error().text, "byte 10: a key that stands twice");
  EXPECT_TRUE(parse_dictionary("Aa=1, aA=1", Keys::kAo, Duplicates::kRefuse));
  const auto foreign = parse_dictionary("\xff,\xff", Keys::kAo, Duplicates::kRefuse);
  EXPECT_TRUE(is_utf8(foreign.error().text));  // it goes into answers and logs
}

TEST(StructuredDictionary, takes_the_keys_of_AO_in_its_dialect) {
  const std::vector<Bytes> keys = {
      ".",     "1",           "a.b", "key%20with%20space",
      "a/b?c", "sig-xyZ_-09", "A",   "VnYnaoOvankqXk13s502zpiq9PIaqFHDRcIrTNhyqKQ",
      "(x)",   "\xc3\xa1"};
  for (const Bytes& key : keys) {
    const auto dictionary = parse_dictionary(key + "=\"integer\"," + key + "2", Keys::kAo);
    ASSERT_TRUE(dictionary) << key;
    EXPECT_EQ(*dictionary,
              (Dictionary{{key, Item{Bytes("integer"), {}}}, {key + "2", Item{true, {}}}}));
    EXPECT_EQ(refusal(parse_dictionary(key + "=1")), key == "a.b" ? "accepted" : "sf-malformed");
  }
  for (const char* text : {"a b=1", "\"a\"=1", "=1", ";=1", "a\tb=1", "\x7f=1", "a\x01=1"})
    EXPECT_EQ(refusal(parse_dictionary(text, Keys::kAo)), "sf-malformed") << text;
}

TEST(StructuredDictionary, keeps_strict_keys_of_parameters_in_the_dialect_of_AO) {
  EXPECT_EQ(refusal(parse_dictionary("a=1;B=2", Keys::kAo)), "sf-malformed");
  const auto inputs = parse_dictionary("sig-A_=(\"a\";req \"b\");keyid=\"k\"", Keys::kAo);
  ASSERT_TRUE(inputs) << inputs.error().text;
  EXPECT_EQ((*inputs)[0].source, "(\"a\";req \"b\");keyid=\"k\"");
}

TEST(StructuredFields, says_where_and_what_was_expected) {
  const auto integer = parse_dictionary("a=1, b=\"x\", c=1.2345");
  ASSERT_FALSE(integer);
  EXPECT_EQ(integer.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(integer.error().text, "byte 20: expected one to three digits after the point");
}

TEST(StructuredFields, holds_a_limited_number_of_parts) {
  Bytes list = "a";
  for (std::size_t i = 1; i < kPartsMax; ++i)
    list += ",a";
  EXPECT_TRUE(parse_list(list));
  for (const char* more : {",a", ";b", ",()"}) {
    const auto over = parse_list(list + more);
    ASSERT_FALSE(over) << more;
    EXPECT_EQ(over.error().code, "sf-limit");
    EXPECT_EQ(over.error().kind, ErrorKind::kTooLarge);
  }
}

// Looking up each key among those before it would take minutes under the sanitizers.
TEST(StructuredFields, reads_very_many_keys_in_little_time) {
  Bytes dictionary = "a";
  Bytes parameters = "1";
  for (std::size_t i = 1; i < kPartsMax - 1; ++i) {
    dictionary += ",a" + std::to_string(i % 40'000);
    parameters += ";a" + std::to_string(i % 40'000);
  }
  const auto entries = parse_dictionary(dictionary);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 40'001U);
  const auto item = parse_item(parameters);
  ASSERT_TRUE(item);
  EXPECT_EQ(item->parameters.size(), 40'000U);
}

TEST(StructuredFields, are_written_canonically) {
  const auto rewrite = [](const char* text) {
    const auto dictionary = parse_dictionary(text);
    EXPECT_TRUE(dictionary) << text;
    return serialise(*dictionary).value_or("refused");
  };
  EXPECT_EQ(rewrite("a=1,b=?1;x=?1,  c=?0;y=?0"), "a=1, b;x, c=?0;y=?0");
  EXPECT_EQ(rewrite("a=( \"x\"   y;z=01 );p"), "a=(\"x\" y;z=1);p");
  EXPECT_EQ(rewrite("a=1.500,b=-0.0,c=2.0,d=-0.05,e=00012.340"),
            "a=1.5, b=0.0, c=2.0, d=-0.05, e=12.34");
  EXPECT_EQ(rewrite("a=:aGVsbG8:,b=@-5"), "a=:aGVsbG8=:, b=@-5");
  EXPECT_EQ(rewrite("a=\"\\\"\\\\\",b=%\"%c3%bc%22%25 \""), "a=\"\\\"\\\\\", b=%\"%c3%bc%22%25 \"");
  EXPECT_EQ(rewrite(""), "");
}

TEST(StructuredFields, are_not_written_with_what_they_cannot_hold) {
  const std::vector<BareItem> bad = {kIntegerMax + 1,
                                     -kIntegerMax - 1,
                                     Decimal{kIntegerMax + 1},
                                     Decimal{std::numeric_limits<std::int64_t>::min()},
                                     Date{-kIntegerMax - 1},
                                     Bytes("a\n"),
                                     Bytes("\xc3\xa1"),
                                     Token{""},
                                     Token{"1a"},
                                     Token{"a b"},
                                     DisplayString{"\xff"}};
  for (const BareItem& value : bad) {
    EXPECT_EQ(refusal(serialise(Item{value, {}})), "sf-unwritable") << value.index();
    EXPECT_EQ(refusal(serialise(List{InnerList{{}, {{"p", value}}}})), "sf-unwritable");
  }
  for (const char* key : {"", "A", "a b", "a=", "1"})
    EXPECT_EQ(refusal(serialise(Dictionary{{key, Item{1, {}}}})), "sf-unwritable") << key;
  EXPECT_EQ(refusal(serialise(Item{1, {{"A", true}}})), "sf-unwritable");
  EXPECT_EQ(serialise(Dictionary{{"A.1", Item{1, {}}}}, Keys::kAo), "A.1=1");
  for (const char* key : {"", "a b", "a=", "a,", "\n"})
    EXPECT_EQ(refusal(serialise(Dictionary{{key, Item{1, {}}}}, Keys::kAo)), "sf-unwritable");
}

TEST(StructuredFields, read_back_what_was_written) {
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const Keys keys = seed % 2 == 0 ? Keys::kStrict : Keys::kAo;
    test::RandomFields random(seed, keys);
    const Item item = random.item();
    const List list = random.list();
    const Dictionary dictionary = random.dictionary();
    const auto item_text = serialise(item);
    const auto list_text = serialise(list);
    const auto dictionary_text = serialise(dictionary, keys);
    ASSERT_TRUE(item_text && list_text && dictionary_text) << seed;
    ASSERT_EQ(parse_item(*item_text, keys, Duplicates::kRefuse), item) << *item_text;
    ASSERT_EQ(parse_list(*list_text, keys, Duplicates::kRefuse), list) << *list_text;
    ASSERT_EQ(parse_dictionary(*dictionary_text, keys, Duplicates::kRefuse), dictionary)
        << *dictionary_text;
  }
}

// A field with one byte changed is refused or is some other field, whose text reads back the same.
TEST(StructuredFields, of_damaged_texts_are_refused_or_read_back) {
  std::mt19937_64 random(7);
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    auto text = serialise(test::RandomFields(seed, Keys::kAo).dictionary(), Keys::kAo);
    ASSERT_TRUE(text);
    if (text->empty()) continue;
    (*text)[random() % text->size()] = static_cast<char>(random());
    const auto dictionary = parse_dictionary(*text, Keys::kAo);
    if (!dictionary) continue;
    ++accepted;
    const auto again = serialise(*dictionary, Keys::kAo);
    ASSERT_TRUE(again) << *text;
    ASSERT_EQ(parse_dictionary(*again, Keys::kAo), *dictionary) << *text;
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace ao::codec::sf
