// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/url.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"

namespace ao::http {
namespace {

void check_url(const Url& url) {
  const std::string text = url.text();
  const auto again = parse_url(text);
  AO_ASSERT(again.has_value());
  AO_ASSERT(again->text() == text);
  AO_ASSERT(again->origin.host == url.origin.host && again->origin.port == url.origin.port);
  AO_ASSERT(again->origin.address == url.origin.address);
  AO_ASSERT(url.target.starts_with('/') && url.origin.port != 0);
  AO_ASSERT(std::ranges::none_of(text, [](char c) { return c <= ' ' || c > '~' || c == '\\'; }));
  if (url.origin.address) {
    AO_ASSERT(url.origin.address->to_string() == url.origin.host);
    return;
  }
  const std::string& host = url.origin.host;
  AO_ASSERT(!host.empty() && !host.ends_with('.'));
  AO_ASSERT(std::ranges::none_of(host, [](char c) { return c >= 'A' && c <= 'Z'; }));
  // No resolver takes it for an address.
  const std::string last = host.substr(host.rfind('.') + 1);
  AO_ASSERT(!std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(fuzz::view(data, size));
  if (const auto url = parse_url(input)) check_url(*url);
  const Url base = *parse_url("https://a.example:8443/b?c");
  if (const auto followed = base.follow(input)) {
    check_url(*followed);
    return 0;
  } else {
    return fuzz::refused(followed.error(), "url-");
  }
}

}  // namespace ao::http
