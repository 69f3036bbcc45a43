// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "cache_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "encoding.hpp"
#include "node_devices.hpp"
#include "schedules.hpp"
#include "signed_requests.hpp"

namespace ao::api {
namespace {

using message::Map;
using message::Value;

constexpr std::size_t kStep = 1;  // of the key, behind the device

bool is_read(const Path& path) {
  const BytesView device = path.steps.front().device;
  return path.steps.size() == 2 && (device == "cache@1.0" || device == "lookup@1.0") &&
         path.steps[kStep].key == "read";
}

bool is_change(const Path& path) {
  const BytesView key = path.steps[kStep].key;
  return path.steps.front().device == "cache@1.0" && (key == "write" || key == "link");
}

// Who signed the request, with what it says.
struct Writer {
  Address address;
  Map said;  // TABM
};

Error denied() {
  return {ErrorKind::kDenied, "cache-denied",
          "Not authorized to write to the cache: who writes signs the item, or the request with "
          "its path, query and body (RFC 9421)"};
}

// Whether the signer stands for what the body holds: it may be the message that is written.
Result<bool> covers_body(const codec::Request& asked, const Map& said) {
  if (asked.form.body.empty()) return true;
  codec::HttpForm form;
  form.body = asked.form.body;
  for (const char* name : {"content-type", "ao-body-key", "inline-body-key"})
    if (const Value* field = asked.form.fields.find(name)) form.fields.set(name, *field);
  AO_TRY(keys, codec::from_http_form(form));
  keys.remove("content-type");
  return std::ranges::all_of(keys,
                             [&](const auto& one) { return said.find(one.first) != nullptr; });
}

// With two signers, what one of them does not cover would be left out of what the other wrote.
Task<Result<Writer>> writer_of(Backend& backend, const http::Request& request) {
  if (!claims_a_signature(request)) co_return std::unexpected(denied());
  const codec::Request asked = signed_request(request);
  auto read = co_await backend.read(asked, request.network);
  if (!read) co_return std::unexpected(read.error());
  std::vector<codec::Commitment> named;
  for (const codec::Commitment& one : read->commitments)
    if (one.committer) named.push_back(one);
  if (named.empty()) co_return std::unexpected(denied());
  if (named.size() > 1)
    co_return Result<Writer>(
        fail(ErrorKind::kInvalid, "signers-many",
             fmt::format("the request has {} signers, one that writes has one", named.size())));
  AO_CO_TRY(covers, covers_body(asked, read->tabm));
  if (!covers || !covers_target(named.front(), asked)) co_return std::unexpected(denied());
  co_return Writer{*named.front().committer, std::move(read->tabm)};
}

// An item comes as it is, under any type but that of another codec.
bool may_be_item(const http::Request& request) {
  const std::string* type = request.headers.find("content-type");
  return !request.body.empty() &&
         (claims_an_item(request) || type == nullptr || *type == "application/octet-stream");
}

Task<http::Response> write(Backend& backend, Asked asked) {
  const http::Request& request = asked.request;
  Upload upload{request.body, request.network};
  std::optional<Address> by;
  if (is_message_itself(request)) {
    const auto writer = co_await writer_of(backend, request);
    if (!writer) co_return error_answer(writer.error());
    by = writer->address;
    upload.content = signed_request(request);
  } else if (!may_be_item(request)) {
    co_return error_answer(denied());
  }
  const auto cached = co_await backend.cache().write(std::move(upload), std::move(by));
  if (!cached) co_return error_answer(cached.error());
  Map view{{"id", cached->id.text()}, {"path", cached->id.text()}};
  if (cached->content) view.set("content", cached->content->text());
  Value answer(std::move(view));
  const Form form = form_wanted(request, asked.path);
  auto response = co_await encoded(backend, std::move(answer), form);
  response.headers.set("id", cached->id.text());
  co_return response;
}

Bytes named_in(const Path& path, const Map& said, const char* name) {
  const Bytes* found = path.find(kStep, name);
  return found != nullptr ? *found : Bytes(Value(said).text(name));
}

Task<http::Response> link(Backend& backend, Asked asked) {
  auto writer = co_await writer_of(backend, asked.request);
  if (!writer) co_return error_answer(writer.error());
  const Bytes source = named_in(asked.path, writer->said, "source");
  Bytes name = named_in(asked.path, writer->said, "destination");
  const auto linked = backend.cache().linked(source);
  const auto id = linked ? linked : MessageId::from_text(source);
  if (!id)
    co_return error_answer(
        {ErrorKind::kInvalid, "cache-link",
         fmt::format("source '{}' is neither an id nor a name", source.substr(0, 64))});
  const auto done = co_await backend.cache().link(name, *id, std::move(writer->address));
  if (!done) co_return error_answer(done.error());
  Value answer(Map{{"path", std::move(name)}});
  const Form form = form_wanted(asked.request, asked.path);
  co_return co_await encoded(backend, std::move(answer), form);
}

Result<Value> aos2_view(const Backend& backend, const Asked& asked) {
  const Bytes* target = asked.path.find(kStep, "target");
  AO_TRY(bytes, stored_item(backend, target != nullptr ? BytesView(*target) : BytesView()));
  AO_TRY(item, message::DataItem::parse(std::move(bytes)));
  return codec::aos2_message(item);
}

}  // namespace

bool is_for_cache(const http::Request& request, const Path& path) {
  if (path.steps.size() < 2 || !path.steps.front().key.empty()) return false;
  if (is_read(path)) return wants_aos2(request, path, kStep);
  return request.method == "POST" && path.steps.size() == 2 && is_change(path);
}

Task<http::Response> answer_as_cache(Backend& backend, Asked asked) {
  if (is_read(asked.path)) {
    const auto view = aos2_view(backend, asked);
    co_return view ? aos2_answer(*view) : error_answer(view.error());
  }
  if (asked.path.steps[kStep].key == "link") co_return co_await link(backend, std::move(asked));
  co_return co_await write(backend, std::move(asked));
}

}  // namespace ao::api
