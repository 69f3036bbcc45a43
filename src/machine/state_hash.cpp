// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "state_hash.hpp"

#include <array>
#include <cstring>

#include "ao/base/assert.hpp"
#include "arena.hpp"

// What the linker knows of the program that holds Lua's functions.
extern "C" const char __executable_start;
extern "C" const char _end;

namespace ao::machine {
namespace {

using Page = std::array<std::uint64_t, Arena::kPageBytes / sizeof(std::uint64_t)>;

constexpr std::uint64_t kInProgram = 0x636f'6465'636f'6465;

std::uint64_t address(const char* at) {
  return reinterpret_cast<std::uintptr_t>(at);
}

}  // namespace

crypto::Digest256 state_hash(const char* arena, std::uint64_t used_bytes) {
  AO_ASSERT(used_bytes % Arena::kPageBytes == 0);
  const std::uint64_t program = address(&__executable_start);
  const std::uint64_t program_bytes = address(&_end) - program;
  Bytes digests;  // one for each page
  Page page;
  for (std::uint64_t at = 0; at < used_bytes; at += Arena::kPageBytes) {
    std::memcpy(page.data(), arena + at, Arena::kPageBytes);
    for (std::uint64_t& word : page) {
      if (word - address(arena) < Arena::kBytes) {
        word -= address(arena);
      } else if (word - program < program_bytes) {
        word = kInProgram;
      }
    }
    digests += crypto::view(
        crypto::sha256({reinterpret_cast<const char*>(page.data()), Arena::kPageBytes}));
  }
  return crypto::sha256(digests);
}

}  // namespace ao::machine
