// What is written to the cache, and what the operator says, across kill -9 of the node.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/http/client.hpp"
#include "signed_post.hpp"
#include "torture/node_process.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class CacheKillFlow : public testing::Test {
 protected:
  void start() {
    node_.start();
    ASSERT_TRUE(node_.wait_until_ready(60s)) << node_.last_log_lines(20);
  }

  http::Response ask(const std::string& method, const std::string& target,
                     const SignedPost& post = {}) {
    auto client =
        http::Client::to(pool_.executor(), "http://127.0.0.1:" + std::to_string(node_.port()));
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers = post.headers;
    request.body = post.body;
    auto response = test::await(pool_, (*client)->fetch(std::move(request)));
    return response ? std::move(*response) : http::Response();
  }

  test::Folder folder_;
  async::Pool pool_{"ask", 1};
  test::NodeProcess node_{
      {test::node_beside_this_program(), folder_.path(), test::free_port(), {}}};
};

TEST_F(CacheKillFlow, what_was_acknowledged_is_there_after_a_kill) {
  start();
  const auto own = crypto::Key::load(folder_.path() / "node-key.json").value();
  const std::string write = "/~cache@1.0/write";
  const std::string info = "/~meta@1.0/info";
  std::vector<std::string> written;
  std::vector<SignedPost> orders;
  for (int kill = 0; kill < 3; ++kill) {
    for (int i = 0; i < 10; ++i) {
      const message::Map said{{"data", std::to_string(kill * 10 + i)}};
      const auto answer = ask("POST", write, signed_post(*own, write, said));
      ASSERT_EQ(answer.status, 200u) << answer.body;
      written.push_back(json::parse(answer.body)["id"]);
    }
    orders.push_back(signed_post(*own, info, {{"round", kill}}));
    ASSERT_EQ(ask("POST", info, orders.back()).status, 200u);
    node_.kill();
    start();
    for (std::size_t i = 0; i < written.size(); ++i)
      EXPECT_EQ(ask("GET", "/" + written[i]).body, std::to_string(i));
    for (const SignedPost& order : orders)  // taken before: none changes anything
      EXPECT_EQ(ask("POST", info, order).status, 200u);
    EXPECT_EQ(ask("GET", info + "/round").body, std::to_string(kill));
    const json shown = json::parse(ask("GET", info).body);
    EXPECT_EQ(shown["node_history"].size(), orders.size());
  }
}

}  // namespace
}  // namespace ao
