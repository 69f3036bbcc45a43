// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "delivery_commands.hpp"

#include <fmt/format.h>

#include <iostream>
#include <set>
#include <stdexcept>

#include "ao/message/json.hpp"

namespace ao::app {
namespace {

using message::List;
using message::Value;

constexpr std::size_t kMessagesMax = 1'000;  // of one trace

Value parsed(const http::Response& response) {
  auto value = message::from_json(response.body);
  if (!value) throw std::runtime_error(value.error().text);
  return std::move(*value);
}

std::int64_t number_in(const Value& value, BytesView name) {
  const Value* found = value.find(name);
  return found == nullptr || found->integer() == nullptr ? 0 : *found->integer();
}

bool is_true(const Value& value, BytesView name) {
  const Value* found = value.find(name);
  return found != nullptr && found->boolean() != nullptr && *found->boolean();
}

class Tracer {
 public:
  Tracer(const ClientOptions& node, std::size_t depth) : options_(node), depth_(depth) {}

  void follow(const std::string& url, const std::string& message, std::size_t depth) {
    const std::string indent(2 * depth, ' ');
    if (!seen_.insert(message).second || seen_.size() > kMessagesMax) return;
    ClientOptions options = options_;
    options.node = url;
    Value trace;
    try {
      trace = parsed(Client(options).fetch("GET", "/~peer@1.0/trace?id=" + message));
    } catch (const std::runtime_error& error) {
      if (depth == 0) throw;
      fmt::print("{}{} at {}: {}\n", indent, message, url, error.what());
      return;
    }
    fmt::print("{}{}  slot {} of {} at {}, {}\n", indent, message, number_in(trace, "slot"),
               trace.text("process"), url,
               is_true(trace, "evaluated") ? "evaluated" : "not evaluated yet");
    if (const BytesView error = trace.text("error"); !error.empty())
      fmt::print("{}  error: {}\n", indent, error);
    const Value* sent = trace.find("sent");
    if (sent == nullptr || sent->list() == nullptr) return;
    for (const Value& one : *sent->list())
      follow_sent(url, one, depth);
  }

 private:
  void follow_sent(const std::string& url, const Value& sent, std::size_t depth) {
    const std::string indent(2 * depth + 2, ' ');
    const BytesView state = sent.text("state");
    const BytesView target = sent.text("target");
    const std::string reason(sent.text("reason"));
    const bool goes_on = (state == "scheduled" || state == "forwarded") && depth < depth_;
    const std::string next(state == "forwarded" ? sent.text("url") : BytesView(url));
    fmt::print("{}→ {} {}{}\n", indent, target, state, reason.empty() ? "" : ": " + reason);
    if (goes_on && !next.empty()) follow(next, std::string(sent.text("message")), depth + 2);
  }

  const ClientOptions& options_;
  const std::size_t depth_;
  std::set<std::string> seen_;
};

void retry_letter(Client& client, const std::string& sender, const std::string& slot,
                  const std::string& index) {
  message::Draft draft;
  draft.tags = {{"Type", "Retry"}, {"Sender", sender}, {"Slot", slot}, {"Index", index}};
  client.fetch("POST", "/~peer@1.0/retry", client.sign(std::move(draft)).bytes(),
               "application/octet-stream");
  fmt::print("{}/{}/{} is sent once more\n", sender, slot, index);
}

}  // namespace

int trace(const ClientOptions& node, const TraceOptions& options) {
  if (!MessageId::from_text(options.message))
    throw std::runtime_error(fmt::format("'{}' is not the id of a message", options.message));
  if (node.as_json) {
    Client client(node);
    std::cout << client.fetch("GET", "/~peer@1.0/trace?id=" + options.message).body << '\n';
    return 0;
  }
  Tracer(node, 2 * options.depth).follow(node.node, options.message, 0);
  return 0;
}

int dead_letters(const ClientOptions& node, const std::string& retry) {
  Client client(node);
  if (!retry.empty() && retry != "all") {
    const std::size_t first = retry.find('/'), second = retry.rfind('/');
    if (first == std::string::npos || first == second)
      throw std::runtime_error("--retry takes SENDER/SLOT/INDEX, as they are listed, or all");
    retry_letter(client, retry.substr(0, first), retry.substr(first + 1, second - first - 1),
                 retry.substr(second + 1));
    return 0;
  }
  const auto response = client.fetch("GET", "/~peer@1.0/dead-letters");
  if (node.as_json && retry.empty()) {
    std::cout << response.body << '\n';
    return 0;
  }
  const Value letters = parsed(response);
  if (letters.list() == nullptr) throw std::runtime_error("the node answered no list");
  for (const Value& letter : *letters.list()) {
    const std::string sender(letter.text("sender"));
    const std::string slot = std::to_string(number_in(letter, "slot"));
    const std::string index = std::to_string(number_in(letter, "index"));
    if (retry.empty()) {
      fmt::print("{}/{}/{} → {}  {}: {}\n", sender, slot, index, letter.text("target"),
                 letter.text("code"), letter.text("reason"));
    } else {
      retry_letter(client, sender, slot, index);
    }
  }
  if (letters.list()->empty()) fmt::print("there are no dead letters\n");
  return 0;
}

}  // namespace ao::app
