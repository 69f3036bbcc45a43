// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <ctime>
#include <iterator>

#include "syntax.hpp"

namespace ao::http {
namespace {

// Public reads and signed writes only, so any origin may. A field is a key of a message here, so no
// list could name all that a client reads.
constexpr std::string_view kAnyOrigin =
    "access-control-allow-origin: *\r\naccess-control-expose-headers: *\r\n";

std::string imf_fixdate(std::time_t seconds) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

// Formatted once a second on each thread.
const std::string& date_now() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != second || text.empty()) {
    second = now;
    text = imf_fixdate(now);
  }
  return text;
}

bool is_owned_by_server(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equal_without_case(name, "date");
    case 10:
      return equal_without_case(name, "connection");
    case 14:
      return equal_without_case(name, "content-length");
    case 17:
      return equal_without_case(name, "transfer-encoding");
    case 27:
      return equal_without_case(name, "access-control-allow-origin");
    case 29:
      return equal_without_case(name, "access-control-expose-headers");
    default:
      return false;
  }
}

void append_number(std::string& out, std::size_t number) {
  fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), number);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_content_length(std::string& out, std::string_view method, const Response& response) {
  if (response.status == 204 || response.status == 304) return;
  const std::string* claimed = response.headers.find("content-length");
  if (method == "HEAD" && response.body.empty() && claimed) {
    append_field(out, "content-length", *claimed);
    return;
  }
  out.append("content-length: ");
  append_number(out, response.body.size());
  out.append("\r\n");
}

}  // namespace

bool is_sendable(const Response& response) {
  if (response.status < 200 || response.status > 999) return false;
  return std::ranges::all_of(response.headers, [](const Headers::Field& field) {
    return is_token(field.name) && is_field_value(field.value);
  });
}

bool append_head(std::string& out, std::string_view method, const Response& response, After after,
                 Delimiter delimiter) {
  if (!is_sendable(response)) return false;
  const auto status = boost::beast::http::int_to_status(response.status);
  const auto reason = boost::beast::http::obsolete_reason(status);
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason.data(), reason.size()).append("\r\n");
  for (const Headers::Field& field : response.headers)
    if (!is_owned_by_server(field.name)) append_field(out, field.name, field.value);
  if (delimiter == Delimiter::kLength) append_content_length(out, method, response);
  if (delimiter == Delimiter::kLastChunk) append_field(out, "transfer-encoding", "chunked");
  out.append(kAnyOrigin);
  append_field(out, "date", date_now());
  append_field(out, "connection", after == After::kKeep ? "keep-alive" : "close");
  out.append("\r\n");
  return true;
}

bool carries_body(std::string_view method, unsigned status) {
  return method != "HEAD" && status != 204 && status != 304;
}

Response error_answer(const Refusal& refusal, After after) {
  Response response;
  response.status = refusal.status;
  response.headers.add("content-type", "application/json");
  if (after == After::kClose) response.headers.add("connection", "close");
  if (refusal.retry_after.count() > 0)
    response.headers.add("retry-after", std::to_string(refusal.retry_after.count()));
  // The texts are our own and need no escapes (refusal.hpp).
  response.body =
      fmt::format(R"({{"error":{{"code":"{}","message":"{}"}}}})", refusal.code, refusal.text);
  return response;
}

bool asks_to_close(const Response& response) {
  const std::string* connection = response.headers.find("connection");
  return connection && lists_token(*connection, "close");
}

}  // namespace ao::http
