// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/live.hpp"

#include "syntax.hpp"

namespace ao::http {
namespace {

bool field_lists(const Request& request, std::string_view name, std::string_view token) {
  const std::string* const value = request.headers.find(name);
  return value != nullptr && lists_token(*value, token);
}

// 16 bytes of base64.
bool is_key(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.size() == 24 && text.ends_with("==") &&
         text.substr(0, 22).find_first_not_of(kAlphabet) == text.npos;
}

}  // namespace

bool asks_for_web_socket(const Request& request) {
  const std::string* const key = request.headers.find("sec-websocket-key");
  const std::string* const version = request.headers.find("sec-websocket-version");
  return request.method == "GET" && key != nullptr && is_key(*key) && version != nullptr &&
         *version == "13" && field_lists(request, "upgrade", "websocket") &&
         field_lists(request, "connection", "upgrade");
}

}  // namespace ao::http
