// Structured field values for HTTP (RFC 9651): lists, dictionaries and items.
//
// Strict, but for two things that AO's fields need and that callers ask for: keys of dictionaries
// that are AO keys, labels or ids (`Keys::kAo`), and refusal of a key that stands twice. Byte
// sequences may lack their padding, and be base64url where keys are AO's.
//
// Values own what they hold; only `Entry::source` is a view into the text that was read. Nothing
// here recurses, and a field holds a limited number of parts. Pure functions, any thread. Errors of
// all readers: "sf-malformed" with the byte offset, "sf-duplicate-key", and kTooLarge "sf-limit".
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::codec::sf {

// Of integers and dates, and of the thousandths of decimals; what is below 0 goes as far.
inline constexpr std::int64_t kIntegerMax = 999'999'999'999'999;

// Members, items of inner lists and parameters of one field, together.
inline constexpr std::size_t kPartsMax = 65'536;

struct Token {
  Bytes text;
  bool operator==(const Token&) const = default;
};
struct ByteSequence {
  Bytes bytes;
  bool operator==(const ByteSequence&) const = default;
};
struct Decimal {
  std::int64_t thousandths = 0;  // at most 12 digits before the point
  bool operator==(const Decimal&) const = default;
};
struct Date {
  std::int64_t seconds = 0;  // since 1970
  bool operator==(const Date&) const = default;
};
struct DisplayString {
  Bytes text;  // UTF-8
  bool operator==(const DisplayString&) const = default;
};

// An integer (at most 15 digits), a boolean, a string (printable ASCII), or one of the above.
using BareItem =
    std::variant<std::int64_t, bool, Bytes, Token, ByteSequence, Decimal, Date, DisplayString>;

using Parameters = std::vector<std::pair<Bytes, BareItem>>;

struct Item {
  BareItem value;
  Parameters parameters;
  bool operator==(const Item&) const = default;
};
struct InnerList {
  std::vector<Item> items;
  Parameters parameters;
  bool operator==(const InnerList&) const = default;
};
using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;

struct Entry {
  Bytes key;
  Member member;
  BytesView source = {};  // the member's text as received, without the key and its equals sign

  bool operator==(const Entry& other) const { return key == other.key && member == other.member; }
};
using Dictionary = std::vector<Entry>;  // in the order of the text

// What a dictionary's key may be: as RFC 9651 says, or anything but controls, blanks and the marks
// `" , ; =`.
enum class Keys { kStrict, kAo };
// Of equal keys, of members or of parameters, the last stays, as RFC 9651 says, or the whole is
// refused.
enum class Duplicates { kReplace, kRefuse };

Result<Item> parse_item(BytesView text, Keys keys = Keys::kStrict,
                        Duplicates duplicates = Duplicates::kReplace);
Result<List> parse_list(BytesView text, Keys keys = Keys::kStrict,
                        Duplicates duplicates = Duplicates::kReplace);
Result<Dictionary> parse_dictionary(BytesView text, Keys keys = Keys::kStrict,
                                    Duplicates duplicates = Duplicates::kReplace);

// Errors: "sf-unwritable" for a value that the format cannot hold.
Result<std::string> serialise(const Item& item);
Result<std::string> serialise(const List& list);
Result<std::string> serialise(const Dictionary& dictionary, Keys keys = Keys::kStrict);

}  // namespace ao::codec::sf
