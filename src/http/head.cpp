// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "syntax.hpp"

namespace ao::http {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// The fields that decide how the rest is read, as views into the head.
struct Framers {
  std::optional<std::string_view> host;
  std::optional<std::string_view> content_length;
  std::optional<std::string_view> transfer_encoding;
  bool close = false;
  bool expects_continue = false;
};

// A slot is a text that is empty, or an optional that has no value.
template <class Slot>
std::expected<void, Refusal> once(Slot& slot, const FieldLine& field, std::string_view name) {
  if (slot != Slot())
    return malformed("http-field-twice", fmt::format("{} is given more than once", name));
  slot = field.value;
  return {};
}

// Lengths first: no field costs more than one comparison.
std::expected<void, Refusal> note(Framers& framers, Wishes& wishes, const FieldLine& field) {
  const auto is = [&field](std::string_view name) { return equal_without_case(field.name, name); };
  switch (field.name.size()) {
    case 4:
      if (is("host")) return once(framers.host, field, "Host");
      break;
    case 5:
      if (is("range")) return once(wishes.range, field, "Range");
      break;
    case 6:
      if (!is("expect")) break;
      if (!equal_without_case(field.value, "100-continue"))
        return refuse(417, "expectation-unsupported", "only the expectation 100-continue is met");
      framers.expects_continue = true;
      break;
    case 8:
      if (is("if-range")) return once(wishes.if_range, field, "If-Range");
      break;
    case 10:
      if (is("connection") && lists_token(field.value, "close")) framers.close = true;
      break;
    case 14:
      if (is("content-length")) return once(framers.content_length, field, "Content-Length");
      break;
    case 15:
      if (is("accept-encoding")) wishes.accept_encoding.append(",").append(field.value);
      break;
    case 16:
      if (is("content-encoding") && !equal_without_case(field.value, "identity"))
        return refuse(415, "content-encoding-unsupported", "request bodies are not decompressed");
      break;
    case 17:
      if (is("transfer-encoding"))
        return once(framers.transfer_encoding, field, "Transfer-Encoding");
      if (is("sec-websocket-key")) return once(wishes.web_socket_key, field, "Sec-WebSocket-Key");
      break;
    default:
      break;
  }
  return {};
}

// Saturates: a number of any length is a number, and over the limit.
std::optional<std::uint64_t> parse_length(std::string_view digits) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty()) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (kMax - digit) / 10 ? kMax : length * 10 + digit;
  }
  return length;
}

std::expected<void, Refusal> frame(Head& head, const Framers& framers, const Limits& limits) {
  if (framers.transfer_encoding) {
    if (framers.content_length)
      return malformed("http-two-framings",
                       "Content-Length and Transfer-Encoding exclude each other");
    // Codings compare without case, but a proxy that thinks otherwise would see another body.
    if (*framers.transfer_encoding != "chunked")
      return malformed("http-transfer-encoding", "Transfer-Encoding is not exactly chunked");
    head.framing = Framing::kChunked;
  } else if (framers.content_length) {
    const auto length = parse_length(*framers.content_length);
    if (!length) return malformed("http-content-length", "Content-Length is not a decimal number");
    if (*length > limits.body_bytes_max)
      return refuse(413, "body-too-large",
                    fmt::format("the body is over {} bytes", limits.body_bytes_max));
    head.content_length = *length;
  }
  return {};
}

// The request target as origin-form; absolute-form must name the host that Host names.
std::expected<std::string_view, Refusal> origin_form(std::string_view method,
                                                     std::string_view target,
                                                     std::optional<std::string_view> host) {
  if (target == "*" && method == "OPTIONS") return target;
  if (!target.starts_with('/')) {
    const std::size_t scheme_end = target.find("://");
    const std::string_view scheme = target.substr(0, scheme_end);
    if (scheme_end == kNone ||
        !(equal_without_case(scheme, "http") || equal_without_case(scheme, "https")))
      return malformed("http-target", "the request target is neither a path nor an http URL");
    target.remove_prefix(scheme_end + 3);
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (!is_authority(authority) || (host && !equal_without_case(authority, *host)))
      return malformed("http-host-conflict", "the host of the request target is not that of Host");
    target.remove_prefix(authority.size());
    if (target.empty()) target = "/";
  }
  if (!target.starts_with('/') || !is_path_and_query(target))
    return malformed("http-target",
                     "the request target has characters that RFC 3986 does not allow");
  return target;
}

struct RequestLine {
  std::string_view method;
  std::string_view target;
  bool is_http_1_1;
};

