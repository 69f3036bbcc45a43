// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "live_body.hpp"

#include <fmt/format.h>

namespace ao::http {

LiveBody::LiveBody(Wire& wire, const Limits& limits, BodyEnd end)
    : wire_(wire),
      stall_max_(limits.idle_timeout),
      end_(end),
      wakeup_(std::make_shared<Wakeup>(wire.strand())) {}

Task<bool> LiveBody::send(Bytes piece) {
  if (is_lost_) co_return false;
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
  if (is_open()) co_await wakeup_->wait(until);
  co_return is_open();
}

LiveStream::Waker LiveBody::waker() {
  // Whoever keeps it may outlive the connection, and the threads that its timer needs.
  return [weak = std::weak_ptr(wakeup_)] {
    if (const auto wakeup = weak.lock()) wakeup->wake();
  };
}

void LiveBody::close() {
  is_closing_ = true;
  wakeup_->wake();
}

void LiveBody::lose() {
  is_lost_ = true;
  wakeup_->wake();
}

Task<bool> LiveBody::finish() {
  if (is_lost_) co_return false;
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
    lose();
    co_return false;
  }
  wire_.wait_until(Time::max());
  co_return true;
}

}  // namespace ao::http
