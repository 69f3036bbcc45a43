// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "ao/message/json.hpp"

namespace ao::message {
namespace {

constexpr std::size_t kDepthMax = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Value> whole() {
    AO_TRY(value, read(0));
    skip_space();
    if (at_ != text_.size()) return malformed("something follows the value");
    return std::move(value);
  }

 private:
  std::unexpected<Error> malformed(std::string_view what) const { return malformed(at_, what); }
  std::unexpected<Error> malformed(std::size_t offset, std::string_view what) const {
    return fail(ErrorKind::kInvalid, "json-malformed",
                "JSON, byte " + std::to_string(offset) + ": " + std::string(what));
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }

  Result<Value> read(std::size_t depth) {
    skip_space();
    switch (next()) {
      case '{':
        return object(depth);
      case '[':
        return list(depth);
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", Value());
      case '"': {
        AO_TRY(text, string());
        return Value(std::move(text));
      }
      default:
        return number();
    }
  }

  Result<Value> word(std::string_view spelling, Value value) {
    if (text_.substr(at_, spelling.size()) != spelling) return malformed("an unknown word");
    at_ += spelling.size();
    return value;
  }

  Result<Value> list(std::size_t depth) {
    if (depth == kDepthMax) return malformed("it nests deeper than 64");
    ++at_;
    List items;
    skip_space();
    if (take(']')) return Value(std::move(items));
    do {
      AO_TRY(item, read(depth + 1));
      items.push_back(std::move(item));
      skip_space();
    } while (take(','));
    if (!take(']')) return malformed("a list needs a comma or its end here");
    return Value(std::move(items));
  }

  struct Member {
    Bytes key;
    Value value;
    std::size_t offset;
  };

  Result<Value> object(std::size_t depth) {
    if (depth == kDepthMax) return malformed("it nests deeper than 64");
    ++at_;
    std::vector<Member> members;
    skip_space();
    if (take('}')) return Value(Map());
    do {
      skip_space();
      const std::size_t offset = at_;
      if (next() != '"') return malformed("an object needs a key here");
      AO_TRY(key, string());
      skip_space();
      if (!take(':')) return malformed("a key needs a colon here");
      AO_TRY(value, read(depth + 1));
      members.push_back({std::move(key), std::move(value), offset});
      skip_space();
    } while (take(','));
    if (!take('}')) return malformed("an object needs a comma or its end here");
    return map_of(std::move(members));
  }

  // Sorted once: setting keys one by one in a bad order would take quadratic time.
  Result<Value> map_of(std::vector<Member> members) const {
    if (!std::ranges::is_sorted(members, {}, &Member::key))
      std::ranges::stable_sort(members, {}, &Member::key);
    const auto twin = std::ranges::adjacent_find(members, {}, &Member::key);
    if (twin != members.end()) return malformed((twin + 1)->offset, "a key that stands twice");
    Map map;
    for (Member& member : members)
      map.set(std::move(member.key), std::move(member.value));
    return Value(std::move(map));
  }

  Result<std::string> string() {
    ++at_;
    std::string out;
    for (;;) {
      const std::size_t start = at_;
      while (at_ < text_.size()) {
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte == '"' || byte == '\\' || byte < 0x20) break;
        const std::size_t length = byte < 0x80 ? 1 : utf8_sequence(text_, at_);
        if (length == 0) return malformed("a string that is not UTF-8");
        at_ += length;
      }
      out += text_.substr(start, at_ - start);
      if (take('"')) return out;
      if (!take('\\'))
        return malformed(at_ == text_.size() ? "a string without its end"
                                             : "a bare control character in a string");
      AO_CHECK(escape(out));
    }
  }

  Result<> escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
    if (take('u')) return unicode(out);
    const std::size_t name = at_ < text_.size() ? kNames.find(text_[at_]) : kNames.npos;
    if (name == kNames.npos) return malformed("an unknown escape");
    out.push_back(kBytes[name]);
    ++at_;
    return {};
  }

  Result<unsigned> four_digits() {
    unsigned unit = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] =
        std::from_chars(begin, begin + std::min<std::size_t>(4, text_.size() - at_), unit, 16);
    if (error != std::errc() || end != begin + 4) return malformed("\\u without four digits");
    at_ += 4;
    return unit;
  }

  // UTF-16 as the escapes spell it, into UTF-8.
  Result<> unicode(std::string& out) {
    AO_TRY(unit, four_digits());
    unsigned point = unit;
    if (unit >= 0xdc00 && unit <= 0xdfff) return malformed("half of a surrogate pair");
    if (unit >= 0xd800 && unit <= 0xdbff) {
      if (!take('\\') || !take('u')) return malformed("half of a surrogate pair");
      AO_TRY(low, four_digits());
      if (low < 0xdc00 || low > 0xdfff) return malformed("half of a surrogate pair");
      point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    const auto put = [&](unsigned byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
      put(point);
      return {};
    }
    if (point < 0x800) {
      put(0xc0 | point >> 6);
    } else {
      if (point < 0x10000) {
        put(0xe0 | point >> 12);
      } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
      }
      put(0x80 | (point >> 6 & 0x3f));
    }
    put(0x80 | (point & 0x3f));
    return {};
  }

  Result<std::size_t> digits() {
    const std::size_t start = at_;
    while (is_digit(next()))
      ++at_;
    if (at_ == start) return malformed("a digit or a value is missing here");
    return at_ - start;
  }

  Result<Value> number() {
    const std::size_t start = at_;
    bool is_whole = true;
    take('-');
    if (!take('0')) AO_CHECK(digits());  // no digit may follow a leading zero
    if (take('.')) {
      is_whole = false;
      AO_CHECK(digits());
    }
    if (next() == 'e' || next() == 'E') {
      is_whole = false;
      ++at_;
      if (!take('+')) take('-');
      AO_CHECK(digits());
    }
    const char* const begin = text_.data() + start;
    const char* const end = text_.data() + at_;
    std::int64_t integer = 0;
    if (is_whole && std::from_chars(begin, end, integer).ec == std::errc()) return Value(integer);
    double real = 0;
    if (std::from_chars(begin, end, real).ec != std::errc())
      return malformed(start, "a number beyond the range of a double");
    return Value(real);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> from_json(std::string_view text) {
  return Reader(text).whole();
}

}  // namespace ao::message
