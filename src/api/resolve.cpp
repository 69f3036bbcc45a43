// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "resolve.hpp"

#include <fmt/format.h>

#include "ao/message/paths.hpp"
#include "node_devices.hpp"
#include "schedules.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

constexpr std::string_view kMessageDevice = "message@1.0";
constexpr std::string_view kProcessDevice = "process@1.0";
constexpr std::size_t kDepthMax = 16;

Bytes device_of(const Value& base) {
  return Bytes(base.text("device"));
}

// One fold. Owned by `resolve`.
class Fold {
 public:
  Fold(const Inquiry& inquiry, std::vector<Call> calls)
      : inquiry_{inquiry.backend, inquiry.asker, inquiry.steps, inquiry.depth + 1},
        calls_(std::move(calls)) {}

  Task<Result<Value>> run() {
    if (inquiry_.depth > kDepthMax) co_return Result<Value>(too_deep());
    if (calls_.empty()) co_return Value(info_view(inquiry_.backend));
    AO_CO_TRY(base, co_await base_of(calls_.front()));
    at_ = 1;
    co_return co_await fold(std::move(base));
  }

  Task<Result<Value>> run_on(Value base) {
    if (inquiry_.depth > kDepthMax) co_return Result<Value>(too_deep());
    // The first call names a base in another's place, or is one that is asked of it.
    const bool is_base = !calls_.empty() && !calls_.front().resolve &&
                         (calls_.front().is_id || calls_.front().path.empty());
    if (is_base) device_ = calls_.front().device;
    at_ = is_base ? 1 : 0;
    co_return co_await fold(std::move(base));
  }

 private:
  Task<Result<Value>> fold(Value value) {
    while (at_ < calls_.size()) {
      AO_CO_TRY(next, co_await step(std::move(value)));
      value = std::move(next);
    }
    co_return value;
  }

  Task<Result<Value>> base_of(const Call& call) {
    AO_CO_CHECK(inquiry_.steps.take());
    if (call.resolve) {
      auto calls = call.resolve->calls;
      co_return co_await resolve(inquiry_, std::move(calls));
    }
    AO_CO_TRY(asking, co_await asking_of(call));
    device_ = call.device;
    if (call.is_id) {
      process_ = ProcessId::from_text(call.path);
      auto found = stored_message(inquiry_.backend, call.path);
      co_return found;
    }
    if (device_.empty() || call.path.empty()) co_return Value(std::move(asking.arguments));
    const Bytes device = device_;
    Value nothing = Map{};
    co_return co_await ask(device, std::move(nothing), std::move(asking));
  }

  // The next call, or a few of them, of the value so far.
  Task<Result<Value>> step(Value base) {
    const Call& call = calls_[at_++];
    AO_CO_CHECK(inquiry_.steps.take());
    if (call.resolve) {
      auto calls = call.resolve->calls;
      co_return co_await resolve(inquiry_, std::move(calls));
    }
    AO_CO_TRY(asking, co_await asking_of(call));
    if (process_ && is_of_process(call)) {
      const ProcessId process = *process_;
      process_.reset();
      co_return co_await ask_process(process, std::move(asking));
    }
    process_.reset();
    if (call.path.empty()) {  // `/~device/key`: the next key in its terms
      device_ = call.device;
      co_return base;
    }
    Bytes device = call.device.empty() ? device_ : call.device;
    if (device.empty()) device = device_of(base);
    device_.clear();  // what a device gives speaks for itself
    co_return co_await ask(std::move(device), std::move(base), std::move(asking));
  }

  bool is_of_process(const Call& call) const {
    if (!call.device.empty() && call.device != kProcessDevice) return false;
    return call.path == "now" || call.path == "compute" || call.path == "slot";
  }

  Task<Result<Asking>> asking_of(const Call& call) {
    Asking asking;
    asking.path = call.path;
    for (const auto& [key, argument] : call.arguments) {
      if (const Value* value = std::get_if<Value>(&argument)) {
        asking.arguments.set(key, *value);
        continue;
      }
      auto calls = std::get<Subpath>(argument).calls;
      AO_CO_TRY(value, co_await resolve(inquiry_, std::move(calls)));
      asking.arguments.set(key, std::move(value));
    }
    co_return asking;
  }

  // What is left of the path names a part of what the process shows.
  Task<Result<Value>> ask_process(ProcessId process, Asking asking) {
    std::vector<Bytes> keys;
    for (; at_ < calls_.size() && calls_[at_].device.empty() && !calls_[at_].resolve; ++at_)
      keys.push_back(calls_[at_].path);
    if (asking.path == "slot") {
      auto view = slot_view(inquiry_.backend, process);
      if (!view) co_return std::unexpected(view.error());
      const Value whole(std::move(*view));
      const Value* part = message::descend(whole, keys);
      if (part == nullptr) co_return Result<Value>(std::unexpected(absent(keys)));
      co_return *part;
    }
    const bool waits = asking.path == "now";
    auto state = co_await inquiry_.backend.state(process, std::move(keys), waits);
    co_return state;
  }

  static Error absent(const std::vector<Bytes>& keys) {
    std::string path;
    for (const Bytes& key : keys)
      path += '/' + key;
    return {ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", path)};
  }

  static std::unexpected<Error> too_deep() {
    return fail(ErrorKind::kTooLarge, "path-depth",
                fmt::format("paths that ask for paths go {} deep at most", kDepthMax));
  }

  Task<Result<Value>> ask(Bytes name, Value base, Asking asking) {
    const Device device = device_named(name.empty() ? kMessageDevice : BytesView(name));
    if (device == nullptr) co_return Result<Value>(no_device(name, asking.path));
    asking.device = std::move(name);
    co_return co_await device(inquiry_, std::move(base), std::move(asking));
  }

  const Inquiry inquiry_;
  std::vector<Call> calls_;
  std::size_t at_ = 0;
  Bytes device_;                      // of the base alone
  std::optional<ProcessId> process_;  // which the base is, if it is an id
};

}  // namespace

Task<Result<Value>> resolve(const Inquiry& inquiry, std::vector<Call> calls) {
  Fold fold(inquiry, std::move(calls));
  auto value = co_await fold.run();
  co_return value;
}

Task<Result<Value>> resolve_on(const Inquiry& inquiry, Value base, std::vector<Call> calls) {
  Fold fold(inquiry, std::move(calls));
  auto value = co_await fold.run_on(std::move(base));
  co_return value;
}

}  // namespace ao::api
