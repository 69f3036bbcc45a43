// The allocator of an arena: everything it knows lies inside the arena, so that it is saved, rolled
// back and reproduced with it, and the same requests get the same addresses.
//
// Blocks up to kSmallBytes come in steps of 16 bytes and are reused by size; larger ones are runs
// of whole pages that merge with their free neighbours. Sizes are given back by the caller, as Lua
// does, so blocks have no header. A block is zero when it is handed out, from the moment it is
// freed: else parts of what it held would live on in padding, and among it are addresses of
// functions, which are others in the next process.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "arena.hpp"

namespace ao::machine {

class Heap {
 public:
  // Lays an empty heap out at the start of an arena.
  static Heap* make(char* arena);

  // Lua's contract: `bytes` 0 frees, `block` null allocates. Null when the arena is full or more
  // than `limit_bytes` would be in use; nothing has changed then.
  void* resize(void* block, std::size_t old_bytes, std::size_t bytes, std::uint64_t limit_bytes);

  std::uint64_t used_bytes() const { return used_bytes_; }  // by blocks, with their rounding
  std::uint64_t top() const { return top_; }                // no byte beyond it was ever touched

 private:
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kSmallBytes = 4096;
  static constexpr std::size_t kChunkPages = 16;  // what small blocks are cut from
  static constexpr std::size_t kPages = Arena::kBytes / Arena::kPageBytes;
  static constexpr std::size_t kRunLists = 19;  // of free runs, by the logarithm of their length
  static constexpr int kSearchMax = 16;         // runs looked at in the list of the wanted length

  struct FreeBlock {
    FreeBlock* next;
  };
  struct FreeRun {
    FreeRun* next;
    FreeRun* previous;
    std::size_t pages;
  };

  static std::size_t rounded(std::size_t bytes);

  void* allocate(std::size_t size);
  void release(void* block, std::size_t size);
  void* allocate_small(std::size_t size);
  void* allocate_run(std::size_t pages);
  bool resize_run(char* run, std::size_t old_pages, std::size_t pages);

  char* arena() { return reinterpret_cast<char*>(this); }
  std::size_t page_of(const void* at) {
    return static_cast<std::size_t>(static_cast<const char*>(at) - arena()) / Arena::kPageBytes;
  }
  FreeRun* find_run(std::size_t pages);
  void add_run(char* start, std::size_t pages);
  void merge_and_add_run(char* start, std::size_t pages);
  std::size_t remove_run(FreeRun* run);
  void mark(FreeRun* run, std::uint8_t edge);

  std::uint64_t used_bytes_ = 0;
  std::uint64_t top_ = 0;
  char* chunk_ = nullptr;
  char* chunk_end_ = nullptr;
  std::array<FreeBlock*, kSmallBytes / kStep> small_{};
  std::array<FreeRun*, kRunLists> runs_{};
  // 1 for the first and the last page of a free run. Its untouched pages cost nothing.
  std::array<std::uint8_t, kPages> edge_{};
};

}  // namespace ao::machine
