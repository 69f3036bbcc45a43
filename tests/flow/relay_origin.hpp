// A node that is allowed to ask origins on the loopback, and such an origin.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ao/async/guarded.hpp"
#include "ao/codec/httpsig.hpp"
#include "support/fake_answers.hpp"
#include "support/running_node.hpp"
#include "unit/http/running_server.hpp"

namespace ao::test {

// Says how it was asked, and answers as its path wants.
class Origin {
 public:
  explicit Origin(std::string name = "origin")
      : server_(http::Limits{},
                [this, name](http::Request request) { return answer(name, std::move(request)); }) {}

  std::string url() const { return server_.origin(); }
  int asked(const std::string& path) const {
    return asked_.with([&](const auto& asked) {
      const auto found = asked.find(path);
      return found != asked.end() ? found->second : 0;
    });
  }

 private:
  Task<http::Response> answer(std::string name, http::Request request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    asked_.with([&](auto& asked) { ++asked[path]; });
    if (path == "/silent") co_await silence();
    if (path.starts_with("/status/"))
      co_return saying(static_cast<unsigned>(std::stoul(path.substr(8))), name, "text/plain");
    if (path == "/large") co_return saying(200, std::string(4'000, 'x'), "text/plain");
    if (path == "/redirect") {
      auto away = saying(302, "", "text/plain");
      away.headers.set("location", url() + "/elsewhere");
      co_return away;
    }
    if (path == "/packed") {
      auto packed = saying(200, "x", "text/plain");
      packed.headers.set("content-encoding", "br");
      co_return packed;
    }
    if (path == "/fields") {
      auto told = saying(200, "<script>", "text/html");
      for (const char* field : {"set-cookie", "access-control-allow-origin", "signature",
                                "ao-types", "strict-transport-security", "x-told"})
        told.headers.add(field, "a=b");
      co_return told;
    }
    nlohmann::json said{{"name", name}, {"method", request.method}, {"target", request.target}};
    said["body"] = request.body;
    for (const auto& field : request.headers)
      said["fields"][lower_case(field.name)] = field.value;
    co_return saying(200, said.dump());
  }

  async::Guarded<std::map<std::string, int>> asked_;
  http::RunningServer server_;
};

inline routing::Route route_of(const message::Map& said) {
  return routing::Route::parse(said).value();
}

class RelayFlow : public testing::Test {
 protected:
  RelayFlow() {
    settings_.relay.timeout = std::chrono::seconds(20);
    settings_.relay.requests_per_second = 1'000;
  }

  RunningNode& node() {
    if (!node_) node_.emplace(settings_);
    return *node_;
  }

  http::Response relay(const nlohmann::json& said, const std::string& path = "/~relay@1.0/call") {
    http::Headers headers;
    headers.set("content-type", "application/json");
    return node().fetch("POST", path, said.dump(), headers);
  }

  // A POST is posted on, unless it is said otherwise.
  nlohmann::json told(nlohmann::json said) {
    if (!said.contains("relay-method")) said["relay-method"] = "GET";
    const auto answer = relay(said);
    EXPECT_EQ(answer.status, 200u) << said << answer.body;
    return nlohmann::json::parse(answer.body);
  }

  std::string refusal(nlohmann::json said, unsigned status) {
    if (!said.contains("relay-method")) said["relay-method"] = "GET";
    const auto answer = relay(said);
    EXPECT_EQ(answer.status, status) << said << answer.body;
    if (answer.status < 400) return {};
    return nlohmann::json::parse(answer.body)["error"]["code"];
  }

  http::Response signed_post(message::Map said, const crypto::Key& key, const std::string& path) {
    said.set("path", path);
    const auto form = codec::sign_http_form(said, key).value();
    http::Headers headers;
    for (const auto& [name, value] : form.fields)
      headers.add(name, *value.bytes());
    return node().fetch("POST", path, form.body, headers);
  }

  http::Response post_route(message::Map route) {
    const auto key = node().key();
    return signed_post(std::move(route), *key, "/~router@1.0/routes");
  }

  Origin origin_;
  node::Settings settings_;
  std::optional<RunningNode> node_;
};

}  // namespace ao::test
