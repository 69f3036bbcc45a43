// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "avro_tags.hpp"

#include <fmt/format.h>

namespace ao::message {
namespace {

class Reader {
 public:
  Reader(BytesView area, std::size_t offset) : area_(area), offset_(offset) {}

  Result<Tags> read() {
    Tags tags;
    while (true) {
      AO_TRY(count, number());
      if (count == 0) break;
      std::optional<std::size_t> end;  // where a block with a negative count says it ends
      if (count < 0) {
        AO_TRY(size, number());
        if (size < 0 || static_cast<std::uint64_t>(size) > area_.size() - at_)
          return malformed("a block size out of range");
        end = at_ + static_cast<std::size_t>(size);
      }
      // Each tag takes at least two bytes, so a count beyond that is a lie; nothing is allocated.
      const std::uint64_t magnitude =
          count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
      if (magnitude > area_.size()) return malformed("a block count beyond the area");
      for (std::uint64_t i = 0; i < magnitude; ++i) {
        AO_TRY(name, string());
        AO_TRY(value, string());
        if (name.empty()) return malformed("an empty tag name");
        tags.push_back({Bytes(name), Bytes(value)});
      }
      // Readers that skip by the size and readers that count would see different tags.
      if (end && *end != at_) return malformed("a block of another size than it says");
    }
    if (at_ != area_.size()) return malformed("bytes follow the end of the tags");
    return tags;
  }

 private:
  std::unexpected<Error> malformed(std::string_view what) const {
    return fail(ErrorKind::kInvalid, "ans104-tags",
                fmt::format("tags, byte {}: {}", offset_ + at_, what));
  }

  Result<std::int64_t> number() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (at_ == area_.size()) return malformed("truncated variable-length integer");
      if (shift > 63) return malformed("a variable-length integer over 64 bits");
      const auto byte = static_cast<unsigned char>(area_[at_]);
      if (shift == 63 && (byte & 0x7e) != 0)
        return malformed("a variable-length integer over 64 bits");
      ++at_;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  Result<BytesView> string() {
    AO_TRY(length, number());
    if (length < 0 || static_cast<std::uint64_t>(length) > area_.size() - at_)
      return malformed("a string out of range");
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

Result<Tags> read_tags(BytesView area, std::size_t offset) {
  return Reader(area, offset).read();
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
