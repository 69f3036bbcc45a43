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

  struct Counters {
    std::size_t messages, messages_max;  // in the queue
    std::size_t bytes, bytes_max;
    std::size_t clients, clients_max;
  };
  Counters counters() const;

 private:
  Task<Result<message::Admitted>> check(api::Upload upload);
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
