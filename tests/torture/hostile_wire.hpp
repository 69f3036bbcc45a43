// The wire to a node that a programme makes hostile: it speaks HTTP in the node's place.
//
// An honest wire hands each request to the node and its answer back. Its threads end with it. `set`
// takes effect with the next request, and for answers that are under way, at their next byte.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ao::test {

class HostileWire {
 public:
  enum class Manner {
    kHonest,
    kNeverAnswers,  // not even a handshake of TLS
    kDrips,         // a byte a second
    kCutsBodies,    // closes within them
    kPours,         // bodies of 200 MiB, announced or in chunks
    kMiscounts,     // content-length is less than the body, or more
    kRedirects,     // into the machine's own network, and to a listener of its own
    kLies,          // of slots and items, with answers that are none
    kEquivocates,   // shows `records` in turn, where it is asked for its location
  };
  static constexpr int kManners = 9;
  static const char* name_of(Manner manner);

  // On `port`, to `target`, both on loopback; redirects lead to `trap` too. Throws
  // std::runtime_error when it cannot listen.
  HostileWire(std::uint16_t port, std::uint16_t target, std::uint16_t trap);
  ~HostileWire();
  HostileWire(const HostileWire&) = delete;
  HostileWire& operator=(const HostileWire&) = delete;

  // Before it equivocates.
  void tell(std::vector<std::string> records) { records_ = std::move(records); }
  void set(Manner manner) { manner_ = manner; }

  std::size_t misdeeds() const { return misdeeds_; }
  std::size_t connections() const { return connections_; }

 private:
  struct Request {
    std::string head, body;

    bool is_for(const std::string& path) const { return head.find(path) != std::string::npos; }
  };

  void run();
  void serve(int socket);
  bool answer(int socket, const Request& request);
  bool misbehave(int socket, Manner manner, const Request& request);
  bool hand_on(int socket, const Request& request);
  bool read(int socket, Request& request);
  bool wait(int socket, int milliseconds, Manner manner);
  bool pour(int socket, Manner manner);
  std::string lie(const Request& request);

  const std::uint16_t target_;
  const std::uint16_t trap_;
  int listener_ = -1;
  std::vector<std::string> records_;
  std::atomic<Manner> manner_ = Manner::kHonest;
  std::atomic<std::size_t> misdeeds_ = 0, connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  // of the threads
  std::vector<std::thread> serving_;
  std::thread thread_;
};

}  // namespace ao::test