std::expected<RequestLine, Refusal> parse_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == kNone || target_end == method_end)
    return malformed("http-request-line", "the request line is not METHOD SP TARGET SP VERSION");
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);
  if (!is_token(method)) return malformed("http-method", "the method is not a token");
  if (version == "HTTP/1.1") return RequestLine{method, target, true};
  if (version == "HTTP/1.0") return RequestLine{method, target, false};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
      version[6] == '.' && is_digit(version[7]))
    return refuse(505, "http-version-unsupported", "the version is neither HTTP/1.1 nor HTTP/1.0");
  return malformed("http-version", "the request line does not end in an HTTP version");
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::expected<void, Refusal> HeadScanner::check_line(std::size_t bytes) const {
  if (lines_ == 0) {
    if (bytes <= limits_.request_line_bytes_max) return {};
    return refuse(414, "request-line-too-long",
                  fmt::format("the request line is over {} bytes", limits_.request_line_bytes_max));
  }
  if (bytes > limits_.header_field_bytes_max)
    return refuse(431, "header-field-too-long",
                  fmt::format("a header field is over {} bytes", limits_.header_field_bytes_max));
  if (field_bytes_ + bytes + 2 > limits_.header_bytes_max)
    return refuse(431, "header-too-large",
                  fmt::format("the header fields are over {} bytes", limits_.header_bytes_max));
  if (lines_ > limits_.header_fields_max)
    return refuse(431, "header-fields-too-many",
                  fmt::format("there are over {} header fields", limits_.header_fields_max));
  return {};
}

std::expected<std::size_t, Refusal> HeadScanner::scan(std::string_view received) {
  while (true) {
    const std::size_t end = received.find('\n', scanned_);
    if (end == kNone) break;
    if (end == line_begin_ || received[end - 1] != '\r')
      return malformed("http-bare-line-feed", "a line of the head ends in a bare LF");
    const std::size_t bytes = end - 1 - line_begin_;
    scanned_ = line_begin_ = end + 1;
    if (bytes == 0) {
      if (lines_ > 0) return end + 1;
      if (end == 1) continue;  // RFC 9112 §2.2 asks to forgive one
      return malformed("http-empty-lines", "empty lines precede the request line");
    }
    if (auto checked = check_line(bytes); !checked) return std::unexpected(checked.error());
    if (lines_ > 0) field_bytes_ += bytes + 2;
    ++lines_;
  }
  scanned_ = received.size();
  std::size_t begun = received.size() - line_begin_;
  if (begun > 0 && received.back() == '\r') --begun;
  if (begun > 0)
    if (auto checked = check_line(begun); !checked) return std::unexpected(checked.error());
  return 0;
}

std::expected<FieldLine, Refusal> parse_field_line(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t'))
    return malformed("http-field-folded", "a field line is folded, or begins with white space");
  const std::size_t colon = line.find(':');
  if (colon == kNone) return malformed("http-field-colon", "a field line has no colon");
  const FieldLine field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
  if (!is_token(field.name)) return malformed("http-field-name", "a field name is not a token");
  if (!is_field_value(field.value))
    return malformed("http-field-value", "a field value has control characters");
  return field;
}

std::expected<Head, Refusal> parse_head(std::string_view bytes, const Limits& limits) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  AO_TRY(request_line, parse_request_line(take_line(bytes)));

  Head head;
  head.request.method = request_line.method;
  Framers framers;
  for (auto line = take_line(bytes); !line.empty(); line = take_line(bytes)) {
    AO_TRY(field, parse_field_line(line));
    AO_CHECK(note(framers, head.wishes, field));
    head.request.headers.add(field.name, field.value);
  }

  if (!framers.host && request_line.is_http_1_1)
    return malformed("http-host-missing", "Host is missing");
  if (framers.host && !is_authority(*framers.host))
    return malformed("http-host", "Host is not a host and a port");
  if (framers.transfer_encoding && !request_line.is_http_1_1)
    return malformed("http-transfer-encoding-unknown", "HTTP/1.0 has no Transfer-Encoding");
  AO_TRY(target, origin_form(request_line.method, request_line.target, framers.host));
  AO_CHECK(frame(head, framers, limits));
  head.request.target = target;
  head.is_http_1_1 = request_line.is_http_1_1;
  head.keep_alive = request_line.is_http_1_1 && !framers.close;
  head.expects_continue = request_line.is_http_1_1 && framers.expects_continue;
  return head;
}

}  // namespace ao::http
