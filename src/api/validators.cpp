// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "validators.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::api {
namespace {

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Compared weakly: what was compressed on its way says the same.
std::string_view strong(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// A list of tags, or an asterisk. Tags of this node have no comma within.
bool lists(std::string_view field, std::string_view tag) {
  while (!field.empty()) {
    const std::size_t comma = std::min(field.find(','), field.size());
    const std::string_view one = without_blanks(field.substr(0, comma));
    if (one == "*" || (!one.empty() && strong(one) == strong(tag))) return true;
    field.remove_prefix(std::min(comma + 1, field.size()));
  }
  return false;
}

}  // namespace

void mark_unchanging(http::Response& response, std::string_view tag) {
  if (response.status != 200) return;
  response.headers.set("etag", fmt::format("\"{}\"", tag));
  response.headers.set("cache-control", "public, max-age=31536000, immutable");
  response.headers.set("vary",
                       "accept, accept-bundle, accept-codec, accept-encoding, require-codec");
}

std::string known_tags(const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return {};
  const std::string* known = request.headers.find("if-none-match");
  return known != nullptr ? *known : std::string();
}

http::Response unless_known(std::string_view known, http::Response response) {
  if (known.empty() || response.status != 200) return response;
  const std::string* tag = response.headers.find("etag");
  if (tag == nullptr || !lists(known, *tag)) return response;
  http::Response unchanged;
  unchanged.status = 304;
  for (const char* name : {"cache-control", "etag", "vary"})
    if (const std::string* value = response.headers.find(name)) unchanged.headers.set(name, *value);
  return unchanged;
}

}  // namespace ao::api
