// How much may wait for its check, in messages and in bytes. Holds counts only; the messages wait
// in the verify pool. Any thread, without locks.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "ao/base/result.hpp"

namespace ao::node {

struct VerifyQueueSettings {
  std::size_t messages_max = 4'096;
  std::size_t bytes_max = 256 << 20;
};

class VerifyQueue {
 public:
  explicit VerifyQueue(const VerifyQueueSettings& settings) : settings_(settings) {}

  // Errors: kBusy "verify-queue-full", which says of what. Whoever entered leaves with the same
  // number of bytes.
  Result<> enter(std::size_t bytes);
  void leave(std::size_t bytes);

  const VerifyQueueSettings& settings() const { return settings_; }
  std::size_t messages() const { return messages_.load(std::memory_order_relaxed); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  VerifyQueueSettings settings_;
  std::atomic<std::size_t> messages_ = 0;
  std::atomic<std::size_t> bytes_ = 0;
};

}  // namespace ao::node
