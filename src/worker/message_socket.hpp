// The socket between a node and a worker: sizes of what lies in the shared memory, and now and then
// an open file with one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace ao::worker {

constexpr int kNoFile = -1;

// False when the other end is gone, or does not take eight bytes at once. The file stays the
// caller's.
bool send_size(int socket, std::uint64_t size, int file = kNoFile);

// Waits. The file is the caller's, or kNoFile. Nullopt when the other end is gone.
struct Received {
  std::uint64_t size;
  int file;
};
std::optional<Received> receive_size(int socket);

}  // namespace ao::worker
