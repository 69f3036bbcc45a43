// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "gateways.hpp"

#include <algorithm>
#include <stdexcept>

#include "ao/base/log.hpp"

namespace ao::node {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kShortBytesMax = 4 << 20;  // a block names its transactions

http::Egress egress_of(const GatewaySettings& settings) {
  http::EgressSettings wanted;
  wanted.ca_file = settings.ca_file;
  auto opened = http::Egress::open(wanted);
  if (!opened) throw std::runtime_error("[gateway] " + opened.error().text);
  opened->policy = http::EgressPolicy::unrestricted();
  return std::move(*opened);
}

http::ClientPoolSettings pool_of(const GatewaySettings& settings, std::size_t bytes_max) {
  http::ClientPoolSettings pool;
  pool.limits.connect_timeout = std::min<std::chrono::milliseconds>(10s, settings.request_timeout);
  pool.limits.head_timeout = settings.request_timeout;
  pool.limits.answer_timeout = settings.request_timeout;
  pool.limits.body_bytes_max = bytes_max;
  pool.connections_per_origin_max = 4;
  // Who rests is decided here, for what is answered too.
  pool.breaker.failures_max = 1'000'000;
  return pool;
}

}  // namespace

Gateways::Gateways(const GatewaySettings& settings, std::size_t data_bytes_max, async::Pool& net)
    : settings_(settings), data_bytes_max_(data_bytes_max) {
  if (!is_on()) return;
  const http::Egress egress = egress_of(settings);
  short_ = http::ClientPool::open(net, egress, pool_of(settings, kShortBytesMax));
  long_ = http::ClientPool::open(net, egress, pool_of(settings, data_bytes_max));
  all_.with([&settings](All& all) {
    all.random.seed(std::random_device()());
    for (const std::string& url : settings.urls)
      all.endpoints.emplace_back().url = url;
  });
}

void Gateways::stop() {
  if (!is_on()) return;
  short_->stop();
  long_->stop();
}

std::vector<std::string> Gateways::awake() const {
  const Time now = std::chrono::steady_clock::now();
  return all_.with([now](const All& all) {
    std::vector<std::string> urls;
    for (const Endpoint& endpoint : all.endpoints)
      if (endpoint.rests_until <= now) urls.push_back(endpoint.url);
    return urls;
  });
}

void Gateways::succeeded(const std::string& url) {
  all_.with([&url](All& all) {
    for (Endpoint& endpoint : all.endpoints) {
      if (endpoint.url != url) continue;
      endpoint.backoff.succeeded();
      endpoint.rests_until = {};
      endpoint.reason.clear();
    }
  });
}

void Gateways::failed(const std::string& url, const std::string& reason) {
  log::debug("a gateway fails", {{"gateway", url}, {"reason", reason}});
  const Time now = std::chrono::steady_clock::now();
  all_.with([&](All& all) {
    for (Endpoint& endpoint : all.endpoints) {
      if (endpoint.url != url) continue;
      endpoint.reason = reason;
      // Of what was asked together only the first counts.
      if (endpoint.rests_until <= now)
        endpoint.rests_until = now + endpoint.backoff.failed(all.random());
    }
  });
}

std::vector<Gateways::State> Gateways::states() const {
  return all_.with([](const All& all) {
    std::vector<State> states;
    for (const Endpoint& endpoint : all.endpoints)
      states.push_back({endpoint.url, endpoint.reason});
    return states;
  });
}

Task<Result<http::Response>> Gateways::read(std::string url, std::string path) {
  return get(*short_, url + path);
}

Task<Result<http::Response>> Gateways::read_data(std::string url, std::string path) {
  return get(*long_, url + path);
}

Task<Result<http::Response>> Gateways::get(http::ClientPool& pool, std::string url) {
  http::Request request;
  auto answer = co_await pool.fetch(std::move(url), std::move(request));
  co_return answer;
}

Task<Result<http::Response>> Gateways::query(std::string url, Bytes body) {
  http::Request request;
  request.method = "POST";
  request.headers.set("content-type", "application/json");
  request.body = std::move(body);
  url += "/graphql";
  auto answer = co_await short_->fetch(std::move(url), std::move(request));
  co_return answer;
}

}  // namespace ao::node
