// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/ids.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace ao {
namespace {

TEST(Ids, read_back_their_text_and_their_bytes) {
  Bytes bytes;
  for (char c = 0; c < 32; ++c)
    bytes.push_back(static_cast<char>(c * 7));
  const auto id = MessageId::from_bytes(bytes);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->bytes(), bytes);
  EXPECT_EQ(id->text().size(), 43U);
  EXPECT_EQ(MessageId::from_text(id->text()), id);
}

TEST(Ids, refuse_other_lengths_and_a_second_spelling) {
  EXPECT_FALSE(MessageId::from_bytes(Bytes(31, 'x')));
  EXPECT_FALSE(MessageId::from_bytes(Bytes(33, 'x')));
  EXPECT_FALSE(MessageId::from_text(std::string(42, 'A')));
  EXPECT_FALSE(MessageId::from_text(std::string(44, 'A')));
  EXPECT_TRUE(MessageId::from_text(std::string(43, 'A')));
  EXPECT_FALSE(MessageId::from_text(std::string(42, 'A') + "B"));  // bits after the last byte
  EXPECT_FALSE(MessageId::from_text(std::string(42, 'A') + "="));
}

TEST(Ids, of_one_kind_do_not_pass_for_another) {
  static_assert(!std::is_convertible_v<MessageId, ProcessId>);
  static_assert(!std::is_constructible_v<ProcessId, MessageId>);
  const auto spawn = *MessageId::from_bytes(Bytes(32, 'p'));
  EXPECT_EQ(process_named_by(spawn).bytes(), spawn.bytes());
}

TEST(Ids, order_as_their_bytes_and_find_themselves_in_a_set) {
  const auto low = *ProcessId::from_bytes(Bytes(32, '\x01'));
  const auto high = *ProcessId::from_bytes(Bytes(32, '\xff'));
  EXPECT_LT(low, high);
  const std::unordered_set<ProcessId> set{low, high, low};
  EXPECT_EQ(set.size(), 2U);
  EXPECT_TRUE(set.contains(high));
}

TEST(Slots, follow_one_another) {
  EXPECT_EQ(Slot{41}.next(), Slot{42});
}

}  // namespace
}  // namespace ao
