// What the server answers by itself, without the handler, before it closes the connection.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace ao::http {

struct Refusal {
  unsigned status;  // 0: nobody is there to be answered
  std::string_view code;
  std::string text;  // names the thing and the limit; holds nothing that the client sent
  std::chrono::seconds retry_after{0};  // 0: says nothing of it
};

inline std::unexpected<Refusal> refuse(unsigned status, std::string_view code, std::string text) {
  return std::unexpected(Refusal{status, code, std::move(text), {}});
}

inline std::unexpected<Refusal> malformed(std::string_view code, std::string text) {
  return refuse(400, code, std::move(text));
}

inline Refusal handler_failed() {
  return {500, "internal", "the request failed inside the node; its log says why", {}};
}

inline std::unexpected<Refusal> hang_up() {
  return refuse(0, {}, {});
}

}  // namespace ao::http
