// A TCP connection to this machine that says any bytes, in any order and never too politely.
//
// One thread. Blocking, but nothing waits for longer than a few seconds.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ao::test {

struct RawAnswer {
  int status = 0;  // 0: none came whole
  std::string head;
  std::string body;

  std::string code() const;                          // of an error; empty when there is none
  std::string field(const std::string& name) const;  // all in lower case; empty when absent
};

// An address of the loopback, 127.0.0.0/8: each is another client.
struct Source {
  std::uint8_t net = 0;
  std::uint8_t host = 1;
};

class RawSocket {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kPatience{8'000};

  // Throws std::runtime_error when the kernel gives no connection.
  explicit RawSocket(std::uint16_t port, Source from = {});
  RawSocket(RawSocket&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  RawSocket& operator=(RawSocket&& other) noexcept;
  ~RawSocket() { close(); }

  bool say(std::string_view bytes);           // false when they were not all taken
  std::size_t offer(std::string_view bytes);  // what is taken at once; 0 also when it is closed

  RawAnswer hear(Milliseconds patience = kPatience);
  // True when the other side closes, and says nothing more before.
  bool hears_end(Milliseconds patience = kPatience);
  // All that comes until the other side closes; false when it does not.
  bool hear_all(std::string& bytes, Milliseconds patience = kPatience);
  void discard();  // what has come, without waiting

  void end_sending();  // half-closes
  void reset();        // closes with RST
  void close();
  int number() const { return socket_; }

 private:
  bool receive(Milliseconds patience);  // false: closed, or nothing came

  int socket_;
  bool is_closed_ = false;  // by the other side
  std::string received_;
};

}  // namespace ao::test
