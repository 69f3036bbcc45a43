// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/quiet.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ao::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLook = 250ms;
constexpr int kQuietLooks = 4;        // in a row
constexpr double kQuietShare = 0.02;  // of a core
constexpr auto kPatience = 15min;
constexpr std::size_t kChunk = 1 << 20;

template <class Use>
void for_each_file(const fs::path& folder, Use use) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw std::runtime_error("cannot read " + entry.path().string());
    use(file);
    ::close(file);
  }
}

}  // namespace

double processor_seconds() {
  timespec passed{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &passed);
  return static_cast<double>(passed.tv_sec) + 1e-9 * static_cast<double>(passed.tv_nsec);
}

std::uint64_t bytes_in(const fs::path& folder, std::string_view ending) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code gone;  // by a compaction
    const auto size = entry.file_size(gone);
    if (!gone && entry.path().string().ends_with(ending)) bytes += size;
  }
  return bytes;
}

void drop_from_page_cache(const fs::path& folder) {
  for_each_file(folder, [](int file) {
    ::fdatasync(file);  // what is not on the disk cannot be dropped
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  });
}

void read_into_page_cache(const fs::path& folder) {
  std::vector<char> chunk(kChunk);
  for_each_file(folder, [&chunk](int file) {
    while (::read(file, chunk.data(), chunk.size()) > 0)
      continue;
  });
}

void wait_until_quiet(const fs::path& folder) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (int quiet = 0; quiet < kQuietLooks;) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("the store does not come to rest");
    const double before = processor_seconds();
    std::this_thread::sleep_for(kLook);
    const double share =
        (processor_seconds() - before) / std::chrono::duration<double>(kLook).count();
    quiet = share < kQuietShare ? quiet + 1 : 0;
  }
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::syncfs(opened);
  ::close(opened);
}

}  // namespace ao::bench
