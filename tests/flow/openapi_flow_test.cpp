// Every example that /openapi.json holds, sent to a node.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "ao/peers/note.hpp"
#include "counter.hpp"
#include "unit/http/running_server.hpp"

namespace ao {
namespace {

using nlohmann::json;

class OpenApiFlow : public testing::Test {
 protected:
  OpenApiFlow() {
    process_ = node_.spawn(test::kCounter);
    message_ = node_.push(process_, "Add")["id"];
    node_.spawn("", {{"Cron-Interval", "1-hours"}});
    for (int i = 0; i < 500 && task_.empty(); ++i) {
      const auto tasks = node_.get("/~cron@1.0/list");
      if (!tasks.empty()) task_ = tasks[0]["task"];
      if (task_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    document_ = node_.get("/openapi.json");
  }

  // What is meant by a reference of the document.
  const json& resolved(const json& value) const {
    if (!value.contains("$ref")) return value;
    return document_.at(json::json_pointer(value["$ref"].get<std::string>().substr(1)));
  }

  // The example of a parameter; ids are of what this node has. Empty: it has none.
  std::string example_of(const json& parameter) const {
    const std::string name = parameter["name"];
    if (name == "process" || name == "process-id" || name == "target" || name == "id")
      return process_.text();
    if (name == "message") return message_;
    if (name == "task") return task_;
    if (!parameter.contains("example")) return {};
    const json& example = parameter["example"];
    return example.is_string() ? example.get<std::string>() : example.dump();
  }

  std::string body_of(const json& operation) {
    if (!operation.contains("requestBody")) return {};
    const json& content = operation["requestBody"]["content"];
    if (content.contains("application/json")) return content["application/json"]["example"].dump();
    const std::string described = operation["requestBody"].value("description", "");
    if (described.starts_with("A note of gossip")) return peers::write_note({});
    if (operation["tags"][0] == "peer") return std::string(32, '\0');  // a bundle of no items
    const bool is_kept = operation["tags"][0] == "tx";
    const auto text = std::to_string(++messages_);
    const auto draft = is_kept ? test::module_draft("-- " + text, "x.lua")
                               : test::message_draft(process_, "Add", text);
    return std::string(test::sign(draft, node_.client()).bytes());
  }

  // Sent so that a stream can be left again.
  http::Answer ask(const std::string& method, const std::string& target, const std::string& body) {
    http::RawPeer peer(node_.port());
    peer.say(method + " " + target +
             " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body);
    return peer.hear();
  }

  static std::string content_type(const http::Answer& answer) {
    const std::string name = "\r\ncontent-type: ";
    const std::size_t at = answer.head.find(name);
    if (at == answer.head.npos) return {};
    const std::size_t begin = at + name.size();
    return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
  }

  // The status is one that the operation has, and the type is that of this status.
  void expect_as_described(const json& operation, const std::string& method,
                           const std::string& target) {
    const auto answer = ask(method, target, body_of(operation));
    if (operation.contains("security")) {  // and nobody signed
      EXPECT_GE(answer.status, 400) << method << ' ' << target;
      EXPECT_TRUE(json::parse(answer.body)["error"]["code"].is_string()) << answer.body;
      return;
    }
    const std::string status = std::to_string(answer.status);
    ASSERT_TRUE(operation["responses"].contains(status))
        << method << ' ' << target << ": " << status << ' ' << answer.body;
    const json& response = operation["responses"][status];
    if (!response.contains("content")) return;
    const std::string type = content_type(answer);
    EXPECT_TRUE(response["content"].contains(type) || response["content"].contains("*/*"))
        << method << ' ' << target << ": " << type;
    ++compared_;
  }

  test::RunningNode node_;
  ProcessId process_;
  std::string message_;
  std::string task_;
  json document_;
  int messages_ = 0;
  int compared_ = 0;
};

TEST_F(OpenApiFlow, examples_are_answered_as_they_say) {
  const json paths = document_["paths"];
  for (const auto& [path, operations] : paths.items())
    for (const auto& [verb, operation] : operations.items()) {
      std::string method = verb;
      std::ranges::transform(method, method.begin(), ::toupper);
      std::string target = path;
      std::vector<std::string> optional;
      std::string needed;
      for (const json& named : operation["parameters"]) {
        const json& parameter = resolved(named);
        const std::string name = parameter["name"];
        const std::string value = example_of(parameter);
        if (parameter["in"] == "path") {
          const std::string in_brackets = "{" + name + "}";
          target.replace(target.find(in_brackets), in_brackets.size(), value);
        } else if (parameter.value("required", false)) {
          needed += "&" + name + "=" + value;
        } else if (!value.empty()) {
          optional.push_back("&" + name + "=" + value);
        }
      }
      expect_as_described(operation, method, target + "?" + needed);
      for (const std::string& one : optional)
        expect_as_described(operation, method, target + "?" + needed + one);
    }
  EXPECT_GT(compared_, 60);
}

TEST_F(OpenApiFlow, what_it_does_not_hold_is_refused) {
  EXPECT_EQ(ask("POST", "/anything", "x").status, 404);
  const auto answer = ask("POST", "/events", "x");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("\"route-unknown\""), std::string::npos) << answer.body;
  EXPECT_EQ(ask("POST", "/healthz", "x").status, 200) << "clients read with either";
  EXPECT_EQ(ask("PUT", "/tx", "x").status, 405);
  EXPECT_EQ(ask("DELETE", "/" + process_.text(), "").status, 405);
}

}  // namespace
}  // namespace ao
