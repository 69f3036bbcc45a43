// The room that one body has while it is read; given back at the end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/async/guarded.hpp"
#include "body_room.hpp"

namespace ao::http {

class BodyLease {
 public:
  BodyLease(async::Guarded<BodyRoom>& room, Network network) : room_(room), network_(network) {}
  ~BodyLease() {
    if (bytes_ > BodyRoom::kUncountedBytes)
      room_.with([this](BodyRoom& room) { room.leave(network_, bytes_); });
  }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  // The body takes so much memory from now on. Refused when there is no room for it.
  std::expected<void, Refusal> grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return {};
    if (bytes > BodyRoom::kUncountedBytes) {
      auto grown = room_.with([&](BodyRoom& room) { return room.grow(network_, bytes_, bytes); });
      if (!grown) return grown;
    }
    bytes_ = bytes;
    return {};
  }

 private:
  async::Guarded<BodyRoom>& room_;
  const Network network_;
  std::size_t bytes_ = 0;
};

}  // namespace ao::http
