// Bodies of requests, as they arrive.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "body_lease.hpp"
#include "chunks.hpp"
#include "connection.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using Clock = Wire::Clock;

constexpr std::size_t kSmallReadBytes = 4 << 10;
constexpr std::size_t kBulkBytes = 64 << 10;

// The most that is read at once, before it is the turn of other connections.
constexpr std::size_t kTurnBytes = 8 << 10;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Task<std::expected<Bytes, Refusal>> Connection::read_body(const Head& head) {
  const bool is_counted = head.framing == Framing::kLength;
  if (is_counted && buffer_.size() >= head.content_length) {
    Bytes body(buffered().substr(0, head.content_length));
    buffer_.consume(head.content_length);
    co_return body;
  }
  if (head.expects_continue && buffer_.size() == 0) {
    const std::string_view no_body;
    const bool sent = co_await wire_.write(kContinue, no_body, service_.limits.idle_timeout);
    if (!sent) co_return hang_up();
  }
  const Limits& limits = service_.limits;
  pace_.emplace(limits.body_bytes_per_second_min, limits.body_progress_window, Clock::now());
  pace_body(0);
  BodyLease lease(service_.body_room, head.request.network);
  auto reading = is_counted ? read_counted(head.content_length, lease) : read_chunked(lease);
  auto body = co_await std::move(reading);
  pace_.reset();
  co_return body;
}

// Memory follows what arrived, not what was announced: room for a large body is only addresses
// until bytes come, and nothing is zeroed or copied while others wait.
Task<std::expected<Bytes, Refusal>> Connection::read_counted(std::size_t length, BodyLease& lease) {
  const auto as_it_is = [](char*, std::size_t size) { return size; };
  Bytes body(buffered());
  buffer_.consume(body.size());
  std::size_t received = body.size();
  while (received < length) {
    const std::size_t end = std::min(length, received + kTurnBytes);
    if (auto room = lease.grow_to(end); !room) co_return std::unexpected(room.error());
    if (body.capacity() < end) body.reserve(end <= kBulkBytes ? kBulkBytes : length);
    body.resize_and_overwrite(end, as_it_is);
    const auto space = asio::buffer(body.data() + received, end - received);
    const std::size_t count = co_await wire_.receive(space);
    if (count == 0) co_return no_bytes("the body");
    received += count;
    body_bytes_ = received;
  }
  co_return body;
}

Task<std::expected<Bytes, Refusal>> Connection::read_chunked(BodyLease& lease) {
  Bytes body;
  ChunkDecoder decoder(service_.limits);
  while (true) {
    const auto taken = decoder.feed(buffered(), body);
    if (!taken) co_return std::unexpected(taken.error());
    buffer_.consume(*taken);
    if (decoder.done()) co_return body;
    body_bytes_ = body.size();
    if (auto room = lease.grow_to(body.capacity()); !room) co_return std::unexpected(room.error());
    const std::size_t turn = body.size() < kBulkBytes ? kSmallReadBytes : kTurnBytes;
    const std::size_t count = co_await receive_into_buffer(turn);
    if (count == 0) co_return no_bytes("the body");
  }
}

void Connection::pace_body(std::size_t bytes) {
  body_bytes_ = bytes;
  wire_.wait_until(std::min(pace_->window_end(), request_begin_ + service_.limits.request_timeout));
}

}  // namespace ao::http
