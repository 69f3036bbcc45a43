// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/flat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "ao/codec/structured.hpp"
#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {
namespace {

using message::Map;
using message::Value;

std::unexpected<Error> bad_key(BytesView path, std::string_view why) {
  return fail(ErrorKind::kInvalid, "flat-key", fmt::format("path '{}': {}", shown(path), why));
}

std::unexpected<Error> conflict(BytesView path, std::string_view why) {
  return fail(ErrorKind::kInvalid, "flat-conflict", fmt::format("path '{}': {}", shown(path), why));
}

std::unexpected<Error> no_tabm(BytesView path, std::string_view what) {
  return fail(ErrorKind::kInvalid, "flat-value", fmt::format("path '{}': {}", shown(path), what));
}

std::unexpected<Error> too_deep(BytesView path) {
  return fail(ErrorKind::kTooLarge, "flat-depth",
              fmt::format("path '{}' nests deeper than {}", shown(path), kDepthMax));
}

class Flattening {
 public:
  explicit Flattening(const FlatLimits& limits) : limits_(limits) {}

  Result<Map> whole(const Map& tabm) {
    AO_CHECK(add(tabm, 0));
    return Map::from(std::move(entries_));
  }

 private:
  // What lies below `path_`, which is empty or ends in a slash.
  Result<> add(const Map& map, std::size_t depth) {
    if (depth > kDepthMax) return too_deep(path_);
    std::vector<Bytes> names;
    names.reserve(map.size());
    const std::size_t above = path_.size();
    for (const auto& [key, value] : map) {
      names.push_back(message::normal_key(key));
      path_ += names.back();
      if (key.empty()) return bad_key(path_, "a key is empty");
      if (key.find('/') != Bytes::npos) return bad_key(path_, "a key has a slash");
      if (const Map* below = value.map()) {
        path_ += '/';
        if (below->empty()) AO_CHECK(put({}));
        AO_CHECK(add(*below, depth + 1));
      } else if (const Bytes* bytes = value.bytes()) {
        AO_CHECK(put(*bytes));
      } else {
        return no_tabm(path_, "flat messages have byte strings and messages only");
      }
      path_.resize(above);
    }
    std::ranges::sort(names);
    const auto twin = std::ranges::adjacent_find(names);
    if (twin != names.end()) return conflict(path_ + *twin, "it stands twice without case");
    return {};
  }

  Result<> put(BytesView value) {
    path_bytes_ += path_.size();
    if (path_bytes_ > limits_.path_bytes_max)
      return fail(ErrorKind::kTooLarge, "flat-limit",
                  fmt::format("the paths of a flat message have more than {} bytes together",
                              limits_.path_bytes_max));
    entries_.emplace_back(path_, value);
    return {};
  }

