// http and https URLs (RFC 3986), taken apart without leniency. Values, pure.
//
// A text that two programs could take for two places is refused, not repaired: user information,
// numbers that stand for addresses, zones, backslashes, fragments. What is accepted has one
// spelling: `text` gives it, and is read as the same value.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ao/base/result.hpp"
#include "ao/http/address_range.hpp"

namespace ao::http {

constexpr std::size_t kUrlBytesMax = 8 << 10;

enum class Scheme { kHttp, kHttps };

struct Origin {
  Scheme scheme = Scheme::kHttps;
  std::string host;  // a name in small letters without a last dot, or an address without brackets
  std::uint16_t port = 443;
  std::optional<IpAddress> address;  // when the host is one

  std::string authority() const;  // as the field Host has it: without the scheme's own port
  std::string text() const;       // scheme://authority
};

struct Url {
  Origin origin;
  std::string target = "/";  // path and query

  std::string text() const;

  // Where a Location field of its answer leads: an absolute URL, //HOST/PATH or /PATH. A fragment
  // is left out. Errors: those of `parse_url`.
  Result<Url> follow(const std::string& location) const;
};

// Errors: kInvalid "url-malformed", "url-scheme", "url-user", "url-host", "url-host-number",
// "url-zone", "url-port"; kTooLarge "url-bytes-max".
Result<Url> parse_url(const std::string& text);

// The same, of a URL that has no path but "/". Errors: also "url-path".
Result<Origin> parse_origin(const std::string& text);

}  // namespace ao::http
