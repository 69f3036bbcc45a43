// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "peering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "ao/base/log.hpp"

namespace ao::node {

using peers::Location;

namespace {

constexpr std::chrono::milliseconds kSilentPause{500};  // until one that was silent is asked again

http::ClientPoolSettings pool_settings() {
  http::ClientPoolSettings settings;
  settings.limits.connect_timeout = std::chrono::seconds(3);
  settings.limits.answer_timeout = std::chrono::seconds(15);
  settings.breaker.pause_max = std::chrono::seconds(15);
  return settings;
}

http::Egress opened(const http::EgressSettings& settings) {
  auto egress = http::Egress::open(settings);
  if (!egress) throw std::runtime_error("[peers] " + egress.error().text);
  return std::move(*egress);
}

http::Egress unrestricted(http::Egress egress) {
  egress.policy = http::EgressPolicy::unrestricted();
  return egress;
}

}  // namespace

Peering::Peering(const PeeringSettings& settings, Accept& accept, const crypto::Key& key,
                 const Clock& clock, async::Pool& net)
    : settings_(settings),
      accept_(accept),
      key_(key),
      clock_(clock),
      strand_(boost::asio::make_strand(net.executor())),
      timer_(strand_),
      directory_(key.address()),
      silent_(settings.urls.size()) {
  if (is_alone()) return;
  const http::Egress egress = opened(settings.egress);
  chosen_ = http::ClientPool::open(net, unrestricted(egress), pool_settings());
  told_ = http::ClientPool::open(net, egress, pool_settings());
}

void Peering::resume(std::string url) {
  url_ = std::move(url);
  if (!settings_.urls.empty()) group_.spawn(strand_, run());
}

void Peering::stop() {
  auto halt = [this] {
    stopping_ = true;
    timer_.cancel();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  for (const auto& pool : {chosen_.get(), told_.get()})
    if (pool != nullptr) pool->stop();
  group_.join();
}

Bytes Peering::location() const {
  const auto item = Location::sign(url_, clock_.now(), settings_.location_life, key_);
  AO_ASSERT(item.has_value());
  return item->bytes();
}

std::optional<Location> Peering::find(const Address& scheduler) const {
  const Timestamp now = clock_.now();
  return directory_.with([&](const peers::Directory& all) { return all.find(scheduler, now); });
}

std::vector<Location> Peering::peers() const {
  const Timestamp now = clock_.now();
  return directory_.with([&](const peers::Directory& all) { return all.peers(now); });
}

Task<> Peering::run() {
  while (!stopping_) {
    std::size_t silent = 0;
    for (const std::string& url : settings_.urls) {
      if (stopping_) co_return;
      const auto asked = co_await ask(url);
      if (asked) continue;
      ++silent;
      log::debug("a peer is silent", {{"url", url}, {"reason", asked.error().text}});
    }
    silent_ = silent;
    if (stopping_) co_return;
    timer_.expires_after(silent == 0 ? settings_.ask_interval : kSilentPause);
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

Task<Result<>> Peering::ask(std::string url) {
  http::Request request;
  request.target = "/~peer@1.0/location";
  auto answer = co_await fetch(url, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  Error error{
      ErrorKind::kInvalid, "peer-refused",
      fmt::format("{} answered {} when it was asked for its location", url, answer->status)};
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  AO_CO_TRY(admitted, co_await accept_.admit(std::move(answer->body)));
  auto location = Location::of(admitted);
  if (!location) co_return std::unexpected(location.error());
  const Timestamp now = clock_.now();
  const std::string scheduler = location->scheduler.text;
  const bool is_new = directory_.with([&](peers::Directory& all) {
    const bool was_known = all.find(location->scheduler, now).has_value();
    return all.learn(std::move(*location), now) && !was_known;
  });
  if (is_new) log::info("a peer is known", {{"url", url}, {"address", scheduler}});
  co_return Result<>();
}

Task<Result<http::Response>> Peering::fetch(std::string url, http::Request request) {
  const bool is_chosen = std::ranges::find(settings_.urls, url) != settings_.urls.end();
  const std::string whole = url + request.target;
  auto& pool = is_chosen ? *chosen_ : *told_;
  auto answer = co_await pool.fetch(whole, std::move(request));
  co_return answer;
}

}  // namespace ao::node
