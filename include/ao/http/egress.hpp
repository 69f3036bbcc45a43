// By which way requests leave this node: what may be reached, who is trusted, who resolves names.
//
// URLs come from strangers, and the node stands where strangers do not: beside databases, in cloud
// networks, on its own loopback. So a name is resolved once, every address it has is judged, and a
// client connects to the addresses that were judged. Nothing is read from the environment.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ao/base/result.hpp"
#include "ao/http/address_range.hpp"
#include "ao/http/resolver.hpp"
#include "ao/http/url.hpp"

namespace ao::http {

struct EgressSettings {
  bool https_only = true;
  std::vector<std::uint16_t> ports = {80, 443};
  bool any_port = false;  // of origins that the operator wrote, with their ports

  // Ranges that may be reached though they are not public: 127.0.0.0/8, fd00:1::/32.
  std::vector<std::string> allowed_networks;

  std::filesystem::path ca_file;  // PEM: authorities that are trusted beside the system's
};

// A value, pure. An address is judged as it is: ::ffff:10.0.0.1 is not in 10.0.0.0/8.
class EgressPolicy {
 public:
  // Errors: kInvalid "egress-network", naming what is no network.
  static Result<EgressPolicy> parse(const EgressSettings& settings);

  // For URLs that the operator chose.
  static EgressPolicy unrestricted();

  // Errors: kDenied "egress-scheme", "egress-port".
  Result<> permits(Scheme scheme, std::uint16_t port) const;

  // Errors: kDenied "egress-address", with what kind of address it is.
  Result<> permits(const IpAddress& address) const;

 private:
  bool is_unrestricted_ = false;
  bool https_only_ = true;
  std::vector<std::uint16_t> ports_;
  bool any_port_ = false;
  std::vector<AddressRange> allowed_;
};

class Trust;  // of certificates; src/http/trust.hpp

// What clients share. Copies share the trust and the resolver.
struct Egress {
  EgressPolicy policy;
  std::shared_ptr<const Trust> trust;  // none: for http alone
  std::shared_ptr<Resolver> resolver;

  // With the system's trust store and resolver. Errors: "egress-network", kInvalid
  // "egress-ca-file".
  static Result<Egress> open(const EgressSettings& settings);

  // Wherever `origin` leads. Reading the authorities takes a while, and is left out for http.
  static Egress unrestricted(const Origin& origin);
};

}  // namespace ao::http
