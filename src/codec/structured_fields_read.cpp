// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "ao/codec/structured_fields.hpp"
#include "sf_characters.hpp"

namespace ao::codec::sf {
namespace {

constexpr std::size_t kIntegerDigitsMax = 15;
constexpr std::size_t kWholeDigitsMax = 12;
constexpr std::size_t kFractionDigitsMax = 3;

class Reader {
 public:
  Reader(BytesView text, Keys keys, Duplicates duplicates)
      : text_(text), keys_(keys), duplicates_(duplicates) {}

  Result<Item> whole_item() {
    skip(" ");
    AO_TRY(one, item());
    AO_CHECK(end());
    return std::move(one);
  }

  Result<List> whole_list() {
    List list;
    skip(" ");
    while (!is_at_end()) {
      AO_CHECK(count());
      AO_TRY(one, member());
      list.push_back(std::move(one));
      AO_CHECK(separator());
    }
    return list;
  }

  Result<Dictionary> whole_dictionary() {
    Dictionary dictionary;
    Places places;
    skip(" ");
    while (!is_at_end()) {
      AO_CHECK(count());
      const std::size_t start = at_;
      AO_TRY(name, dictionary_key());
      Entry entry;
      const std::size_t value_start = at_ + (next() == '=' ? 1 : 0);
      if (take('=')) {
        AO_TRY(value, member());
        entry.member = std::move(value);
      } else {
        AO_TRY(own, parameters());
        entry.member = Item{true, std::move(own)};
      }
      entry.source = text_.substr(value_start, at_ - value_start);
      entry.key = name;
      AO_CHECK(put(dictionary, places, {name, start}, std::move(entry)));
      AO_CHECK(separator());
    }
    return dictionary;
  }

 private:
  struct Name {
    BytesView text;
    std::size_t offset;
  };
  using Places = std::map<BytesView, std::size_t>;

  // Of equal keys the last value stays, in the place of the first, unless they are refused.
  template <class Entries>
  Result<> put(Entries& entries, Places& places, Name name, Entries::value_type value) const {
    const auto [place, is_new] = places.emplace(name.text, entries.size());
    if (is_new) {
      entries.push_back(std::move(value));
    } else if (duplicates_ == Duplicates::kRefuse) {
      return fail(ErrorKind::kInvalid, "sf-duplicate-key",
                  fmt::format("byte {}: a key that stands twice", name.offset));
    } else {
      entries[place->second] = std::move(value);
    }
    return {};
  }

  // What a part costs its holder is many times the two bytes that it may have as text.
  Result<> count() {
    if (parts_++ < kPartsMax) return {};
    return fail(ErrorKind::kTooLarge, "sf-limit",
                fmt::format("byte {}: more than {} members, items and parameters", at_, kPartsMax));
  }

  std::unexpected<Error> malformed(std::string_view expected) const {
    return fail(ErrorKind::kInvalid, "sf-malformed",
                fmt::format("byte {}: expected {}", at_, expected));
  }

