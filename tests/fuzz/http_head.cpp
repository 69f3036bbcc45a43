// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "http/head.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"
#include "http/syntax.hpp"

namespace ao::http {
namespace {

// Small, so that inputs reach them.
constexpr Limits kLimits{.request_line_bytes_max = 128,
                         .header_field_bytes_max = 256,
                         .header_bytes_max = 512,
                         .header_fields_max = 12,
                         .body_bytes_max = 100'000};

// As from a connection that brings a few bytes at a time.
std::expected<std::size_t, Refusal> scan_in_pieces(std::string_view input) {
  HeadScanner scanner(kLimits);
  std::size_t length = 0;
  for (std::size_t end = 0; end < input.size() && length == 0;) {
    end = std::min(input.size(), end + 1 + end % 7);
    AO_TRY(found, scanner.scan(input.substr(0, end)));
    length = found;
  }
  return length;
}

void check_head(const Head& head) {
  const Request& request = head.request;
  AO_ASSERT(is_token(request.method));
  AO_ASSERT(request.target == "*" ||
            (request.target.starts_with('/') && is_path_and_query(request.target)));
  AO_ASSERT(request.headers.size() <= kLimits.header_fields_max);
  for (const Headers::Field& field : request.headers) {
    AO_ASSERT(is_token(field.name) && is_field_value(field.value));
    AO_ASSERT(trimmed(field.value) == field.value);
  }
  const bool is_counted = request.headers.find("Content-Length") != nullptr;
  const bool is_coded = request.headers.find("Transfer-Encoding") != nullptr;
  AO_ASSERT(!(is_counted && is_coded));
  AO_ASSERT((head.framing == Framing::kChunked) == is_coded);
  AO_ASSERT(is_counted || head.content_length == 0);
  AO_ASSERT(head.content_length <= kLimits.body_bytes_max);
}

// A proxy that read what we read, and passes it on, is understood in the same way.
void check_passed_on(const Head& head, std::string_view version) {
  std::string wire = head.request.method + ' ' + head.request.target + ' ';
  wire += version;
  wire += "\r\n";
  for (const Headers::Field& field : head.request.headers)
    wire += field.name + ':' + field.value + "\r\n";
  wire += "\r\n";
  HeadScanner scanner(kLimits);
  const auto length = scanner.scan(wire);
  AO_ASSERT(length && *length == wire.size());
  const auto again = parse_head(wire, kLimits);
  AO_ASSERT(again.has_value());
  AO_ASSERT(again->request.method == head.request.method);
  AO_ASSERT(again->request.target == head.request.target);
  AO_ASSERT(again->request.headers.size() == head.request.headers.size());
  AO_ASSERT(again->framing == head.framing && again->content_length == head.content_length);
  AO_ASSERT(again->keep_alive == head.keep_alive);
  AO_ASSERT(again->expects_continue == head.expects_continue);
}

int refused(const Refusal& refusal) {
  AO_ASSERT(refusal.status >= 400 && refusal.status <= 505);
  return fuzz::refused(refusal, "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  HeadScanner scanner(kLimits);
  const auto length = scanner.scan(input);
  const auto in_pieces = scan_in_pieces(input);
  // Which of two faults is named may depend on when it came to light.
  AO_ASSERT(length.has_value() == in_pieces.has_value());
  if (!length) return refused(length.error());
  AO_ASSERT(*length == *in_pieces && *length <= input.size());
  if (*length == 0) return 0;
  const std::string_view whole = input.substr(0, *length);
  const auto head = parse_head(whole, kLimits);
  if (!head) return refused(head.error());
  check_head(*head);
  const std::size_t line_end = whole.find('\r', 2);
  check_passed_on(*head, whole.substr(line_end - 8, 8));
  return 0;
}

}  // namespace ao::http
