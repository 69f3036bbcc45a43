// Limits on the work of one evaluation, and the jump out of it.
//
// While a Metering lives, the thread's Lua code spends from its gas, and the allocator keeps to its
// memory. Crossing either limit jumps out of `run`, wherever the interpreter is, without unwinding:
// what runs inside must own nothing that has a destructor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "ao/machine/instance.hpp"

namespace ao::machine {

class Metering {
 public:
  explicit Metering(const Limits& limits);
  ~Metering();
  Metering(const Metering&) = delete;
  Metering& operator=(const Metering&) = delete;

  // Calls body(request). False when it was abandoned, for the reason `abandoned_for` tells.
  bool run(void (*body)(void*), void* request);
  Ending abandoned_for() const;

  // After `run`, on the way out: reading Lua values still spends gas, but no longer jumps. True
  // once more is spent than was left.
  void stop_jumping();
  bool overspent() const;

  std::uint64_t gas_used() const;

  // Of the evaluation that this thread is in.
  static std::uint64_t gas_used_here();

  // Lua's allocator; `heap` is a Heap.
  static void* allocate(void* heap, void* block, std::size_t old_bytes, std::size_t bytes);

 private:
  std::ptrdiff_t gas_;       // the limit
  std::ptrdiff_t left_ = 0;  // when jumping stopped
  bool jumping_ = true;
};

}  // namespace ao::machine
