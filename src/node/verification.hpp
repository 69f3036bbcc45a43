// Bytes ─▶ admission, on the verify pool: what a client sends within its rate and while there is
// room in the queue, what this node itself made always.
//
// Lua has the cpu pool, so neither waits for the other. Checking a signature costs the node far
// more than sending one costs a stranger, so each check takes a token of its client first, where a
// refusal costs no signature and waits behind none; a message that is refused takes more, so that
// whoever sends garbage is slowed long before whoever sends messages.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/admission/admission.hpp"
#include "ao/api/backend.hpp"
#include "ao/async/guarded.hpp"
#include "ao/async/pool.hpp"
#include "ao/base/token_buckets.hpp"
#include "ao/node/settings.hpp"
#include "metrics.hpp"
#include "verify_queue.hpp"

namespace ao::node {

struct VerificationSettings {
  VerifyQueueSettings queue;
  ClientRateSettings rates;
  SignerRateSettings signers;
};

class Verification {
 public:
  Verification(const VerificationSettings& settings, const admission::Admission& admission,
               async::Pool& verify, Metrics& metrics);

  // Errors: those of Admission.
  Task<Result<message::Admitted>> admit(Bytes item);
  Result<message::Admitted> admit(message::OwnItem item) const {
    return admission_.admit(std::move(item));
  }

  // Errors: also kBusy "client-rate" and "verify-queue-full".
  Task<Result<message::Admitted>> admit_from_client(api::Upload upload);

  // An item that is on this node, for one more process. Errors: those of Admission::assign.
  Task<Result<message::Admitted>> assign(Bytes item, ProcessId process);

  // What is to be kept. Errors: also kBusy "signer-rate".
  Task<Result<message::Admitted>> accept_from_client(api::Upload upload);

  // The signatures of an HTTP request. Errors: those of codec::read_request, and as above;
  // "signature-of-answer" for what a node signed as an answer.
  Task<Result<codec::ReadRequest>> read_from_client(codec::Request request, http::Network client);

  struct Counters {
    std::size_t messages, messages_max;  // in the queue
    std::size_t bytes, bytes_max;
    std::size_t clients, clients_max;
    std::size_t signers, signers_max;
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
  Result<> take_token(http::Network client);
  Result<> take_token(const Address& signer);

  VerificationSettings settings_;
  const admission::Admission& admission_;
  async::Pool& verify_;
  Metrics& metrics_;
  VerifyQueue queue_;
  // Absent when there is no limit.
  std::optional<async::Guarded<TokenBuckets<http::Network>>> clients_;
  std::optional<async::Guarded<TokenBuckets<Address>>> signers_;
};

}  // namespace ao::node
