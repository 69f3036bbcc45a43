// A client that behaves: it reads, it pushes signed messages, and it notes how long each took.
//
// Three of four calls read, the fourth pushes and waits for the outcome; one in eight has a
// connection of its own. What the kernel made this thread and the node's net thread wait for a
// processor is not counted: on a busy machine it is most of it, and none of the node's doing. One
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <vector>

#include "ao/crypto/key.hpp"
#include "torture/cast.hpp"

namespace ao::test {

class HonestClient {
 public:
  using Clock = std::chrono::steady_clock;

  // `node` is the process that serves the port.
  HonestClient(std::uint16_t port, pid_t node, ProcessId process);

  // Calls until then, on the thread that made it; milliseconds of each call.
  std::vector<double> call_until(Clock::time_point end);

  std::size_t pushed() const { return pushed_; }  // acknowledged
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  double waited_for_processor() const;  // in milliseconds

  std::uint16_t port_;
  std::vector<std::filesystem::path> statistics_;  // of the two threads
  ProcessId process_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::uint64_t calls_ = 0;
  std::size_t pushed_ = 0;
  std::vector<std::string> complaints_;
};

double percentile_99(std::vector<double> values);  // of at least one

}  // namespace ao::test
