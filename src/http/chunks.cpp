// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "chunks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "head.hpp"
#include "syntax.hpp"

namespace ao::http {

std::expected<std::size_t, Refusal> ChunkDecoder::feed(std::string_view wire, Bytes& body) {
  std::size_t taken = 0;
  while (taken < wire.size() && !done()) {
    if (state_ == State::kData) {
      const std::size_t bytes = std::min<std::uint64_t>(size_, wire.size() - taken);
      body.append(wire, taken, bytes);
      taken += bytes;
      size_ -= bytes;
      if (size_ == 0) state_ = State::kDataCr;
      continue;
    }
    AO_CHECK(step(wire[taken], body));
    ++taken;
  }
  return taken;
}

std::expected<void, Refusal> ChunkDecoder::step(char c, const Bytes& body) {
  switch (state_) {
    case State::kSize:
      return read_size(c);
    case State::kExtension:
      return read_extension(c);
    case State::kSizeEnd:
      return begin_data(c, body);
    case State::kDataCr:
      if (c != '\r')
        return malformed("http-chunk-length", "chunk data is longer than the chunk size");
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') return malformed("http-chunk-length", "chunk data does not end in CRLF");
      state_ = State::kSize;
      return {};
    case State::kTrailers:
      return read_trailer(c);
    case State::kData:
    case State::kDone:
      break;
  }
  return {};
}

std::expected<void, Refusal> ChunkDecoder::read_size(char c) {
  if (const int digit = hex_digit(c); digit >= 0) {
    if (++size_digits_ > 16) return malformed("http-chunk-size", "a chunk size has over 16 digits");
    size_ = size_ << 4 | static_cast<std::uint64_t>(digit);
    return {};
  }
  if (size_digits_ > 0 && c == '\n')
    return malformed("http-chunk-line-feed", "a chunk size ends in a bare LF");
  if (size_digits_ == 0 || (c != '\r' && c != ';'))
    return malformed("http-chunk-size", "a chunk size is not a hexadecimal number");
  if (c == '\r') {
    state_ = State::kSizeEnd;
    return {};
  }
  state_ = State::kExtension;
  return read_extension(c);
}

std::expected<void, Refusal> ChunkDecoder::read_extension(char c) {
  if (c == '\r') {
    state_ = State::kSizeEnd;
    return {};
  }
  if (!is_field_value(std::string_view(&c, 1)))
    return malformed("http-chunk-extension", "a chunk extension has control characters");
  if (++extension_bytes_ > limits_.chunk_extension_bytes_max)
    return malformed("http-chunk-extension", fmt::format("a chunk extension is over {} bytes",
                                                         limits_.chunk_extension_bytes_max));
  return {};
}

std::expected<void, Refusal> ChunkDecoder::begin_data(char c, const Bytes& body) {
  if (c != '\n') return malformed("http-chunk-line-feed", "a chunk size does not end in CRLF");
  if (size_ > limits_.body_bytes_max - body.size())
    return refuse(413, "body-too-large",
                  fmt::format("the body is over {} bytes", limits_.body_bytes_max));
  state_ = size_ == 0 ? State::kTrailers : State::kData;
  size_digits_ = 0;
  extension_bytes_ = 0;
  return {};
}

std::expected<void, Refusal> ChunkDecoder::read_trailer(char c) {
  if (c != '\n') {
    if (trailer_.size() > limits_.header_field_bytes_max)
      return refuse(
          431, "header-field-too-long",
          fmt::format("a trailer field is over {} bytes", limits_.header_field_bytes_max));
    trailer_.push_back(c);
    return {};
  }
  if (!trailer_.ends_with('\r'))
    return malformed("http-trailer-line-feed", "a trailer line ends in a bare LF");
  trailer_.pop_back();
  if (trailer_.empty()) {
    state_ = State::kDone;
    return {};
  }
  if (++trailers_ > limits_.trailer_fields_max)
    return malformed("http-trailers-max",
                     fmt::format("there are over {} trailer fields", limits_.trailer_fields_max));
  AO_CHECK(parse_field_line(trailer_));
  trailer_.clear();
  return {};
}

}  // namespace ao::http
