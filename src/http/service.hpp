// What all connections of a server share; outlives them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>

#include "ao/async/guarded.hpp"
#include "ao/base/token_buckets.hpp"
#include "ao/http/server.hpp"
#include "body_room.hpp"
#include "proxies.hpp"
#include "refusal.hpp"

namespace ao::http {

struct Service {
  Limits limits;
  RequestRate rate;
  Proxies proxies;
  std::size_t compression_bytes_min = 0;
  async::Pool* heavy = nullptr;
  Server::Handler handler;
  std::optional<async::Guarded<TokenBuckets<Network>>> buckets;  // absent when there is no limit
  async::Guarded<BodyRoom> body_room{limits};

  std::atomic<std::uint64_t> rejected{0};
  std::atomic<std::uint64_t> over_rate{0};
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<bool> is_stopping{
      false};  // answers made from now on are the last of their connection

  // Takes a token of the client.
  std::expected<void, Refusal> admit(Network client);
};

}  // namespace ao::http
