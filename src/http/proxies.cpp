// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "proxies.hpp"

#include <algorithm>

#include "syntax.hpp"

namespace ao::http {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

std::optional<IpAddress> parse_address(std::string_view text) {
  error_code error;
  const IpAddress address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return without_mapping(address);
}

// ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT; an IPv6 address with a port needs brackets.
std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos || (end + 1 < text.size() && text[end + 1] != ':')) return std::nullopt;
    return parse_address(text.substr(1, end - 1));
  }
  const bool has_port = std::ranges::count(text, ':') == 1;
  return parse_address(has_port ? text.substr(0, text.find(':')) : text);
}

// The elements of a list, the last one first. Quotes are paired from the end, where a trusted proxy
// wrote: one that a client left open hides nothing that comes after it.
std::vector<std::string_view> from_end(std::string_view list, bool has_quotes) {
  std::vector<std::string_view> elements;
  bool is_quoted = false;
  std::size_t end = list.size();
  for (std::size_t i = list.size(); i-- > 0;) {
    const bool is_escaped = i > 0 && list[i - 1] == '\\';
    if (has_quotes && list[i] == '"' && !is_escaped) is_quoted = !is_quoted;
    if (list[i] != ',' || is_quoted) continue;
    elements.push_back(trimmed(list.substr(i + 1, end - i - 1)));
    end = i;
  }
  elements.push_back(trimmed(list.substr(0, end)));
  return elements;
}

// The node that an element of Forwarded names by its "for" (RFC 7239 §4), or nothing.
std::string_view for_of(std::string_view element) {
  while (!element.empty()) {
    const std::size_t end = std::min(element.find(';'), element.size());
    const std::string_view pair = trimmed(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    if (pair.size() < 4 || !equal_without_case(pair.substr(0, 4), "for=")) continue;
    std::string_view value = pair.substr(4);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

}  // namespace

Network network_of(const IpAddress& address) {
  if (address.is_v4()) return Network{address.to_v4().to_uint()};
  const auto bytes = address.to_v6().to_bytes();
  return Network{get_u64be(BytesView(reinterpret_cast<const char*>(bytes.data()), 8))};
}

Result<Proxies> Proxies::parse(const std::vector<std::string>& networks, ProxyField field) {
  Proxies proxies;
  proxies.field_ = field;
  for (const std::string& text : networks) {
    if (text == "unix") {
      proxies.trusts_unix_ = true;
      continue;
    }
    const auto range = AddressRange::parse(text);
    if (!range)
      return fail(ErrorKind::kInvalid, "trusted-proxy",
                  text + " is no network: write 10.0.0.0/8, 2001:db8::/32, an address, or unix");
    proxies.trusted_.push_back(*range);
  }
  return proxies;
}

bool Proxies::trust(const Peer& peer) const {
  if (!peer) return trusts_unix_;
  return std::ranges::any_of(trusted_,
                             [&](const AddressRange& range) { return range.contains(*peer); });
}

Peer Proxies::client(const Peer& peer, const Headers& headers) const {
  if (!trust(peer)) return peer;
  const bool is_forwarded = field_ == ProxyField::kForwarded;
  const std::string_view name = is_forwarded ? "forwarded" : "x-forwarded-for";
  std::vector<std::string_view> chain;  // from the end
  for (const Headers::Field& field : headers) {
    if (!equal_without_case(field.name, name)) continue;
    const auto elements = from_end(field.value, is_forwarded);
    chain.insert(chain.begin(), elements.begin(), elements.end());
  }
  Peer client = peer;
  for (auto element = chain.begin(); element != chain.end() && trust(client); ++element) {
    const auto address = parse_node(is_forwarded ? for_of(*element) : *element);
    if (!address) break;  // the nearest that is known
    client = address;
  }
  return client;
}

}  // namespace ao::http
