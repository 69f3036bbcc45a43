// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/base/bytes.hpp"

namespace ao {
namespace {

// By definition: the sequences that encode a scalar value in the fewest bytes.
Bytes encoded(unsigned point) {
  const auto unit = [](unsigned byte) { return static_cast<char>(byte); };
  if (point < 0x80) return {unit(point)};
  if (point < 0x800) return {unit(0xc0 | point >> 6), unit(0x80 | (point & 63))};
  if (point < 0x10000)
    return {unit(0xe0 | point >> 12), unit(0x80 | (point >> 6 & 63)), unit(0x80 | (point & 63))};
  return {unit(0xf0 | point >> 18), unit(0x80 | (point >> 12 & 63)), unit(0x80 | (point >> 6 & 63)),
          unit(0x80 | (point & 63))};
}

TEST(Utf8, accepts_every_scalar_value_and_no_surrogate) {
  for (unsigned point = 0; point <= 0x10ffff; ++point) {
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    ASSERT_EQ(is_utf8(encoded(point)), !is_surrogate) << std::hex << point;
  }
  EXPECT_FALSE(is_utf8(encoded(0x110000)));
}

TEST(Utf8, refuses_overlong_truncated_and_stray_bytes) {
  for (const char* text : {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",  // overlong
                           "\xc3", "\xe2\x82", "\xf0\x9f\x98",                          // truncated
                           "\x80", "a\xbf", "\xff", "\xfe", "\xf5\x80\x80\x80",         // stray
                           "\xc3"
                           "a",
                           "\xe2\x28\xa1"})
    EXPECT_FALSE(is_utf8(text)) << hex(text);
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(BytesView("a\0b", 3)));
}

TEST(Utf8, measures_the_sequence_at_a_position) {
  const Bytes text = "a\xc3\xa1\xe2\x82\xac\xf0\x9f\x98\x80\xff";
  EXPECT_EQ(utf8_sequence(text, 0), 1U);
  EXPECT_EQ(utf8_sequence(text, 1), 2U);
  EXPECT_EQ(utf8_sequence(text, 3), 3U);
  EXPECT_EQ(utf8_sequence(text, 6), 4U);
  EXPECT_EQ(utf8_sequence(text, 2), 0U);   // inside a sequence
  EXPECT_EQ(utf8_sequence(text, 10), 0U);  // 0xff
}

}  // namespace
}  // namespace ao
