// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/payment/ledger.hpp"
#include "settings_schema.hpp"

namespace ao::node {

using api::Hook;

namespace {

// A hook's fields are read as options are, into a place of their own.
struct Draft {
  std::string on, path, device, result = "return";
  std::chrono::milliseconds timeout{2'000};
};

Complaint read_field(const std::string& key, const Given& given, Draft& draft) {
  std::string* text = key == "on"       ? &draft.on
                      : key == "path"   ? &draft.path
                      : key == "device" ? &draft.device
                      : key == "result" ? &draft.result
                                        : nullptr;
  if (text != nullptr) {
    if (given.form != Given::Form::kString)
      return fmt::format("{}: {} is no text", key, given.text);
    *text = given.text;
    return std::nullopt;
  }
  if (key != "timeout")
    return fmt::format("unknown key {}: there are on, path, device, result and timeout", key);
  Settings other;
  const Kind kind = duration(
      [](Settings& s) -> std::chrono::milliseconds& { return s.gate.payment.pricing_timeout; },
      {10, 60 * kSecond});
  if (const auto complaint = kind.set(other, given)) return "timeout: " + *complaint;
  draft.timeout = other.gate.payment.pricing_timeout;
  return std::nullopt;
}

Complaint complaint_of(const Draft& draft) {
  if (draft.on != "request" && draft.on != "response")
    return fmt::format("on: '{}' is neither \"request\" nor \"response\"", draft.on);
  if (draft.path.empty() == draft.device.empty()) return "it has a path or a device, and not both";
  if (!draft.path.empty())
    if (const auto complaint = api::complaint_of_path(draft.path)) return "path: " + *complaint;
  if (!draft.device.empty() && draft.device != "p4@1.0" && draft.device != "faff@1.0")
    return fmt::format("device: '{}' is neither \"p4@1.0\" nor \"faff@1.0\"", draft.device);
  if (!draft.device.empty() && draft.on == "response")
    return fmt::format("device: {} is asked on = \"request\", and settles when there is an answer",
                       draft.device);
  if (draft.result != "return" && draft.result != "ignore" && draft.result != "error")
    return fmt::format("result: '{}' is none of \"return\", \"ignore\", \"error\"", draft.result);
  if (!draft.device.empty() && draft.result != "return")
    return fmt::format("result: what {} says is not ignored", draft.device);
  return std::nullopt;
}

bool has_hook(const Settings& settings, std::string_view device) {
  return std::ranges::find(settings.gate.hooks, device, &Hook::device) != settings.gate.hooks.end();
}

Complaint complaint_of_pricing(const api::PaymentSettings& payment) {
  if (payment.pricing == "simple-pay@1.0")
    return payment.price == 0 ? Complaint("[payment] pricing simple-pay@1.0 needs price, over 0")
                              : std::nullopt;
  if (payment.pricing == "faff@1.0") return std::nullopt;
  if (const auto complaint = api::complaint_of_path(payment.pricing))
    return fmt::format("[payment] pricing is simple-pay@1.0, faff@1.0 or a path: {}", *complaint);
  return std::nullopt;
}

}  // namespace

Complaint put_hook(const HookFields& fields, Settings& settings) {
  Draft draft;
  for (const auto& [key, given] : fields)
    if (auto complaint = read_field(key, given, draft)) return complaint;
  if (auto complaint = complaint_of(draft)) return complaint;
  Hook hook;
  hook.on = draft.on == "request" ? Hook::On::kRequest : Hook::On::kResponse;
  hook.path = draft.path;
  hook.device = draft.device;
  hook.result = draft.result == "return"   ? Hook::Result::kReturn
                : draft.result == "ignore" ? Hook::Result::kIgnore
                                           : Hook::Result::kError;
  hook.timeout = draft.timeout;
  settings.gate.hooks.push_back(std::move(hook));
  return std::nullopt;
}

std::vector<std::string> complaints_of_payment(const Settings& settings) {
  std::vector<std::string> complaints;
  const api::PaymentSettings& payment = settings.gate.payment;
  const bool has_p4 = has_hook(settings, "p4@1.0");
  if (has_p4 && payment.pricing.empty())
    complaints.push_back("[[hooks]] device p4@1.0 needs [payment] pricing");
  if (!has_p4 && !payment.pricing.empty())
    complaints.push_back(
        "[payment] pricing is asked by a hook: [[hooks]] on = \"request\", device = \"p4@1.0\"");
  if (!payment.pricing.empty())
    if (auto complaint = complaint_of_pricing(payment)) complaints.push_back(*complaint);
  if (payment.ledger != "simple-pay@1.0" && !ProcessId::from_text(payment.ledger))
    complaints.push_back(
        fmt::format("[payment] ledger: '{}' is neither simple-pay@1.0 nor the id of a process",
                    payment.ledger));
  const bool has_faff = has_hook(settings, "faff@1.0") || payment.pricing == "faff@1.0";
  if (has_faff && payment.allow.empty())
    complaints.push_back("[payment] faff@1.0 needs allow, the addresses that it serves");
  for (const std::string& address : payment.allow)
    if (!payment::is_account(address))
      complaints.push_back(fmt::format("[payment] allow: '{}' is no address", address));
  for (const std::string& pattern : payment.free_routes)
    if (const auto complaint = api::complaint_of_free_route(pattern))
      complaints.push_back("[payment] free_routes: " + *complaint);
  return complaints;
}

std::string hooks_example() {
  return R"(
# Hooks are asked about each request, or each answer, in the order in which they stand here; there
# are none by default, and they are in this file alone (docs/payment.md). Each has
#   on       "request": before anything is done; "response": before the answer is sent
#   path     what is asked, on this node; at a process's compute a dry run of it
#   device   instead of a path: "p4@1.0", payment; "faff@1.0", the addresses of payment.allow alone
#   result   "return": what it says holds; "ignore": nothing comes of it; "error": whatever it says
#            refuses
#   timeout  of a path (duration, 10ms to 1m); then the request is refused
#
# [[hooks]]
# on = "request"
# path = "/PROCESS~process@1.0/compute&Action=Gate"
# result = "return"
# timeout = "2s"
#
# [[hooks]]
# on = "request"
# device = "p4@1.0"
)";
}

}  // namespace ao::node
