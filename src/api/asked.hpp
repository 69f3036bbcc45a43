// A request with its path, and what is known of both by the time that somebody answers it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asker.hpp"
#include "singleton.hpp"

namespace ao::api {

struct Asked {
  http::Request request;
  Path path;
  bool has_proved_signatures = false;  // those that it claims
  // As hooks left them; of a request that went through none, to be made of the request.
  std::optional<Asker> asker;
  std::optional<std::vector<Call>> calls;
};

}  // namespace ao::api
