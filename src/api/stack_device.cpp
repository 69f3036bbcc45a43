// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ao/codec/ids.hpp"
#include "ao/message/paths.hpp"
#include "apply_device.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr BytesView kDedup = "dedup@1.0";
constexpr BytesView kMultipass = "multipass@1.0";
constexpr std::size_t kDevicesMax = 32;
constexpr std::int64_t kPassesMax = 32;
constexpr std::size_t kDepthMax = 8;         // of stacks in stacks
constexpr std::size_t kSubjectsMax = 1'000;  // remembered, the last ones

// A list, or a message of numbers.
Result<std::vector<Bytes>> devices_of(const Value& base) {
  std::vector<Bytes> names;
  const Value* stack = base.find("device-stack");
  for (std::size_t number = 1; stack != nullptr; ++number) {
    const std::array<Bytes, 1> place = {std::to_string(number)};
    const Value* name = message::descend(*stack, place);
    if (name == nullptr || name->bytes() == nullptr) break;
    names.push_back(*name->bytes());
  }
  if (names.empty())
    return fail(ErrorKind::kInvalid, "argument-missing",
                "stack@1.0: the message has no `device-stack`, a list of devices");
  if (names.size() > kDevicesMax)
    return fail(ErrorKind::kTooLarge, "stack-range",
                fmt::format("a device-stack has up to {} devices", kDevicesMax));
  return names;
}

Result<std::int64_t> passes_of(const Value& base) {
  const Value* passes = base.find("passes");
  if (passes == nullptr || passes->integer() == nullptr) return 1;
  if (*passes->integer() >= 1 && *passes->integer() <= kPassesMax) return *passes->integer();
  return fail(ErrorKind::kTooLarge, "stack-range",
              fmt::format("passes: {} is not within 1 and {}", *passes->integer(), kPassesMax));
}

Result<Bytes> subject_id(const Value& base, const Asking& asking) {
  const Bytes wanted(base.text("dedup-subject"));
  const Value whole(asking.arguments);
  const Value* subject = wanted == "request"
                             ? &whole
                             : message::descend(asking.arguments, wanted.empty() ? "body" : wanted);
  if (subject == nullptr) return Bytes();
  if (subject->map() != nullptr) {
    AO_TRY(id, codec::message_id(*subject->map()));
    return Bytes(id.text());
  }
  AO_TRY(id, codec::message_id(Map{{"body", *subject}}));
  return Bytes(id.text());
}

// Whether the subject is new; it is remembered then.
Result<bool> remembers(Map& state, const Asking& asking) {
  AO_TRY(id, subject_id(Value(state), asking));
  if (id.empty()) return true;
  const Value* held = state.find("dedup");
  List seen = held != nullptr && held->list() != nullptr ? *held->list() : List{};
  if (std::ranges::find(seen, Value(id)) != seen.end()) return false;
  if (seen.size() >= kSubjectsMax) seen.erase(seen.begin());
  seen.emplace_back(std::move(id));
  state.set("dedup", std::move(seen));
  return true;
}

bool is_passed_over(const Error& error) {
  return error.code == "key-absent" || error.code == "device-unknown";
}

// They say how a fold goes on, and nothing of a message.
bool is_of_folds(BytesView device) {
  return device == kDedup || device == kMultipass;
}

// One request to a stack. Owned by `ask_stack`.
class Stack {
 public:
  Stack(const Inquiry& inquiry, std::vector<Bytes> devices, std::int64_t passes, Asking asking)
      : inquiry_{inquiry.backend, inquiry.asker, inquiry.steps, inquiry.depth + 1},
        devices_(std::move(devices)),
        passes_(passes),
        asking_(std::move(asking)) {}

  // Each of what the one before it left.
  Task<Result<Value>> fold(Map base) {
    state_ = std::move(base);
    for (pass_ = 1; pass_ <= passes_; ++pass_) {
      begins_again_ = false;
      for (const Bytes& device : devices_) {
        AO_CO_TRY(goes_on, co_await layer(device));
        if (!goes_on) break;
      }
      if (!begins_again_) break;
    }
    co_return std::move(state_);
  }

  // Each of the same.
  Task<Result<Value>> map(Map base) {
    Map given;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      if (is_of_folds(devices_[i])) continue;
      state_ = base;
      AO_CO_TRY(answered, co_await asked(devices_[i]));
      if (answered) given.set(std::to_string(i + 1), std::move(state_));
    }
    co_return Value(std::move(given));
  }

 private:
  Task<Result<bool>> layer(Bytes device) {
    if (device == kMultipass) {
      begins_again_ = pass_ < passes_;
      co_return !begins_again_;
    }
    if (device == kDedup) {
      if (pass_ > 1 || state_.map() == nullptr) co_return true;
      co_return remembers(*state_.map(), asking_);
    }
    AO_CO_CHECK(co_await asked(std::move(device)));
    co_return state_.map() != nullptr;  // a plain value has nothing to be asked
  }

  // Whether the device has the key; its answer is the state then.
  Task<Result<bool>> asked(Bytes name) {
    AO_CO_CHECK(inquiry_.steps.take());
    const Device device = device_named(name);
    if (device == nullptr) co_return Result<bool>(no_device(name, asking_.path));
    Asking asking = asking_;
    asking.device = std::move(name);
    Value state = state_;
    auto given = co_await device(inquiry_, std::move(state), std::move(asking));
    if (!given && is_passed_over(given.error())) co_return false;
    if (!given) co_return std::unexpected(given.error());
    state_ = std::move(*given);
    co_return true;
  }

  const Inquiry inquiry_;
  const std::vector<Bytes> devices_;
  const std::int64_t passes_;
  const Asking asking_;
  Value state_;
  std::int64_t pass_ = 1;
  bool begins_again_ = false;
};

}  // namespace

Task<Result<Value>> ask_stack(const Inquiry& inquiry, Value base, Asking asking) {
  if (base.map() == nullptr) co_return Result<Value>(no_device(asking.device, asking.path));
  if (inquiry.depth > kDepthMax)
    co_return Result<Value>(fail(ErrorKind::kTooLarge, "path-depth",
                                 fmt::format("stacks in stacks go {} deep at most", kDepthMax)));
  AO_CO_TRY(devices, devices_of(base));
  AO_CO_TRY(passes, passes_of(base));
  const BytesView said = asking.text("mode");
  const bool is_map = same_key(said.empty() ? base.text("stack-mode") : said, "map");
  asking.arguments.remove("mode");
  Stack stack(inquiry, std::move(devices), passes, std::move(asking));
  Map whole = std::move(*base.map());
  if (is_map) co_return co_await stack.map(std::move(whole));
  co_return co_await stack.fold(std::move(whole));
}

}  // namespace ao::api
