// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "metering.hpp"

#include <algorithm>
#include <csetjmp>
#include <limits>

#include "ao/base/assert.hpp"
#include "heap.hpp"
#include "lua.hpp"

namespace ao::machine {
namespace {

constexpr std::ptrdiff_t kUnmetered = std::numeric_limits<std::ptrdiff_t>::max();

// What the interpreter's callbacks need; none of them is given anything but the heap.
struct Here {
  bool metered = false;
  bool inside = false;
  Ending ending = Ending::kReturned;
  std::uint64_t memory_bytes = 0;
  std::ptrdiff_t gas = 0;
  std::jmp_buf way_out;
};

thread_local Here here;

[[noreturn]] void leave(Ending ending) {
  AO_ASSERT(here.inside);
  here.ending = ending;
  std::longjmp(here.way_out, 1);
}

void leave_out_of_gas() {
  leave(Ending::kOutOfGas);
}

}  // namespace

Metering::Metering(const Limits& limits)
    : gas_(static_cast<std::ptrdiff_t>(
          std::min(limits.gas, static_cast<std::uint64_t>(kUnmetered)))) {
  AO_ASSERT(!here.metered);
  here.metered = true;
  here.ending = Ending::kReturned;
  here.memory_bytes = std::min(limits.memory_bytes, Instance::kArenaBytes);
  here.gas = gas_;
  luai_meter.gas = gas_;
  luai_meter.exhausted = leave_out_of_gas;
}

Metering::~Metering() {
  luai_meter.gas = kUnmetered;
  here.metered = false;
}

bool Metering::run(void (*body)(void*), void* request) {
  here.inside = true;
  if (setjmp(here.way_out) == 0) body(request);
  here.inside = false;
  return here.ending == Ending::kReturned;
}

Ending Metering::abandoned_for() const {
  return here.ending;
}

void Metering::stop_jumping() {
  jumping_ = false;
  left_ = luai_meter.gas;
  luai_meter.gas = kUnmetered;
}

bool Metering::overspent() const {
  return kUnmetered - luai_meter.gas > left_;
}

std::uint64_t Metering::gas_used() const {
  const std::ptrdiff_t left = jumping_ ? luai_meter.gas : left_ - (kUnmetered - luai_meter.gas);
  return static_cast<std::uint64_t>(gas_ - std::max<std::ptrdiff_t>(left, 0));
}

std::uint64_t Metering::gas_used_here() {
  return static_cast<std::uint64_t>(here.gas - luai_meter.gas);
}

void* Metering::allocate(void* heap, void* block, std::size_t old_bytes, std::size_t bytes) {
  const std::uint64_t limit = here.metered ? here.memory_bytes : Instance::kArenaBytes;
  void* const moved = static_cast<Heap*>(heap)->resize(block, old_bytes, bytes, limit);
  // Lua never sees a failed allocation, so its emergency collections never run.
  if (moved == nullptr && bytes != 0) leave(Ending::kOutOfMemory);
  return moved;
}

}  // namespace ao::machine
