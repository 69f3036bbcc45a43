// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "relaying.hpp"

#include <fmt/format.h>

#include "fates.hpp"

namespace ao::node {

using message::Admitted;

namespace {

// Whoever makes up process ids has others asked for each; and a node that is slow holds those who
// wait for it.
constexpr std::size_t kSearchesMax = 16;
constexpr std::size_t kRequestsMax = 256;
constexpr std::chrono::seconds kPatience{5};

class Seat {
 public:
  Seat(std::atomic<std::size_t>& taken, std::size_t most)
      : taken_(taken), is_held_(taken.fetch_add(1) < most) {}
  ~Seat() { --taken_; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  bool is_held() const { return is_held_; }

 private:
  std::atomic<std::size_t>& taken_;
  bool is_held_;
};

Error busy(std::size_t most) {
  return {
      ErrorKind::kBusy, "relay-busy",
      fmt::format("the message is for a process of another node, and {} such are under way", most)};
}

}  // namespace

bool Relaying::takes(const Admitted& message) const {
  if (message.kind() == Admitted::Kind::kSpawn)
    return homes_.of_spawn(message.item().tag("Scheduler")).has_value();
  return homes_.may_be_elsewhere(message.process());
}

Task<Result<Placed>> Relaying::relay(Admitted message) {
  auto home = co_await home_of(message);
  if (!home) {
    metrics_.relayed(home.error().code);
    co_return std::unexpected(home.error());
  }
  auto placed = co_await bring(std::move(message), std::move(*home));
  metrics_.relayed(placed ? "relayed" : placed.error().code);
  co_return placed;
}

Task<Result<Address>> Relaying::home_of(const Admitted& message) {
  const ProcessId process = message.process();
  if (message.kind() == Admitted::Kind::kSpawn) {
    auto scheduler = homes_.of_spawn(message.item().tag("Scheduler"));
    if (scheduler) co_return std::move(*scheduler);
  }
  if (auto known = homes_.known(process)) co_return std::move(*known);
  const Seat seat(searches_, kSearchesMax);
  if (!seat.is_held()) co_return std::unexpected(busy(kSearchesMax));
  auto home = co_await homes_.find(process, kPatience);
  Error unknown{ErrorKind::kNotFound, "process-unknown",
                fmt::format("process {} is scheduled neither on this node nor on one that it knows",
                            process.text())};
  if (!home && home.error().kind == ErrorKind::kNotFound)
    co_return std::unexpected(std::move(unknown));
  co_return home;
}

Task<Result<Placed>> Relaying::bring(Admitted message, Address home) {
  const Seat seat(requests_, kRequestsMax);
  if (!seat.is_held()) co_return std::unexpected(busy(kRequestsMax));
  const auto url = peering_.url_of(home);
  Error unreached{ErrorKind::kUnavailable, "peer-refused",
                  fmt::format("process {} is at node {}, and it is not known where that answers",
                              message.process().text(), home.text)};
  if (!url) co_return std::unexpected(std::move(unreached));
  std::vector<Brought> one{{message.item()}};
  http::Request request = bringing(std::move(one));
  const std::size_t bytes = request.body.size();
  auto answer = co_await peering_.fetch(*url, std::move(request));
  if (!answer) {
    unreached.text = fmt::format("process {} is at another node: {}", message.process().text(),
                                 answer.error().text);
    co_return std::unexpected(std::move(unreached));
  }
  const auto fates = fates_in(*answer, *url, 1, bytes);
  if (!fates) co_return std::unexpected(fates.error());
  const Fate& fate = fates->front();
  if (!fate) co_return std::unexpected(fate.error());
  peering_.keep(home);
  const auto location = peering_.find(home);
  Placed placed;
  placed.placement = {message.process(), fate->slot,      message.id(),
                      fate->assignment,  fate->timestamp, false};
  placed.url = location && !location->url.empty() ? location->url : *url;
  co_return placed;
}

}  // namespace ao::node
