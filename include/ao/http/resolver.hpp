// From names to addresses: the seam between clients and the DNS.
//
// Shared by clients of any strand. It says what the name has now; whether an address may be
// reached is for `EgressPolicy`, and who connects uses the very addresses that were judged.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "ao/async/task.hpp"
#include "ao/base/result.hpp"
#include "ao/http/address_range.hpp"

namespace ao::http {

class Resolver {
 public:
  using Addresses = std::vector<IpAddress>;
  using Time = std::chrono::steady_clock::time_point;

  virtual ~Resolver() = default;

  // All addresses, the best first, at least one. Any strand; ends at `deadline`, or early when the
  // coroutine is cancelled. Errors: kUnavailable "name-unknown", "name-failed"; kTimeout
  // "name-timeout".
  virtual Task<Result<Addresses>> resolve(std::string host, Time deadline) = 0;
};

// As the machine is configured: /etc/hosts, and the name servers of /etc/resolv.conf, unless others
// are named, as ADDRESS:PORT,ADDRESS:PORT.
std::shared_ptr<Resolver> system_resolver(std::string name_servers = {});

}  // namespace ao::http
