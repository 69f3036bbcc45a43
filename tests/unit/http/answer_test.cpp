// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "answer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

namespace ao::http {
namespace {

std::string head_of(const Response& response, std::string_view method = "GET") {
  std::string out;
  EXPECT_TRUE(append_head(out, method, response, After::kKeep));
  return out;
}

TEST(Answer, has_the_fields_that_the_server_owns_once) {
  Response response;
  response.headers.add("X-Kind", "test");
  response.headers.add("Content-Length", "999");
  response.headers.add("Transfer-Encoding", "chunked");
  response.body = "four";
  const std::regex expected(
      "HTTP/1\\.1 200 OK\r\nX-Kind: test\r\ncontent-length: 4\r\n"
      "access-control-allow-origin: \\*\r\naccess-control-expose-headers: \\*\r\n"
      "date: [MTWFS][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n"
      "connection: keep-alive\r\n\r\n");
  EXPECT_TRUE(std::regex_match(head_of(response), expected)) << head_of(response);
}

TEST(Answer, has_no_length_where_there_is_no_body) {
  Response response;
  response.status = 204;
  EXPECT_EQ(head_of(response).find("content-length"), std::string::npos);
  EXPECT_FALSE(carries_body("GET", 204));
  EXPECT_FALSE(carries_body("HEAD", 200));
}

TEST(Answer, to_head_may_name_the_length_of_a_body_not_made) {
  Response response;
  response.headers.add("content-length", "123");
  EXPECT_NE(head_of(response, "HEAD").find("content-length: 123\r\n"), std::string::npos);
}

TEST(Answer, of_unknown_length_says_how_it_ends) {
  std::string chunked, closed;
  EXPECT_TRUE(append_head(chunked, "GET", Response{}, After::kKeep, Delimiter::kLastChunk));
  EXPECT_NE(chunked.find("transfer-encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(chunked.find("content-length"), std::string::npos);
  EXPECT_TRUE(append_head(closed, "GET", Response{}, After::kClose, Delimiter::kClose));
  EXPECT_EQ(closed.find("transfer-encoding"), std::string::npos);
  EXPECT_EQ(closed.find("content-length"), std::string::npos);
}

TEST(Answer, cannot_be_split_by_foreign_bytes) {
  std::string out = "before";
  Response response;
  response.headers.add("X", "a\r\nSet-Cookie: b");
  EXPECT_FALSE(append_head(out, "GET", response, After::kKeep));
  Response other;
  other.headers.add("X: y\r\nZ", "a");
  EXPECT_FALSE(append_head(out, "GET", other, After::kKeep));
  EXPECT_EQ(out, "before");
}

TEST(Answer, to_an_error_is_json) {
  const Response response = error_answer(Refusal{413, "body-too-large", "over 1 byte"});
  EXPECT_EQ(response.status, 413u);
  EXPECT_EQ(*response.headers.find("Content-Type"), "application/json");
  EXPECT_TRUE(asks_to_close(response));
  const auto body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body["error"]["code"], "body-too-large");
  EXPECT_EQ(body["error"]["message"], "over 1 byte");
}

TEST(Headers, compare_names_without_case) {
  Headers headers;
  headers.add("A", "1");
  headers.add("b", "2");
  headers.add("a", "3");
  EXPECT_EQ(*headers.find("a"), "1");
  headers.set("a", "4");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(*headers.find("A"), "4");
  EXPECT_EQ(headers.find("c"), nullptr);
}

}  // namespace
}  // namespace ao::http
