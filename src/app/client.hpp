// The client commands: what a person says to a node, over the same public HTTP API as anyone else.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ao/async/pool.hpp"
#include "ao/http/client.hpp"
#include "ao/message/data_item.hpp"
#include "ao/message/value.hpp"

namespace ao::app {

struct ClientOptions {
  std::string node = "http://127.0.0.1:8734";
  std::string key_file;
  bool as_json = false;  // print what the node answered, as it is
};

class Client {
 public:
  // Throws std::runtime_error for an address that is none.
  explicit Client(const ClientOptions& options);

  // Each prints and returns the exit code.
  int spawn(const std::string& module_or_file, const message::Tags& tags, const std::string& data);
  int send(const std::string& process, const message::Tags& tags, const std::string& data);
  int result(const std::string& process, const std::string& slot);
  int inspect(const std::string& process, const std::string& path);

  // The answer of a 2xx; throws std::runtime_error with the node's own words for anything else.
  http::Response fetch(const std::string& method, const std::string& target, Bytes body = {},
                       const std::string& content_type = {});
  message::DataItem sign(message::Draft draft);  // with an anchor of its own

 private:
  const crypto::Key& key();
  std::string upload(const std::string& file);
  int print_result(const message::Value& answer) const;

  ClientOptions options_;
  async::Pool pool_{"client", 1};
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<crypto::Key> key_;
};

}  // namespace ao::app
