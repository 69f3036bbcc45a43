// The fields that decide whose a request is and what its answer is sent as.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.hpp"
#include "http/content.hpp"
#include "http/proxies.hpp"

namespace ao::http {
namespace {

// Whatever a client writes, the address that the trusted proxy added after it is the client's.
void check_proxies(const std::string& input, ProxyField field) {
  static const Peer kProxy = boost::asio::ip::make_address("10.0.0.1");
  static const Peer kClient = boost::asio::ip::make_address("198.51.100.7");
  const auto proxies = Proxies::parse({"10.0.0.0/8"}, field);
  AO_ASSERT(proxies.has_value());
  const bool is_forwarded = field == ProxyField::kForwarded;
  Headers headers;
  headers.add(is_forwarded ? "forwarded" : "x-forwarded-for",
              input + (is_forwarded ? ", for=198.51.100.7" : ", 198.51.100.7"));
  AO_ASSERT(proxies->client(kProxy, headers) == kClient);
  AO_ASSERT(proxies->client(kClient, headers) == kClient);
  Headers alone;
  alone.add(is_forwarded ? "forwarded" : "x-forwarded-for", input);
  AO_ASSERT(proxies->client(kProxy, alone).has_value());
}

void check_range(const std::string& input) {
  static const Bytes kWhole = [] {
    Bytes whole;
    for (std::size_t i = 0; whole.size() < kLargeBytes; ++i)
      whole += std::to_string(i) + ',';
    return whole;
  }();
  Response response;
  response.body = kWhole;
  response.headers.add("etag", "\"tag\"");
  Wishes wishes;
  wishes.range = input;
  adapt("GET", wishes, 0, response);
  AO_ASSERT(response.status == 200 || response.status == 206 || response.status == 416);
  AO_ASSERT(response.status != 200 || response.body == kWhole);
  if (response.status != 206) return;
  const std::string& range = *response.headers.find("content-range");
  const std::size_t begin = std::stoul(range.substr(6));
  AO_ASSERT(!response.body.empty() && begin + response.body.size() <= kWhole.size());
  AO_ASSERT(kWhole.compare(begin, response.body.size(), response.body) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(fuzz::view(data, size));
  check_proxies(input, ProxyField::kXForwardedFor);
  check_proxies(input, ProxyField::kForwarded);
  check_range(input);
  check_range("bytes=" + input);
  const Coding coding = choose_coding(input);
  AO_ASSERT(coding == Coding::kIdentity || !input.empty());
  return 0;
}

}  // namespace ao::http
