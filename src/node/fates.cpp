// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "fates.hpp"

#include <fmt/format.h>

#include "ao/message/bundle.hpp"
#include "ao/message/json.hpp"

namespace ao::node {
namespace {

using message::List;
using message::Value;

Bytes text_of(const Value* map, BytesView name) {
  const Value* value = map == nullptr ? nullptr : map->find(name);
  return value == nullptr || value->bytes() == nullptr ? Bytes() : *value->bytes();
}

std::optional<std::uint64_t> number_of(const Value& map, BytesView name) {
  const Value* value = map.find(name);
  const auto* number = value == nullptr ? nullptr : value->integer();
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Fate fate_in(const Value& said) {
  const Value* error = said.find("error");
  const auto slot = number_of(said, "slot");
  if (error == nullptr && slot)
    return Taken{Slot{*slot},
                 AssignmentId::from_text(text_of(&said, "assignment")).value_or(AssignmentId()),
                 Timestamp{number_of(said, "timestamp").value_or(0)}};
  const Value* again = error == nullptr ? nullptr : error->find("again");
  const bool is_final = again != nullptr && again->boolean() != nullptr && !*again->boolean();
  return fail(is_final ? ErrorKind::kInvalid : ErrorKind::kUnavailable, "peer-refused",
              fmt::format("the target's node said {}: {}", text_of(error, "code"),
                          text_of(error, "message")));
}

}  // namespace

Result<std::vector<Fate>> fates_in(const http::Response& answer, const std::string& url,
                                   std::size_t count, std::size_t bytes) {
  if (answer.status == 413)
    return fail(
        ErrorKind::kTooLarge, "peer-refused",
        fmt::format("{} takes no request of {} messages that has {} bytes", url, count, bytes));
  const auto said = message::from_json(answer.body);
  const Value* results = said ? said->find("results") : nullptr;
  const List* list = results == nullptr ? nullptr : results->list();
  if (answer.status != 200 || list == nullptr || list->size() != count)
    return fail(
        ErrorKind::kUnavailable, "peer-refused",
        fmt::format("{} answered {}, not the fates of {} messages", url, answer.status, count));
  std::vector<Fate> fates;
  for (const Value& one : *list)
    fates.push_back(fate_in(one));
  return fates;
}

http::Request bringing(std::vector<Brought> messages) {
  std::vector<message::DataItem> items;
  std::string assigned;
  for (Brought& one : messages) {
    if (one.assigned)
      assigned +=
          fmt::format("{}{}:{}", assigned.empty() ? "" : ", ", items.size(), one.assigned->text());
    items.push_back(std::move(one.item));
  }
  http::Request request;
  if (!assigned.empty()) request.headers.set("ao-assigned", assigned);
  request.method = "POST";
  request.target = "/~peer@1.0/messages";
  request.headers.set("content-type", "application/octet-stream");
  request.body = message::write_bundle(items);
  return request;
}

}  // namespace ao::node
