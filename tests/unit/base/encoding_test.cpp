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

TEST(Base64, pads_and_reads_either_alphabet_with_or_without_padding) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("a"), "YQ==");
  EXPECT_EQ(base64("ab"), "YWI=");
  EXPECT_EQ(base64("\xff\xef\xfe"), "/+/+");
  for (const char* text : {"/+/+", "_-_-", "_+/-"})
    EXPECT_EQ(*from_any_base64(text), "\xff\xef\xfe") << text;
  for (const char* text : {"YQ==", "YQ"})
    EXPECT_EQ(*from_any_base64(text), "a") << text;
  EXPECT_EQ(*from_any_base64(""), "");
  for (const char* text : {"YQ=", "YQ===", "=", "Y=Q=", "YWI==", "YR==", "YWJ=", "YQ==YQ==", "Y Q"})
    EXPECT_FALSE(from_any_base64(text)) << text;
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
