// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/cbor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace ao::message {
namespace {

// RFC 8949 §3: the major type is the top three bits of a head.
enum Major : unsigned {
  kPositive = 0,
  kNegative = 1,
  kBytes = 2,
  kList = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7
};

// Tag 39 (an identifier) around a byte string is an atom. A link is 32 bytes under a tag of our
// own.
constexpr std::uint64_t kAtom = 39;
constexpr std::uint64_t kLink = 27755;

constexpr unsigned kFalse = 20;
constexpr unsigned kTrue = 21;
constexpr unsigned kNull = 22;
constexpr unsigned kDouble = 27;
constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kReservedMax = 256;  // a count is believed no further until items follow
constexpr std::uint64_t kCanonicalNan = 0x7ff8000000000000;

void put_big_endian(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xff));
}

void put_head(Bytes& out, unsigned major, std::uint64_t argument) {
  const auto head = [&](unsigned low) { out.push_back(static_cast<char>(major << 5 | low)); };
  if (argument < 24) {
    head(static_cast<unsigned>(argument));
  } else if (argument <= 0xff) {
    head(24);
    put_big_endian(out, argument, 1);
  } else if (argument <= 0xffff) {
    head(25);
    put_big_endian(out, argument, 2);
  } else if (argument <= 0xffffffff) {
    head(26);
    put_big_endian(out, argument, 4);
  } else {
    head(27);
    put_big_endian(out, argument, 8);
  }
}

void put_bytes(Bytes& out, BytesView bytes) {
  put_head(out, kBytes, bytes.size());
  out += bytes;
}

class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}

  Result<Value> whole() {
    AO_TRY(value, read(0));
    if (at_ != bytes_.size()) return malformed("bytes follow the value");
    return std::move(value);
  }

 private:
  std::unexpected<Error> malformed(std::string_view what) const {
    return fail(ErrorKind::kInvalid, "cbor-malformed",
                "CBOR, byte " + std::to_string(at_) + ": " + std::string(what));
  }

  Result<std::uint64_t> big_endian(std::size_t size) {
    if (bytes_.size() - at_ < size) return malformed("it ends inside a number");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
    at_ += size;
    return value;
  }

  // The argument of a head whose low bits are given; only the shortest form is good.
  Result<std::uint64_t> argument(unsigned low) {
    if (low < 24) return low;
    if (low > 27) return malformed("an indefinite or reserved length");
    const std::size_t size = std::size_t{1} << (low - 24);
    AO_TRY(value, big_endian(size));
    const std::uint64_t shorter_max = size == 1 ? 23 : (std::uint64_t{1} << (size * 4)) - 1;
    if (value <= shorter_max) return malformed("a number that has a shorter form");
    return value;
  }

  Result<Bytes> bytes(unsigned low) {
    AO_TRY(size, argument(low));
    if (size > bytes_.size() - at_) return malformed("a string longer than the input");
    Bytes taken(bytes_.substr(at_, size));
    at_ += size;
    return taken;
  }

  Result<Value> integer(bool is_negative, unsigned low) {
    AO_TRY(number, argument(low));
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return malformed("an integer beyond 64 bits");
    const auto value = static_cast<std::int64_t>(number);
    return Value(is_negative ? -1 - value : value);
  }

  Result<Value> list(unsigned low, std::size_t depth) {
    if (depth == kDepthMax) return malformed("it nests deeper than 64");
    AO_TRY(count, argument(low));
    if (count > bytes_.size() - at_) return malformed("a list longer than the input");
    List items;
    items.reserve(std::min<std::size_t>(count, kReservedMax));
    for (std::uint64_t i = 0; i < count; ++i) {
      AO_TRY(item, read(depth + 1));
      items.push_back(std::move(item));
    }
    return Value(std::move(items));
  }

  Result<Value> map(unsigned low, std::size_t depth) {
    if (depth == kDepthMax) return malformed("it nests deeper than 64");
    AO_TRY(count, argument(low));
    if (count > (bytes_.size() - at_) / 2) return malformed("a map longer than the input");
    Map entries;
    BytesView previous;
    for (std::uint64_t i = 0; i < count; ++i) {
      AO_TRY(head, big_endian(1));
      if (head >> 5 != kBytes) return malformed("a map key that is no byte string");
      AO_TRY(key, bytes(head & 31));
      if (i > 0 && key <= previous) return malformed("map keys out of order");
      previous = bytes_.substr(at_ - key.size(), key.size());
      AO_TRY(value, read(depth + 1));
      entries.set(std::move(key), std::move(value));
    }
    return Value(std::move(entries));
  }

  Result<Value> simple(unsigned low) {
    if (low == kFalse) return Value(false);
    if (low == kTrue) return Value(true);
    if (low == kNull) return Value();
    if (low != kDouble) return malformed("an unknown simple value");
    AO_TRY(bits, big_endian(8));
    const auto value = std::bit_cast<double>(bits);
    if (std::isnan(value) && bits != kCanonicalNan) return malformed("a NaN with another payload");
    return Value(value);
  }

  Result<Value> tagged(unsigned low) {
    AO_TRY(tag, argument(low));
    if (tag != kAtom && tag != kLink) return malformed("a tag that no value has");
    AO_TRY(head, big_endian(1));
    if (head >> 5 != kBytes) return malformed("a tagged value that is no byte string");
    AO_TRY(content, bytes(head & 31));
    if (tag == kLink) {
      const auto id = MessageId::from_bytes(content);
      if (!id) return malformed("a link that has not 32 bytes");
      return Value(Link{*id});
    }
    Value atom = Value::atom(content);
    if (atom.atom() == nullptr) return malformed("an atom that has a form of its own");
    return atom;
  }

  Result<Value> read(std::size_t depth) {
    AO_TRY(head, big_endian(1));
    const auto low = static_cast<unsigned>(head & 31);
    switch (static_cast<unsigned>(head >> 5)) {
      case kPositive:
        return integer(false, low);
      case kNegative:
        return integer(true, low);
      case kList:
        return list(low, depth);
      case kMap:
        return map(low, depth);
      case kTag:
        return tagged(low);
      case kSimple:
        return simple(low);
      case kBytes: {
        AO_TRY(text, bytes(low));
        return Value(std::move(text));
      }
      default:
        return malformed("a type that no value has");
    }
  }

  BytesView bytes_;
  std::size_t at_ = 0;
};

}  // namespace

