// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/http_limits.hpp"

#include <fmt/format.h>

#include <vector>

#include "torture/ambiguities.hpp"
#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::string_literals;

constexpr std::size_t kRequestLineBytes = 8 << 10;
constexpr std::size_t kFieldBytes = 16 << 10;
constexpr std::size_t kHeaderBytes = 96 << 10;
constexpr std::size_t kFields = 256;
constexpr std::size_t kBodyBytes = 10 << 20;
constexpr std::size_t kExtensionBytes = 256;
constexpr std::size_t kTrailers = 8;
constexpr std::size_t kAddressConnections = 256;
constexpr std::size_t kConnections = 1'000;
constexpr std::size_t kJsonDepth = 64;

const std::string kNext = "GET /healthz?next HTTP/1.1\r\nHost: a\r\n\r\n";

std::string get(const std::string& fields, const std::string& query = "") {
  return "GET /healthz" + query + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST /healthz HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string counted(std::size_t bytes) {
  return post(fmt::format("Content-Length: {}\r\n", bytes), std::string(bytes, 'b'));
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

// In two chunks, so that only their sum is over a limit.
std::string in_chunks(std::size_t bytes) {
  const std::string half(bytes / 2, 'b');
  const std::string rest(bytes - half.size(), 'b');
  return chunked(
      fmt::format("{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", half.size(), half, rest.size(), rest));
}

std::string with_line_of(std::size_t bytes) {
  const std::size_t frame = get("").find("\r\n") + 1;
  return get("", '?' + std::string(bytes - frame, 'q'));
}

std::string field_of(std::size_t bytes) {
  return "X: " + std::string(bytes - 3, 'v') + "\r\n";
}

// Host and its line end count.
std::string with_header_of(std::size_t bytes) {
  std::string fields;
  std::size_t rest = bytes - "Host: a\r\n"s.size();
  for (; rest > kFieldBytes; rest -= kFieldBytes / 2)
    fields += field_of(kFieldBytes / 2 - 2);
  return get(fields + field_of(rest - 2));
}

std::string with_fields(std::size_t count) {
  std::string fields;
  for (std::size_t i = 1; i < count; ++i)  // Host is the first
    fields += "X: a\r\n";
  return get(fields);
}

std::string with_trailers(std::size_t count) {
  std::string trailers;
  for (std::size_t i = 0; i < count; ++i)
    trailers += "X: a\r\n";
  return chunked("1\r\nb\r\n0\r\n" + trailers + "\r\n");
}

std::string with_extension(std::size_t bytes) {
  return chunked("1;" + std::string(bytes - 1, 'x') + "\r\nb\r\n0\r\n\r\n");
}

// Empty when it is answered 200, and so is what follows it.
std::string complaint_about_accepted(std::uint16_t port, const std::string& wire) {
  RawSocket socket(port);
  socket.say(wire);
  const RawAnswer answer = socket.hear();
  if (answer.status != 200)
    return fmt::format("answered {} {} instead of 200", answer.status, answer.code());
  socket.say(kNext);
  if (const int next = socket.hear().status; next != 200)
    return fmt::format("the next request on the connection is answered {}", next);
  return {};
}

// Empty when it is answered so, with a code, and then the connection ends though more was sent.
std::string complaint_about_refused(std::uint16_t port, const std::string& wire, int status) {
  RawSocket socket(port);
  socket.say(wire + kNext);
  const RawAnswer answer = socket.hear();
  if (answer.status != status)
    return fmt::format("answered {} {} instead of {}", answer.status, answer.code(), status);
  if (answer.code().empty()) return "the answer has no code: " + answer.body;
  if (answer.field("connection") != "close") return "the answer does not say that it closes";
  if (!socket.hears_end()) return "the connection is not closed, or more was answered";
  return {};
}

}  // namespace

std::map<std::string, std::string> abuse_settings() {
  return {{"AONODE_HTTP_HEADER_TIMEOUT", "2s"},
          {"AONODE_HTTP_BODY_PROGRESS_WINDOW", "2s"},
          {"AONODE_HTTP_IDLE_TIMEOUT", "10s"},
          {"AONODE_HTTP_REQUEST_TIMEOUT", "6s"},
          {"AONODE_HTTP_CONNECTIONS_MAX", std::to_string(kConnections)}};
}

void check_sizes(std::uint16_t port, Checks& checks) {
  const auto row = [&](const std::string& name, const std::string& at, const std::string& over,
                       int status) {
    std::vector<std::string> complaints;
    if (auto wrong = complaint_about_accepted(port, at); !wrong.empty())
      complaints.push_back("at the limit: " + wrong);
    if (auto wrong = complaint_about_refused(port, over, status); !wrong.empty())
      complaints.push_back("over the limit: " + wrong);
    checks.expect(fmt::format("{}: met, and exceeded: {}", name, status), complaints);
  };
  row("request line", with_line_of(kRequestLineBytes), with_line_of(kRequestLineBytes + 1), 414);
  row("header field", get(field_of(kFieldBytes)), get(field_of(kFieldBytes + 1)), 431);
  row("header", with_header_of(kHeaderBytes), with_header_of(kHeaderBytes + 1), 431);
  row("header fields", with_fields(kFields), with_fields(kFields + 1), 431);
  row("body with a length", counted(kBodyBytes), counted(kBodyBytes + 1), 413);
  row("body in chunks", in_chunks(kBodyBytes), in_chunks(kBodyBytes + 1), 413);
  row("chunk extension", with_extension(kExtensionBytes), with_extension(kExtensionBytes + 1), 400);
  row("trailers", with_trailers(kTrailers), with_trailers(kTrailers + 1), 400);
  row("empty lines before a request", "\r\n" + get(""), "\r\n\r\n" + get(""), 400);
  row("absolute form", "GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  row("content coding", post("Content-Encoding: identity\r\nContent-Length: 1\r\n", "b"),
      post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "b"), 415);
  row("expectation", post("Expect: 100-continue\r\nContent-Length: 1\r\n", "b"),
      post("Expect: more\r\nContent-Length: 1\r\n", "b"), 417);

  std::vector<std::string> complaints;
  RawSocket announcing(port);
  announcing.say(post(fmt::format("Content-Length: {}\r\n", kBodyBytes + 1), ""));
  if (const int status = announcing.hear().status; status != 413)
    complaints.push_back(fmt::format("answered {}", status));
  checks.expect("a body that is announced too large is refused before it is sent", complaints);
}

