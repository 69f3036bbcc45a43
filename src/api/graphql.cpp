// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "graphql.hpp"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "ao/message/json.hpp"

namespace ao::api::graphql {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::size_t kQueryBytesMax = 64 << 10;
constexpr std::size_t kDepthMax = 32;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Parser {
 public:
  Parser(BytesView text, const Map& variables) : text_(text), variables_(variables) {}

  Result<std::vector<Field>> operation() {
    AO_CHECK(head());
    AO_CHECK(expect('{'));
    std::vector<Field> fields;
    while (!takes('}')) {
      AO_TRY(one, field());
      fields.push_back(std::move(one));
    }
    skip_blanks();
    if (at_ != text_.size()) return unexpected("a second operation");
    return fields;
  }

 private:
  std::unexpected<Error> unexpected(std::string_view wanted) const {
    return fail(
        ErrorKind::kInvalid, "graphql-malformed",
        fmt::format("character {} of the query: this node does not know {} here", at_, wanted));
  }

  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
        ++at_;
      } else {
        return;
      }
    }
  }

  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool takes(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  Result<> expect(char c) {
    if (takes(c)) return {};
    return unexpected(fmt::format("anything but '{}'", c));
  }

  Result<Bytes> name() {
    if (!is_name_start(peek())) return unexpected("anything but a name");
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_])))
      ++at_;
    return Bytes(text_.substr(begin, at_ - begin));
  }

  // `query Name($a: [ID!]! = default)`, all of it optional.
  Result<> head() {
    if (peek() == '{') return {};
    AO_TRY(kind, name());
    if (kind != "query") return unexpected("'" + kind + "'");
    if (is_name_start(peek())) AO_CHECK(name());
    if (!takes('(')) return {};
    while (!takes(')')) {
      AO_CHECK(expect('$'));
      AO_TRY(variable, name());
      AO_CHECK(expect(':'));
      AO_CHECK(type(0));
      if (!takes('=')) continue;
      AO_TRY(value, literal(0));
      if (value) defaults_.set(variable, std::move(*value));
    }
    return {};
  }

  Result<> type(std::size_t depth) {
    if (depth > kDepthMax) return unexpected("so deep a type");
    if (takes('[')) {
      AO_CHECK(type(depth + 1));
      AO_CHECK(expect(']'));
    } else {
      AO_CHECK(name());
    }
    takes('!');
    return {};
  }

  Result<Field> field() {
    Field made;
    AO_TRY(first, name());
    made.alias = made.name = std::move(first);
    if (takes(':')) {
      AO_TRY(second, name());
      made.name = std::move(second);
    }
    if (takes('(')) {
      while (!takes(')')) {
        AO_TRY(key, name());
        AO_CHECK(expect(':'));
        AO_TRY(value, literal(0));
        if (value) made.arguments.set(std::move(key), std::move(*value));
      }
    }
    if (peek() == '{') AO_CHECK(selection(0));
    return made;
  }

  Result<> selection(std::size_t depth) {
    if (depth > kDepthMax) return unexpected("so deep a selection");
    AO_CHECK(expect('{'));
    while (!takes('}')) {
      AO_CHECK(name());
      if (takes(':')) AO_CHECK(name());
      if (takes('(')) {
        while (!takes(')')) {
          AO_CHECK(name());
          AO_CHECK(expect(':'));
          AO_CHECK(literal(0));
        }
      }
      if (peek() == '{') AO_CHECK(selection(depth + 1));
    }
    return {};
  }

  // Nullopt for null, and for a variable that was not given.
  Result<std::optional<Value>> literal(std::size_t depth) {
    if (depth > kDepthMax) return unexpected("so deep a value");
    const char c = peek();
    if (c == '$') {
      ++at_;
      AO_TRY(variable, name());
      const Value* given = variables_.find(variable);
      if (given == nullptr || given->is_null()) given = defaults_.find(variable);
      return given != nullptr ? std::optional(*given) : std::nullopt;
    }
    if (c == '"') return text();
    if (c == '-' || is_digit(c)) return number();
    if (takes('[')) {
      List list;
      while (!takes(']')) {
        AO_TRY(one, literal(depth + 1));
        if (one) list.push_back(std::move(*one));
      }
      return std::optional<Value>(std::move(list));
    }
    if (takes('{')) {
      Map map;
      while (!takes('}')) {
        AO_TRY(key, name());
        AO_CHECK(expect(':'));
        AO_TRY(one, literal(depth + 1));
        if (one) map.set(std::move(key), std::move(*one));
      }
      return std::optional<Value>(std::move(map));
    }
    AO_TRY(word, name());
    if (word == "null") return std::optional<Value>();
    if (word == "true" || word == "false") return std::optional<Value>(word == "true");
    return std::optional<Value>(std::move(word));
  }

  // As JSON has them; block strings are not known.
  Result<std::optional<Value>> text() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"')
      at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return unexpected("the end of a string");
    ++at_;
    auto read = message::from_json(text_.substr(begin, at_ - begin));
    if (!read) return unexpected("such a string");
    return std::optional<Value>(std::move(*read));
  }

  Result<std::optional<Value>> number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '-'))
      ++at_;
    const BytesView digits = text_.substr(begin, at_ - begin);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size())
      return unexpected("a number that is no integer");
    return std::optional<Value>(value);
  }

  BytesView text_;
  const Map& variables_;
  Map defaults_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Field>> parse(BytesView query, const Map& variables) {
  if (query.size() > kQueryBytesMax)
    return fail(
        ErrorKind::kTooLarge, "graphql-malformed",
        fmt::format("the query has {} bytes, the limit is {}", query.size(), kQueryBytesMax));
  return Parser(query, variables).operation();
}

}  // namespace ao::api::graphql
