// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "body_room.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"

namespace ao::http {
namespace {

std::size_t counted(std::size_t bytes) {
  return bytes > BodyRoom::kUncountedBytes ? bytes : 0;
}

std::unexpected<Refusal> full(std::string text) {
  Refusal refusal{503, "bodies-too-many", std::move(text), std::chrono::seconds(1)};
  return std::unexpected(std::move(refusal));
}

}  // namespace

std::size_t BodyRoom::network_bytes_max() const {
  return std::max(limits_.bodies_bytes_max / 4, limits_.body_bytes_max);
}

std::expected<void, Refusal> BodyRoom::grow(Network network, std::size_t before,
                                            std::size_t after) {
  AO_ASSERT(before <= after);
  const std::size_t more = counted(after) - counted(before);
  if (more == 0) return {};
  if (more > limits_.bodies_bytes_max - std::min(total_, limits_.bodies_bytes_max))
    return full(fmt::format("large bodies that are being sent have {} bytes already",
                            limits_.bodies_bytes_max));
  std::size_t& here = by_network_[network];
  if (here + more > network_bytes_max()) {
    if (here == 0) by_network_.erase(network);
    return full(
        fmt::format("large bodies that are being sent from this address have {} bytes "
                    "already",
                    network_bytes_max()));
  }
  here += more;
  total_ += more;
  return {};
}

void BodyRoom::leave(Network network, std::size_t bytes) {
  const std::size_t less = counted(bytes);
  if (less == 0) return;
  const auto found = by_network_.find(network);
  AO_ASSERT(found != by_network_.end() && found->second >= less);
  found->second -= less;
  if (found->second == 0) by_network_.erase(found);
  total_ -= less;
}

}  // namespace ao::http
