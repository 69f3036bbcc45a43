// Where this node may be sent by strangers: URLs that begin with one that the operator wrote.
//
// A value, pure. Origins are compared as such, with scheme, host and port, so that
// https://a.example does not allow https://a.example.evil; paths by whole steps, so that
// https://a.example/api allows /api, /api/x and /api?y, and not /api2.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/http/url.hpp"

namespace ao::routing {

class AllowList {
 public:
  // Errors: those of http::parse_url; kInvalid "relay-prefix" for one with a query.
  static Result<AllowList> parse(const std::vector<std::string>& prefixes);

  bool permits(const http::Url& url) const;

 private:
  std::vector<http::Url> prefixes_;
};

// A URL as it may be sent to: parsed, and without steps `.` and `..`, however they are written,
// that would lead out of what was allowed. Errors: those of http::parse_url; kInvalid
// "relay-path-dots".
Result<http::Url> parse_target(const std::string& url);

// Whether the origin says by itself that it is not of the network at large: an address, or
// `localhost`. What other names mean is for others to say.
bool is_written_out(const http::Origin& origin);

// Scheme, host and port.
bool same_origin(const http::Origin& a, const http::Origin& b);

}  // namespace ao::routing
