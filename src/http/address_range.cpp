// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/address_range.hpp"

#include <string>

namespace ao::http {

namespace ip = boost::asio::ip;
using boost::system::error_code;

IpAddress without_mapping(const IpAddress& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const bool is_v6 = text.find(':') != text.npos;
  std::string whole(text);
  if (text.find('/') == text.npos) whole += is_v6 ? "/128" : "/32";
  error_code error;
  if (is_v6) {
    const auto network = ip::make_network_v6(whole, error);
    if (error) return std::nullopt;
    return AddressRange(network.canonical());
  }
  const auto network = ip::make_network_v4(whole, error);
  if (error) return std::nullopt;
  return AddressRange(network.canonical());
}

bool AddressRange::contains(const IpAddress& address) const {
  if (const V4* v4 = std::get_if<V4>(&network_))
    return address.is_v4() &&
           (address.to_v4().to_uint() & v4->netmask().to_uint()) == v4->network().to_uint();
  const V6& v6 = std::get<V6>(network_);
  return address.is_v6() && V6(address.to_v6(), v6.prefix_length()).canonical() == v6;
}

}  // namespace ao::http
