// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "verify_queue.hpp"

#include <fmt/format.h>

namespace ao::node {

// Both are taken before they are compared, so two that come at once never both get the last place.
Result<> VerifyQueue::enter(std::size_t bytes) {
  const std::size_t messages_before = messages_.fetch_add(1, std::memory_order_relaxed);
  const std::size_t bytes_before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (messages_before >= settings_.messages_max) {
    leave(bytes);
    return fail(ErrorKind::kBusy, "verify-queue-full",
                fmt::format("{} messages wait for verification already", settings_.messages_max));
  }
  if (bytes > settings_.bytes_max || bytes_before > settings_.bytes_max - bytes) {
    leave(bytes);
    return fail(ErrorKind::kBusy, "verify-queue-full",
                fmt::format("{} bytes wait for verification already; with {} more they are over "
                            "the limit of {}",
                            bytes_before, bytes, settings_.bytes_max));
  }
  return {};
}

void VerifyQueue::leave(std::size_t bytes) {
  messages_.fetch_sub(1, std::memory_order_relaxed);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace ao::node
