// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "naming.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <fstream>

#include "ao/base/log.hpp"
#include "name_orders.hpp"

namespace ao::node {

using message::DataItem;

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kValueBytesMax = 1'024;
constexpr std::size_t kProgramBytesMax = 16 << 20;
constexpr std::size_t kOrderedMax = 10'000;  // names that were ever ordered
constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 63) - 1;
constexpr BytesView kOrders("N\x01", 2);

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Bytes name_key(BytesView name) {
  return Bytes("N").append(name);
}

Bytes spawn_key(BytesView name) {
  Bytes key("N");
  key.push_back('\0');
  return key.append(name);
}

Bytes orders_key(BytesView name) {
  return Bytes(kOrders).append(name);
}

std::unexpected<Error> malformed(BytesView name) {
  return fail(ErrorKind::kInvalid, "name-malformed",
              fmt::format("'{}' is no name: up to {} letters, digits and -_.",
                          name.substr(0, kNameBytesMax), kNameBytesMax));
}

std::unexpected<Error> unknown(BytesView name, std::string_view why) {
  return fail(ErrorKind::kNotFound, "name-unknown",
              fmt::format("this node has no process of its own named {}: {}", name, why));
}

// Errors: "name-unknown".
Result<Bytes> program_of(const std::filesystem::path& folder, BytesView name) {
  if (folder.empty()) return unknown(name, "names.process_folder is not set");
  const auto file = folder / (Bytes(name) + ".lua");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return unknown(name, fmt::format("there is no readable {}", file.string()));
  Bytes text(kProgramBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kProgramBytesMax)
    return unknown(name, fmt::format("{} has over {} bytes", file.string(), kProgramBytesMax));
  return text;
}

// What was ordered of a name is kept for good, also when the name stands for nothing any more.
Result<> check_room(const store::Store& store) {
  std::size_t count = 0;
  store.scan(kOrders, kOrders, [&](BytesView, BytesView) { return ++count < kOrderedMax; });
  if (count < kOrderedMax) return {};
  return fail(ErrorKind::kTooLarge, "names-max",
              fmt::format("{} names were registered, which is the limit", kOrderedMax));
}

message::Draft module_draft(const Bytes& name, Bytes program) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"},
                {"Type", "Module"},      {"Module-Format", "lua"},
                {"Name", name + ".lua"}, {"Content-Type", "application/lua"}};
  draft.data = std::move(program);
  return draft;
}

message::Draft spawn_draft(const Bytes& name, const DataItem& module, const Bytes& address) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"},
                {"Type", "Process"},     {"Module", module.id().text()},
                {"Scheduler", address},  {"Authority", address},
                {"Name", name},          {"Node-Process", name}};
  return draft;
}

}  // namespace

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kNameBytesMax && is_letter_or_digit(text.front()) &&
         std::ranges::all_of(text, fits) && !MessageId::from_text(text);
}