  bool is_at_end() const { return at_ == text_.size(); }
  char next() const { return is_at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (is_at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip(BytesView characters) {
    while (!is_at_end() && characters.find(text_[at_]) != BytesView::npos)
      ++at_;
  }

  Result<> end() {
    skip(" ");
    if (!is_at_end()) return malformed("the end");
    return {};
  }

  // After a member: nothing more, or a comma and another member.
  Result<> separator() {
    skip(" \t");
    if (is_at_end()) return {};
    if (!take(',')) return malformed("a comma or the end");
    skip(" \t");
    if (is_at_end()) return malformed("a member after the comma");
    return {};
  }

  Result<BytesView> key() {
    const std::size_t start = at_;
    if (!begins_key(next())) return malformed("a key");
    while (!is_at_end() && is_in_key(text_[at_]))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  Result<BytesView> dictionary_key() {
    if (keys_ == Keys::kStrict) return key();
    const std::size_t start = at_;
    while (!is_at_end() && is_in_ao_key(text_[at_]))
      ++at_;
    if (at_ == start) return malformed("a key");
    return text_.substr(start, at_ - start);
  }

  Result<Member> member() {
    if (next() == '(') {
      AO_TRY(list, inner_list());
      return Member(std::move(list));
    }
    AO_TRY(one, item());
    return Member(std::move(one));
  }

  Result<InnerList> inner_list() {
    InnerList list;
    ++at_;
    while (true) {
      skip(" ");
      if (take(')')) break;
      AO_CHECK(count());
      AO_TRY(one, item());
      list.items.push_back(std::move(one));
      if (next() != ' ' && next() != ')') return malformed("a blank or the end of the inner list");
    }
    AO_TRY(own, parameters());
    list.parameters = std::move(own);
    return list;
  }

  Result<Item> item() {
    AO_TRY(value, bare_item());
    AO_TRY(own, parameters());
    return Item{std::move(value), std::move(own)};
  }

  Result<Parameters> parameters() {
    Parameters read;
    Places places;
    while (take(';')) {
      AO_CHECK(count());
      skip(" ");
      const std::size_t start = at_;
      AO_TRY(name, key());
      BareItem value = true;
      if (take('=')) {
        AO_TRY(held, bare_item());
        value = std::move(held);
      }
      AO_CHECK(put(read, places, {name, start}, {Bytes(name), std::move(value)}));
    }
    return read;
  }

  Result<BareItem> bare_item() {
    const char c = next();
    if (c == '-' || is_digit(c)) return number();
    if (c == '"') return string();
    if (c == ':') return byte_sequence();
    if (c == '?') return boolean();
    if (c == '@') return date();
    if (c == '%') return display_string();
    if (!is_at_end() && begins_token(c)) return token();
    return malformed("an item");
  }

  std::size_t digits() {
    const std::size_t start = at_;
    while (is_digit(next()))
      ++at_;
    return at_ - start;
  }

  Result<BareItem> number() {
    const bool is_negative = take('-');
    const std::size_t start = at_;
    const std::size_t whole = digits();
    if (whole == 0) return malformed("a digit");
    std::int64_t value = 0;
    if (next() != '.') {
      if (whole > kIntegerDigitsMax) return malformed("an integer of at most 15 digits");
      std::from_chars(text_.data() + start, text_.data() + at_, value);
      return BareItem(is_negative ? -value : value);
    }
    if (whole > kWholeDigitsMax) return malformed("at most 12 digits before the point");
    std::from_chars(text_.data() + start, text_.data() + at_, value);
    ++at_;
    const std::size_t fraction = digits();
    if (fraction == 0 || fraction > kFractionDigitsMax)
      return malformed("one to three digits after the point");
    for (std::size_t i = 0; i < kFractionDigitsMax; ++i)
      value = value * 10 + (i < fraction ? text_[at_ - fraction + i] - '0' : 0);
    return BareItem(Decimal{is_negative ? -value : value});
  }

  Result<BareItem> string() {
    ++at_;
    Bytes text;
    while (!take('"')) {
      if (take('\\')) {
        if (next() != '"' && next() != '\\') return malformed("a quote or a backslash");
      } else if (!is_printable(next())) {
        return malformed("printable ASCII or the end of the string");
      }
      text.push_back(text_[at_++]);
    }
    return BareItem(std::move(text));
  }

  Result<BareItem> token() {
    const std::size_t start = at_;
    while (!is_at_end() && is_in_token(text_[at_]))
      ++at_;
    return BareItem(Token{Bytes(text_.substr(start, at_ - start))});
  }

  Result<BareItem> byte_sequence() {
    const std::size_t start = ++at_;
    const std::size_t close = text_.find(':', start);
    if (close == BytesView::npos) return malformed("a byte sequence that ends in a colon");
    const BytesView encoded = text_.substr(start, close - start);
    if (keys_ == Keys::kStrict && encoded.find_first_of("-_") != encoded.npos)
      return malformed("base64 in the standard alphabet");
    auto bytes = from_any_base64(encoded);
    if (!bytes) return malformed("base64: " + bytes.error().text);
    at_ = close + 1;
    return BareItem(ByteSequence{std::move(*bytes)});
  }

  Result<BareItem> boolean() {
    ++at_;
    if (take('1')) return BareItem(true);
    if (take('0')) return BareItem(false);
    return malformed("?0 or ?1");
  }

  Result<BareItem> date() {
    ++at_;
    if (next() != '-' && !is_digit(next())) return malformed("the seconds of a date");
    AO_TRY(value, number());
    const auto* seconds = std::get_if<std::int64_t>(&value);
    if (seconds == nullptr) return malformed("whole seconds");
    return BareItem(Date{*seconds});
  }

  Result<BareItem> display_string() {
    ++at_;
    if (!take('"')) return malformed("a quote");
    Bytes text;
    while (!take('"')) {
      if (!is_printable(next())) return malformed("printable ASCII or the end of the string");
      if (!take('%')) {
        text.push_back(text_[at_++]);
        continue;
      }
      const BytesView pair = text_.substr(at_, 2);
      const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
      if (pair.size() != 2 || !std::ranges::all_of(pair, is_hex))
        return malformed("two lower-case hexadecimal digits");
      unsigned byte = 0;
      std::from_chars(pair.data(), pair.data() + 2, byte, 16);
      text.push_back(static_cast<char>(byte));
      at_ += 2;
    }
    if (!is_utf8(text)) return malformed("UTF-8 in the display string");
    return BareItem(DisplayString{std::move(text)});
  }

  BytesView text_;
  Keys keys_;
  Duplicates duplicates_;
  std::size_t at_ = 0;
  std::size_t parts_ = 0;
};

}  // namespace

Result<Item> parse_item(BytesView text, Keys keys, Duplicates duplicates) {
  return Reader(text, keys, duplicates).whole_item();
}

Result<List> parse_list(BytesView text, Keys keys, Duplicates duplicates) {
  return Reader(text, keys, duplicates).whole_list();
}

Result<Dictionary> parse_dictionary(BytesView text, Keys keys, Duplicates duplicates) {
  return Reader(text, keys, duplicates).whole_dictionary();
}

}  // namespace ao::codec::sf
