// What the node signs as an answer is worth nothing as a request, or as a message.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/codec/httpsig.hpp"
#include "counter.hpp"

namespace ao {
namespace {

using test::code_of;

class AnswerSignatureFlow : public testing::Test {
 protected:
  static http::Headers fields(const std::vector<std::pair<std::string, std::string>>& named) {
    http::Headers headers;
    for (const auto& [name, value] : named)
      headers.add(name, value);
    return headers;
  }

  // What the node answers, in header fields, about a message that somebody makes up.
  http::Response said_by_the_node(const std::string& keys) {
    auto answer = node_.fetch("GET", "/~message@1.0&" + keys + "/set", {},
                              fields({{"accept-codec", "httpsig@1.0"}}));
    EXPECT_EQ(answer.status, 200u) << answer.body;
    EXPECT_NE(answer.headers.find("signature"), nullptr);
    return answer;
  }

  // The answer, sent to the node as if it were a request of its operator.
  http::Response sent_back(const http::Response& answer, const std::string& target) {
    http::Headers headers;
    for (const http::Headers::Field& field : answer.headers)
      if (!field.name.starts_with("access-control") && field.name != "content-length" &&
          field.name != "date" && field.name != "server" && field.name != "connection")
        headers.add(field.name, field.value);
    return node_.fetch("POST", target, answer.body, headers);
  }

  test::RunningNode node_;
};

TEST_F(AnswerSignatureFlow, an_answer_is_no_order) {
  const std::string target = "/~local-name@1.0/register";
  const auto process = node_.spawn(R"(
Handlers.add('Say', 'Say', function(msg)
  Send({ device = 'patch@1.0', order = {
    path = '/~local-name@1.0/register', method = 'POST', key = 'shop', value = 'mine' } })
end))");
  node_.push(process, "Say");
  const auto answer = node_.fetch("GET", "/" + process.text() + "~process@1.0/now/order", {},
                                  fields({{"accept-codec", "httpsig@1.0"}}));
  ASSERT_EQ(*answer.headers.find("path"), target) << answer.body;
  const auto ordered = sent_back(answer, target);
  EXPECT_EQ(ordered.status, 400u) << ordered.body;
  EXPECT_EQ(code_of(ordered), "signature-of-answer");
  EXPECT_EQ(code_of(node_.fetch("GET", "/~local-name@1.0/lookup?key=shop")), "name-unknown");
}

TEST_F(AnswerSignatureFlow, an_answer_is_no_message_of_the_node) {
  const ProcessId process = node_.spawn("");
  const auto answer = said_by_the_node(
      "type=Message&data-protocol=ao&action=Credit-Notice&target=" + process.text() +
      "&from-process=" + std::string(43, 'A'));
  ASSERT_NE(answer.headers.find("target"), nullptr);
  const auto pushed = sent_back(answer, "/" + process.text() + "~process@1.0/push");
  EXPECT_EQ(pushed.status, 400u) << pushed.body;
  EXPECT_EQ(code_of(pushed), "signature-of-answer") << pushed.body;
  EXPECT_EQ(node_.text("/" + process.text() + "/slot/current"), "0");
}

}  // namespace
}  // namespace ao