Naming::Naming(const NameSettings& settings, Pipeline& pipeline, store::Store& store,
               const crypto::Key& key, async::Pool& net, async::Pool& verify)
    : folder_(settings.process_folder),
      pipeline_(pipeline),
      store_(store),
      key_(key),
      verify_(verify),
      strand_(boost::asio::make_strand(net.executor())) {
  for (const std::string& pair : settings.local) {
    const std::size_t equals = pair.find('=');
    fixed_[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
}

std::optional<Bytes> Naming::local_name(BytesView name) const {
  if (!is_name(name)) return std::nullopt;
  if (const auto found = fixed_.find(name); found != fixed_.end()) return found->second;
  return store_.get(name_key(name));
}

Task<Result<>> Naming::order_name(api::NameOrder order) {
  if (!is_name(order.name)) co_return Result<>(malformed(order.name));
  if (order.value && (order.value->empty() || order.value->size() > kValueBytesMax))
    co_return Result<>(fail(ErrorKind::kInvalid, "name-value",
                            fmt::format("the value of a name has 1 to {} bytes, this one has {}",
                                        kValueBytesMax, order.value->size())));
  if (order.number && (*order.number == 0 || *order.number > kNumberMax))
    co_return Result<>(
        fail(ErrorKind::kInvalid, "name-number",
             fmt::format("the number of an order is a whole one from 1 to {}", kNumberMax)));
  if (fixed_.contains(order.name))
    co_return Result<>(fail(
        ErrorKind::kConflict, "name-fixed",
        fmt::format("the settings of this node say what {} stands for (names.local)", order.name)));
  if (is_ordering_.exchange(true))
    co_return Result<>(
        fail(ErrorKind::kBusy, "names-busy", "the names are being changed by another order"));
  Result<> done;
  try {
    done = co_await carry_out(std::move(order));
  } catch (const store::Unreadable& error) {
    done = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  is_ordering_ = false;
  co_return done;
}

Task<Result<>> Naming::carry_out(api::NameOrder order) {
  const auto stored = store_.get(orders_key(order.name));
  if (!stored) AO_CO_CHECK(check_room(store_));
  auto orders = NameOrders::of_value(order.name, store_.get(name_key(order.name)));
  if (stored) {
    AO_CO_TRY(read, NameOrders::read(*stored));
    orders = std::move(read);
  }
  AO_CO_TRY(is_new, orders.take(order));
  if (!is_new) co_return Result<>();
  store::Batch batch;
  batch.put(orders_key(order.name), orders.stored());
  if (order.value) batch.put(name_key(order.name), *order.value);
  if (!order.value) batch.remove(name_key(order.name));
  co_return co_await store_.commit(std::move(batch));
}

Task<Result<ProcessId>> Naming::node_process(Bytes name, bool may_spawn) {
  if (!is_name(name)) co_return Result<ProcessId>(malformed(name));
  auto found = spawn_of(name);
  if (found && is_scheduled(*found)) co_return process_named_by(found->id());
  if (!may_spawn) co_return Result<ProcessId>(unknown(name, "it is not spawned"));
  auto spawning = spawn_once(name);
  AO_CO_CHECK(
      co_await boost::asio::co_spawn(strand_, std::move(spawning), boost::asio::use_awaitable));
  found = spawn_of(name);
  co_return process_named_by(found->id());
}

std::optional<DataItem> Naming::spawn_of(BytesView name) const {
  auto bytes = store_.get(spawn_key(name));
  if (!bytes) return std::nullopt;
  auto item = DataItem::parse(std::move(*bytes));
  return item ? std::optional(std::move(*item)) : std::nullopt;
}

bool Naming::is_scheduled(const DataItem& spawn) const {
  return pipeline_.log().count(process_named_by(spawn.id())).has_value();
}

Task<Result<>> Naming::spawn_once(Bytes name) {
  while (spawning_.contains(name)) {
    const auto later = std::chrono::steady_clock::now() + std::chrono::hours(1);
    co_await spawned_.wait(name, later);
  }
  const auto before = spawn_of(name);
  if (before && is_scheduled(*before)) co_return Result<>();
  spawning_.insert(name);
  Result<> spawned;
  try {
    spawned = co_await spawn(name);
  } catch (const store::Unreadable& error) {
    spawned = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  spawning_.erase(name);
  spawned_.announce(name);
  co_return spawned;
}

Task<Result<>> Naming::spawn(Bytes name) {
  auto item = spawn_of(name);
  if (!item) {
    AO_CO_TRY(made_now, co_await made(name));
    item = std::move(made_now);
  }
  api::Upload upload{Bytes(item->bytes())};
  AO_CO_TRY(placed, co_await pipeline_.submit(std::move(upload), std::nullopt));
  log::info("a node process was spawned",
            {{"name", name}, {"process", placed.placement.process.text()}});
  co_return Result<>();
}

// Its spawn, signed and durable, with its program.
Task<Result<DataItem>> Naming::made(Bytes name) {
  AO_CO_TRY(program, program_of(folder_, name));
  auto draft = module_draft(name, std::move(program));
  AO_CO_TRY(module, co_await signed_item(std::move(draft)));
  api::Upload upload{Bytes(module.bytes())};
  AO_CO_CHECK(co_await pipeline_.accept().keep(std::move(upload)));
  draft = spawn_draft(name, module, key_.address().text);
  AO_CO_TRY(item, co_await signed_item(std::move(draft)));
  store::Batch batch;
  batch.put(spawn_key(name), item.bytes());
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return item;
}

// Where a signature takes milliseconds, not on the threads that serve.
Task<Result<DataItem>> Naming::signed_item(message::Draft draft) {
  auto work = [this, draft = std::move(draft)] { return DataItem::sign(draft, key_); };
  auto made = co_await async::run_on(verify_.executor(), work);
  co_return made;
}

}  // namespace ao::node
