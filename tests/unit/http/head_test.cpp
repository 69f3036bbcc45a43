// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "head.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

// The whole way from bytes to a head.
std::expected<Head, Refusal> read(std::string_view wire, const Limits& limits = {}) {
  HeadScanner scanner(limits);
  const auto length = scanner.scan(wire);
  if (!length) return std::unexpected(length.error());
  if (*length == 0) return refuse(0, "incomplete", "");
  return parse_head(wire.substr(0, *length), limits);
}

unsigned status_of(std::string_view wire, const Limits& limits = {}) {
  const auto head = read(wire, limits);
  return head ? 200 : head.error().status;
}

// A request whose only unusual part is `fields`.
std::string post_with(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

std::string get_of(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST(Head, keeps_method_target_and_fields_as_they_came) {
  const auto head =
      read("PUT /a%20b?x=1&y=~ HTTP/1.1\r\nHost: a:80\r\nX-Tag:  two words \r\nx-tag:\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.method, "PUT");
  EXPECT_EQ(head->request.target, "/a%20b?x=1&y=~");
  ASSERT_EQ(head->request.headers.size(), 3u);
  EXPECT_EQ(*head->request.headers.find("X-TAG"), "two words");
  EXPECT_EQ((head->request.headers.end() - 1)->value, "");
  EXPECT_TRUE(head->keep_alive);
  EXPECT_FALSE(head->has_body());
}

TEST(Head, is_complete_only_with_its_last_byte) {
  const std::string wire = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const Limits limits;
  HeadScanner patient(limits);
  for (std::size_t i = 0; i < wire.size(); ++i)
    EXPECT_EQ(patient.scan(wire.substr(0, i)), 0u);
  EXPECT_EQ(patient.scan(wire + "next"), wire.size());
}

TEST(Head, knows_how_the_body_is_framed) {
  const auto counted = read(post_with("content-LENGTH: 12\r\n"));
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->framing, Framing::kLength);
  EXPECT_EQ(counted->content_length, 12u);
  const auto chunked = read(post_with("Transfer-Encoding: chunked\r\n"));
  ASSERT_TRUE(chunked);
  EXPECT_EQ(chunked->framing, Framing::kChunked);
}

TEST(Head, knows_whether_the_connection_stays) {
  EXPECT_FALSE(read(post_with("Connection: keep-alive, Close\r\n"))->keep_alive);
  EXPECT_TRUE(read(post_with("Connection: keep-alive\r\n"))->keep_alive);
  EXPECT_FALSE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST(Head, takes_the_path_of_an_absolute_target_that_names_the_same_host) {
  const auto head = read("GET http://A:8080/x?y HTTP/1.1\r\nHost: a:8080\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.target, "/x?y");
  EXPECT_EQ(read("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n")->request.target, "/");
}

struct Trick {
  const char* name;
  std::string wire;
};

TEST(Head, refuses_whatever_could_be_read_in_two_ways) {
  using namespace std::string_literals;
  const Trick tricks[] = {
      {"CL and TE", post_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")},
      {"TE and CL", post_with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")},
      {"equal CLs", post_with("Content-Length: 3\r\nContent-Length: 3\r\n")},
      {"differing CLs", post_with("Content-Length: 3\r\ncontent-length: 4\r\n")},
      {"CL list", post_with("Content-Length: 3, 3\r\n")},
      {"CL with a sign", post_with("Content-Length: +3\r\n")},
      {"negative CL", post_with("Content-Length: -3\r\n")},
      {"hexadecimal CL", post_with("Content-Length: 0x3\r\n")},
      {"empty CL", post_with("Content-Length:\r\n")},
      {"CL with a fraction", post_with("Content-Length: 3.0\r\n")},
      {"TE list", post_with("Transfer-Encoding: gzip, chunked\r\n")},
      {"TE twice", post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"TE identity", post_with("Transfer-Encoding: identity\r\n")},
      {"TE misspelt", post_with("Transfer-Encoding: xchunked\r\n")},
      {"TE in capitals", post_with("Transfer-Encoding: CHUNKED\r\n")},
      {"TE with a parameter", post_with("Transfer-Encoding: chunked;q=1\r\n")},
      {"TE empty", post_with("Transfer-Encoding:\r\n")},
      {"TE with a vertical tab", post_with("Transfer-Encoding: \vchunked\r\n")},
      {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
      {"bare LF at the beginning", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"bare LF in a value", post_with("X: a\nY: b\r\n")},
      {"bare CR in a value", post_with("X: a\rY: b\r\n")},
      {"CR CR LF", post_with("X: a\r\r\n")},
      {"NUL in a value", post_with("X: a\0b\r\n"s)},
      {"NUL in a name", post_with("X\0: a\r\n"s)},
      {"DEL in a value", post_with("X: a\x7f\r\n")},
      {"folded line", post_with("X: a\r\n b\r\n")},
      {"line folded with a tab", post_with("X: a\r\n\tb\r\n")},
      {"white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"space before the colon", post_with("Content-Length : 3\r\n")},
      {"tab before the colon", post_with("Content-Length\t: 3\r\n")},
      {"no colon", post_with("Content-Length\r\n")},
      {"no name", post_with(": a\r\n")},
      {"name with a bracket", post_with("X[1]: a\r\n")},
      {"name outside ASCII", post_with("X\xc3\xa9: a\r\n")},
      {"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"Host list", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"},
      {"target of another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"target of another port", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"target with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"target without a slash", get_of("x")},
      {"empty target", get_of("")},
      {"target with a space", get_of("/a b")},
      {"target with a tab", get_of("/a\tb")},
      {"target with a NUL", get_of("/a\0b"s)},
      {"target with a fragment", get_of("/a#b")},
      {"target outside ASCII", get_of("/\xc3\xa9")},
      {"target with a quote", get_of("/\"")},
      {"target with a backslash", get_of("/a\\b")},
      {"target with a brace", get_of("/{a}")},
      {"target with a broken escape", get_of("/%4")},
      {"target with a wrong escape", get_of("/%zz")},
      {"asterisk for GET", get_of("*")},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"},
      {"method with a bracket", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"method with a control", "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"tab as separator", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"version with three parts", "GET / HTTP/1.1.1\r\nHost: a\r\n\r\n"},
  };
  for (const Trick& trick : tricks)
    EXPECT_EQ(status_of(trick.wire), 400u) << trick.name;
}

TEST(Head, answers_what_it_does_not_support_with_its_own_status) {
  EXPECT_EQ(status_of(post_with("Content-Encoding: gzip\r\n")), 415u);
  EXPECT_EQ(status_of(post_with("Content-Encoding: identity\r\n")), 200u);
  EXPECT_EQ(status_of(post_with("Expect: the-impossible\r\n")), 417u);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505u);
}

TEST(Head, accepts_the_hosts_of_uris) {
  for (const char* host : {"a", "a:1", "a.b-c_d", "127.0.0.1:65535", "[::1]", "[::1]:80", "a%41:"})
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 200u) << host;
  for (const char* host : {"[::1", "[]", "[::1]x", ":80", "a:123456", "a:b:c"})
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 400u) << host;
}

TEST(Head, limits_the_request_line) {
  Limits limits;
  limits.request_line_bytes_max = 40;
  const std::string frame = "GET / HTTP/1.1";
  const auto wire = [&](std::size_t bytes) {
    return get_of("/" + std::string(bytes - frame.size(), 'a'));
  };
  EXPECT_EQ(status_of(wire(40), limits), 200u);
  EXPECT_EQ(status_of(wire(41), limits), 414u);
  EXPECT_EQ(status_of(std::string(42, 'a'), limits), 414u) << "before the line ends";
}

TEST(Head, limits_one_field) {
  Limits limits;
  limits.header_field_bytes_max = 20;
  const auto wire = [&](std::size_t bytes) {
    return post_with("X: " + std::string(bytes - 3, 'a') + "\r\n");
  };
  EXPECT_EQ(status_of(wire(20), limits), 200u);
  EXPECT_EQ(status_of(wire(21), limits), 431u);
}

TEST(Head, limits_all_fields_together) {
  Limits limits;
  limits.header_bytes_max = 64;
  const std::size_t host = std::string_view("Host: a\r\n").size();
  const auto wire = [&](std::size_t bytes) {
    return post_with("X: " + std::string(bytes - host - 5, 'a') + "\r\n");
  };
  EXPECT_EQ(status_of(wire(64), limits), 200u);
  EXPECT_EQ(status_of(wire(65), limits), 431u);
}

TEST(Head, limits_the_number_of_fields) {
  Limits limits;
  limits.header_fields_max = 5;
  const auto wire = [](std::size_t fields) {
    std::string more;
    for (std::size_t i = 1; i < fields; ++i)
      more += "X: a\r\n";
    return post_with(more);
  };
  EXPECT_EQ(status_of(wire(5), limits), 200u);
  EXPECT_EQ(status_of(wire(6), limits), 431u);
}

TEST(Head, limits_the_announced_body) {
  Limits limits;
  limits.body_bytes_max = 100;
  EXPECT_EQ(status_of(post_with("Content-Length: 100\r\n"), limits), 200u);
  EXPECT_EQ(status_of(post_with("Content-Length: 101\r\n"), limits), 413u);
  EXPECT_EQ(status_of(post_with("Content-Length: 18446744073709551616\r\n"), limits), 413u);
  EXPECT_EQ(status_of(post_with("Content-Length: " + std::string(500, '9') + "\r\n"), limits),
            413u);
}

}  // namespace
}  // namespace ao::http
