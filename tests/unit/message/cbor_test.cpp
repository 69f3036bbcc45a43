// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/cbor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "unit/message/fixtures.hpp"
#include "unit/message/random_value.hpp"

namespace ao::message {
namespace {

using test::code_of;
using test::from_hex;

std::string hex_of(const Value& value) {
  return hex(to_cbor(value));
}

TEST(Cbor, writes_the_examples_of_RFC_8949) {
  EXPECT_EQ(hex_of(0), "00");
  EXPECT_EQ(hex_of(23), "17");
  EXPECT_EQ(hex_of(24), "1818");
  EXPECT_EQ(hex_of(255), "18ff");
  EXPECT_EQ(hex_of(256), "190100");
  EXPECT_EQ(hex_of(1'000'000), "1a000f4240");
  EXPECT_EQ(hex_of(std::int64_t{1'000'000'000'000}), "1b000000e8d4a51000");
  EXPECT_EQ(hex_of(-1), "20");
  EXPECT_EQ(hex_of(-1000), "3903e7");
  EXPECT_EQ(hex_of(std::numeric_limits<std::int64_t>::min()), "3b7fffffffffffffff");
  EXPECT_EQ(hex_of(std::numeric_limits<std::int64_t>::max()), "1b7fffffffffffffff");
  EXPECT_EQ(hex_of(1.1), "fb3ff199999999999a");
  EXPECT_EQ(hex_of(Value()), "f6");
  EXPECT_EQ(hex_of(true), "f5");
  EXPECT_EQ(hex_of(false), "f4");
  EXPECT_EQ(hex_of(from_hex("01020304")), "4401020304");
  EXPECT_EQ(hex_of(List{1, List{2, 3}}), "8201820203");
  EXPECT_EQ(hex_of(Map{{"b", List{2, 3}}, {"a", 1}}),
            "a241610141628202"
            "03");
}

TEST(Cbor, reads_back_what_it_wrote_and_writes_the_same_again) {
  test::RandomValues values(5);
  for (int i = 0; i < 5000; ++i) {
    const Value value = values.next();
    const Bytes bytes = to_cbor(value);
    const auto back = from_cbor(bytes);
    ASSERT_TRUE(back) << hex(bytes) << back.error().text;
    ASSERT_EQ(*back, value) << hex(bytes);
    ASSERT_EQ(to_cbor(*back), bytes);
  }
}

TEST(Cbor, gives_every_NaN_one_encoding) {
  EXPECT_EQ(hex_of(std::nan("1")), hex_of(-std::nan("2")));
  EXPECT_TRUE(from_cbor(to_cbor(std::nan("1"))));
  EXPECT_EQ(code_of(from_cbor(from_hex("fb7ff8000000000001"))), "cbor-malformed");
  EXPECT_EQ(code_of(from_cbor(from_hex("fbfff8000000000000"))), "cbor-malformed");
}

TEST(Cbor, keeps_atoms_and_links_apart_from_strings) {
  const MessageId id = *MessageId::from_bytes(Bytes(32, '\7'));
  EXPECT_EQ(hex_of(Value::atom("ok")), "d827426f6b");
  EXPECT_EQ(hex_of(Link{id}), "d96c6b5820" + hex(id.bytes()));
  EXPECT_EQ(*from_cbor(to_cbor(Value::atom("ok"))), Value(Atom{"ok"}));
  EXPECT_EQ(*from_cbor(to_cbor(Link{id})), Value(Link{id}));
  EXPECT_NE(hex_of(Value::atom("ok")), hex_of("ok"));
  for (const char* text : {"d8274474727565",  // the atom `true` is a boolean
                           "d827d827426f6b",  // a tag in a tag
                           "d82700",          // an integer under a tag
                           "d96c6b43616263",  // a link of three bytes
                           "d828426f6b"})     // another tag
    EXPECT_EQ(code_of(from_cbor(from_hex(text))), "cbor-malformed") << text;
}

TEST(Cbor, tells_zero_from_negative_zero_and_from_the_integer) {
  EXPECT_NE(hex_of(0.0), hex_of(-0.0));
  EXPECT_NE(hex_of(0.0), hex_of(0));
  EXPECT_TRUE(std::signbit(*from_cbor(to_cbor(-0.0))->floating()));
}

// One value has one encoding: whatever the decoder takes, it would have written.
TEST(Cbor, accepts_nothing_that_it_would_not_write) {
  test::RandomValues values(6);
  std::mt19937 random(7);
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    Bytes bytes = to_cbor(values.next());
    for (auto changes = random() % 3 + 1; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto value = from_cbor(bytes);
    if (!value) continue;
    ++accepted;
    ASSERT_EQ(to_cbor(*value), bytes) << hex(bytes);
  }
  EXPECT_GT(accepted, 1000);
}

TEST(Cbor, refuses_other_spellings_types_and_truncations) {
  for (const char* text : {"1800",
                           "1817",
                           "190001",
                           "1900ff",
                           "1a0000ffff",
                           "1b00000000ffffffff",
                           "3800",  // not shortest
                           "580161",
                           "980100",
                           "b801416100",  // nor these
                           "5f416100ff",
                           "9fff",
                           "bfff",  // indefinite
                           "6161",
                           "c000",
                           "f7",
                           "e0",
                           "f800",
                           "f97e00",
                           "fa3f800000",  // other types
                           "1c",
                           "1f",
                           "ff",  // reserved
                           "1b8000000000000000",
                           "3b8000000000000000",  // over 64 bits
                           "a2416201416101",
                           "a2416101416101",
                           "a1616101",
                           "a10000",  // keys
                           "0000",
                           "8100f6",  // trailing
                           "",
                           "18",
                           "41",
                           "81",
                           "a1",
                           "a14161",
                           "fb00",
                           "5bffffffffffffffff",  // truncated
                           "9bffffffffffffffff",
                           "bbffffffffffffffff",
                           "9a00ffffff",
                           "ba00ffffff00"})
    EXPECT_EQ(code_of(from_cbor(from_hex(text))), "cbor-malformed") << text;
}

TEST(Cbor, names_the_offset_of_what_it_refuses) {
  const auto value = from_cbor(from_hex("820061"));
  ASSERT_EQ(code_of(value), "cbor-malformed");
  EXPECT_NE(value.error().text.find("byte 3"), std::string::npos) << value.error().text;
}

TEST(Cbor, nests_64_deep_and_no_deeper) {
  const Bytes end = from_hex("80");
  EXPECT_EQ(code_of(from_cbor(Bytes(63, '\x81') + end)), "accepted");
  EXPECT_EQ(code_of(from_cbor(Bytes(64, '\x81') + end)), "cbor-malformed");
  EXPECT_EQ(code_of(from_cbor(Bytes(64, '\x81') + from_hex("00"))), "accepted");
  EXPECT_EQ(code_of(from_cbor(Bytes(1'000'000, '\x81'))), "cbor-malformed");
}

}  // namespace
}  // namespace ao::message
