// What a store was asked to keep and what it promised, kept outside of it.
//
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <set>

#include "ao/schedule/schedule.hpp"
#include "torture/message_pool.hpp"

namespace ao::test {

class Ledger {
 public:
  explicit Ledger(const MessagePool& pool);
  Ledger(const Ledger& other);

  // Messages, by their index in the pool.
  void sending(std::size_t index);
  void promised(std::size_t index, const schedule::Placement& placement);
  void found(std::size_t index, Slot slot);  // readable, so it must stay
  bool was_sent(std::size_t index) const;
  std::optional<Slot> promise(std::size_t index) const;
  std::size_t promises() const;  // acknowledgements, of new messages

  // Outcomes, by the number of the process in the pool; a cursor counts the evaluated slots.
  struct Evaluated {
    std::uint64_t promised = 0;
    std::set<std::uint64_t> attempted;  // later cursors that may have been written
  };
  // The slots that can be evaluated next; nullopt when there are none, or somebody is at it.
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  std::optional<Range> begin_outcomes(std::size_t process);
  void end_outcomes(std::size_t process, const Range& range, bool promised);
  Evaluated evaluated(std::size_t process) const;
  void found_cursor(std::size_t process, std::uint64_t count);

  // Rules that were broken before anything was read back.
  std::vector<std::string> complaints() const;

 private:
  struct Entry {
    bool sent = false;
    bool placed = false;  // somebody was told that it is new, or it was found
    std::optional<Slot> slot;
  };
  struct Evaluation {
    std::vector<bool> scheduled;  // by slot: promised
    Evaluated evaluated;
    bool busy = false;
  };

  void keep(std::size_t index, Slot slot);
  std::size_t number_of(const ProcessId& process) const;

  const MessagePool& pool_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::vector<Evaluation> evaluations_;
  std::vector<std::string> complaints_;
  std::size_t promises_ = 0;
};

}  // namespace ao::test
