// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "verification.hpp"

#include <fmt/format.h>

#include <random>

namespace ao::node {

using message::Admitted;

namespace {

std::uint64_t random_seed() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

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

}  // namespace

Verification::Verification(const VerificationSettings& settings,
                           const admission::Admission& admission, async::Pool& verify,
                           async::Pool& net, Metrics& metrics)
    : settings_(settings),
      admission_(admission),
      verify_(verify),
      metrics_(metrics),
      queue_(settings.queue),
      strand_(boost::asio::make_strand(net.executor())) {
  if (settings.rates.verifications_per_second > 0) rates_.emplace(settings.rates, random_seed());
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
  auto work = [this, sent = std::move(upload.content), asked = Clock::now()]() mutable {
    waited_since(asked);
    if (auto* const item = std::get_if<Bytes>(&sent)) return admission_.admit(std::move(*item));
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

Task<Result<codec::ReadRequest>> Verification::read_from_client(codec::Request request,
                                                                http::Network client) {
  const std::size_t bytes = size_of(request);
  auto work = [this, asked_for = std::move(request), asked = Clock::now()] {
    waited_since(asked);
    return codec::read_request(asked_for, SystemClock().now());
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
  if (rates_) {
    AO_CO_CHECK(co_await take_token(client));
  }
  AO_CO_CHECK(queue_.enter(bytes));
  auto checked = co_await async::run_on(verify_.executor(), std::move(work));
  queue_.leave(bytes);
  if (!checked && rates_)
    boost::asio::post(strand_, [this, client] { rates_->refused(client, Clock::now()); });
  co_return checked;
}

void Verification::waited_since(Clock::time_point asked) {
  const std::chrono::duration<double> waited = Clock::now() - asked;
  metrics_.verification_waited(waited.count());
}

Task<Result<>> Verification::take_token(http::Network client) {
  auto take = [this, client] {
    const auto taken = rates_->take(client, Clock::now());
    clients_.store(rates_->clients(), std::memory_order_relaxed);
    return taken;
  };
  const auto taken = co_await async::run_on(strand_, take);
  if (!taken) co_return std::unexpected(over_rate(settings_.rates, taken.error()));
  co_return Result<>();
}

Verification::Counters Verification::counters() const {
  return {queue_.messages(), settings_.queue.messages_max,
          queue_.bytes(),    settings_.queue.bytes_max,
          clients_.load(),   rates_ ? settings_.rates.clients_max : 0};
}

}  // namespace ao::node
