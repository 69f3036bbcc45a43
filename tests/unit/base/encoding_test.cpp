// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "ao/base/bytes.hpp"

namespace ao {
namespace {

TEST(Base64url, matches_the_vectors_of_RFC_4648_without_padding) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foo"), "Zm9v");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
}

TEST(Base64url, reads_back_what_it_wrote) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes bytes(size, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    const auto back = from_base64url(base64url(bytes));
    ASSERT_TRUE(back) << size;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Base64url, refuses_padding_foreign_characters_and_impossible_lengths) {
  for (const char* text :
       {"Zg==", "Zm8=", "Zm9+", "Zm9/", "Zm 9", "Zm9\n", "A", "AAAAA", "Zm9\xc3"})
    EXPECT_FALSE(from_base64url(text)) << text;
  EXPECT_FALSE(from_base64url(std::string_view("AA\0A", 4)));
}

TEST(Base64url, gives_every_byte_string_exactly_one_text) {
  int accepted = 0;
  std::set<Bytes> seen;
  for (char a = ' '; a < 127; ++a)
    for (char b = ' '; b < 127; ++b)
      if (const auto bytes = from_base64url(std::string{a, b})) {
        ++accepted;
        seen.insert(*bytes);
      }
  EXPECT_EQ(accepted, 256);
  EXPECT_EQ(seen.size(), 256U);
}

TEST(Base64, matches_the_vectors_of_RFC_4648) {
  const std::vector<std::pair<Bytes, std::string>> vectors = {{"", ""},
                                                              {"f", "Zg=="},
                                                              {"fo", "Zm8="},
                                                              {"foo", "Zm9v"},
                                                              {"foob", "Zm9vYg=="},
                                                              {"foobar", "Zm9vYmFy"},
                                                              {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes) << text;
    EXPECT_EQ(from_any_base64(text), bytes) << text;
  }
}

TEST(Base64, reads_back_what_it_wrote) {
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes bytes(size, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    EXPECT_EQ(from_base64(base64(bytes)), bytes) << size;
    EXPECT_EQ(from_any_base64(base64(bytes)), bytes) << size;
    EXPECT_EQ(from_any_base64(base64url(bytes)), bytes) << size;
  }
}

TEST(Base64, refuses_texts_without_whole_padding_and_the_other_alphabet) {
  for (const char* text : {"Zg", "Zg=", "Zm8", "=", "====", "A===", "Zg==Zg==", "Zg==\n", "-__-",
                           "Zm9v Zg=", "Zh==", "Zm9=", "Z===", "Zm9vYg==="}) {
    const auto bytes = from_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, "base64-malformed");
  }
}

TEST(Base64, of_any_kind_takes_either_alphabet_with_or_without_padding) {
  EXPECT_EQ(from_any_base64("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(from_any_base64("+//+"), "\xfb\xff\xfe");
  EXPECT_EQ(from_any_base64("Zg"), "f");
  EXPECT_EQ(from_any_base64("_w=="), "\xff");
  EXPECT_EQ(from_any_base64("/w"), "\xff");
}

TEST(Base64, of_any_kind_refuses_mixed_alphabets_part_of_a_padding_and_bits_after_the_last_byte) {
  for (const char* text :
       {"+__+", "Zg=", "Zm8==", "Zh", "Zh==", "Zm9", "A", "=", "Z=g=", "Zm 9v"}) {
    const auto bytes = from_any_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, "base64-malformed");
  }
  EXPECT_FALSE(from_any_base64(std::string_view("AA\0A", 4)));
}

TEST(SameKey, ignores_the_case_of_ASCII_letters_only) {
  EXPECT_TRUE(same_key("Data-Protocol", "data-PROTOCOL"));
  EXPECT_FALSE(same_key("action", "action "));
  EXPECT_FALSE(same_key("a", "ab"));
  EXPECT_FALSE(same_key("@", "`"));                // 0x40 and 0x60
  EXPECT_FALSE(same_key("[", "{"));                // 0x5b and 0x7b
  EXPECT_FALSE(same_key("\xc3\x81", "\xc3\xa1"));  // Á and á
}

TEST(BigEndian, sorts_as_the_numbers_do) {
  Bytes previous;
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256},
        std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Bytes bytes;
    put_u64be(bytes, number);
    EXPECT_EQ(bytes.size(), 8U);
    EXPECT_EQ(get_u64be(bytes), number);
    EXPECT_LT(previous, bytes);
    previous = bytes;
  }
}

}  // namespace
}  // namespace ao
