// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "heap.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace ao::machine {
namespace {

constexpr std::size_t kPage = Arena::kPageBytes;

std::size_t list_of(std::size_t pages) {
  return static_cast<std::size_t>(std::bit_width(pages)) - 1;
}

// The last eight bytes of a free run repeat its length, for the neighbour that follows.
void write_at_end(char* start, std::size_t pages, std::size_t length) {
  std::memcpy(start + pages * kPage - sizeof length, &length, sizeof length);
}

std::size_t read_length_before(const char* start) {
  std::size_t pages;
  std::memcpy(&pages, start - sizeof pages, sizeof pages);
  return pages;
}

}  // namespace

Heap* Heap::make(char* arena) {
  // The arena is zero already: a constructor that ran over edge_ would touch 64 pages.
  auto* heap = reinterpret_cast<Heap*>(arena);
  heap->top_ = (sizeof(Heap) + kPage - 1) / kPage * kPage;
  return heap;
}

std::size_t Heap::rounded(std::size_t bytes) {
  const std::size_t step = bytes <= kSmallBytes ? kStep : kPage;
  return (bytes + step - 1) / step * step;
}

void* Heap::resize(void* block, std::size_t old_bytes, std::size_t bytes,
                   std::uint64_t limit_bytes) {
  const std::size_t old_size = block == nullptr ? 0 : rounded(old_bytes);
  if (bytes == 0) {
    if (block != nullptr) release(block, old_size);
    return nullptr;
  }
  if (bytes > Arena::kBytes) return nullptr;
  const std::size_t size = rounded(bytes);
  if (size == old_size) return block;
  if (size > old_size && used_bytes_ - old_size + size > limit_bytes) return nullptr;
  if (old_size > kSmallBytes && size > kSmallBytes &&
      resize_run(static_cast<char*>(block), old_size / kPage, size / kPage)) {
    used_bytes_ = used_bytes_ - old_size + size;
    return block;
  }
  void* const moved = allocate(size);
  if (moved == nullptr || block == nullptr) return moved;
  std::memcpy(moved, block, std::min(old_bytes, bytes));
  release(block, old_size);
  return moved;
}

void* Heap::allocate(std::size_t size) {
  void* const block = size <= kSmallBytes ? allocate_small(size) : allocate_run(size / kPage);
  if (block != nullptr) used_bytes_ += size;
  return block;
}

void Heap::release(void* block, std::size_t size) {
  used_bytes_ -= size;
  std::memset(block, 0, size);  // see heap.hpp
  if (size <= kSmallBytes) {
    FreeBlock*& first = small_[size / kStep - 1];
    first = new (block) FreeBlock{first};
  } else {
    merge_and_add_run(static_cast<char*>(block), size / kPage);
  }
}

void* Heap::allocate_small(std::size_t size) {
  FreeBlock*& first = small_[size / kStep - 1];
  if (first != nullptr) {
    FreeBlock* const block = first;
    first = block->next;
    std::memset(block, 0, sizeof *block);
    return block;
  }
  if (static_cast<std::size_t>(chunk_end_ - chunk_) < size) {
    auto* const chunk = static_cast<char*>(allocate_run(kChunkPages));
    if (chunk == nullptr) return nullptr;
    if (chunk_ != chunk_end_) {  // the rest of the old chunk is a block of its own size
      FreeBlock*& rest = small_[static_cast<std::size_t>(chunk_end_ - chunk_) / kStep - 1];
      rest = new (chunk_) FreeBlock{rest};
    }
    chunk_ = chunk;
    chunk_end_ = chunk + kChunkPages * kPage;
  }
  char* const block = chunk_;
  chunk_ += size;
  return block;
}

void* Heap::allocate_run(std::size_t pages) {
  if (FreeRun* const run = find_run(pages)) {
    auto* const start = reinterpret_cast<char*>(run);
    const std::size_t rest = remove_run(run) - pages;
    if (rest > 0) add_run(start + pages * kPage, rest);
    return start;
  }
  if (top_ + pages * kPage > Arena::kBytes) return nullptr;
  char* const start = arena() + top_;
  top_ += pages * kPage;
  return start;
}

// Grows or shrinks a run where it is; false when what follows it is not free.
bool Heap::resize_run(char* run, std::size_t old_pages, std::size_t pages) {
  if (pages < old_pages) {
    std::memset(run + pages * kPage, 0, (old_pages - pages) * kPage);
    merge_and_add_run(run + pages * kPage, old_pages - pages);
    return true;
  }
  char* const end = run + old_pages * kPage;
  const std::size_t more = pages - old_pages;
  if (end == arena() + top_) {
    if (top_ + more * kPage > Arena::kBytes) return false;
    top_ += more * kPage;
    return true;
  }
  if (edge_[page_of(end)] == 0) return false;
  auto* const next = reinterpret_cast<FreeRun*>(end);
  if (next->pages < more) return false;
  const std::size_t length = remove_run(next);
  if (length > more) add_run(end + more * kPage, length - more);
  return true;
}

// A free run of at least `pages`; null when there is none at hand.
Heap::FreeRun* Heap::find_run(std::size_t pages) {
  int looked_at = 0;
  for (FreeRun* run = runs_[list_of(pages)]; run != nullptr && looked_at < kSearchMax;
       run = run->next, ++looked_at) {
    if (run->pages >= pages) return run;
  }
  for (std::size_t list = list_of(pages) + 1; list < kRunLists; ++list) {
    if (runs_[list] != nullptr) return runs_[list];
  }
  return nullptr;
}

void Heap::add_run(char* start, std::size_t pages) {
  FreeRun*& first = runs_[list_of(pages)];
  auto* const run = new (start) FreeRun{first, nullptr, pages};
  if (first != nullptr) first->previous = run;
  first = run;
  write_at_end(start, pages, pages);
  mark(run, 1);
}

void Heap::merge_and_add_run(char* start, std::size_t pages) {
  char* const end = start + pages * kPage;
  if (end < arena() + top_ && edge_[page_of(end)] != 0) {
    pages += remove_run(reinterpret_cast<FreeRun*>(end));
  }
  if (edge_[page_of(start) - 1] != 0) {  // the heap itself lies before the first run
    const std::size_t before = read_length_before(start);
    start -= before * kPage;
    pages += remove_run(reinterpret_cast<FreeRun*>(start));
  }
  add_run(start, pages);
}

// Its length; nothing is left of its marks.
std::size_t Heap::remove_run(FreeRun* run) {
  if (run->previous != nullptr) {
    run->previous->next = run->next;
  } else {
    runs_[list_of(run->pages)] = run->next;
  }
  if (run->next != nullptr) run->next->previous = run->previous;
  mark(run, 0);
  const std::size_t pages = run->pages;
  auto* const start = reinterpret_cast<char*>(run);
  write_at_end(start, pages, 0);
  std::memset(start, 0, sizeof *run);
  return pages;
}

void Heap::mark(FreeRun* run, std::uint8_t edge) {
  const std::size_t first = page_of(run);
  edge_[first] = edge;
  edge_[first + run->pages - 1] = edge;
}

}  // namespace ao::machine
