// A client that keeps sending signed messages, whatever happens to the node.
//
// What it sends comes from the seed. It sends the same bytes until they are acknowledged, except
// for messages it gives up after the first failure (those may have arrived or not), and now and
// then repeats one that was acknowledged, which must bring the same slot. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <random>

#include "ao/crypto/key.hpp"
#include "torture/cast.hpp"
#include "torture/recorder.hpp"

namespace ao::test {

class Client {
 public:
  Client(const Cast& cast, std::uint16_t port, std::uint64_t seed, Recorder& recorder);

  // Until `stopping`; then it tries a little longer for the message in hand.
  void run(const std::atomic<bool>& stopping);

 private:
  struct Errand {
    ProcessId process;
    message::DataItem item;
  };

  Errand next_errand();
  message::Draft for_counter();
  message::Draft for_forwarder();
  message::Draft for_sink();
  message::Draft for_exchange();
  void send(const Errand& errand, bool gives_up, const std::atomic<bool>& stopping);
  bool attempt(const Errand& errand);  // true when the node has answered for good
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string quantity() { return std::to_string(1 + below(1'000'000)); }

  Cast cast_;
  Recorder& recorder_;
  Connection connection_;
  std::mt19937_64 random_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::vector<Errand> acknowledged_;
  std::uint64_t made_ = 0;
  std::uint64_t trades_ = 0;
};

}  // namespace ao::test
