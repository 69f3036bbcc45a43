// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "apply_device.hpp"

#include <fmt/format.h>

#include "ao/message/paths.hpp"
#include "resolve.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

// Under `base:KEY`, `request:KEY`, or KEY of either, the request first.
Result<Value> named(const Value& base, const Asking& asking, BytesView name) {
  constexpr BytesView kBase = "base:";
  constexpr BytesView kRequest = "request:";
  const bool of_base = name.starts_with(kBase);
  const bool of_request = name.starts_with(kRequest);
  const BytesView key = name.substr(of_base ? kBase.size() : of_request ? kRequest.size() : 0);
  if (!of_base)
    if (const Value* found = message::descend(asking.arguments, key)) return *found;
  if (!of_request && base.map() != nullptr)
    if (const Value* found = message::descend(*base.map(), key)) return *found;
  return fail(ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", name));
}

Result<std::vector<Call>> calls_in(const Value& value) {
  const bool is_text = value.bytes() != nullptr;
  AO_TRY(path, Path::parse(is_text ? BytesView(*value.bytes()) : value.text("path")));
  if (path.steps.empty())
    return fail(ErrorKind::kInvalid, "argument-missing",
                "apply: what is to be evaluated is a path, or a message with one");
  Map said = is_text || value.map() == nullptr ? Map{} : *value.map();
  said.remove("path");
  return calls_of(path, said);
}

Task<Result<Value>> evaluated(const Inquiry& inquiry, Value value) {
  AO_CO_TRY(calls, calls_in(value));
  co_return co_await resolve(inquiry, std::move(calls));
}

Task<Result<Value>> ask_pair(const Inquiry& inquiry, Value base, Asking asking) {
  AO_CO_TRY(asked, named(base, asking, asking.text("base")));
  AO_CO_TRY(request, named(base, asking, asking.text("request")));
  AO_CO_TRY(calls, calls_in(request));
  if (asked.bytes() != nullptr) {
    AO_CO_TRY(given, co_await evaluated(inquiry, std::move(asked)));
    asked = std::move(given);
  }
  co_return co_await resolve_on(inquiry, std::move(asked), std::move(calls));
}

}  // namespace

Task<Result<Value>> ask_apply(const Inquiry& inquiry, Value base, Asking asking) {
  if (asking.path == "pair")
    co_return co_await ask_pair(inquiry, std::move(base), std::move(asking));
  AO_CO_TRY(value, named(base, asking, asking.path));
  co_return co_await evaluated(inquiry, std::move(value));
}

}  // namespace ao::api