  FlatLimits limits_;
  Bytes path_;
  std::size_t path_bytes_ = 0;
  std::vector<Map::Entry> entries_;
};

struct Leaf {
  Bytes path;  // in normal case, without the slash that marks an empty message
  Value value;
};

// `path` names no empty message.
Result<Bytes> checked_path(BytesView path) {
  auto normal = message::normal_path(path);
  if (!normal) return bad_key(path, "a part of it is empty");
  if (std::ranges::count(path, '/') > std::ptrdiff_t{kDepthMax}) return too_deep(path);
  return normal;
}

Result<Leaf> leaf_of(BytesView path, const Value& value) {
  if (value.bytes() == nullptr) return no_tabm(path, "flat messages have byte strings only");
  const bool is_message = path.ends_with('/') && path.size() > 1 && value.bytes()->empty();
  AO_TRY(normal, checked_path(is_message ? path.substr(0, path.size() - 1) : path));
  if (!is_message) return Leaf{std::move(normal), *value.bytes()};
  if (std::ranges::count(normal, '/') == std::ptrdiff_t{kDepthMax}) return too_deep(path);
  return Leaf{std::move(normal), Map{}};
}

// The leaves share the first `start` bytes of their paths, and go on below them.
Result<Map> tree_of(std::span<Leaf> leaves, std::size_t start) {
  std::vector<Map::Entry> entries;
  while (!leaves.empty()) {
    const BytesView path = leaves[0].path;
    const std::size_t end = std::min(path.find('/', start), path.size());
    const auto shares = [&](const Leaf& leaf) {
      const BytesView other = leaf.path;
      return other.substr(start, end - start) == path.substr(start, end - start) &&
             (other.size() == end || other[end] == '/');
    };
    const auto other = std::ranges::find_if_not(leaves, shares);
    const std::span<Leaf> below(leaves.begin(), other);
    Bytes key(path.substr(start, end - start));
    if (end < path.size()) {
      AO_TRY(map, tree_of(below, end + 1));
      entries.emplace_back(std::move(key), std::move(map));
    } else if (below.size() == 1) {
      entries.emplace_back(std::move(key), std::move(leaves[0].value));
    } else {
      return conflict(below[1].path, below[1].path == path
                                         ? std::string("it stands twice without case")
                                         : fmt::format("'{}' has a value of its own", shown(path)));
    }
    leaves = std::span<Leaf>(other, leaves.end());
  }
  return Map::from(std::move(entries));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

BytesView without_outer_blanks(BytesView text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

std::unexpected<Error> no_line(BytesView path, std::string_view why) {
  return fail(ErrorKind::kInvalid, "flat-text", fmt::format("path '{}': {}", shown(path), why));
}

Result<> check_line(BytesView path, BytesView value) {
  constexpr std::string_view kBreaks = "\r\n";
  if (path.find_first_of(kBreaks) != path.npos || value.find_first_of(kBreaks) != value.npos)
    return no_line(path, "a line of text cannot hold a line break");
  if (without_outer_blanks(path) != path || without_outer_blanks(value) != value)
    return no_line(path, "a line of text loses the blanks around a key or value");
  if (path.find(": ") != path.npos)
    return no_line(path, "in a line of text a key ends at a colon with a blank");
  return {};
}

std::unexpected<Error> bad_line(std::size_t number, std::string_view what) {
  return fail(ErrorKind::kInvalid, "flat-text", fmt::format("line {}: {}", number, what));
}

// A line that is not empty.
Result<Map::Entry> entry_of(BytesView line, std::size_t number) {
  if (line.find('\r') != line.npos) return bad_line(number, "it has a carriage return");
  const std::size_t colon = line.find(": ");
  if (colon == line.npos && !line.ends_with(':'))
    return bad_line(number, "a key, a colon, a blank and a value are expected");
  const std::size_t end = colon == line.npos ? line.size() - 1 : colon;
  const BytesView key = without_outer_blanks(line.substr(0, end));
  if (key.empty()) return bad_line(number, "it has no key");
  return Map::Entry(key, without_outer_blanks(line.substr(end + 1)));
}

}  // namespace

Result<Map> flatten(const Map& tabm, const FlatLimits& limits) {
  return Flattening(limits).whole(tabm);
}

Result<Map> unflatten(const Map& flat) {
  std::vector<Leaf> leaves;
  leaves.reserve(flat.size());
  for (const auto& [path, value] : flat) {
    AO_TRY(leaf, leaf_of(path, value));
    leaves.push_back(std::move(leaf));
  }
  std::ranges::stable_sort(leaves, message::path_comes_before, &Leaf::path);
  return tree_of(leaves, 0);
}

Result<std::string> to_flat_text(const Map& tabm, const FlatLimits& limits) {
  AO_TRY(flat, flatten(tabm, limits));
  std::string text;
  for (const auto& [path, value] : flat) {
    AO_CHECK(check_line(path, *value.bytes()));
    text += path;
    text += value.bytes()->empty() ? ":" : ": ";
    text += *value.bytes();
    text += '\n';
  }
  return text;
}

Result<Map> from_flat_text(BytesView text) {
  std::vector<Map::Entry> entries;
  for (std::size_t at = 0, number = 1; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const BytesView line = without_outer_blanks(text.substr(at, end - at));
    at = end + 1;
    if (line.empty()) continue;
    AO_TRY(entry, entry_of(line, number));
    entries.push_back(std::move(entry));
  }
  std::ranges::stable_sort(entries, {}, &Map::Entry::first);
  const auto twin = std::ranges::adjacent_find(entries, {}, &Map::Entry::first);
  if (twin != entries.end()) return conflict(twin->first, "it stands twice");
  return unflatten(Map::from(std::move(entries)));
}

}  // namespace ao::codec
