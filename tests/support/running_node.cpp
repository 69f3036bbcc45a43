// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/running_node.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ao::test {
namespace {

http::Headers ans104_headers() {
  http::Headers headers;
  headers.set("content-type", "application/ans104");
  headers.set("codec-device", "ans104@1.0");
  return headers;
}

}  // namespace

RunningNode::RunningNode() : RunningNode(node::Settings{}) {}

RunningNode::RunningNode(const node::Settings& settings) : settings_(settings) {
  settings_.http.listen = "127.0.0.1:0";
  settings_.store.directory = folder_.path() / "store";
  settings_.store.cache_bytes = 1 << 20;
  settings_.threads.verify = 2;
  settings_.threads.cpu = 2;
  settings_.lua.workers = 2;
  jwk_ = crypto::Key::new_ed25519()->jwk();
  restart();
}

RunningNode::~RunningNode() = default;

void RunningNode::stop() {
  node_.reset();
}

void RunningNode::restart() {
  stop();
  node_ = node::Node::start(settings_, std::move(*crypto::Key::from_jwk(jwk_)), clock_);
}

http::Response RunningNode::fetch(const std::string& method, const std::string& target, Bytes body,
                                  http::Headers headers) {
  auto client =
      http::Client::to(pool_.executor(), "http://127.0.0.1:" + std::to_string(node_->port()));
  http::Request request;
  request.method = method;
  request.target = target;
  request.headers = std::move(headers);
  request.body = std::move(body);
  auto response = await(pool_, (*client)->fetch(std::move(request)));
  if (!response) throw std::runtime_error(response.error().text);
  return std::move(*response);
}

std::string RunningNode::text(const std::string& target) {
  const auto response = fetch("GET", target);
  EXPECT_EQ(response.status, 200u) << target << ": " << response.body;
  return response.body;
}

nlohmann::json RunningNode::get(const std::string& target) {
  return nlohmann::json::parse(text(target));
}

ProcessId RunningNode::spawn(const std::string& source, message::Tags more) {
  std::string module = "aos";
  if (!source.empty()) {
    const auto item = sign(module_draft(source, "test.lua"), *client_);
    const auto kept = fetch("POST", "/tx", item.bytes());
    EXPECT_EQ(kept.status, 200u) << kept.body;
    module = item.id().text();
  }
  auto draft = spawn_draft(module, address());
  draft.anchor = Bytes(24, '0');
  put_u64be(draft.anchor, ++anchors_);
  for (auto& tag : more)
    draft.tags.push_back(std::move(tag));
  const auto answer = fetch("POST", "/push", sign(draft, *client_).bytes(), ans104_headers());
  const std::string* process = answer.headers.find("process");
  if (process == nullptr) throw std::runtime_error("spawn: " + answer.body);
  return *ProcessId::from_text(*process);
}

nlohmann::json RunningNode::push(const ProcessId& process, const std::string& action,
                                 const std::string& data, message::Tags more) {
  auto draft = message_draft(process, action, data);
  draft.anchor = Bytes(24, '0');
  put_u64be(draft.anchor, ++anchors_);
  for (auto& tag : more)
    draft.tags.push_back(std::move(tag));
  return push_item(process, sign(draft, *client_).bytes());
}

nlohmann::json RunningNode::push_item(const ProcessId& process, const Bytes& item) {
  const auto answer =
      fetch("POST", "/" + process.text() + "~process@1.0/push", item, ans104_headers());
  return nlohmann::json::parse(answer.body);
}

}  // namespace ao::test
