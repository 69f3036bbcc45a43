// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using message::Draft;

constexpr std::size_t kRememberedMax = 1'000;
constexpr auto kLastPatience = 10s;

http::ClientLimits short_limits() {
  http::ClientLimits limits;
  limits.connect_timeout = 250ms;
  limits.answer_timeout = 2s;
  return limits;
}

bool passes_later(unsigned status) {
  return status == 429 || status == 503 || status == 504;
}

}  // namespace

Client::Client(const Cast& cast, std::uint16_t port, std::uint64_t seed, Recorder& recorder)
    : cast_(cast), recorder_(recorder), connection_(port, short_limits()), random_(seed) {}

void Client::run(const std::atomic<bool>& stopping) {
  while (!stopping) {
    const bool repeats = below(12) == 0 && !acknowledged_.empty();
    const bool gives_up = below(10) == 0;
    if (repeats) {
      const Errand again = acknowledged_[below(acknowledged_.size())];
      send(again, true, stopping);
    } else {
      const Errand errand = next_errand();
      recorder_.sending(errand.item, errand.process);
      send(errand, gives_up, stopping);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(below(12)));
  }
}

Client::Errand Client::next_errand() {
  const std::uint64_t die = below(100);
  const ProcessId process = die < 30   ? cast_.counter
                            : die < 55 ? cast_.forwarder
                            : die < 65 ? cast_.sink
                                       : cast_.exchange;
  Draft draft = die < 30   ? for_counter()
                : die < 55 ? for_forwarder()
                : die < 65 ? for_sink()
                           : for_exchange();
  draft.anchor = Bytes(24, '0');
  put_u64be(draft.anchor, ++made_);
  return {process, sign(draft, *key_)};
}

Draft Client::for_counter() {
  return message_draft(cast_.counter, below(20) == 0 ? "Fail" : "Add",
                       std::string(below(300), 'x'));
}

Draft Client::for_forwarder() {
  Draft draft = message_draft(cast_.forwarder, "Forward", fmt::format("note {}", random_()));
  draft.tags.push_back({"To", cast_.sink.text()});
  return draft;
}

// Some claim to come from the forwarder, and must not be taken for its deliveries.
Draft Client::for_sink() {
  Draft draft = message_draft(cast_.sink, "Note", "from a stranger");
  if (below(2) == 0) {
    draft.tags.push_back({"From-Process", cast_.forwarder.text()});
    draft.tags.push_back({"From-Slot", std::to_string(1 + below(50))});
    draft.tags.push_back({"From-Index", std::to_string(below(2))});
  }
  return draft;
}

Draft Client::for_exchange() {
  const char* token = below(2) == 0 ? "A" : "B";
  const auto order = [&](const char* action, message::Tags tags) {
    Draft draft = message_draft(cast_.exchange, action);
    for (auto& tag : tags)
      draft.tags.push_back(std::move(tag));
    return draft;
  };
  if (const std::uint64_t trade = trades_++; trade < 3) {  // a stake to trade with
    if (trade == 2) return order("Add-Liquidity", {{"A", "40000000"}, {"B", "60000000"}});
    return order("Deposit", {{"Token", trade == 0 ? "A" : "B"}, {"Quantity", "100000000"}});
  }
  const std::uint64_t die = below(100);
  if (die < 20) return order("Deposit", {{"Token", token}, {"Quantity", quantity()}});
  if (die < 35) return order("Withdraw", {{"Token", token}, {"Quantity", quantity()}});
  if (die < 40) return order("Add-Liquidity", {{"A", quantity()}, {"B", quantity()}});
  if (die < 45) return order("Remove-Liquidity", {{"Shares", quantity()}});
  return order("Swap", {{"Token", token}, {"Quantity", quantity()}});
}

void Client::send(const Errand& errand, bool gives_up, const std::atomic<bool>& stopping) {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  while (!attempt(errand)) {
    if (gives_up) return;
    const auto now = std::chrono::steady_clock::now();
    if (stopping && !deadline) deadline = now + kLastPatience;
    if (deadline && now > *deadline) {
      recorder_.complain("a message was not acknowledged though the node was up for 10 s");
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + below(10)));
  }
}

bool Client::attempt(const Errand& errand) {
  const std::string route = below(2) == 0 ? "push" : "schedule";
  const auto answer = connection_.post(path_of(errand.process, route), errand.item.bytes());
  if (!answer || passes_later(answer->status)) return false;
  const auto body = nlohmann::json::parse(answer->body, nullptr, false);
  const bool has_slot = body.is_object() && body.contains("slot") && body["slot"].is_number();
  if (answer->status / 100 != 2 || !has_slot) {
    recorder_.complain(fmt::format("a good message was answered {} {}", answer->status,
                                   answer->body.substr(0, 200)));
    return true;
  }
  if (body["id"] != errand.item.id().text())
    recorder_.complain("the answer to " + errand.item.id().text() + " names another message");
  recorder_.acknowledged(errand.item.id(), Slot{body["slot"].get<std::uint64_t>()});
  if (acknowledged_.size() < kRememberedMax) {
    acknowledged_.push_back(errand);
  } else {
    acknowledged_[below(kRememberedMax)] = errand;
  }
  return true;
}

}  // namespace ao::test
