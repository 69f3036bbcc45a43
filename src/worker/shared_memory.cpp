// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "shared_memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ao/base/assert.hpp"

namespace ao::worker {
namespace {

constexpr std::size_t kKeptBytes = 4 << 20;  // of each half

std::unexpected<Error> unavailable(const char* what) {
  return fail(ErrorKind::kUnavailable, "worker-unstartable",
              fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<SharedMemory> SharedMemory::create() {
  const int descriptor = memfd_create("ao-worker", MFD_CLOEXEC);
  if (descriptor < 0) return unavailable("no memory to share with a worker");
  if (ftruncate(descriptor, 2 * kHalfBytes) != 0) {
    ::close(descriptor);
    return unavailable("no memory to share with a worker");
  }
  return attach(descriptor);
}

Result<SharedMemory> SharedMemory::attach(int descriptor) {
  void* const base = mmap(nullptr, 2 * kHalfBytes, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (base == MAP_FAILED) {
    ::close(descriptor);
    return unavailable("no address space for the memory shared with a worker");
  }
  return SharedMemory(descriptor, static_cast<char*>(base));
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      big_(other.big_) {}

SharedMemory::~SharedMemory() {
  if (base_ != nullptr) munmap(base_, 2 * kHalfBytes);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SharedMemory::put(char* where, BytesView bytes) {
  AO_ASSERT(bytes.size() <= kHalfBytes);
  big_ = big_ || bytes.size() > kKeptBytes;
  std::memcpy(where, bytes.data(), bytes.size());
}

void SharedMemory::shrink() {
  if (!big_) return;
  for (char* half : {base_, base_ + kHalfBytes})
    madvise(half + kKeptBytes, kHalfBytes - kKeptBytes, MADV_REMOVE);
  big_ = false;
}

}  // namespace ao::worker
