// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "network_items.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>

namespace ao::node {

using gateway::Description;
using message::Admitted;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFlightsMax = 16;  // each holds an item in memory
constexpr std::size_t kBurst = 4;        // seconds
constexpr std::size_t kAskersMax = 10'000;
constexpr std::size_t kAbsencesMax = 100'000;
constexpr auto kAbsence = 60s;

std::chrono::steady_clock::time_point now() {
  return std::chrono::steady_clock::now();
}

Error answered(const std::string& url, const std::string& path, unsigned status) {
  return {ErrorKind::kUnavailable, "gateway-answer",
          fmt::format("{}{} answered {}", url, path, status)};
}

// Whether it may be told at another time.
bool may_pass(const Error& error) {
  return is_temporary(error) || error.code == "http-malformed";
}

// Whether the gateway is to rest for it: it does not answer questions, or gave another item than
// the one that it was asked for. That it does not have the data of an item is none: whoever chooses
// what is asked for could have it left alone.
bool is_fault_of_gateway(const Error& error) {
  if (error.code == "gateway-forged") return true;
  return may_pass(error) && error.code != "gateway-data" && error.kind != ErrorKind::kBusy;
}

}  // namespace

NetworkItems::NetworkItems(const GatewaySettings& settings, Gateways& gateways,
                           Verification& verification, async::Pool& net, Metrics& metrics)
    : per_second_(settings.fetches_per_second),
      gateways_(gateways),
      verification_(verification),
      metrics_(metrics),
      strand_(boost::asio::make_strand(net.executor())),
      askers_(BucketSize{per_second_, kBurst * per_second_, kAskersMax}) {}

Task<Result<Admitted>> NetworkItems::fetch(MessageId id, Bytes asker) {
  auto fetching = fetch_here(id, std::move(asker));
  auto fetched =
      co_await boost::asio::co_spawn(strand_, std::move(fetching), boost::asio::use_awaitable);
  metrics_.fetched(fetched ? "fetched" : fetched.error().code);
  if (!fetched) co_return std::unexpected(fetched.error());
  co_return std::move(**fetched);
}

Task<Result<NetworkItems::Found>> NetworkItems::fetch_here(MessageId id, Bytes asker) {
  const auto absence = absent_.find(id);
  if (absence != absent_.end() && absence->second.until > now())
    co_return std::unexpected(absence->second.reason);
  if (const auto flying = flights_.find(id); flying != flights_.end())
    co_return co_await join(id, flying->second);
  AO_CO_CHECK(take_off(asker));
  const auto flight = std::make_shared<Flight>();
  flights_.emplace(id, flight);
  auto outcome = co_await look(id);
  flights_.erase(id);
  if (!outcome && !is_temporary(outcome.error())) remember(id, outcome.error());
  flight->outcome = outcome;
  landings_.announce(id);
  co_return outcome;
}

Task<Result<NetworkItems::Found>> NetworkItems::join(MessageId id, std::shared_ptr<Flight> flight) {
  while (!flight->outcome)
    co_await landings_.wait(id, now() + 1h);
  co_return *flight->outcome;
}

Result<> NetworkItems::take_off(const Bytes& asker) {
  if (flights_.size() >= kFlightsMax)
    return fail(ErrorKind::kBusy, "gateway-busy",
                fmt::format("{} items are being fetched from the gateways", kFlightsMax));
  const auto taken = askers_.take(asker, now());
  if (taken) return {};
  Error error{ErrorKind::kBusy, "gateway-rate",
              fmt::format("{} items a second are fetched from the gateways for one who asks "
                          "(gateway.fetches_per_second)",
                          per_second_)};
  error.retry_after = std::chrono::ceil<std::chrono::seconds>(taken.error());
  return std::unexpected(std::move(error));
}

void NetworkItems::remember(const MessageId& id, const Error& reason) {
  if (absent_.size() >= kAbsencesMax) absent_.clear();
  absent_.insert_or_assign(id, Absence{now() + kAbsence, reason});
}

