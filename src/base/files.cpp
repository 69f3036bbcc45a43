// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ao {

void sync(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const std::error_code reason(errno, std::generic_category());
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) throw std::filesystem::filesystem_error("cannot sync", path, reason);
}

}  // namespace ao
