// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "name_devices.hpp"

#include <fmt/format.h>

#include "node_devices.hpp"

namespace ao::api {

using message::Value;

namespace {

bool is_refused(const Bytes* wish) {
  return wish != nullptr && *wish == "false";
}

std::unexpected<Error> unknown(BytesView name) {
  return fail(ErrorKind::kNotFound, "name-unknown",
              fmt::format("this node knows no name {}", name.substr(0, 128)));
}

// Nullopt when it is not said; 0 for what is no number.
std::optional<std::uint64_t> number_in(const Asking& asking) {
  const Value* said = asking.arguments.find("number");
  if (said == nullptr) return std::nullopt;
  if (said->bytes() != nullptr) return number(*said->bytes()).value_or(0);
  const std::int64_t* integer = said->integer();
  return integer != nullptr && *integer > 0 ? static_cast<std::uint64_t>(*integer) : 0;
}

Task<Result<Value>> order_name(const Inquiry& inquiry, Asking asking) {
  const Address& operator_ = inquiry.backend.address();
  if (!inquiry.asker.is_order_of(operator_))
    co_return Result<Value>(
        fail(ErrorKind::kDenied, "name-denied",
             fmt::format("Unauthorized. Names are registered with a signed request (RFC 9421, over "
                         "the path too) of this node's operator alone, {}",
                         operator_.text)));
  const bool registers = asking.path == "register";
  NameOrder order;
  order.name = asking.text("key");
  if (registers) order.value = asking.text("value");
  order.number = number_in(asking);
  AO_CO_CHECK(co_await inquiry.backend.order_name(std::move(order)));
  co_return Value(registers ? "Registered." : "Removed.");
}

// A step that names the same by its id.
Step step_of(Step named, const Bytes& id) {
  named.key = id;
  named.device = "process@1.0";
  return named;
}

}  // namespace

Task<Result<Value>> ask_local_name(const Inquiry& inquiry, Value, Asking asking) {
  if (asking.path == "register" || asking.path == "remove")
    co_return co_await order_name(inquiry, std::move(asking));
  if (asking.path != "lookup") co_return Result<Value>(no_device(asking.device, asking.path));
  const BytesView name = asking.text("key");
  const auto found = inquiry.backend.local_name(name);
  if (!found) co_return Result<Value>(unknown(name));
  co_return Value(*found);
}

Task<Result<Value>> ask_name(const Inquiry& inquiry, Value, Asking asking) {
  const auto found = inquiry.backend.local_name(asking.path);
  if (!found) co_return Result<Value>(unknown(asking.path));
  const Value* load = asking.arguments.find("load");
  const bool is_wanted = load == nullptr || !is_refused(load->bytes());
  if (!is_wanted || !MessageId::from_text(*found)) co_return Value(*found);
  co_return stored_message(inquiry.backend, *found);
}

Task<Result<Path>> without_name(Backend& backend, Path path) {
  if (path.steps.empty()) co_return std::move(path);
  const Step& first = path.steps.front();
  if (first.device == "node-process@1.0" && !first.key.empty()) {
    const bool may_spawn = !is_refused(path.find(0, "spawn"));
    Bytes name = first.key;
    AO_CO_TRY(process, co_await backend.node_process(std::move(name), may_spawn));
    path.steps.front() = step_of(first, process.text());
  } else if (first.device == "name@1.0" && first.key.empty() && path.steps.size() > 2) {
    const auto found = backend.local_name(path.steps[1].key);
    if (!found || !MessageId::from_text(*found)) co_return std::move(path);
    path.steps[1] = step_of(path.steps[1], *found);
    path.steps.erase(path.steps.begin());
  }
  co_return std::move(path);
}

}  // namespace ao::api
