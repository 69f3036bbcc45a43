// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "ao/message/json.hpp"
#include "encoding.hpp"
#include "gateway.hpp"

namespace ao::api {

using message::Value;

namespace {

constexpr std::size_t kManifestBytesMax = 2 << 20;  // read anew for each page
constexpr std::string_view kDevice = "manifest@1.0";

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::kInvalid, "manifest-malformed",
              fmt::format("this is no path manifest of Arweave: {}", what));
}

// Under a place of its own, `{"path": …}` or `{"id": …}`.
Result<MessageId> entry_id(const Value& entry, BytesView path) {
  const auto id = MessageId::from_text(entry.text("id"));
  if (id) return *id;
  return malformed(fmt::format("it has no id at '{}'", path));
}

std::unexpected<Error> nothing_at(BytesView path) {
  return fail(ErrorKind::kNotFound, "manifest-path",
              fmt::format("the manifest has nothing at '{}'", path.substr(0, 512)));
}

Result<MessageId> entry_in(const Value& manifest, BytesView path) {
  const Value* paths = manifest.find("paths");
  if (paths == nullptr || paths->map() == nullptr) return malformed("it has no paths");
  if (const Value* entry = paths->find(path)) return entry_id(*entry, path);
  const Value* fallback = manifest.find("fallback");
  return fallback != nullptr ? entry_id(*fallback, "fallback") : nothing_at(path);
}

}  // namespace

bool is_for_manifest(const Path& path) {
  return !path.steps.empty() && path.steps.front().device == kDevice &&
         MessageId::from_text(path.steps.front().key).has_value();
}

Result<MessageId> manifest_entry(BytesView text, BytesView path) {
  if (text.size() > kManifestBytesMax)
    return fail(ErrorKind::kTooLarge, "manifest-size",
                fmt::format("manifests of up to {} bytes are read, this one has {}",
                            kManifestBytesMax, text.size()));
  const auto manifest = message::from_json(text);
  if (!manifest) return malformed(manifest.error().text);
  if (manifest->text("manifest") != "arweave/paths") return malformed("its kind is another");
  if (!path.empty()) return entry_in(*manifest, path);
  const Value* index = manifest->find("index");
  if (index == nullptr) return nothing_at("");
  if (index->find("id") != nullptr) return entry_id(*index, "index");
  return entry_in(*manifest, index->text("path"));
}

Task<http::Response> manifest_answer(Backend& backend, http::Request request, Path path) {
  const auto id = *MessageId::from_text(path.steps.front().key);
  auto bytes = backend.item(id);
  if (!bytes && bytes.error().code == "item-unknown")
    bytes = co_await backend.network_item(id, request.network);
  if (!bytes) co_return error_answer(bytes.error());
  const auto item = message::DataItem::parse(std::move(*bytes));
  if (!item) co_return error_answer(item.error());
  Bytes wanted;
  for (const Bytes& key : rest_of(path, 1))
    wanted += (wanted.empty() ? "" : "/") + key;
  const auto entry = manifest_entry(item->data(), wanted);
  if (!entry) co_return error_answer(entry.error());
  co_return co_await data_answer(backend, std::move(request), *entry);
}

}  // namespace ao::api
