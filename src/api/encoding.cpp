// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "ao/message/json.hpp"
#include "ao/message/paths.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

bool is_json_step(const Step& step) {
  return step.device == "json@1.0" && (step.key.empty() || step.key == "serialize");
}

// `application/json`, `json@1.0`, `application/json@1.0; q=1`.
std::optional<Form> form_named(BytesView text) {
  const BytesView name = text.substr(0, text.find_first_of(";, "));
  if (name == "application/json" || name.ends_with("json@1.0")) return Form::kJson;
  if (name == "application/httpsig" || name.ends_with("httpsig@1.0")) return Form::kHttpsig;
  return std::nullopt;
}

// As a key of the path, or a header field.
const Bytes* wish(const http::Request& request, const Path& path, const char* name) {
  const Bytes* asked = path.steps.empty() ? nullptr : path.find(path.steps.size() - 1, name);
  return asked != nullptr ? asked : request.headers.find(name);
}

bool wants_bundle(const http::Request& request, const Path& path) {
  const Bytes* asked = wish(request, path, "accept-bundle");
  return asked != nullptr && (*asked == "true" || *asked == "?1");
}

bool is_leaf(const Value& value) {
  return value.bytes() || value.integer() || value.floating() || value.boolean();
}

std::string leaf_text(const Value& value) {
  return value.bytes() != nullptr ? *value.bytes() : message::to_json(value);
}

http::Response response_of(codec::HttpForm form) {
  http::Response response;
  for (auto& [name, value] : form.fields)
    response.headers.set(name, *value.bytes());
  response.body = std::move(form.body);
  return response;
}

}  // namespace

std::size_t first_json_step(const Path& path) {
  return static_cast<std::size_t>(std::ranges::find_if(path.steps, is_json_step) -
                                  path.steps.begin());
}

Result<std::vector<Call>> calls_asked(Path path, const message::Map& said) {
  path.steps.resize(std::min(path.steps.size(), first_json_step(path)));
  return calls_of(path, said);
}

Form form_wanted(const http::Request& request, const Path& path) {
  if (std::ranges::any_of(path.steps, is_json_step)) return Form::kJson;
  for (const char* name : {"accept-codec", "require-codec", "accept"}) {
    const Bytes* asked = wish(request, path, name);
    if (asked == nullptr) continue;
    const auto form = form_named(*asked);
    if (form == Form::kHttpsig && wants_bundle(request, path)) return Form::kBundled;
    if (form) return *form;
  }
  return Form::kPlain;
}

http::Response unsigned_answer(const Value& value, Form form) {
  if (form == Form::kPlain && is_leaf(value)) return text_answer(leaf_text(value));
  return json_answer(value);
}

Task<http::Response> encoded(Backend& backend, Value value, Form form) {
  const bool is_map = value.map() != nullptr;
  if (form == Form::kJson || (form == Form::kPlain && !is_leaf(value)))
    co_return json_answer(value);
  if (!is_map && !is_leaf(value)) co_return json_answer(value);
  const std::string text = is_map ? std::string() : leaf_text(value);
  Map said;
  if (is_map) {
    said = *value.map();
  } else {
    said.set("ao-result", "body");
    said.set("body", std::move(value));
  }
  const auto within = form == Form::kBundled ? codec::Form::kBundled : codec::Form::kLinked;
  auto signed_form = co_await backend.sign(std::move(said), within);
  // A key that cannot sign HTTP, or a message that HTTP cannot say.
  if (!signed_form && is_map) co_return error_answer(signed_form.error());
  http::Response response = signed_form ? response_of(std::move(*signed_form)) : text_answer(text);
  if (!is_map) response.headers.set("content-type", "text/plain; charset=utf-8");
  co_return response;
}

Task<http::Response> encoded_part(Backend& backend, Value value, std::vector<Bytes> keys,
                                  Form form) {
  const Value* part = message::descend(value, keys);
  if (part == nullptr) {
    std::string path;
    for (const Bytes& key : keys)
      path += '/' + key;
    co_return error_answer(
        {ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", path)});
  }
  Value found = *part;
  auto response = co_await encoded(backend, std::move(found), form);
  co_return response;
}

std::vector<Bytes> rest_of(const Path& path, std::size_t index) {
  std::vector<Bytes> keys;
  for (std::size_t i = index; i < first_json_step(path); ++i)
    keys.push_back(path.steps[i].key);
  return keys;
}

}  // namespace ao::api
