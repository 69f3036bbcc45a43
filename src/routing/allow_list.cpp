// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/allow_list.hpp"

#include <algorithm>

#include "ao/base/bytes.hpp"

namespace ao::routing {
namespace {

// The path with the characters decoded that servers may take for dots and slashes.
std::string with_plain_marks(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string code = lower_case(path.substr(i, 3));
    const char mark = code == "%2e" ? '.' : code == "%2f" || code == "%5c" ? '/' : '\0';
    plain += mark != '\0' ? mark : path[i];
    if (mark != '\0') i += 2;
  }
  return plain;
}

bool has_dots(std::string_view target) {
  const std::string path = with_plain_marks(target) + '/';
  return path.find("/./") != path.npos || path.find("/../") != path.npos ||
         path.find("/..;") != path.npos || path.find("/.;") != path.npos;
}

bool is_below(std::string_view target, std::string_view prefix) {
  if (!target.starts_with(prefix)) return false;
  return prefix.ends_with('/') || target.size() == prefix.size() || target[prefix.size()] == '/' ||
         target[prefix.size()] == '?';
}

}  // namespace

Result<AllowList> AllowList::parse(const std::vector<std::string>& prefixes) {
  AllowList list;
  for (const std::string& prefix : prefixes) {
    AO_TRY(url, parse_target(prefix));
    if (url.target.find('?') != url.target.npos)
      return fail(ErrorKind::kInvalid, "relay-prefix", prefix + " has a query, which ends no path");
    list.prefixes_.push_back(std::move(url));
  }
  return list;
}

bool AllowList::permits(const http::Url& url) const {
  return std::ranges::any_of(prefixes_, [&](const http::Url& prefix) {
    return same_origin(url.origin, prefix.origin) && is_below(url.target, prefix.target);
  });
}

Result<http::Url> parse_target(const std::string& url) {
  AO_TRY(parsed, http::parse_url(url));
  if (has_dots(parsed.target))
    return fail(ErrorKind::kInvalid, "relay-path-dots",
                "the path of " + parsed.origin.text() + " has a step . or .., write it without");
  return std::move(parsed);
}

bool is_written_out(const http::Origin& origin) {
  return origin.address.has_value() || origin.host == "localhost";
}

bool same_origin(const http::Origin& a, const http::Origin& b) {
  return a.scheme == b.scheme && a.port == b.port && a.host == b.host;
}

}  // namespace ao::routing
