// The wire to a node, that a programme cuts: listens on a port of its own and hands on what comes.
//
// Its threads end with it. `set` takes effect on open connections too.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace ao::test {

class FaultyProxy {
 public:
  enum class Wire {
    kWhole,
    kCut,           // connections end at once
    kSilent,        // they stay, and nothing comes through
    kLosesAnswers,  // requests arrive, and their connection ends before the answer
  };

  // On `port`, to `target`, both on loopback. Throws std::runtime_error when it cannot listen.
  FaultyProxy(std::uint16_t port, std::uint16_t target);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  void set(Wire wire) { wire_ = wire; }
  std::uint64_t answers_lost() const { return answers_lost_; }

 private:
  struct Connection;

  void run();

  const std::uint16_t target_;
  int listener_ = -1;
  std::atomic<Wire> wire_ = Wire::kWhole;
  std::atomic<std::uint64_t> answers_lost_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace ao::test
