// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "verification.hpp"

#include <fmt/format.h>

namespace ao::node {

using message::Admitted;

namespace {

constexpr auto kHolders = [](const auto& buckets) { return buckets.holders(); };

std::size_t size_of(const codec::Request& request) {
  std::size_t bytes = request.form.body.size();
  for (const auto& [name, value] : request.form.fields)
    bytes += name.size() + value.bytes()->size();
  return bytes;
}

std::size_t size_of(const api::Upload& upload) {
  if (const auto* item = std::get_if<Bytes>(&upload.content)) return item->size();
  return size_of(std::get<codec::Request>(upload.content));
}

Error over_rate(const ClientRateSettings& rates, std::chrono::nanoseconds wait) {
  using std::chrono::ceil;
  Error error{ErrorKind::kBusy, "client-rate",
              fmt::format("this address may have {} messages a second verified, and pays {} times "
                          "for one that is refused: the next in {} ms",
                          rates.verifications_per_second, rates.refused_cost,
                          ceil<std::chrono::milliseconds>(wait).count())};
  error.retry_after = ceil<std::chrono::seconds>(wait);
  return error;
}

Error over_rate(const SignerRateSettings& rates, std::chrono::nanoseconds wait) {
  using std::chrono::ceil;
  Error error{
      ErrorKind::kBusy, "signer-rate",
      fmt::format("this signer may have {} messages a second accepted: the next in {} ms",
                  rates.messages_per_second, ceil<std::chrono::milliseconds>(wait).count())};
  error.retry_after = ceil<std::chrono::seconds>(wait);
  return error;
}

Result<codec::ReadRequest> read_from_anybody(const codec::Request& request) {
  AO_TRY(read, codec::read_request(request, SystemClock().now()));
  for (const codec::Commitment& one : read.commitments)
    AO_CHECK(codec::check_is_no_answer(one));
  return read;
}

}  // namespace

Verification::Verification(const VerificationSettings& settings,
                           const admission::Admission& admission, async::Pool& verify,
                           Metrics& metrics)
    : settings_(settings),
      admission_(admission),
      verify_(verify),
      metrics_(metrics),
      queue_(settings.queue) {
  const auto& [checks, check_burst, refused_cost, clients_max] = settings.rates;
  if (checks > 0) clients_.emplace(BucketSize{checks, check_burst, clients_max});
  const auto& [messages, message_burst, signers_max] = settings.signers;
  if (messages > 0) signers_.emplace(BucketSize{messages, message_burst, signers_max});
}

Task<Result<Admitted>> Verification::admit(Bytes item) {
  auto work = [this, bytes = std::move(item), asked = Clock::now()]() mutable {
    waited_since(asked);
    return admission_.admit(std::move(bytes));
  };
  auto admitted = co_await async::run_on(verify_.executor(), std::move(work));
  co_return admitted;
}

Task<Result<Admitted>> Verification::admit_from_client(api::Upload upload) {
  const http::Network client = upload.from;
  const std::size_t bytes = size_of(upload);
  auto work = [this, sent = std::move(upload.content), assigned = upload.assigned,
               asked = Clock::now()]() mutable {
    waited_since(asked);
    auto* const item = std::get_if<Bytes>(&sent);
    if (item != nullptr && assigned) return admission_.assign(std::move(*item), *assigned);
    if (item != nullptr) return admission_.admit(std::move(*item));
    return admission_.admit(std::get<codec::Request>(sent), SystemClock().now());
  };
  auto admitted = co_await check(client, bytes, std::move(work));
  co_return admitted;
}

Task<Result<Admitted>> Verification::assign(Bytes item, ProcessId process) {
  auto work = [this, bytes = std::move(item), process]() mutable {
    return admission_.assign(std::move(bytes), process);
  };
  auto admitted = co_await async::run_on(verify_.executor(), std::move(work));
  co_return admitted;
}

Task<Result<Admitted>> Verification::accept_from_client(api::Upload upload) {
  auto admitted = co_await admit_from_client(std::move(upload));
  if (admitted) AO_CO_CHECK(take_token(admitted->signer()));
  co_return admitted;
}

Task<Result<codec::ReadRequest>> Verification::read_from_client(codec::Request request,
                                                                http::Network client) {
  const std::size_t bytes = size_of(request);
  auto work = [this, asked_for = std::move(request), asked = Clock::now()] {
    waited_since(asked);
    return read_from_anybody(asked_for);
  };
  auto read = co_await check(client, bytes, std::move(work));
  co_return read;
}

template <class Work>
auto Verification::check(http::Network client, std::size_t bytes, Work work)
    -> Task<decltype(work())> {
  auto checked = co_await check_within_limits(client, bytes, std::move(work));
  metrics_.admission(checked ? "admitted" : checked.error().code);
  co_return checked;
}

template <class Work>
auto Verification::check_within_limits(http::Network client, std::size_t bytes, Work work)
    -> Task<decltype(work())> {
  AO_CO_CHECK(take_token(client));
  AO_CO_CHECK(queue_.enter(bytes));
  auto checked = co_await async::run_on(verify_.executor(), std::move(work));
  queue_.leave(bytes);
  if (!checked && clients_) {
    const std::size_t rest = settings_.rates.refused_cost - 1;
    clients_->with([&](auto& buckets) { buckets.charge(client, rest, Clock::now()); });
  }
  co_return checked;
}

void Verification::waited_since(Clock::time_point asked) {
  const std::chrono::duration<double> waited = Clock::now() - asked;
  metrics_.verification_waited(waited.count());
}

Result<> Verification::take_token(http::Network client) {
  if (!clients_) return {};
  const auto taken =
      clients_->with([&](auto& buckets) { return buckets.take(client, Clock::now()); });
  if (!taken) return std::unexpected(over_rate(settings_.rates, taken.error()));
  return {};
}

Result<> Verification::take_token(const Address& signer) {
  if (!signers_) return {};
  const auto taken =
      signers_->with([&](auto& buckets) { return buckets.take(signer, Clock::now()); });
  if (!taken) return std::unexpected(over_rate(settings_.signers, taken.error()));
  return {};
}

Verification::Counters Verification::counters() const {
  return {queue_.messages(),
          settings_.queue.messages_max,
          queue_.bytes(),
          settings_.queue.bytes_max,
          clients_ ? clients_->with(kHolders) : 0,
          clients_ ? settings_.rates.clients_max : 0,
          signers_ ? signers_->with(kHolders) : 0,
          signers_ ? settings_.signers.signers_max : 0};
}

}  // namespace ao::node
