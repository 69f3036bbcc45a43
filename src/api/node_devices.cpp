// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "node_devices.hpp"

#include <fmt/format.h>

#include "ao/codec/ans104.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/codec/structured.hpp"
#include "ao/message/paths.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

Task<Result<Value>> location_of(Backend& backend, Bytes address) {
  if (address.empty()) address = backend.address().text;
  ItemQuery query;
  query.owners = {address};
  query.tags = {{"Type", {"Scheduler-Location"}}};
  SearchBudget budget;
  AO_CO_TRY(found, co_await backend.find_items(std::move(query), budget));
  Error unknown{ErrorKind::kNotFound, "location-unknown",
                fmt::format("No location found for address: {}", address)};
  if (found.items.empty()) co_return std::unexpected(std::move(unknown));
  Map record;
  for (const message::Tag& tag : found.items.front().tags)
    record.set(message::normal_key(tag.name), tag.value);
  co_return Value(Map{{"body", std::move(record)}, {"id", found.items.front().id}});
}

// What no order says.
Map own_view(const Backend& backend) {
  Map view{
      {"address", backend.address().text}, {"software", "aonode"}, {"version", backend.version()}};
  const message::Block last = backend.last_block();
  if (last.height != 0) view.set("block-height", static_cast<std::int64_t>(last.height));
  return view;
}

}  // namespace

Result<Bytes> stored_item(const Backend& backend, BytesView target) {
  const auto linked = backend.cache().linked(target);
  const auto id = linked ? linked : MessageId::from_text(target);
  if (!id)
    return fail(ErrorKind::kInvalid, "id-malformed",
                fmt::format("'{}' is no id of 43 characters", target));
  auto bytes = backend.item(*id);
  if (bytes) return bytes;
  return fail(ErrorKind::kNotFound, "message-unknown",
              fmt::format("Message necessary to resolve request not found: {}", id->text()));
}

Result<Value> stored_message(const Backend& backend, BytesView target) {
  AO_TRY(bytes, stored_item(backend, target));
  AO_TRY(item, message::DataItem::parse(std::move(bytes)));
  AO_TRY(tabm, item.is_enclosed() ? codec::tabm_from_enclosed(item) : codec::tabm_from_item(item));
  const Value* held = tabm.find("commitments");
  const Value commitments = held != nullptr ? *held : Value(Map{});
  tabm.remove("commitments");
  AO_TRY(message, codec::message_from_tabm(tabm));
  message.set("commitments", commitments);
  return Value(std::move(message));
}

Map info_view(const Backend& backend) {
  Map view = *backend.node_info().told();
  for (const auto& [key, value] : own_view(backend))
    view.set(key, value);
  return view;
}

Task<Result<Value>> ask_meta(const Inquiry& inquiry, Value, Asking asking) {
  const Backend& backend = inquiry.backend;
  if (asking.path == "info") co_return Value(info_view(backend));
  if (asking.path != "build") co_return Result<Value>(no_device(asking.device, asking.path));
  Map build{{"node", "aonode"}, {"version", backend.version()}};
  co_return Value(std::move(build));
}

Task<Result<Value>> ask_scheduler(const Inquiry& inquiry, Value, Asking asking) {
  Backend& backend = inquiry.backend;
  if (asking.path == "location") {
    Bytes address(asking.text("address"));
    co_return co_await location_of(backend, std::move(address));
  }
  if (asking.path != "status") co_return Result<Value>(no_device(asking.device, asking.path));
  Map status{{"address", backend.address().text}};
  co_return Value(std::move(status));
}

Task<Result<Value>> ask_cache(const Inquiry& inquiry, Value, Asking asking) {
  if (asking.path != "read") co_return Result<Value>(no_device(asking.device, asking.path));
  co_return stored_message(inquiry.backend, asking.text("target"));
}

}  // namespace ao::api
