// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "avro_tags.hpp"

#include <fmt/format.h>

namespace ao::message {
namespace {

class Reader {
 public:
  Reader(BytesView area, std::size_t offset) : area_(area), offset_(offset) {}

  Result<Tags> read(std::size_t expected) {
    Tags tags;
    tags.reserve(expected);
    while (true) {
      if (at_ == area_.size())
        return malformed("ans104-tags-unterminated", at_,
                         "the tags end without the block count 0 that ends them");
      const std::size_t start = at_;
      AO_TRY(count, number("a block count"));
      if (count == 0) break;
      AO_TRY(end, end_of_block(count));
      AO_CHECK(read_block(tags, magnitude(count), start));
      // Readers that skip by the size and readers that count would see different tags.
      if (end && *end != at_)
        return malformed("ans104-block-size-wrong", start,
                         fmt::format("the block says that it ends at byte {} and ends at byte {}",
                                     offset_ + *end, offset_ + at_));
    }
    if (at_ != area_.size())
      return malformed("ans104-tags-trailing", at_,
                       fmt::format("{} bytes follow the end of the tags", area_.size() - at_));
    // The deep hash does not cover the counts: a lie in them would give one signature two readings.
    if (tags.size() != expected)
      return malformed(
          "ans104-tag-count", 0,
          fmt::format("the item says it has {} tags and has {}", expected, tags.size()));
    return tags;
  }

 private:
  static std::uint64_t magnitude(std::int64_t count) {
    return count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
  }

  // Where a block with a negative count says it ends.
  Result<std::optional<std::size_t>> end_of_block(std::int64_t count) {
    if (count > 0) return std::optional<std::size_t>();
    const std::size_t start = at_;
    AO_TRY(size, number("a block size"));
    const std::size_t rest = area_.size() - at_;
    if (size < 0 || static_cast<std::uint64_t>(size) > rest)
      return malformed(
          "ans104-block-size-range", start,
          fmt::format("a block of {} bytes; {} bytes of the tags are left", size, rest));
    return std::optional(at_ + static_cast<std::size_t>(size));
  }

  Result<> read_block(Tags& tags, std::uint64_t count, std::size_t start) {
    // Each tag takes at least two bytes, so a count beyond that is a lie; nothing is allocated.
    if (count > (area_.size() - at_) / 2)
      return malformed("ans104-block-count", start,
                       fmt::format("a block of {} tags; {} bytes of the tags are left", count,
                                   area_.size() - at_));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t tag = at_;
      AO_TRY(name, string("the length of a tag name"));
      if (name.empty()) return malformed("ans104-tag-name-empty", tag, "a tag has an empty name");
      AO_TRY(value, string("the length of a tag value"));
      tags.push_back({Bytes(name), Bytes(value)});
    }
    return {};
  }

  std::unexpected<Error> malformed(std::string_view code, std::size_t at,
                                   std::string_view what) const {
    return fail(ErrorKind::kInvalid, code, fmt::format("tags, byte {}: {}", offset_ + at, what));
  }

  Result<std::int64_t> number(std::string_view name) {
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (at_ == area_.size())
        return malformed("ans104-varint-truncated", start,
                         fmt::format("the tags end inside {}", name));
      const auto byte = static_cast<unsigned char>(area_[at_]);
      if (shift > 63 || (shift == 63 && (byte & 0x7e) != 0))
        return malformed("ans104-varint-range", start,
                         fmt::format("{} is a number over 64 bits", name));
      ++at_;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) != 0) continue;
      if (byte == 0 && shift > 0)  // one list of tags has one spelling of its numbers
        return malformed("ans104-varint-overlong", start,
                         fmt::format("{} takes {} bytes and needs fewer", name, at_ - start));
      return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
  }

  Result<BytesView> string(std::string_view length_name) {
    const std::size_t start = at_;
    AO_TRY(length, number(length_name));
    const std::size_t rest = area_.size() - at_;
    if (length < 0 || static_cast<std::uint64_t>(length) > rest)
      return malformed(
          "ans104-string-range", start,
          fmt::format("{} is {}; {} bytes of the tags are left", length_name, length, rest));
    const BytesView text = area_.substr(at_, static_cast<std::size_t>(length));
    at_ += text.size();
    return text;
  }

  BytesView area_;
  std::size_t offset_;
  std::size_t at_ = 0;
};

void put_number(Bytes& out, std::size_t number) {
  std::uint64_t zigzag = static_cast<std::uint64_t>(number) << 1;
  while (zigzag > 0x7f) {
    out.push_back(static_cast<char>((zigzag & 0x7f) | 0x80));
    zigzag >>= 7;
  }
  out.push_back(static_cast<char>(zigzag));
}

void put_string(Bytes& out, BytesView text) {
  put_number(out, text.size());
  out += text;
}

}  // namespace

Result<Tags> read_tags(BytesView area, std::size_t offset, std::size_t count) {
  return Reader(area, offset).read(count);
}

Bytes write_tags(const Tags& tags) {
  Bytes area;
  if (tags.empty()) return area;
  put_number(area, tags.size());
  for (const Tag& tag : tags) {
    put_string(area, tag.name);
    put_string(area, tag.value);
  }
  put_number(area, 0);
  return area;
}

}  // namespace ao::message
