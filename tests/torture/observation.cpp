// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/observation.hpp"

#include <charconv>
#include <thread>

namespace ao::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::uint64_t kPage = 1'000;

Scheduled scheduled_from(const json& one) {
  const json& body = one.at("body");
  Scheduled scheduled;
  scheduled.slot = one.at("slot");
  scheduled.assignment = one.at("id");
  scheduled.message = body.at("id");
  scheduled.chain = one.at("hash-chain");
  scheduled.timestamp = one.at("timestamp");
  scheduled.content.owner = body.at("owner");
  scheduled.content.target = body.at("target");
  scheduled.content.anchor = body.at("anchor");
  scheduled.content.data = body.at("data");
  for (const json& tag : body.at("tags"))
    scheduled.content.tags.push_back({tag.at("name"), tag.at("value")});
  return scheduled;
}

std::uint64_t slot_count(Connection& connection, const ProcessId& process) {
  return std::stoull(connection.text('/' + process.text() + "/slot/current")) + 1;
}

std::string result_of(Connection& connection, const ProcessId& process, std::uint64_t slot) {
  const auto answer = connection.get(path_of(process, "compute/results=" + std::to_string(slot)));
  return answer && answer->status == 200 ? answer->body : std::string();
}

std::uint64_t number(BytesView text) {
  std::uint64_t value = ~std::uint64_t{0};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Asking for the state as of now answers when everything scheduled is evaluated.
bool is_evaluated(Connection& connection, const ProcessId& process) {
  const auto answer = connection.get(path_of(process, "now"));
  return answer && (answer->status == 200 || answer->status == 404);
}

}  // namespace

std::vector<Scheduled> read_schedule(Connection& connection, const ProcessId& process) {
  std::vector<Scheduled> schedule;
  bool continues = true;
  while (continues) {
    const std::uint64_t from = schedule.size();
    const json page = json::parse(
        connection.text(path_of(process, "schedule?from=" + std::to_string(from) +
                                             "&to=" + std::to_string(from + kPage - 1))));
    for (const json& one : page.at("assignments"))
      schedule.push_back(scheduled_from(one));
    // They stand under their slots, which JSON orders as texts.
    std::sort(schedule.begin() + static_cast<std::ptrdiff_t>(from), schedule.end(),
              [](const Scheduled& a, const Scheduled& b) { return a.slot < b.slot; });
    continues = schedule.size() > from && schedule.size() < slot_count(connection, process);
  }
  return schedule;
}

json read_state(Connection& connection, const ProcessId& process) {
  const auto state = connection.get(path_of(process, "now"));
  return state && state->status == 200 ? json::parse(state->body) : json::object();
}

Observation observe(Connection& connection, const ProcessId& process) {
  Observation seen;
  seen.schedule = read_schedule(connection, process);
  for (std::uint64_t slot = 0; slot < seen.schedule.size(); ++slot)
    seen.results.push_back(result_of(connection, process, slot));
  seen.state = read_state(connection, process);
  return seen;
}

std::vector<Sending> sent_to(const ProcessId& target, const std::vector<std::string>& results) {
  std::vector<Sending> sendings;
  for (std::uint64_t slot = 0; slot < results.size(); ++slot) {
    if (results[slot].empty()) continue;
    const json result = json::parse(results[slot]);
    std::uint64_t index = 0;
    for (const json& message : result.at("raw").at("Messages")) {
      if (message.at("Target") == target.text())
        sendings.push_back({slot, index, message.at("Data")});
      ++index;
    }
  }
  return sendings;
}

std::vector<Sending> received_from(const ProcessId& sender, const Address& node,
                                   const std::vector<Scheduled>& schedule) {
  std::vector<Sending> received;
  for (const Scheduled& one : schedule)
    if (one.content.owner == node.text && one.tag("From-Process") == sender.text())
      received.push_back(
          {number(one.tag("From-Slot")), number(one.tag("From-Index")), one.content.data});
  return received;
}

bool wait_until_settled(Connection& connection, const Cast& cast,
                        std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto in_time = [&] { return std::chrono::steady_clock::now() < deadline; };
  for (const auto& [name, process] : cast.all())
    while (!is_evaluated(connection, process)) {
      if (!in_time()) return false;
      std::this_thread::sleep_for(20ms);
    }
  const auto sent = sent_to(cast.sink, observe(connection, cast.forwarder).results).size();
  while (received_from(cast.forwarder, cast.node, read_schedule(connection, cast.sink)).size() <
         sent) {
    if (!in_time()) return false;
    std::this_thread::sleep_for(200ms);
  }
  while (!is_evaluated(connection, cast.sink)) {
    if (!in_time()) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

}  // namespace ao::test
