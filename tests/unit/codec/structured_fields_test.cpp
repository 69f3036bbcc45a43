// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/structured_fields.hpp"

#include <random>

#include "unit/message/fixtures.hpp"

namespace ao::codec::sf {
namespace {

using test::code_of;

BareItem bare(BytesView text) {
  const auto item = parse_item(text);
  EXPECT_TRUE(item) << text << ": " << (item ? "" : item.error().text);
  return item ? item->value : BareItem(false);
}

TEST(StructuredFields, reads_every_kind_of_item) {
  EXPECT_EQ(bare("42"), BareItem(std::int64_t{42}));
  EXPECT_EQ(bare("-0"), BareItem(std::int64_t{0}));
  EXPECT_EQ(bare("999999999999999"), BareItem(std::int64_t{999'999'999'999'999}));
  EXPECT_EQ(bare("  -7  "), BareItem(std::int64_t{-7}));
  EXPECT_EQ(bare("4.5"), BareItem(Decimal{4'500}));
  EXPECT_EQ(bare("-0.001"), BareItem(Decimal{-1}));
  EXPECT_EQ(bare("123456789012.123"), BareItem(Decimal{123'456'789'012'123}));
  EXPECT_EQ(bare(R"("a \"quoted\" \\ text")"), BareItem(Bytes(R"(a "quoted" \ text)")));
  EXPECT_EQ(bare("foo123/456"), BareItem(Token{"foo123/456"}));
  EXPECT_EQ(bare("*a:b"), BareItem(Token{"*a:b"}));
  EXPECT_EQ(bare(":aGVsbG8=:"), BareItem(ByteSequence{"hello"}));
  EXPECT_EQ(bare(":aGVsbG8:"), BareItem(ByteSequence{"hello"}));
  EXPECT_EQ(bare("::"), BareItem(ByteSequence{""}));
  EXPECT_EQ(bare("?1"), BareItem(true));
  EXPECT_EQ(bare("?0"), BareItem(false));
  EXPECT_EQ(bare("@1659578233"), BareItem(Date{1'659'578'233}));
  EXPECT_EQ(bare("@-1"), BareItem(Date{-1}));
  EXPECT_EQ(bare(R"(%"caf%c3%a9")"), BareItem(DisplayString{"café"}));
}

TEST(StructuredFields, refuses_what_is_no_item) {
  for (const char* text : {"",
                           " ",
                           "-",
                           "--1",
                           "1000000000000000",
                           "1.",
                           "1.2345",
                           "1234567890123.1",
                           ".5",
                           "1a",
                           "\"a",
                           "\"\\n\"",
                           "\"a\tb\"",
                           "\"caf\xc3\xa9\"",
                           "=a",
                           "(a)",
                           "?2",
                           "?",
                           ":aGVsbG8",
                           ":a:",
                           ":aGVsbG9=:",
                           ":aGV=sbG8:",
                           ":a b:",
                           "@",
                           "@1.5",
                           "@a",
                           "%\"%C3%A9\"",
                           "%\"%c3\"",
                           "%a",
                           "a b",
                           "a,b",
                           "\x01",
                           "a;",
                           "a;B=1",
                           "a;b=",
                           "a; =1"})
    EXPECT_EQ(code_of(parse_item(text)), "sf-malformed") << text;
}

TEST(StructuredFields, reads_lists_with_inner_lists_and_parameters) {
  const auto list = parse_list("a;q=0.5 ,  (\"x\" 1;p);r=?0,\t\"z\"");
  ASSERT_TRUE(list) << list.error().text;
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0], Member(Item{Token{"a"}, {{"q", Decimal{500}}}}));
  EXPECT_EQ((*list)[1],
            Member(InnerList{{Item{Bytes("x"), {}}, Item{std::int64_t{1}, {{"p", true}}}},
                             {{"r", false}}}));
  EXPECT_EQ((*list)[2], Member(Item{Bytes("z"), {}}));
  EXPECT_TRUE(parse_list("")->empty());
  EXPECT_TRUE(parse_list("()")->front() == Member(InnerList{}));
  for (const char* text : {",", "a,", "a,,b", "a b", "(a", "(a,b)", "(a\tb)", "((a))", "a;b c"})
    EXPECT_EQ(code_of(parse_list(text)), "sf-malformed") << text;
}

TEST(StructuredFields, keeps_the_text_of_a_dictionary_member_as_received) {
  const Bytes text = R"(sig1=( "a"  "b" );keyid="k";alg="x" , flag;v=1, n = )";
  const auto cut = parse_dictionary(BytesView(text).substr(0, text.size() - 6));
  ASSERT_TRUE(cut) << cut.error().text;
  EXPECT_EQ((*cut)[0].source, R"(( "a"  "b" );keyid="k";alg="x")");
  EXPECT_EQ((*cut)[1].key, "flag");
  EXPECT_EQ((*cut)[1].member, Member(Item{true, {{"v", std::int64_t{1}}}}));
  EXPECT_EQ((*cut)[1].source, ";v=1");
  EXPECT_EQ(code_of(parse_dictionary(text)), "sf-malformed");
}

TEST(StructuredFields, takes_the_last_of_equal_keys_unless_told_to_refuse) {
  const auto last = parse_dictionary("a=1, b=2, a=3");
  ASSERT_TRUE(last);
  ASSERT_EQ(last->size(), 2u);
  EXPECT_EQ((*last)[0].member, Member(Item{std::int64_t{3}, {}}));
  EXPECT_EQ(code_of(parse_dictionary("a=1, a=3", Keys::kStrict, Duplicates::kRefuse)),
            "sf-duplicate-key");
}

TEST(StructuredFields, takes_the_keys_of_ao_only_when_asked) {
  const char* const text = R"(.="list", 1="integer", key%20x="atom", sig-A_b=?1)";
  EXPECT_EQ(code_of(parse_dictionary(text)), "sf-malformed");
  const auto dictionary = parse_dictionary(text, Keys::kAo);
  ASSERT_TRUE(dictionary) << dictionary.error().text;
  EXPECT_EQ((*dictionary)[0].key, ".");
  EXPECT_EQ((*dictionary)[2].key, "key%20x");
  EXPECT_EQ(*serialise(*dictionary, Keys::kAo),
            R"(.="list", 1="integer", key%20x="atom", sig-A_b)");
  EXPECT_EQ(code_of(serialise(*dictionary)), "sf-unwritable");
}

TEST(StructuredFields, refuses_to_write_what_cannot_be_read) {
  for (const BareItem& value :
       {BareItem(std::int64_t{1'000'000'000'000'000}), BareItem(Bytes("a\n")), BareItem(Token{""}),
        BareItem(Token{"a b"}), BareItem(Decimal{1'000'000'000'000'000}),
        BareItem(DisplayString{"\xff"}), BareItem(Date{1'000'000'000'000'000})})
    EXPECT_EQ(code_of(serialise(Item{value, {}})), "sf-unwritable");
}

class RandomFields {
 public:
  explicit RandomFields(unsigned seed) : random_(seed) {}

  List list() {
    List made;
    for (auto n = random_() % 6; n > 0; --n)
      made.push_back(member());
    return made;
  }

 private:
  Member member() {
    if (random_() % 3 != 0) return item();
    InnerList inner;
    for (auto n = random_() % 4; n > 0; --n)
      inner.items.push_back(item());
    inner.parameters = parameters();
    return inner;
  }

  Item item() { return {bare_item(), parameters()}; }

  Parameters parameters() {
    Parameters made;
    for (auto n = random_() % 3; n > 0; --n)
      made.emplace_back(std::string(1, static_cast<char>('a' + made.size())) + "k", bare_item());
    return made;
  }

  std::int64_t number() {
    return static_cast<std::int64_t>(random_() % 1'999'999'999'999'999) - 999'999'999'999'999;
  }

  Bytes text(const Bytes& characters) {
    Bytes made;
    for (auto n = random_() % 9; n > 0; --n)
      made += characters[random_() % characters.size()];
    return made;
  }

  BareItem bare_item() {
    switch (random_() % 8) {
      case 0:
        return number();
      case 1:
        return random_() % 2 == 0;
      case 2:
        return text(" !\"\\aZ~");
      case 3:
        return Token{"t" + text("a*/:!9")};
      case 4:
        return ByteSequence{text(Bytes("\0\xff\x10z", 4))};
      case 5:
        return Decimal{number()};
      case 6:
        return Date{number()};
      default:
        return DisplayString{text("%\"a\n") + "é"};
    }
  }

  std::mt19937_64 random_;
};

TEST(StructuredFields, reads_back_whatever_it_writes) {
  RandomFields random(11);
  for (int i = 0; i < 5'000; ++i) {
    const List list = random.list();
    const auto text = serialise(list);
    ASSERT_TRUE(text) << text.error().text;
    const auto again = parse_list(*text);
    ASSERT_TRUE(again) << *text << ": " << again.error().text;
    ASSERT_EQ(*again, list) << *text;
  }
}

}  // namespace
}  // namespace ao::codec::sf
