// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "ao/codec/structured_fields.hpp"
#include "sf_characters.hpp"

namespace ao::codec::sf {
namespace {

std::unexpected<Error> unwritable(std::string_view what) {
  return fail(ErrorKind::kInvalid, "sf-unwritable",
              fmt::format("a structured field cannot hold {}", what));
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Result<> put(const Member& member) {
    if (const auto* item = std::get_if<Item>(&member)) return put(*item);
    const auto& list = std::get<InnerList>(member);
    out_ += '(';
    for (const Item& item : list.items) {
      if (out_.back() != '(') out_ += ' ';
      AO_CHECK(put(item));
    }
    out_ += ')';
    return put(list.parameters);
  }

  Result<> put(const Item& item) {
    AO_CHECK(std::visit([this](const auto& value) { return bare(value); }, item.value));
    return put(item.parameters);
  }

  Result<> put(const Parameters& parameters) {
    for (const auto& [name, value] : parameters) {
      out_ += ';';
      AO_CHECK(key(name, Keys::kStrict));
      if (const bool* truth = std::get_if<bool>(&value); truth != nullptr && *truth) continue;
      out_ += '=';
      AO_CHECK(std::visit([this](const auto& held) { return bare(held); }, value));
    }
    return {};
  }

  Result<> key(BytesView name, Keys keys) {
    const bool is_good =
        keys == Keys::kAo
            ? !name.empty() && std::ranges::all_of(name, is_in_ao_key)
            : !name.empty() && begins_key(name[0]) && std::ranges::all_of(name, is_in_key);
    if (!is_good) return unwritable("this key");
    out_ += name;
    return {};
  }

 private:
  Result<> bare(std::int64_t value) {
    if (value > kIntegerMax || value < -kIntegerMax)
      return unwritable("an integer of more than 15 digits");
    out_ += std::to_string(value);
    return {};
  }

  Result<> bare(bool value) {
    out_ += value ? "?1" : "?0";
    return {};
  }

  Result<> bare(const Bytes& text) {
    out_ += '"';
    for (const char c : text) {
      if (!is_printable(c)) return unwritable("a string that is not printable ASCII");
      if (c == '"' || c == '\\') out_ += '\\';
      out_ += c;
    }
    out_ += '"';
    return {};
  }

  Result<> bare(const Token& token) {
    const Bytes& text = token.text;
    if (text.empty() || !begins_token(text[0]) || !std::ranges::all_of(text, is_in_token))
      return unwritable("this token");
    out_ += text;
    return {};
  }

  Result<> bare(const ByteSequence& sequence) {
    out_ += ':' + base64(sequence.bytes) + ':';
    return {};
  }

  Result<> bare(const Decimal& decimal) {
    const std::int64_t value = decimal.thousandths;
    if (value > kIntegerMax || value < -kIntegerMax)
      return unwritable("a decimal of more than 12 digits before the point");
    const std::int64_t magnitude = value < 0 ? -value : value;
    std::string fraction = fmt::format("{:03}", magnitude % 1000);
    while (fraction.size() > 1 && fraction.back() == '0')
      fraction.pop_back();
    out_ += fmt::format("{}{}.{}", value < 0 ? "-" : "", magnitude / 1000, fraction);
    return {};
  }

  Result<> bare(const Date& date) {
    out_ += '@';
    return bare(date.seconds);
  }

  Result<> bare(const DisplayString& display) {
    if (!is_utf8(display.text)) return unwritable("a display string that is not UTF-8");
    out_ += "%\"";
    for (const char c : display.text) {
      if (is_printable(c) && c != '%' && c != '"') {
        out_ += c;
      } else {
        out_ += '%' + hex(BytesView(&c, 1));
      }
    }
    out_ += '"';
    return {};
  }

  std::string& out_;
};

}  // namespace

Result<std::string> serialise(const Item& item) {
  std::string out;
  AO_CHECK(Writer(out).put(item));
  return out;
}

Result<std::string> serialise(const List& list) {
  std::string out;
  for (const Member& member : list) {
    if (!out.empty()) out += ", ";
    AO_CHECK(Writer(out).put(member));
  }
  return out;
}

Result<std::string> serialise(const Dictionary& dictionary, Keys keys) {
  std::string out;
  for (const Entry& entry : dictionary) {
    if (!out.empty()) out += ", ";
    AO_CHECK(Writer(out).key(entry.key, keys));
    const auto* item = std::get_if<Item>(&entry.member);
    const bool* truth = item != nullptr ? std::get_if<bool>(&item->value) : nullptr;
    if (truth != nullptr && *truth) {
      AO_CHECK(Writer(out).put(item->parameters));
    } else {
      out += '=';
      AO_CHECK(Writer(out).put(entry.member));
    }
  }
  return out;
}

}  // namespace ao::codec::sf
