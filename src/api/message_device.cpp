// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "message_device.hpp"

#include <fmt/format.h>

#include <array>

#include "ao/codec/flat.hpp"
#include "ao/codec/httpsig.hpp"
#include "ao/codec/json_codec.hpp"
#include "ao/codec/structured.hpp"
#include "ao/message/json.hpp"
#include "ao/message/paths.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

BytesView text_at(const Map& map, BytesView key) {
  const Value* found = map.find(key);
  return found != nullptr && found->bytes() != nullptr ? BytesView(*found->bytes()) : BytesView();
}

std::unexpected<Error> absent(BytesView key) {
  return fail(ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at /{}", key));
}

Result<Value> id_of(const Map& message, const Asking& asking) {
  const bool is_uncommitted = text_at(asking.arguments, "commitments") == "none" ||
                              text_at(asking.arguments, "committers") == "none";
  Map content = message;
  if (is_uncommitted) content.remove("commitments");
  AO_TRY(id, is_uncommitted ? codec::uncommitted_id(content) : codec::message_id(content));
  return Value(id.text());
}

Result<Value> committers_of(const Map& message, const Asking&) {
  AO_TRY(commitments, codec::commitments_of(message));
  List committers;
  for (const codec::Commitment& one : commitments)
    if (one.committer) committers.emplace_back(one.committer->text);
  return Value(std::move(committers));
}

Result<Value> committed_of(const Map& message, const Asking&) {
  AO_TRY(only, codec::with_only_committed(message));
  List keys;
  for (Bytes& key : message::keys(only))
    keys.emplace_back(std::move(key));
  return Value(std::move(keys));
}

Result<Value> commitments_of(const Map& message, const Asking&) {
  const Value* held = message.find("commitments");
  return held != nullptr ? *held : Value(Map{});
}

// True only when somebody signed, and every signature holds.
Result<Value> verified(const Map& message, const Asking&) {
  return Value(codec::verify(message).has_value());
}

Result<Value> keys_of(const Map& message, const Asking&) {
  List keys;
  for (Bytes& key : message::keys(message))
    keys.emplace_back(std::move(key));
  return Value(std::move(keys));
}

Result<Value> got(const Map& message, const Asking& asking) {
  const BytesView key = text_at(asking.arguments, "key");
  if (key.empty())
    return fail(ErrorKind::kInvalid, "argument-missing", "get: an argument 'key' is needed");
  const Value* found = message::descend(message, key);
  return found != nullptr ? Result<Value>(*found) : absent(key);
}

Result<Value> with_set(const Map& message, const Asking& asking) {
  Map changes = asking.arguments;
  const bool is_explicit = text_at(changes, "set-mode") == "explicit";
  changes.remove("set-mode");
  AO_TRY(changed,
         message::set(message, changes,
                      is_explicit ? message::SetMode::kExplicit : message::SetMode::kDeep));
  return Value(std::move(changed));
}

Result<Value> without(const Map& message, const Asking& asking) {
  std::vector<Bytes> paths;
  if (const Value* one = asking.arguments.find("item"); one != nullptr && one->bytes() != nullptr)
    paths.push_back(*one->bytes());
  if (const Value* many = asking.arguments.find("items");
      many != nullptr && many->list() != nullptr)
    for (const Value& one : *many->list())
      if (one.bytes() != nullptr) paths.push_back(*one.bytes());
  if (paths.empty())
    return fail(ErrorKind::kInvalid, "argument-missing",
                "remove: an argument 'item', or a list 'items', is needed");
  AO_TRY(left, message::remove(message, paths));
  return Value(std::move(left));
}

struct Function {
  std::string_view key;
  Result<Value> (*call)(const Map&, const Asking&);
};
constexpr std::array<Function, 9> kFunctions = {{{"id", id_of},
                                                 {"commitments", commitments_of},
                                                 {"committers", committers_of},
                                                 {"committed", committed_of},
                                                 {"verify", verified},
                                                 {"keys", keys_of},
                                                 {"get", got},
                                                 {"set", with_set},
                                                 {"remove", without}}};

Result<Value> to_json_text(const Value& base) {
  return Value(message::to_json(base.map() != nullptr ? Value(message::without_private(*base.map()))
                                                      : base));
}

Result<Value> from_json_text(const Value& base) {
  AO_TRY(message, codec::from_json_message(base.text("body")));
  return Value(std::move(message));
}

Result<Value> ask_flat(const Value& base, const Asking& asking) {
  if (asking.path == "deserialize") {
    AO_TRY(tabm, codec::from_flat_text(base.text("body")));
    AO_TRY(message, codec::message_from_tabm(tabm));
    return Value(std::move(message));
  }
  if (base.map() == nullptr) return absent(asking.path);
  AO_TRY(tabm, codec::to_tabm(*base.map()));
  AO_TRY(text, codec::to_flat_text(tabm));
  return Value(std::move(text));
}

Result<Value> ask_structured(const Value& base, const Asking& asking) {
  if (base.map() == nullptr) return absent(asking.path);
  if (asking.path == "from") {
    AO_TRY(message, codec::from_tabm(*base.map()));
    return message;
  }
  AO_TRY(tabm, codec::to_tabm(*base.map()));
  return Value(std::move(tabm));
}

}  // namespace

Result<Value> ask_message(const Value& base, const Asking& asking) {
  if (base.map() != nullptr) {
    const Bytes key = message::normal_key(asking.path);
    for (const Function& function : kFunctions)
      if (function.key == key) return function.call(*base.map(), asking);
  }
  const std::array<Bytes, 1> path = {asking.path};
  const Value* found = message::descend(base, path);
  return found != nullptr ? Result<Value>(*found) : absent(asking.path);
}

Task<Result<Value>> ask_message_device(const Inquiry&, Value base, Asking asking) {
  co_return ask_message(base, asking);
}

Task<Result<Value>> ask_codec(const Inquiry&, Value base, Asking asking) {
  const BytesView device = asking.device;
  const bool writes = asking.path == "serialize" || asking.path.empty();
  if (device == "json@1.0" && writes) co_return to_json_text(base);
  if (device == "json@1.0" && asking.path == "deserialize") co_return from_json_text(base);
  if (device == "flat@1.0" && (writes || asking.path == "deserialize"))
    co_return ask_flat(base, asking);
  if (device == "structured@1.0" && (asking.path == "to" || asking.path == "from"))
    co_return ask_structured(base, asking);
  co_return Result<Value>(no_device(device, asking.path));
}

}  // namespace ao::api
