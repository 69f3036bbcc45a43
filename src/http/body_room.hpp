// How much memory the bodies may take that are being read, in all and of each network. Pure.
//
// Small bodies are not counted: messages of ordinary size are read however many large bodies others
// leave unfinished.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include "ao/http/message.hpp"
#include "ao/http/settings.hpp"
#include "refusal.hpp"

namespace ao::http {

class BodyRoom {
 public:
  static constexpr std::size_t kUncountedBytes = 64 << 10;  // of each body

  explicit BodyRoom(const Limits& limits) : limits_(limits) {}

  // A quarter of all, but room for one body at least.
  std::size_t network_bytes_max() const;

  // What a body takes grows. Refused with 503, and then nothing has changed.
  std::expected<void, Refusal> grow(Network network, std::size_t before, std::size_t after);
  void leave(Network network, std::size_t bytes);  // a body that took so much

 private:
  const Limits& limits_;
  std::size_t total_ = 0;
  std::unordered_map<Network, std::size_t> by_network_;
};

}  // namespace ao::http
