// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "arena.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "ao/base/assert.hpp"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

namespace ao::machine {
namespace {

// Where arenas live: between the program and the libraries, clear of the sanitizers' own regions.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kFirstArena = 0x10'0000'0000;
constexpr std::uint64_t kArenaSlots = 256;
#else
constexpr std::uint64_t kFirstArena = 0x2000'0000'0000;
constexpr std::uint64_t kArenaSlots = 48 * 1024;
#endif
static_assert(kFirstArena % Arena::kBytes == 0, "scripts see addresses modulo the arena's size");

// The savepoint grows in steps, so that a growing process does not remap at every commit.
constexpr std::uint64_t kSavepointStep = 256 * 1024;

// A rollback puts the savepoint's content into the pages that changed, up to so many. Dropped, they
// would each cost a fault when they are written to again, and messages that fail come in streams.
constexpr std::uint64_t kTakenBackMax = 64;

constexpr int kProtection = PROT_READ | PROT_WRITE;

constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

// A descriptor until somebody else has it.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

[[noreturn]] void throw_no_room() {
  throw std::runtime_error(
      fmt::format("the state of a process cannot be saved: {}", std::strerror(errno)));
}

std::uint64_t slot_of(BytesView name) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ hash >> 32) % kArenaSlots;
}

}  // namespace

bool Arena::share_an_address(BytesView name, BytesView other) {
  return slot_of(name) == slot_of(other);
}

Result<std::unique_ptr<Arena>> Arena::create(BytesView name, Finding finding, int file) {
  if (file == kInMemory) file = memfd_create("ao-savepoint", MFD_CLOEXEC);
  if (file < 0)
    return fail(ErrorKind::kUnavailable, "arena-refused",
                fmt::format("no memory file for an arena's savepoint: {}", std::strerror(errno)));
  File owned(file);
  AO_TRY(base, reserve(name));
  if (finding == Finding::kPageMap && page_map() < 0) finding = Finding::kComparison;
  return std::unique_ptr<Arena>(new Arena(base, owned.release(), finding));
}

Result<std::unique_ptr<Arena>> Arena::map(BytesView name, Finding finding, int file,
                                          std::uint64_t savepoint_bytes) {
  AO_TRY(arena, create(name, finding, file));
  arena->map_savepoint(savepoint_bytes);
  return std::move(arena);
}

Result<char*> Arena::reserve(BytesView name) {
  const std::uint64_t slot = slot_of(name);
  void* const wanted = reinterpret_cast<void*>(kFirstArena + slot * kBytes);
  // The kernel's own list of mappings is the registry of live arenas.
  void* const got = mmap(wanted, kBytes, kProtection,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got == MAP_FAILED && errno == EEXIST)
    return fail(
        ErrorKind::kBusy, "arena-taken",
        fmt::format("arena {} of {} is in use by another live instance", slot, kArenaSlots));
  if (got != MAP_FAILED && got != wanted) munmap(got, kBytes);  // a kernel that ignores the flag
  if (got != wanted)
    return fail(
        ErrorKind::kUnavailable, "arena-refused",
        fmt::format("no address space for an arena of {} bytes: {}", kBytes, std::strerror(errno)));
  return static_cast<char*>(got);
}

Arena::~Arena() {
  unmap_saved();
  munmap(base_, kBytes);
  close(savepoint_);
}

// One for all arenas.
int Arena::page_map() {
  static const int descriptor = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  return descriptor;
}

void Arena::commit(std::uint64_t used_bytes) {
  AO_ASSERT(used_bytes <= kBytes);
  find_changed(round_up(used_bytes, kPageBytes) / kPageBytes);
  const std::uint64_t mapped_pages = savepoint_bytes_ / kPageBytes;
  for (const Run& run : changed_) {
    const char* from = base_ + run.first_page * kPageBytes;
    std::uint64_t at = run.first_page * kPageBytes;
    for (std::uint64_t left = run.pages * kPageBytes; left > 0;) {
      const ssize_t wrote = pwrite(savepoint_, from, left, static_cast<off_t>(at));
      if (wrote <= 0) throw_no_room();  // a savepoint half written has no way back
      const auto count = static_cast<std::uint64_t>(wrote);
      from += count;
      at += count;
      left -= count;
    }
    mark_written(run);
    if (run.first_page < mapped_pages)
      forget_changed(run.first_page, std::min(run.pages, mapped_pages - run.first_page));
  }
  if (used_bytes > savepoint_bytes_) extend_savepoint(used_bytes);
}

void Arena::mark_written(const Run& run) {
  const std::uint64_t end = run.first_page + run.pages;
  if (written_.size() < end) written_.resize(end);
  std::fill_n(written_.begin() + static_cast<std::ptrdiff_t>(run.first_page), run.pages, true);
}

std::vector<Arena::Run> Arena::written() const {
  std::vector<Run> runs;
  for (std::uint64_t page = 0; page < written_.size(); ++page) {
    if (!written_[page]) continue;
    if (!runs.empty() && runs.back().first_page + runs.back().pages == page) {
      ++runs.back().pages;
    } else {
      runs.push_back({page, 1});
    }
  }
  return runs;
}

