// Items that are on the network and not on this node, by id, from the gateways.
//
// What is returned was verified as if a client had sent it. All who ask for an item while it is
// fetched share that one fetch; that nobody has it is remembered for a while. Who asks pays for
// each fetch from a bucket of his own, so that nobody makes this node ask without end. Nothing is
// kept here: whoever asked decides what becomes of it. On a strand of the net pool; `fetch` is for
// any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <unordered_map>

#include "ao/async/notice_board.hpp"
#include "ao/base/token_buckets.hpp"
#include "ao/gateway/item.hpp"
#include "gateways.hpp"
#include "verification.hpp"

namespace ao::node {

// Who pays for what is fetched.
inline Bytes asker_of(http::Network client) {
  return "client " + std::to_string(static_cast<std::uint64_t>(client));
}
inline Bytes asker_of(const ProcessId& process) {
  return "process " + process.text();
}

class NetworkItems {
 public:
  NetworkItems(const GatewaySettings& settings, Gateways& gateways, Verification& verification,
               async::Pool& net, Metrics& metrics);

  bool is_on() const { return gateways_.is_on(); }
  std::size_t gateways() const { return gateways_.count(); }

  // `asker` is who pays. Errors, that last: kNotFound "gateway-item-absent" when every gateway
  // says that it has no such item; kInvalid "gateway-unverified" when what they have cannot be
  // verified, "gateway-transaction" for a transaction of its own; kTooLarge "gateway-item-size";
  // that may pass: kUnavailable "gateway-silent"; kBusy "gateway-busy", "gateway-rate".
  Task<Result<message::Admitted>> fetch(MessageId id, Bytes asker);

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Found = std::optional<message::Admitted>;
  struct Absence {
    Time until;
    Error reason;
  };
  struct Flight {
    std::optional<Result<Found>> outcome;  // never nullopt in it
  };

  Task<Result<Found>> fetch_here(MessageId id, Bytes asker);
  Task<Result<Found>> join(MessageId id, std::shared_ptr<Flight> flight);
  Result<> take_off(const Bytes& asker);
  void remember(const MessageId& id, const Error& reason);
  Task<Result<Found>> look(MessageId id);
  Task<Result<Found>> look_at(std::string url, MessageId id);
  Task<Result<Bytes>> data_at(std::string url, MessageId id);
  Task<Result<Found>> verified(gateway::Description described, Bytes data);

  const std::size_t per_second_;
  Gateways& gateways_;
  Verification& verification_;
  Metrics& metrics_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  TokenBuckets<Bytes> askers_;
  std::unordered_map<MessageId, Absence> absent_;
  std::unordered_map<MessageId, std::shared_ptr<Flight>> flights_;
  async::NoticeBoard<MessageId> landings_;
};

}  // namespace ao::node
