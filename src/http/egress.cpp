// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/egress.hpp"

#include <algorithm>
#include <array>

#include "trust.hpp"

namespace ao::http {
namespace {

struct Denied {
  std::string_view range;
  std::string_view what;
};

// The special-purpose registries of the IANA (RFC 6890), and what else leads back inside. The first
// that fits gives the reason. Of IPv6 only 2000::/3 is given out for use between networks, so the
// last line holds for everything else, also for what is defined later.
constexpr std::array kDenied = {
    Denied{"0.0.0.0/8", "this machine"},
    Denied{"10.0.0.0/8", "private"},
    Denied{"100.64.0.0/10", "shared within a provider's network"},
    Denied{"127.0.0.0/8", "loopback"},
    Denied{"168.63.129.16/32", "a cloud's service for its own machines"},
    Denied{"169.254.0.0/16", "link-local"},
    Denied{"172.16.0.0/12", "private"},
    Denied{"192.0.0.0/24", "for protocols"},
    Denied{"192.0.2.0/24", "for documentation"},
    Denied{"192.88.99.0/24", "a 6to4 relay"},
    Denied{"192.168.0.0/16", "private"},
    Denied{"198.18.0.0/15", "for benchmarks"},
    Denied{"198.51.100.0/24", "for documentation"},
    Denied{"203.0.113.0/24", "for documentation"},
    Denied{"224.0.0.0/4", "multicast"},
    Denied{"255.255.255.255/32", "broadcast"},
    Denied{"240.0.0.0/4", "reserved"},
    Denied{"::/128", "this machine"},
    Denied{"::1/128", "loopback"},
    Denied{"::ffff:0:0/96", "an IPv4 address in IPv6"},
    Denied{"::/96", "an IPv4 address in IPv6"},
    Denied{"64:ff9b::/96", "translated to IPv4"},
    Denied{"64:ff9b:1::/48", "translated to IPv4"},
    Denied{"2001::/32", "a Teredo tunnel"},
    Denied{"2001::/23", "for protocols"},
    Denied{"2001:db8::/32", "for documentation"},
    Denied{"2002::/16", "a 6to4 tunnel"},
    Denied{"3fff::/20", "for documentation"},
    Denied{"fc00::/7", "private"},
    Denied{"fe80::/10", "link-local"},
    Denied{"fec0::/10", "private"},
    Denied{"ff00::/8", "multicast"},
    Denied{"::/3", "reserved"},
    Denied{"4000::/2", "reserved"},
    Denied{"8000::/1", "reserved"},
};

const Denied* denied(const IpAddress& address) {
  static const auto kRanges = [] {
    std::array<std::optional<AddressRange>, kDenied.size()> ranges;
    std::ranges::transform(kDenied, ranges.begin(),
                           [](const Denied& each) { return AddressRange::parse(each.range); });
    return ranges;
  }();
  const auto found =
      std::ranges::find_if(kRanges, [&](const auto& range) { return range->contains(address); });
  return found == kRanges.end() ? nullptr : &kDenied[std::size_t(found - kRanges.begin())];
}

}  // namespace

Result<EgressPolicy> EgressPolicy::parse(const EgressSettings& settings) {
  EgressPolicy policy;
  policy.https_only_ = settings.https_only;
  policy.ports_ = settings.ports;
  policy.any_port_ = settings.any_port;
  for (const std::string& text : settings.allowed_networks) {
    const auto range = AddressRange::parse(text);
    if (!range)
      return fail(ErrorKind::kInvalid, "egress-network",
                  text + " is no network: write 127.0.0.0/8, fd00:1::/32, or an address");
    policy.allowed_.push_back(*range);
  }
  return policy;
}

EgressPolicy EgressPolicy::unrestricted() {
  EgressPolicy policy;
  policy.is_unrestricted_ = true;
  return policy;
}

Result<> EgressPolicy::permits(Scheme scheme, std::uint16_t port) const {
  if (is_unrestricted_) return {};
  if (https_only_ && scheme != Scheme::kHttps)
    return fail(ErrorKind::kDenied, "egress-scheme", "this node goes out by https alone");
  if (!any_port_ && std::ranges::find(ports_, port) == ports_.end())
    return fail(ErrorKind::kDenied, "egress-port",
                "this node does not go out to port " + std::to_string(port));
  return {};
}

Result<> EgressPolicy::permits(const IpAddress& address) const {
  if (is_unrestricted_) return {};
  const Denied* const reason = denied(address);
  if (reason == nullptr) return {};
  const bool is_allowed = std::ranges::any_of(
      allowed_, [&](const AddressRange& range) { return range.contains(address); });
  if (is_allowed) return {};
  return fail(ErrorKind::kDenied, "egress-address",
              "this node does not go out to " + address.to_string() + ", which is " +
                  std::string(reason->what) + " (" + std::string(reason->range) + ')');
}

Result<Egress> Egress::open(const EgressSettings& settings) {
  AO_TRY(policy, EgressPolicy::parse(settings));
  AO_TRY(trust, Trust::of_system(settings.ca_file));
  return Egress{std::move(policy), std::move(trust), system_resolver()};
}

Egress Egress::unrestricted(const Origin& origin) {
  std::shared_ptr<const Trust> trust;
  if (origin.scheme == Scheme::kHttps) trust = *Trust::of_system({});
  return Egress{EgressPolicy::unrestricted(), std::move(trust), system_resolver()};
}

}  // namespace ao::http
