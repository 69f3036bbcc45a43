// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/codec/ans104.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/codec/structured.hpp"
#include "ao/message/paths.hpp"
#include "message_device.hpp"
#include "schedules.hpp"
#include "views.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

constexpr std::string_view kMessageDevice = "message@1.0";
constexpr std::string_view kProcessDevice = "process@1.0";

std::unexpected<Error> no_device(BytesView device, BytesView key) {
  return fail(ErrorKind::kNotFound, "device-unknown",
              fmt::format("this node has no device {} that answers /{}", device, key));
}

// An item as a message, with the commitment of its signer.
Result<Value> stored_message(const Backend& backend, BytesView id_text) {
  const auto id = MessageId::from_text(id_text);
  if (!id)
    return fail(ErrorKind::kInvalid, "id-malformed",
                fmt::format("'{}' is no id of 43 characters", id_text));
  auto bytes = backend.item(*id);
  if (!bytes)
    return fail(ErrorKind::kNotFound, "message-unknown",
                fmt::format("Message necessary to resolve request not found: {}", id->text()));
  AO_TRY(item, message::DataItem::parse(std::move(*bytes)));
  AO_TRY(tabm, item.is_enclosed() ? codec::tabm_from_enclosed(item) : codec::tabm_from_item(item));
  const Value* held = tabm.find("commitments");
  const Value commitments = held != nullptr ? *held : Value(Map{});
  tabm.remove("commitments");
  AO_TRY(message, codec::message_from_tabm(tabm));
  message.set("commitments", commitments);
  return Value(std::move(message));
}

Bytes argument_text(const Map& arguments, BytesView key) {
  const Value* found = arguments.find(key);
  return found != nullptr && found->bytes() != nullptr ? *found->bytes() : Bytes();
}

Result<Value> ask_meta(const Backend& backend, const Asking& asking) {
  if (asking.path == "info") return Value(info_view(backend));
  if (asking.path == "build") return Value(Map{{"node", "aonode"}, {"version", backend.version()}});
  return no_device("meta@1.0", asking.path);
}

Result<Value> ask_scheduler(const Backend& backend, const Asking& asking) {
  if (asking.path == "status") return Value(Map{{"address", backend.address().text}});
  if (asking.path != "location") return no_device("scheduler@1.0", asking.path);
  ItemQuery query;
  const Bytes address = argument_text(asking.arguments, "address");
  query.owners = {address.empty() ? backend.address().text : address};
  query.tags = {{"Type", {"Scheduler-Location"}}};
  const auto found = backend.find_items(query);
  if (found.items.empty())
    return fail(ErrorKind::kNotFound, "location-unknown",
                fmt::format("No location found for address: {}", query.owners.front()));
  Map record;
  for (const message::Tag& tag : found.items.front().tags)
    record.set(message::normal_key(tag.name), tag.value);
  return Value(Map{{"body", std::move(record)}, {"id", found.items.front().id}});
}

// One fold. Owned by `resolve`.
class Fold {
 public:
  Fold(Backend& backend, std::vector<Call> calls) : backend_(backend), calls_(std::move(calls)) {}

  Task<Result<Value>> run() {
    if (calls_.empty()) co_return Value(info_view(backend_));
    AO_CO_TRY(base, co_await base_of(calls_.front()));
    Value value = std::move(base);
    for (at_ = 1; at_ < calls_.size();) {
      AO_CO_TRY(next, co_await step(std::move(value)));
      value = std::move(next);
    }
    co_return value;
  }

 private:
  Task<Result<Value>> base_of(const Call& call) {
    if (call.resolve) {
      auto calls = call.resolve->calls;
      co_return co_await resolve(backend_, std::move(calls));
    }
    AO_CO_TRY(asking, co_await asking_of(call));
    device_ = call.device;
    if (call.is_id) {
      process_ = ProcessId::from_text(call.path);
      auto found = stored_message(backend_, call.path);
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
    if (call.resolve) {
      auto calls = call.resolve->calls;
      co_return co_await resolve(backend_, std::move(calls));
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
    if (device.empty() && base.map() != nullptr) device = argument_text(*base.map(), "device");
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
      AO_CO_TRY(value, co_await resolve(backend_, std::move(calls)));
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
      auto view = slot_view(backend_, process);
      if (!view) co_return std::unexpected(view.error());
      const Value whole(std::move(*view));
      const Value* part = message::descend(whole, keys);
      if (part == nullptr) co_return Result<Value>(std::unexpected(absent(keys)));
      co_return *part;
    }
    const bool waits = asking.path == "now";
    auto state = co_await backend_.state(process, std::move(keys), waits);
    co_return state;
  }

  static Error absent(const std::vector<Bytes>& keys) {
    std::string path;
    for (const Bytes& key : keys)
      path += '/' + key;
    return {ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", path)};
  }

  Task<Result<Value>> ask(Bytes device, Value base, Asking asking) {
    if (auto written = ask_codec(device, base, asking)) co_return std::move(*written);
    if (device == "meta@1.0") co_return ask_meta(backend_, asking);
    if (device == "scheduler@1.0") co_return ask_scheduler(backend_, asking);
    if ((device == "lookup@1.0" || device == "cache@1.0") && asking.path == "read") {
      auto found = stored_message(backend_, argument_text(asking.arguments, "target"));
      co_return found;
    }
    const bool is_message = device.empty() || device == kMessageDevice || device == kProcessDevice;
    if (!is_message) co_return Result<Value>(no_device(device, asking.path));
    co_return ask_message(base, asking);
  }

  Backend& backend_;
  std::vector<Call> calls_;
  std::size_t at_ = 0;
  Bytes device_;                      // of the base alone
  std::optional<ProcessId> process_;  // which the base is, if it is an id
};

}  // namespace

Task<Result<Value>> resolve(Backend& backend, std::vector<Call> calls) {
  Fold fold(backend, std::move(calls));
  auto value = co_await fold.run();
  co_return value;
}

Map info_view(const Backend& backend) {
  Map view{
      {"address", backend.address().text}, {"software", "aonode"}, {"version", backend.version()}};
  const message::Block last = backend.last_block();
  if (last.height != 0) view.set("block-height", static_cast<std::int64_t>(last.height));
  return view;
}

}  // namespace ao::api
