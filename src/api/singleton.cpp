// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "singleton.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ao/base/ids.hpp"
#include "ao/message/json.hpp"
#include "ao/message/paths.hpp"

namespace ao::api {

using message::Value;

namespace {

constexpr std::size_t kDepthMax = 8;

using Arguments = std::vector<std::pair<Bytes, Argument>>;

Result<std::vector<Call>> calls_within(const Path& path, std::size_t depth);
Result<> put_query(const Path& path, std::vector<Call>& calls, std::size_t depth);

std::unexpected<Error> not_of_type(const Pair& pair) {
  return fail(ErrorKind::kInvalid, "path-type",
              fmt::format("key '{}': '{}' is no {}", pair.key, pair.value, pair.type));
}

Result<Subpath> subpath(BytesView text, std::size_t depth) {
  if (depth >= kDepthMax)
    return fail(ErrorKind::kTooLarge, "path-depth",
                fmt::format("paths within paths go {} deep at most", kDepthMax));
  AO_TRY(path, Path::parse(text));
  AO_TRY(calls, calls_within(path, depth + 1));
  AO_CHECK(put_query(path, calls, depth + 1));
  return Subpath{std::move(calls)};
}

template <class Number>
Result<Value> number_of(const Pair& pair) {
  Number value = 0;
  const char* const end = pair.value.data() + pair.value.size();
  const auto [read, error] = std::from_chars(pair.value.data(), end, value);
  if (error != std::errc() || read != end) return not_of_type(pair);
  return Value(value);
}

// Lists and maps are written as JSON.
Result<Value> structure_of(const Pair& pair) {
  auto value = message::from_json(pair.value);
  const bool fits =
      value && (pair.type == "list" ? value->list() != nullptr : value->map() != nullptr);
  if (!fits) return not_of_type(pair);
  return std::move(*value);
}

Result<Argument> argument_of(const Pair& pair, std::size_t depth) {
  if (pair.is_path || pair.type == "resolve") {
    AO_TRY(within, subpath(pair.value, depth));
    return Argument(std::move(within));
  }
  if (pair.type == "integer") return number_of<std::int64_t>(pair);
  if (pair.type == "float") return number_of<double>(pair);
  if (pair.type == "list" || pair.type == "map") return structure_of(pair);
  const bool is_truth = pair.value == "true" || pair.value == "false";
  if (!pair.has_value || (pair.type == "atom" && is_truth))
    return Argument(Value(pair.value == "true"));
  if (pair.type == "atom") return Argument(Value::atom(pair.value));
  return Argument(Value(pair.value));
}

void put(Arguments& arguments, BytesView key, Argument value) {
  Bytes name = message::normal_key(key);
  const auto at = std::ranges::lower_bound(arguments, name, {}, &Arguments::value_type::first);
  if (at != arguments.end() && at->first == name) {
    at->second = std::move(value);
  } else {
    arguments.emplace(at, std::move(name), std::move(value));
  }
}

// `2.key` is for the second message after the base; anything else is a key for all.
std::optional<std::size_t> scope_of(Bytes& key) {
  const std::size_t dot = key.find('.');
  if (dot == Bytes::npos || dot == 0) return std::nullopt;
  std::size_t scope = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + dot, scope);
  if (error != std::errc() || end != key.data() + dot) return std::nullopt;
  key.erase(0, dot + 1);
  return scope;
}

bool is_base(const Step& step) {
  return step.is_path || !step.device.empty() || MessageId::from_text(step.key).has_value();
}

Result<Call> call_of(const Step& step, bool is_first, std::size_t depth) {
  Call call;
  if (step.is_path) {
    AO_TRY(within, subpath(step.key, depth));
    call.resolve = std::move(within);
    return call;
  }
  call.path = step.key;
  call.device = step.device;
  call.is_id = is_first && MessageId::from_text(step.key).has_value();
  for (const Pair& pair : step.pairs) {
    AO_TRY(value, argument_of(pair, depth));
    put(call.arguments, pair.key, std::move(value));
  }
  return call;
}

// Puts a global key into the messages that it is for. What stands in a step itself wins over it.
void put_global(const Path& path, Bytes key, const Argument& value, std::vector<Call>& calls) {
  const auto scope = scope_of(key);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Call& call = calls[i];
    const bool is_meant = scope ? *scope == i : !call.is_id && !call.resolve;
    if (!is_meant) continue;
    const std::size_t before = path.steps.size() - (calls.size() - i);
    const bool is_own =
        i + path.steps.size() >= calls.size() && path.steps[before].find(key) != nullptr;
    if (scope || !is_own) put(call.arguments, key, value);
  }
}

Result<std::vector<Call>> calls_within(const Path& path, std::size_t depth) {
  std::vector<Call> calls;
  if (path.steps.empty()) return calls;
  if (!is_base(path.steps.front())) calls.emplace_back();
  for (const Step& step : path.steps) {
    AO_TRY(call, call_of(step, calls.empty(), depth));
    calls.push_back(std::move(call));
  }
  return calls;
}

Result<> put_query(const Path& path, std::vector<Call>& calls, std::size_t depth) {
  for (const Pair& pair : path.query) {
    AO_TRY(value, argument_of(pair, depth));
    put_global(path, pair.key, value, calls);
  }
  return {};
}

// `2.key+integer` of a message that has no types of its own.
Result<> put_said(const Path& path, const message::Map& said, std::vector<Call>& calls) {
  for (const auto& [key, value] : said) {
    const std::size_t plus = key.find('+');
    if (plus == Bytes::npos || value.bytes() == nullptr) {
      put_global(path, key, value, calls);
      continue;
    }
    AO_TRY(typed, argument_of({key.substr(0, plus), *value.bytes(), key.substr(plus + 1)}, 0));
    put_global(path, key.substr(0, plus), typed, calls);
  }
  return {};
}

}  // namespace

bool Subpath::operator==(const Subpath& other) const {
  return calls == other.calls;
}

const Argument* Call::find(BytesView name) const {
  for (const auto& [key, value] : arguments)
    if (same_key(key, name)) return &value;
  return nullptr;
}

Result<std::vector<Call>> calls_of(const Path& path, const message::Map& said) {
  AO_TRY(calls, calls_within(path, 0));
  AO_CHECK(put_said(path, said, calls));
  AO_CHECK(put_query(path, calls, 0));
  return calls;
}

}  // namespace ao::api