void Arena::set_written(const std::vector<Run>& runs) {
  written_.clear();
  for (const Run& run : runs)
    mark_written(run);
}

void Arena::rollback(std::uint64_t used_bytes) {
  AO_ASSERT(used_bytes <= kBytes);
  find_changed(round_up(used_bytes, kPageBytes) / kPageBytes);
  std::uint64_t taken_back = 0;
  for (const Run& run : changed_) {
    if (taken_back + run.pages <= kTakenBackMax && take_back(run)) {
      taken_back += run.pages;
    } else {
      forget_changed(run.first_page, run.pages);
    }
  }
}

bool Arena::take_back(const Run& run) {
  const std::uint64_t at = run.first_page * kPageBytes;
  const std::uint64_t bytes = run.pages * kPageBytes;
  if (at + bytes > savepoint_bytes_) return false;
  if (saved_bytes_ != savepoint_bytes_) map_saved();
  if (saved_ == nullptr) return false;
  std::memcpy(base_ + at, saved_ + at, bytes);
  return true;
}

// A second view of the savepoint's file: reading it page by page costs as much as a short message.
void Arena::map_saved() {
  unmap_saved();
  void* const got = mmap(nullptr, savepoint_bytes_, PROT_READ, MAP_SHARED, savepoint_, 0);
  saved_bytes_ = savepoint_bytes_;
  if (got != MAP_FAILED) saved_ = static_cast<const char*>(got);
}

void Arena::unmap_saved() {
  if (saved_ != nullptr) munmap(const_cast<char*>(saved_), saved_bytes_);
  saved_ = nullptr;
}

void Arena::forget_changed(std::uint64_t first_page, std::uint64_t pages) {
  AO_ASSERT(madvise(base_ + first_page * kPageBytes, pages * kPageBytes, MADV_DONTNEED) == 0);
}

void Arena::extend_savepoint(std::uint64_t used_bytes) {
  const std::uint64_t bytes = std::min(round_up(used_bytes, kSavepointStep), kBytes);
  if (ftruncate(savepoint_, static_cast<off_t>(bytes)) != 0) throw_no_room();
  map_savepoint(bytes);
}

void Arena::map_savepoint(std::uint64_t bytes) {
  void* const at = base_ + savepoint_bytes_;
  AO_ASSERT(mmap(at, bytes - savepoint_bytes_, kProtection, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED,
                 savepoint_, static_cast<off_t>(savepoint_bytes_)) == at);
  savepoint_bytes_ = bytes;
}

void Arena::find_changed(std::uint64_t pages) {
  changed_.clear();
  if (finding_ == Finding::kPageMap) {
    find_changed_by_page_map(pages);
  } else {
    find_changed_by_comparison(pages);
  }
}

void Arena::find_changed_by_page_map(std::uint64_t pages) {
  constexpr std::uint64_t kBatch = 16 * 1024;
  const std::uint64_t base_page = reinterpret_cast<std::uintptr_t>(base_) / kPageBytes;
  entries_.resize(std::min(pages, kBatch));
  for (std::uint64_t page = 0; page < pages;) {
    const std::uint64_t count = std::min(pages - page, kBatch);
    const std::uint64_t bytes = count * sizeof(std::uint64_t);
    const ssize_t got = pread(page_map(), entries_.data(), bytes,
                              static_cast<off_t>((base_page + page) * sizeof(std::uint64_t)));
    if (got != static_cast<ssize_t>(bytes)) {  // hidden after all
      finding_ = Finding::kComparison;
      changed_.clear();
      return find_changed_by_comparison(pages);
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t entry = entries_[i];
      if ((entry & (kPresent | kSwapped)) != 0 && (entry & kOfFile) == 0) add_changed(page + i);
    }
    page += count;
  }
}

void Arena::find_changed_by_comparison(std::uint64_t pages) {
  constexpr std::uint64_t kBatch = 64;
  entries_.resize(kBatch * kPageBytes / sizeof(std::uint64_t));
  char* const saved = reinterpret_cast<char*>(entries_.data());
  for (std::uint64_t page = 0; page < pages;) {
    const std::uint64_t count = std::min(pages - page, kBatch);
    const std::uint64_t bytes = count * kPageBytes;
    const ssize_t got = pread(savepoint_, saved, bytes, static_cast<off_t>(page * kPageBytes));
    AO_ASSERT(got >= 0);
    const auto known = static_cast<std::uint64_t>(got);
    std::memset(saved + known, 0, bytes - known);  // beyond the savepoint all was zero
    for (std::uint64_t i = 0; i < count; ++i) {
      const char* now = base_ + (page + i) * kPageBytes;
      if (std::memcmp(now, saved + i * kPageBytes, kPageBytes) != 0) add_changed(page + i);
    }
    page += count;
  }
}

void Arena::add_changed(std::uint64_t page) {
  if (!changed_.empty() && changed_.back().first_page + changed_.back().pages == page) {
    ++changed_.back().pages;
  } else {
    changed_.push_back(Run{page, 1});
  }
}

}  // namespace ao::machine
