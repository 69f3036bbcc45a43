// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "origin.hpp"

#include "syntax.hpp"

namespace ao::http {

Result<Origin> parse_origin(const std::string& text) {
  constexpr std::string_view kScheme = "http://";
  std::string_view authority = text;
  if (authority.ends_with('/')) authority.remove_suffix(1);
  const bool has_scheme = equal_without_case(authority.substr(0, kScheme.size()), kScheme);
  if (has_scheme) authority.remove_prefix(kScheme.size());
  if (!has_scheme || !is_authority(authority))
    return fail(ErrorKind::kInvalid, "url-malformed",
                "the origin " + text + " is not http://HOST:PORT");
  Origin origin;
  origin.authority = authority;
  std::string_view host = authority;
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool has_port = colon != authority.npos && (bracket == authority.npos || bracket < colon);
  if (has_port) host = authority.substr(0, colon);
  const std::string_view port = has_port ? authority.substr(colon + 1) : std::string_view{};
  origin.port = port.empty() ? "80" : port;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  origin.host = host;
  return origin;
}

}  // namespace ao::http
