// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "message_socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace ao::worker {
namespace {

// A message of eight bytes with room for one descriptor.
struct Envelope {
  explicit Envelope(std::uint64_t& size) : part{&size, sizeof size} {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }

  iovec part;
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
};

}  // namespace

bool send_size(int socket, std::uint64_t size, int file) {
  Envelope envelope(size);
  if (file != kNoFile) {
    envelope.header.msg_control = envelope.room;
    envelope.header.msg_controllen = sizeof envelope.room;
    cmsghdr* const control = CMSG_FIRSTHDR(&envelope.header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(control), &file, sizeof file);
  }
  return sendmsg(socket, &envelope.header, MSG_NOSIGNAL) == sizeof size;
}

std::optional<Received> receive_size(int socket) {
  Received received{0, kNoFile};
  Envelope envelope(received.size);
  envelope.header.msg_control = envelope.room;
  envelope.header.msg_controllen = sizeof envelope.room;
  ssize_t count = 0;
  do {
    count = recvmsg(socket, &envelope.header, MSG_WAITALL | MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof received.size) return std::nullopt;
  const cmsghdr* const control = CMSG_FIRSTHDR(&envelope.header);
  if (control != nullptr && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
    std::memcpy(&received.file, CMSG_DATA(control), sizeof received.file);
  return received;
}

}  // namespace ao::worker
