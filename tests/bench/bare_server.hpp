// An HTTP server alone, in a process of its own: what HTTP costs without a node. The project's own
// one, or Beast's plain loop of read and write, without any limit.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace ao::bench {

class BareServer {
 public:
  enum class Kind { kOwn, kBeast };

  // Answers every request with a JSON text of `body_bytes`. Made while this program has one thread.
  explicit BareServer(std::size_t body_bytes, Kind kind = Kind::kOwn);
  ~BareServer();
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

 private:
  std::uint16_t port_;
  pid_t pid_;
};

}  // namespace ao::bench