Bytes to_cbor(const Value& value) {
  Bytes out;
  append_cbor(out, value);
  return out;
}

void append_cbor(Bytes& out, const Value& value) {
  if (const bool* truth = value.boolean()) {
    put_head(out, kSimple, *truth ? kTrue : kFalse);
  } else if (const std::int64_t* number = value.integer()) {
    const bool is_negative = *number < 0;
    const auto magnitude = static_cast<std::uint64_t>(is_negative ? -(*number + 1) : *number);
    put_head(out, is_negative ? kNegative : kPositive, magnitude);
  } else if (const double* real = value.floating()) {
    out.push_back(static_cast<char>(kSimple << 5 | kDouble));
    put_u64be(out, std::isnan(*real) ? kCanonicalNan : std::bit_cast<std::uint64_t>(*real));
  } else if (const Bytes* bytes = value.bytes()) {
    put_bytes(out, *bytes);
  } else if (const List* list = value.list()) {
    put_head(out, kList, list->size());
    for (const Value& item : *list)
      append_cbor(out, item);
  } else if (const Map* map = value.map()) {
    put_head(out, kMap, map->size());
    for (const auto& [key, item] : *map) {
      put_bytes(out, key);
      append_cbor(out, item);
    }
  } else if (const Atom* atom = value.atom()) {
    put_head(out, kTag, kAtom);
    put_bytes(out, atom->name);
  } else if (const Link* link = value.link()) {
    put_head(out, kTag, kLink);
    put_bytes(out, link->id.bytes());
  } else {
    put_head(out, kSimple, kNull);
  }
}

Result<Value> from_cbor(BytesView bytes) {
  return Reader(bytes).whole();
}

}  // namespace ao::message
