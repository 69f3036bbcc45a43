// The head of a request: request line and header fields, read strictly (RFC 9112 §2 to §5).
//
//   head = [ CRLF ] request-line CRLF *( field-line CRLF ) CRLF
//
// Every line ends in CRLF, a field line begins with its name and its colon, nothing is folded. What
// two readers could take differently is malformed. Pure: bytes in, values out.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ao/http/message.hpp"
#include "ao/http/settings.hpp"
#include "refusal.hpp"

namespace ao::http {

enum class Framing { kLength, kChunked };

// What the client says of the answer that it would take; empty where it says nothing.
struct Wishes {
  std::string accept_encoding = {};
  std::string range = {};
  std::string if_range = {};
  std::string web_socket_key = {};  // of whoever wants to speak WebSocket
};

struct Head {
  Request request;  // without body and peer
  Wishes wishes;
  Framing framing = Framing::kLength;
  std::uint64_t content_length = 0;
  bool is_http_1_1 = true;  // else 1.0
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const { return framing == Framing::kChunked || content_length > 0; }
};

// Finds where a head ends while it arrives, and enforces the limits on what has arrived.
class HeadScanner {
 public:
  explicit HeadScanner(const Limits& limits) : limits_(limits) {}

  // `received` begins at the head's first byte and grows from call to call. Returns the length of
  // the head, 0 while its end is missing.
  std::expected<std::size_t, Refusal> scan(std::string_view received);

 private:
  std::expected<void, Refusal> check_line(std::size_t bytes) const;

  const Limits& limits_;
  std::size_t line_begin_ = 0;
  std::size_t scanned_ = 0;
  std::size_t lines_ = 0;
  std::size_t field_bytes_ = 0;  // of whole field lines with their CRLF
};

// `head` is whole, as HeadScanner found it.
std::expected<Head, Refusal> parse_head(std::string_view head, const Limits& limits);

struct FieldLine {
  std::string_view name;
  std::string_view value;
};

// A line without its CRLF; trailers have the same form.
std::expected<FieldLine, Refusal> parse_field_line(std::string_view line);

}  // namespace ao::http
