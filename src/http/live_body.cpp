// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "live_body.hpp"

#include <fmt/format.h>

namespace ao::http {

LiveBody::LiveBody(Wire& wire, const Limits& limits, BodyEnd end)
    : wire_(wire), stall_max_(limits.idle_timeout), end_(end), attendance_(wire.strand()) {}

Task<bool> LiveBody::send(Bytes piece) {
  if (attendance_.is_lost()) co_return false;
  if (piece.empty()) co_return true;  // an empty chunk would be the last one
  std::string head;
  if (end_ == BodyEnd::kLastChunk) {
    head = fmt::format("{:x}\r\n", piece.size());
    piece += "\r\n";
  }
  const bool is_written = co_await write(head, piece);
  co_return is_written;
}

Task<bool> LiveBody::wait(Time until) {
  const bool is_open = co_await attendance_.wait(until);
  co_return is_open;
}

Task<bool> LiveBody::finish() {
  if (attendance_.is_lost()) co_return false;
  if (end_ == BodyEnd::kClose) co_return true;
  const std::string_view last = "0\r\n\r\n";
  const std::string_view nothing;
  const bool is_written = co_await write(last, nothing);
  co_return is_written;
}

// Between pieces nothing is awaited of the client, so no deadline is left behind.
Task<bool> LiveBody::write(std::string_view head, std::string_view bytes) {
  const bool is_written = co_await wire_.write(head, bytes, stall_max_);
  if (!is_written) {
    attendance_.lose();
    co_return false;
  }
  wire_.wait_until(Time::max());
  co_return true;
}

}  // namespace ao::http
