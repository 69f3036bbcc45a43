// Bytes ─▶ admission, on the verify pool: what a client sends within its rate and while there is
// room in the queue, what this node itself made always.
//
// Lua has the cpu pool, so neither waits for the other. The rates are kept on a strand of the net
// pool, where a refusal costs no signature and waits behind none.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "ao/admission/admission.hpp"
#include "ao/api/backend.hpp"
#include "ao/async/pool.hpp"
#include "client_rates.hpp"
#include "metrics.hpp"
#include "verify_queue.hpp"

namespace ao::node {

struct VerificationSettings {
  VerifyQueueSettings queue;
  ClientRateSettings rates;
};

class Verification {
 public:
  Verification(const VerificationSettings& settings, const admission::Admission& admission,
               async::Pool& verify, async::Pool& net, Metrics& metrics);

  // Errors: those of Admission.
  Task<Result<message::Admitted>> admit(Bytes item);

  // Errors: also kBusy "client-rate" and "verify-queue-full".
  Task<Result<message::Admitted>> admit_from_client(api::Upload upload);

  // An item that is on this node, for one more process. Errors: those of Admission::assign.
  Task<Result<message::Admitted>> assign(Bytes item, ProcessId process);

  // The signatures of an HTTP request. Errors: those of codec::read_request, and as above.
  Task<Result<codec::ReadRequest>> read_from_client(codec::Request request, http::Network client);

  struct Counters {
    std::size_t messages, messages_max;  // in the queue
    std::size_t bytes, bytes_max;
    std::size_t clients, clients_max;
  };
  Counters counters() const;

 private:
  using Clock = std::chrono::steady_clock;

  // What `work` returns, run on the verify pool within the client's rate and the queue's limits.
  template <class Work>
  auto check(http::Network client, std::size_t bytes, Work work) -> Task<decltype(work())>;
  template <class Work>
  auto check_within_limits(http::Network client, std::size_t bytes, Work work)
      -> Task<decltype(work())>;
  void waited_since(Clock::time_point asked);
  Task<Result<>> take_token(http::Network client);

  VerificationSettings settings_;
  const admission::Admission& admission_;
  async::Pool& verify_;
  Metrics& metrics_;
  VerifyQueue queue_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::optional<ClientRates> rates_;  // on the strand; absent when there is no limit
  std::atomic<std::size_t> clients_ = 0;
};

}  // namespace ao::node
