// The proxies whose word about a client's address is believed. Pure.
//
// A chain of addresses is read from its end, where the nearest proxy wrote: the first address that
// is no trusted proxy's is the client's. What stands before it anybody can have invented.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/result.hpp"
#include "ao/http/address_range.hpp"
#include "ao/http/message.hpp"
#include "ao/http/settings.hpp"

namespace ao::http {

Network network_of(const IpAddress& address);

// Who is at the other end of a connection; without an address, over the Unix socket.
using Peer = std::optional<IpAddress>;

class Proxies {
 public:
  // Errors: kInvalid "trusted-proxy", naming what is no network.
  static Result<Proxies> parse(const std::vector<std::string>& networks, ProxyField field);

  bool trust(const Peer& peer) const;

  // The client of a request that came from `peer`: the peer itself, unless it is trusted.
  Peer client(const Peer& peer, const Headers& headers) const;

 private:
  std::vector<AddressRange> trusted_;
  bool trusts_unix_ = false;
  ProxyField field_ = ProxyField::kXForwardedFor;
};

}  // namespace ao::http
