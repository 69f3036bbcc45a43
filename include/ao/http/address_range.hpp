// IP addresses, and ranges of them as operators and standards write them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <string_view>
#include <variant>

namespace ao::http {

using IpAddress = boost::asio::ip::address;

IpAddress without_mapping(const IpAddress& address);  // ::ffff:a.b.c.d is a.b.c.d

class AddressRange {
 public:
  // 10.0.0.0/8, 2001:db8::/32, or one address. Bits behind the prefix do not matter.
  static std::optional<AddressRange> parse(std::string_view text);

  // A range of one family holds no address of the other.
  bool contains(const IpAddress& address) const;

 private:
  using V4 = boost::asio::ip::network_v4;
  using V6 = boost::asio::ip::network_v6;

  explicit AddressRange(std::variant<V4, V6> network) : network_(network) {}

  std::variant<V4, V6> network_;
};

}  // namespace ao::http
