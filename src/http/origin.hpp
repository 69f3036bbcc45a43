// http://HOST:PORT, taken apart.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/result.hpp"

namespace ao::http {

struct Origin {
  std::string host;       // a name or an address, an IPv6 address without its brackets
  std::string port;       // 80 when the text has none
  std::string authority;  // as in the text: what Host says
};

Result<Origin> parse_origin(const std::string& text);

}  // namespace ao::http
