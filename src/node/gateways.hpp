// The Arweave gateways of the settings: asking them, and leaving those alone that fail.
//
// They are asked in their order. One that does not answer, or lies, rests, longer each time, and
// the next is asked; a gateway is believed nothing (ao/gateway/item.hpp). Their URLs are the
// operator's, and are reached wherever they are; where they redirect to is not. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "ao/async/guarded.hpp"
#include "ao/delivery/backoff.hpp"
#include "ao/http/client_pool.hpp"
#include "ao/node/gateway_settings.hpp"

namespace ao::node {

class Gateways {
 public:
  // Throws std::runtime_error for a ca_file that is none.
  Gateways(const GatewaySettings& settings, std::size_t data_bytes_max, async::Pool& net);

  bool is_on() const { return !settings_.urls.empty(); }
  std::size_t count() const { return settings_.urls.size(); }
  std::size_t data_bytes_max() const { return data_bytes_max_; }
  void stop();  // what is asked ends with "http-stopped"

  std::vector<std::string> awake() const;  // those that do not rest, in their order
  void succeeded(const std::string& url);
  void failed(const std::string& url, const std::string& reason);

  // Errors: those of http::ClientPool. Short answers, and the data of items.
  Task<Result<http::Response>> read(std::string url, std::string path);
  Task<Result<http::Response>> query(std::string url, Bytes body);
  Task<Result<http::Response>> read_data(std::string url, std::string path);

  struct State {
    std::string url;
    std::string reason;  // why it rests; empty: it answered last
  };
  std::vector<State> states() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Endpoint {
    std::string url;
    delivery::Backoff backoff;
    Time rests_until{};
    std::string reason;
  };
  struct All {
    std::vector<Endpoint> endpoints;
    std::minstd_rand random;
  };

  static Task<Result<http::Response>> get(http::ClientPool& pool, std::string url);

  const GatewaySettings settings_;
  const std::size_t data_bytes_max_;
  std::unique_ptr<http::ClientPool> short_, long_;
  async::Guarded<All> all_;
};

}  // namespace ao::node