void check_ambiguities(std::uint16_t port, Checks& checks) {
  std::vector<std::string> complaints;
  const auto all = ambiguities("/healthz");
  for (const Ambiguity& one : all)
    if (const auto wrong = complaint_about_refused(port, one.wire, one.status); !wrong.empty())
      complaints.push_back(one.name + ": " + wrong);
  checks.expect(fmt::format("{} requests that could be read in two ways, or are malformed: each is "
                            "refused, and nothing after it is answered",
                            all.size()),
                complaints);
}

void check_json(std::uint16_t port, Checks& checks) {
  const auto ask = [port](const std::string& json) {
    RawSocket socket(port);
    socket.say(
        fmt::format("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    json.size(), json));
    return socket.hear();
  };
  const auto nested = [](std::size_t depth) {
    const std::size_t lists = depth - 2;  // within two objects
    return R"({"query":"{ transactions { edges { node { id } } } }","variables":{"deep":)" +
           std::string(lists, '[') + std::string(lists, ']') + "}}";
  };
  std::vector<std::string> complaints;
  const auto expect = [&](const std::string& what, const std::string& json, int status) {
    const RawAnswer answer = ask(json);
    if (answer.status != status)
      complaints.push_back(fmt::format("{}: answered {} {}", what, answer.status, answer.body));
  };
  expect("nested as deep as the limit", nested(kJsonDepth), 200);
  expect("nested one deeper", nested(kJsonDepth + 1), 400);
  expect("nested a million deep", nested(1'000'000), 400);
  expect("a key that stands twice", R"({"query":"{ __typename }","query":"{ __typename }"})", 400);
  expect("cut off", R"({"query":)", 400);
  expect("not UTF-8", "{\"query\":\"\xff\"}", 400);
  checks.expect(
      fmt::format("JSON: nesting of {} met and exceeded, keys that stand twice: 400", kJsonDepth),
      complaints);
}

void check_connections(std::uint16_t port, Checks& checks) {
  std::vector<std::string> complaints;
  const auto open = [&](std::vector<RawSocket>& all, Source from) {
    RawSocket socket(port, from);
    socket.say(kNext);
    const RawAnswer answer = socket.hear();
    if (answer.status == 200) all.push_back(std::move(socket));
    return answer;
  };
  const auto expect_refused = [&](const RawAnswer& answer, const std::string& code) {
    if (answer.status != 503 || answer.code() != code || answer.field("retry-after").empty())
      complaints.push_back(fmt::format("one over the limit is answered {} {}, Retry-After '{}'",
                                       answer.status, answer.code(), answer.field("retry-after")));
  };
  // A place is free again a moment after its connection was closed.
  const auto expect_room = [&](std::vector<RawSocket>& all, Source from) {
    all.pop_back();
    for (int attempt = 0; attempt < 50; ++attempt)
      if (open(all, from).status == 200) return;
    complaints.push_back("a place that became free is not given to another");
  };

  std::vector<RawSocket> here;
  for (std::size_t i = 0; i < kAddressConnections; ++i)
    if (const auto answer = open(here, {1, 1}); answer.status != 200)
      complaints.push_back(fmt::format("connection {}: {} {}", i, answer.status, answer.code()));
  expect_refused(open(here, {1, 1}), "connections-of-address-too-many");
  std::vector<RawSocket> other;
  if (open(other, {1, 2}).status != 200) complaints.push_back("another address has no place");
  expect_room(here, {1, 1});
  checks.expect(
      fmt::format("{} connections of one address, and 503 for the next", kAddressConnections),
      complaints);
  here.clear();
  other.clear();

  complaints.clear();
  std::vector<RawSocket> all;
  std::size_t attempts = 0;
  while (all.size() < kConnections && attempts < 2 * kConnections) {
    const auto address = static_cast<std::uint8_t>(1 + all.size() / (kAddressConnections - 1));
    open(all, {2, address});  // those of before leave one by one
    ++attempts;
  }
  if (all.size() < kConnections)
    complaints.push_back(fmt::format("only {} of {} are open", all.size(), kConnections));
  expect_refused(open(all, {3, 1}), "connections-too-many");
  expect_room(all, {3, 1});
  checks.expect(fmt::format("{} connections in all, and 503 for the next", kConnections),
                complaints);
}

}  // namespace ao::test
