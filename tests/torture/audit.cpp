// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

namespace ao::test {
namespace {

using nlohmann::json;
using Complaints = std::vector<std::string>;

// Results are read again one by one, so only this many of a process.
constexpr std::size_t kReadAgainMax = 500;

std::uint64_t amount_in(const json& holder, const char* key) {
  return holder.contains(key) ? std::stoull(holder.at(key).get<std::string>()) : 0;
}

std::uint64_t number_in(const json& holder, const char* key) {
  return holder.contains(key) ? holder.at(key).get<std::uint64_t>() : 0;
}

// The action of the first message that the handler sent.
std::string first_answer(const json& results) {
  const json& messages = results.at("raw").at("Messages");
  if (messages.empty()) return {};
  for (const json& tag : messages.front().at("Tags"))
    if (tag.at("name") == "Action") return tag.at("value");
  return {};
}

bool is_error(const std::string& result) {
  return json::parse(result).at("raw").contains("Error");
}

}  // namespace

void Audit::examine(Connection& connection) {
  checks_.expect("clients saw no rule broken", recorder_.complaints());
  for (const auto& [name, process] : cast_.all()) {
    seen_[process] = observe(connection, process);
    check_promises(name, process);
    check_origins(name, process);
    check_chain(name, process);
    check_results(name, process);
  }
  check_deliveries();
  check_counter();
  check_sink();
  check_exchange();
}

void Audit::check_promises(const std::string& name, const ProcessId& process) {
  std::unordered_map<std::string, std::uint64_t> places;
  Complaints doubled;
  for (const Scheduled& one : seen(process).schedule) {
    const auto [place, is_first] = places.emplace(one.message, one.slot);
    if (!is_first)
      doubled.push_back(fmt::format("message {} is at slot {} and slot {}", one.message,
                                    place->second, one.slot));
  }
  checks_.expect(name + ": no message has two slots", doubled);

  Complaints broken;
  std::size_t promises = 0;
  for (const auto& [id, sent] : recorder_.sent()) {
    if (sent.process != process || !sent.slot) continue;
    ++promises;
    const auto place = places.find(id.text());
    if (place == places.end()) {
      broken.push_back(fmt::format("message {}, acknowledged at slot {}, is lost", id.text(),
                                   sent.slot->number));
    } else if (place->second != sent.slot->number) {
      broken.push_back(fmt::format("message {}, acknowledged at slot {}, is at slot {}", id.text(),
                                   sent.slot->number, place->second));
    }
  }
  if (promises == 0) broken.push_back("no message was acknowledged at all");
  checks_.expect(fmt::format("{}: {} acknowledged messages are at their slots", name, promises),
                 broken);
}

// Whole or absent: each is one that a client sent, as it sent it, or one of the node's own.
void Audit::check_origins(const std::string& name, const ProcessId& process) {
  Complaints strange;
  for (const Scheduled& one : seen(process).schedule) {
    if (one.slot == 0 || one.content.owner == cast_.node.text) continue;
    const auto id = MessageId::from_text(one.message);
    const auto sent = id ? recorder_.sent().find(*id) : recorder_.sent().end();
    if (sent == recorder_.sent().end() || sent->second.process != process) {
      strange.push_back(fmt::format("nobody sent the message of slot {}", one.slot));
    } else if (sent->second.content != one.content.digest()) {
      strange.push_back(fmt::format("the message of slot {} is not as it was sent", one.slot));
    }
  }
  checks_.expect(name + ": every message is as its client sent it", strange);
}

void Audit::check_chain(const std::string& name, const ProcessId& process) {
  Complaints gaps, links, times;
  std::string chain = base64url(crypto::view(crypto::sha256(process.bytes())));
  std::uint64_t expected = 0, time = 0;
  for (const Scheduled& one : seen(process).schedule) {
    if (one.slot != expected)
      gaps.push_back(fmt::format("slot {} stands where slot {} should", one.slot, expected));
    if (one.chain != chain) links.push_back(fmt::format("slot {} has another chain", one.slot));
    if (one.timestamp < time)
      times.push_back(fmt::format("slot {} is older than the one before", one.slot));
    const auto assignment = AssignmentId::from_text(one.assignment);
    const auto before = ChainHash::from_text(one.chain);
    if (assignment && before)
      chain = base64url(
          crypto::view(crypto::sha256(Bytes(assignment->bytes()) + Bytes(before->bytes()))));
    time = one.timestamp;
    ++expected;
  }
  checks_.expect(fmt::format("{}: {} slots without a gap", name, expected), gaps);
  checks_.expect(name + ": the hash chain holds", links);
  checks_.expect(name + ": timestamps never fall", times);
}

void Audit::check_results(const std::string& name, const ProcessId& process) {
  Complaints missing;
  const Observation& all = seen(process);
  for (std::size_t slot = 0; slot < all.results.size(); ++slot)
    if (all.results[slot].empty()) missing.push_back(fmt::format("slot {} has no result", slot));
  checks_.expect(name + ": every slot has its result", missing);
}

void Audit::check_deliveries() {
  const auto sent = sent_to(cast_.sink, seen(cast_.forwarder).results);
  const auto received = received_from(cast_.forwarder, cast_.node, seen(cast_.sink).schedule);
  Complaints wrong;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> times;
  for (const Sending& one : received)
    ++times[{one.slot, one.index}];
  for (const Sending& one : sent)
    if (const std::size_t count = times[{one.slot, one.index}]; count != 1)
      wrong.push_back(
          fmt::format("entry {} of slot {} was delivered {} times", one.index, one.slot, count));
  if (sent.empty()) wrong.push_back("nothing was sent at all");
  checks_.expect(fmt::format("{} outbox entries were delivered exactly once", sent.size()), wrong);

  Complaints order;
  for (std::size_t i = 0; i < std::min(sent.size(), received.size()); ++i)
    if (sent[i] != received[i])
      order.push_back(fmt::format("delivery {} is entry {} of slot {}, not entry {} of slot {}", i,
                                  received[i].index, received[i].slot, sent[i].index,
                                  sent[i].slot));
  if (sent.size() != received.size())
    order.push_back(fmt::format("{} sent, {} received", sent.size(), received.size()));
  checks_.expect("deliveries came in the sender's order, as they were sent", order);

  std::size_t forwards = 0;
  for (const Scheduled& one : seen(cast_.forwarder).schedule)
    forwards += one.tag("Action") == "Forward";
  checks_.expect("every forward sent two messages", sent.size() == 2 * forwards,
                 fmt::format("{} forwards, {} messages", forwards, sent.size()));
}

void Audit::check_counter() {
  std::uint64_t good = 0;
  Complaints wrong;
  const Observation& counter = seen(cast_.counter);
  for (std::size_t slot = 1; slot < counter.schedule.size(); ++slot) {
    const bool fails = counter.schedule[slot].tag("Action") == "Fail";
    good += !fails;
    if (!counter.results[slot].empty() && is_error(counter.results[slot]) != fails)
      wrong.push_back(fmt::format("slot {} {}", slot, fails ? "should fail" : "should not fail"));
  }
  checks_.expect("counter: exactly the messages meant to fail failed", wrong);
  const std::uint64_t shown = number_in(counter.state, "count");
  checks_.expect(fmt::format("counter: it counted {} messages", good), shown == good,
                 fmt::format("it shows {}", shown));
}

void Audit::check_sink() {
  const std::uint64_t notes = seen(cast_.sink).schedule.size() - 1;
  const std::uint64_t shown = number_in(seen(cast_.sink).state, "notes");
  checks_.expect(fmt::format("sink: it counted {} notes", notes), shown == notes,
                 fmt::format("it shows {}", shown));
}

void Audit::check_exchange() {
  const Observation& exchange = seen(cast_.exchange);
  std::map<std::string, std::uint64_t> in, out;
  std::size_t swaps = 0;
  Complaints failed;
  for (std::size_t slot = 1; slot < exchange.schedule.size(); ++slot) {
    if (exchange.results[slot].empty()) continue;
    if (is_error(exchange.results[slot])) failed.push_back(fmt::format("slot {}", slot));
    const std::string answer = first_answer(json::parse(exchange.results[slot]));
    const Scheduled& order = exchange.schedule[slot];
    const std::string token(order.tag("Token"));
    if (answer == "Credit-Notice") in[token] += std::stoull(Bytes(order.tag("Quantity")));
    if (answer == "Debit-Notice") out[token] += std::stoull(Bytes(order.tag("Quantity")));
    swaps += answer == "Swap-Notice";
  }
  checks_.expect("exchange: no order failed", failed);
  checks_.expect(fmt::format("exchange: {} swaps were made", swaps), swaps > 0, "none at all");

  const json& state = exchange.state;
  const json pool = state.value("pool", json::object());
  const json balances = state.value("balances", json::object());
  for (const auto& [token, key] : {std::pair("A", "a"), std::pair("B", "b")}) {
    std::uint64_t held = amount_in(pool, key);
    for (const auto& [account, balance] : balances.items())
      held += amount_in(balance, key);
    const std::uint64_t expected = in[token] - out[token];
    checks_.expect(fmt::format("exchange: {} {} deposited, {} withdrawn, the rest is there",
                               in[token], token, out[token]),
                   held == expected && expected > 0,
                   fmt::format("{} expected, {} held", expected, held));
  }
}

void Audit::examine_again(Connection& connection) {
  for (const auto& [name, process] : cast_.all()) {
    const Observation& before = seen(process);
    Complaints changed;
    const auto schedule = read_schedule(connection, process);
    if (schedule.size() != before.schedule.size())
      changed.push_back(
          fmt::format("{} slots, before {}", schedule.size(), before.schedule.size()));
    for (std::size_t i = 0; i < std::min(schedule.size(), before.schedule.size()); ++i)
      if (schedule[i].assignment != before.schedule[i].assignment)
        changed.push_back(fmt::format("slot {} is another assignment", i));
    const std::size_t count = before.results.size();
    const std::size_t step = count / kReadAgainMax + 1;
    for (std::size_t slot = 0; slot < count; slot += step)
      if (connection.text(path_of(process, "compute/results=" + std::to_string(slot))) !=
          before.results[slot])
        changed.push_back(fmt::format("slot {} has another result", slot));
    if (read_state(connection, process) != before.state)
      changed.push_back("the visible state is another");
    checks_.expect(name + ": after another restart everything is as before", changed);
  }
}

}  // namespace ao::test
