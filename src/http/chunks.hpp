// A chunked body, decoded strictly as it arrives (RFC 9112 §7.1).
//
//   body    = *( size [ ext ] CRLF data CRLF ) 1*"0" [ ext ] CRLF *( field-line CRLF ) CRLF
//   size    = 1*16HEXDIG
//   ext     = ";" and what follows up to the CRLF
//
// Trailer fields are checked and dropped: nothing here may be set after the body. Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ao/base/bytes.hpp"
#include "ao/http/settings.hpp"
#include "refusal.hpp"

namespace ao::http {

class ChunkDecoder {
 public:
  explicit ChunkDecoder(const Limits& limits) : limits_(limits) {}

  // Appends data to `body` and returns how many bytes of `wire` it took: all of them, or, once
  // done, those up to the end of the body.
  std::expected<std::size_t, Refusal> feed(std::string_view wire, Bytes& body);

  bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kSize, kExtension, kSizeEnd, kData, kDataCr, kDataLf, kTrailers, kDone };

  std::expected<void, Refusal> step(char c, const Bytes& body);
  std::expected<void, Refusal> read_size(char c);
  std::expected<void, Refusal> read_extension(char c);
  std::expected<void, Refusal> begin_data(char c, const Bytes& body);
  std::expected<void, Refusal> read_trailer(char c);

  const Limits& limits_;
  State state_ = State::kSize;
  std::uint64_t size_ = 0;  // while in kData: of what is missing
  std::size_t size_digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailers_ = 0;
  std::string trailer_;
};

}  // namespace ao::http
