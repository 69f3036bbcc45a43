// Who may have a connection, and who waits for one. Pure.
//
// A seat is the right to one connection. Who comes first is seated first, but nobody waits for an
// origin that is not theirs: a full origin is passed over. Not thread-safe.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

namespace ao::http {

struct SeatLimits {
  std::size_t per_origin_max;
  std::size_t all_max;
  std::size_t waiting_per_origin_max;
  std::size_t waiting_max;
};

class Seats {
 public:
  using Ticket = std::uint64_t;  // of who waits; the caller's own, each once

  enum class Verdict { kSeated, kWaiting, kFull };

  explicit Seats(const SeatLimits& limits) : limits_(limits) {}

  Verdict ask(const std::string& origin, Ticket ticket);

  // A seat is free again: who has it now, if anybody waited for it.
  std::optional<Ticket> leave(const std::string& origin);

  void give_up(Ticket ticket);  // of one that waits

  std::size_t taken() const { return taken_; }
  std::size_t waiting() const { return line_.size(); }

 private:
  struct Waiting {
    std::string origin;
    Ticket ticket;
  };
  struct Origin {
    std::size_t taken = 0;
    std::size_t waiting = 0;
  };

  bool has_room(const Origin& origin) const {
    return origin.taken < limits_.per_origin_max && taken_ < limits_.all_max;
  }
  void forget_if_empty(const std::string& origin);

  SeatLimits limits_;
  std::size_t taken_ = 0;
  std::map<std::string, Origin> origins_;
  std::list<Waiting> line_;  // the first to come stands first
};

}  // namespace ao::http