// The first gateway that has it, and can prove it.
Task<Result<NetworkItems::Found>> NetworkItems::look(MessageId id) {
  const auto urls = gateways_.awake();
  std::size_t silent = gateways_.count() - urls.size();
  std::string why = "it rests, for it failed before";
  std::optional<Error> lasting;
  for (const std::string& url : urls) {
    auto found = co_await look_at(url, id);
    if (found && *found) co_return found;
    if (found) continue;
    const Error& error = found.error();
    if (is_fault_of_gateway(error)) gateways_.failed(url, error.text);
    if (may_pass(error)) {
      ++silent;
      why = error.text;
    } else {
      lasting = error;
    }
  }
  Error error{ErrorKind::kUnavailable, "gateway-silent",
              fmt::format("of {} gateways {} do not tell whether they have item {}: {}",
                          gateways_.count(), silent, id.text(), why)};
  if (silent > 0) co_return std::unexpected(std::move(error));
  if (lasting) co_return std::unexpected(std::move(*lasting));
  error = {ErrorKind::kNotFound, "gateway-item-absent",
           fmt::format("none of {} gateways has item {}", gateways_.count(), id.text())};
  co_return std::unexpected(std::move(error));
}

// Nullopt: it has no such item.
Task<Result<NetworkItems::Found>> NetworkItems::look_at(std::string url, MessageId id) {
  auto answer = co_await gateways_.query(url, gateway::item_query(id));
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status != 200) co_return std::unexpected(answered(url, "/graphql", answer->status));
  AO_CO_TRY(described, gateway::description_in(answer->body, id));
  gateways_.succeeded(url);
  if (!described) co_return Found();
  const std::uint64_t size = described->data_bytes.value_or(0);
  Error error{ErrorKind::kTooLarge, "gateway-item-size",
              fmt::format("item {} has {} bytes of data, more than the {} that this node takes "
                          "(admission.data_bytes_max)",
                          id.text(), size, gateways_.data_bytes_max())};
  if (size > gateways_.data_bytes_max()) co_return std::unexpected(std::move(error));
  auto data = co_await data_at(url, id);
  if (!data) {
    const bool is_too_large = data.error().kind == ErrorKind::kTooLarge;
    error.text = data.error().text;
    if (!is_too_large) error.kind = ErrorKind::kUnavailable;
    if (!is_too_large) error.code = "gateway-data";
    co_return std::unexpected(std::move(error));
  }
  auto item = co_await verified(std::move(*described), std::move(*data));
  co_return item;
}

// Gateways serve an item's data at /raw/ID, simpler ones at /ID.
Task<Result<Bytes>> NetworkItems::data_at(std::string url, MessageId id) {
  unsigned status = 0;
  for (const char* folder : {"/raw/", "/"}) {
    std::string path = folder + id.text();
    auto answer = co_await gateways_.read_data(url, std::move(path));
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->status == 200) co_return std::move(answer->body);
    status = answer->status;
  }
  co_return std::unexpected(answered(url, "/raw/" + id.text(), status));
}

Task<Result<NetworkItems::Found>> NetworkItems::verified(Description described, Bytes data) {
  const bool is_bundled = described.is_bundled;
  const MessageId id = described.id;
  AO_CO_TRY(item, gateway::rebuilt(std::move(described), std::move(data)));
  auto admitted = co_await verification_.admit(item.bytes());
  if (admitted) co_return Found(std::move(*admitted));
  const Error& reason = admitted.error();
  Error error{
      ErrorKind::kInvalid, "gateway-unverified",
      fmt::format("item {}, as the gateway has it, is not taken: {}", id.text(), reason.text)};
  Error foreign{ErrorKind::kInvalid, "gateway-transaction",
                fmt::format("item {} is in no bundle that the gateway names, and its signature is "
                            "not that of a data item: transactions of Arweave itself are not "
                            "verified by this node",
                            id.text())};
  const bool is_foreign = !is_bundled && reason.code == "signature-mismatch";
  if (is_foreign) co_return std::unexpected(std::move(foreign));
  co_return std::unexpected(std::move(error));
}

}  // namespace ao::node
