// Keys in order, and texts packed into one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/machine/packed_texts.hpp"
#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::Value;

std::string answer(const std::string& body, const Value& argument = nullptr) {
  auto instance = open_instance();
  return text_of(ask(*instance, body, argument).value);
}

TEST(SortedTexts, are_the_keys_by_their_bytes) {
  EXPECT_EQ(answer("return table.concat(host.sorted_texts({b = 1, a = 2, B = 3, ['a-'] = 4, "
                   "[''] = 5, ['\xff'] = 6}), ' ')"),
            " B a a- b \xff");
  EXPECT_EQ(answer("return #host.sorted_texts({}) .. ''"), "0");
}

TEST(SortedTexts, are_the_same_for_few_and_for_many) {
  // Up to 16 are sorted without calls.
  EXPECT_EQ(answer(R"(
    for count = 1, 40 do
      local map, expected = {}, {}
      for i = 1, count do
        local key = string.format('%x', i * 2654435761 % 4294967296)
        map[key], expected[i] = i, key
      end
      table.sort(expected)
      local keys = host.sorted_texts(map)
      if #keys ~= count or table.concat(keys, ',') ~= table.concat(expected, ',') then
        return 'not for ' .. count
      end
    end
    return 'same')"),
            "same");
}

TEST(SortedTexts, are_none_when_a_key_is_no_text) {
  EXPECT_EQ(answer("return tostring((host.sorted_texts({a = 1, [1] = 2})))"), "nil");
  EXPECT_EQ(answer("local many = {[true] = 1} for i = 1, 40 do many['k' .. i] = i end "
                   "return tostring((host.sorted_texts(many)))"),
            "nil");
  EXPECT_EQ(answer("return (select(2, pcall(host.sorted_texts, 'x')))"),
            "bad argument #1 to '?' (table expected, got string)");
}

TEST(PackedTexts, come_back_as_they_went) {
  EXPECT_EQ(answer("local list = host.unpack_texts(host.pack_texts({'', 'a', ('x'):rep(300), "
                   "'\\0\\1'})) return #list .. list[1] .. list[2] .. #list[3] .. #list[4]"),
            "4a3002");
  Bytes packed;
  for (const char* text : {"one", "", "three"})
    add_packed_text(packed, text);
  EXPECT_EQ(answer("return table.concat(host.unpack_texts(x), '|')", packed), "one||three");
  BytesView left = packed;
  EXPECT_EQ(take_packed_text(left), "one");
  EXPECT_EQ(take_packed_text(left), "");
  EXPECT_EQ(take_packed_text(left), "three");
  EXPECT_TRUE(left.empty());
  EXPECT_FALSE(take_packed_text(left));
}

TEST(PackedTexts, that_are_cut_are_none) {
  Bytes packed;
  add_packed_text(packed, "text");
  for (std::size_t size = 1; size < packed.size(); ++size) {
    BytesView cut = BytesView(packed).substr(0, size);
    EXPECT_FALSE(take_packed_text(cut)) << size;
    EXPECT_EQ(answer("return (select(2, pcall(host.unpack_texts, x)))", packed.substr(0, size)),
              "unpack_texts: not packed texts");
    EXPECT_EQ(
        answer("return (select(2, pcall(host.unpack_map, x, {}, type)))", packed.substr(0, size)),
        "unpack_map: not packed texts");
  }
  BytesView huge(
      "\xff\xff\xff\xff"
      "few");
  EXPECT_FALSE(take_packed_text(huge));
  EXPECT_EQ(answer("return (select(2, pcall(host.pack_texts, {'a', 2})))"),
            "pack_texts: element 2 is no text");
}

TEST(PackedTexts, become_a_map_in_which_the_first_of_a_name_wins) {
  EXPECT_EQ(answer(R"(
    local asked_for = {}
    local function name_of(name) asked_for[#asked_for + 1] = name return string.upper(name) end
    local packed = host.pack_texts({'a', '1', 'b', '2', 'A', '3'})
    local map = host.unpack_map(packed, {b = 'Bee'}, name_of)
    return map.A .. map.Bee .. tostring(map.a) .. tostring(map.b) .. table.concat(asked_for))"),
            "12nilnilaA");
}

TEST(PackedTexts, hold_the_wanted_fields_in_order) {
  constexpr auto kPack =
      "local wanted = {b = true, a = true, c = true, skipped = false} "
      "local function pack(fields) local packed = host.pack_fields(wanted, fields, 'x', 'y') "
      "return packed and table.concat(host.unpack_texts(packed), ' ') or 'no' end ";
  EXPECT_EQ(answer(std::string(kPack) +
                   "return pack({c = true, b = -5, a = 't', skipped = {}}) .. '/' .. pack({})"),
            "x y a t b -5 c true/x y");
  // What has no one text, or is not known, is for others to pack.
  for (const char* fields :
       {"{a = 1.5}", "{a = {}}", "{a = print or type}", "{z = 'unknown'}", "{'list'}"})
    EXPECT_EQ(answer(std::string(kPack) + "return pack(" + fields + ")"), "no") << fields;
  EXPECT_EQ(
      answer("local wanted, fields = {}, {} for i = 1, 25 do wanted['k' .. i], fields['k' .. i] "
             "= true, i if i == 24 then first = host.pack_fields(wanted, fields) end end "
             "return #host.unpack_texts(first) .. tostring((host.pack_fields(wanted, fields)))"),
      "48nil");
}

TEST(Decimal, is_the_number_in_digits_of_at_least_a_width) {
  EXPECT_EQ(answer("return host.decimal(0) .. ' ' .. host.decimal(42, 5) .. ' ' .. "
                   "host.decimal(math.maxinteger, 3)"),
            "0 00042 9223372036854775807");
  EXPECT_NE(answer("return (select(2, pcall(host.decimal, -1)))").find("negative"),
            std::string::npos);
  EXPECT_NE(answer("return (select(2, pcall(host.decimal, 1, 65)))").find("too wide"),
            std::string::npos);
}

}  // namespace
}  // namespace ao::machine
