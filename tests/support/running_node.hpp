// A whole node inside the test, spoken to over HTTP like anyone else would.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "ao/http/client.hpp"
#include "ao/node/node.hpp"
#include "support/workbench.hpp"

namespace ao::test {

// The machine's clock, which tests set forward and back.
class ShiftedClock final : public Clock {
 public:
  Timestamp now() const override {
    const auto now = static_cast<std::int64_t>(machine_.now().milliseconds);
    return Timestamp{static_cast<std::uint64_t>(now + shift_.load())};
  }
  void shift(std::chrono::milliseconds by) { shift_ += by.count(); }

 private:
  SystemClock machine_;
  std::atomic<std::int64_t> shift_ = 0;
};

class RunningNode {
 public:
  RunningNode();
  explicit RunningNode(const node::Settings& settings);
  ~RunningNode();

  // Until `restart`; whoever looks at its store then has it alone.
  void stop();

  // As after a power-off and on: the same folder and key, everything in memory gone.
  void restart();

  http::Response fetch(const std::string& method, const std::string& target, Bytes body = {},
                       http::Headers headers = {});
  nlohmann::json get(const std::string& target);  // the body of a 200, as JSON
  std::string text(const std::string& target);    // the body of a 200

  // Uploads the source as a module and spawns a process of it; with `module` "" of the runtime.
  ProcessId spawn(const std::string& source, message::Tags more = {});

  // Pushes a message of `client()` and returns the answer's JSON, whatever its status.
  nlohmann::json push(const ProcessId& process, const std::string& action,
                      const std::string& data = "", message::Tags more = {});
  nlohmann::json push_item(const ProcessId& process, const Bytes& item);

  const crypto::Key& client() const { return *client_; }
  Address address() const { return node_->address(); }
  node::Settings& settings() { return settings_; }
  node::Node& node() { return *node_; }
  std::uint16_t port() const { return node_->port(); }
  ShiftedClock& clock() { return clock_; }
  std::unique_ptr<crypto::Key> key() const { return *crypto::Key::from_jwk(jwk_); }

 private:
  Folder folder_;
  node::Settings settings_;
  std::string jwk_;
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  ShiftedClock clock_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<node::Node> node_;
  std::uint64_t anchors_ = 0;
};

}  // namespace ao::test
