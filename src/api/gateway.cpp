// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "ao/message/json.hpp"
#include "graphql.hpp"
#include "path.hpp"
#include "validators.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::int64_t kFirstMax = 100;
constexpr std::size_t kIdsMax = 1'000;
constexpr std::size_t kTextsMax = 100;  // owners, recipients, values of one tag
constexpr std::size_t kTagsMax = 32;
constexpr std::size_t kFieldsMax = 100;  // of one operation

std::unexpected<Error> bad_argument(std::string_view name, std::string_view wanted) {
  return fail(ErrorKind::kInvalid, "graphql-argument",
              fmt::format("argument '{}' must be {}", name, wanted));
}

// A text stands for a list of one.
Result<std::vector<Bytes>> texts(const Map& arguments, const char* name,
                                 std::size_t most = kTextsMax) {
  const Value* value = arguments.find(name);
  if (value == nullptr) return std::vector<Bytes>();
  if (value->bytes() != nullptr) return std::vector<Bytes>{*value->bytes()};
  if (value->list() == nullptr || value->list()->size() > most)
    return bad_argument(name, fmt::format("a list of up to {} strings", most));
  std::vector<Bytes> all;
  for (const Value& one : *value->list()) {
    if (one.bytes() == nullptr) return bad_argument(name, "a list of strings");
    all.push_back(*one.bytes());
  }
  return all;
}

Result<std::vector<ItemQuery::Tag>> tags(const Map& arguments) {
  const Value* value = arguments.find("tags");
  std::vector<ItemQuery::Tag> all;
  if (value == nullptr) return all;
  if (value->list() == nullptr || value->list()->size() > kTagsMax)
    return bad_argument("tags", fmt::format("a list of up to {} {{name, values}}", kTagsMax));
  for (const Value& one : *value->list()) {
    if (one.map() == nullptr || one.text("name").empty())
      return bad_argument("tags", "a list of {name, values}");
    AO_TRY(values, texts(*one.map(), "values"));
    all.push_back({Bytes(one.text("name")), std::move(values)});
  }
  return all;
}

// Nullopt when nothing can match: a list was given, and nothing in it is such a thing.
Result<std::optional<ItemQuery>> query_of(const Map& arguments) {
  ItemQuery query;
  AO_TRY(ids, texts(arguments, "ids", kIdsMax));
  for (const Bytes& id : ids)
    if (const auto read = MessageId::from_text(id)) query.ids.push_back(*read);
  if (query.ids.size() < ids.size() && query.ids.empty()) return std::optional<ItemQuery>();
  AO_TRY(owners, texts(arguments, "owners"));
  query.owners = std::move(owners);
  AO_TRY(recipients, texts(arguments, "recipients"));
  query.recipients = std::move(recipients);
  AO_TRY(wanted, tags(arguments));
  query.tags = std::move(wanted);
  if (const Value* first = arguments.find("first")) {
    if (first->integer() == nullptr || *first->integer() < 0)
      return bad_argument("first", "a number of 0 or more");
    query.first = static_cast<std::size_t>(std::min(*first->integer(), kFirstMax));
  }
  if (const Value* after = arguments.find("after"); after != nullptr && after->bytes() != nullptr) {
    auto place = from_base64url(*after->bytes());
    if (!after->bytes()->empty() && (!place || place->size() != message::item_index::kPlaceBytes))
      return bad_argument("after", "a cursor of this node");
    query.after = std::move(*place);
  }
  if (const Value* sort = arguments.find("sort"); sort != nullptr && sort->bytes() != nullptr)
    query.is_oldest_first = *sort->bytes() == "HEIGHT_ASC";
  return std::optional(std::move(query));
}

Value amount() {
  return Map{{"ar", "0.000000000000"}, {"winston", "0"}};
}

Value node_of(const ItemFacts& facts) {
  List tags;
  Bytes type;
  for (const message::Tag& tag : facts.tags) {
    if (same_key(tag.name, "Content-Type") && type.empty()) type = tag.value;
    tags.push_back(Map{{"name", tag.name}, {"value", tag.value}});
  }
  const Bytes no_block = base64url(Bytes(32, '\0'));
  const auto seconds =
      facts.time ? static_cast<std::int64_t>(facts.time->milliseconds / 1000) : std::int64_t{0};
  return Map{{"anchor", facts.anchor},
             {"block",
              Map{{"height", 0}, {"id", no_block}, {"previous", no_block}, {"timestamp", seconds}}},
             {"bundledIn", Value()},
             {"data", Map{{"size", std::to_string(facts.data_bytes)}, {"type", type}}},
             {"fee", amount()},
             {"id", facts.id},
             {"owner", Map{{"address", facts.owner}, {"key", base64url(facts.owner_key)}}},
             {"parent", Value()},
             {"quantity", amount()},
             {"recipient", facts.recipient},
             {"signature", base64url(facts.signature)},
             {"tags", std::move(tags)}};
}

Task<Result<Value>> transactions(Backend& backend, const Map& arguments, SearchBudget& budget) {
  AO_CO_TRY(query, query_of(arguments));
  FoundItems found;
  if (query) {
    ItemQuery asked = std::move(*query);
    AO_CO_TRY(answer, co_await backend.find_items(std::move(asked), budget));
    found = std::move(answer);
  }
  List edges;
  for (const ItemFacts& facts : found.items)
    edges.push_back(Map{{"cursor", base64url(facts.place)}, {"node", node_of(facts)}});
  co_return Value(Map{{"count", std::to_string(found.items.size())},
                      {"edges", std::move(edges)},
                      {"pageInfo", Map{{"hasNextPage", found.has_more}}}});
}

Task<Result<Value>> transaction(Backend& backend, const Map& arguments, SearchBudget& budget) {
  const Value* id = arguments.find("id");
  if (id == nullptr || id->bytes() == nullptr) co_return bad_argument("id", "an id");
  const auto read = MessageId::from_text(*id->bytes());
  if (!read) co_return Value();
  ItemQuery query;
  query.ids = {*read};
  AO_CO_TRY(found, co_await backend.find_items(std::move(query), budget));
  co_return found.items.empty() ? Value() : node_of(found.items.front());
}

Task<Result<Value>> value_of(Backend& backend, const graphql::Field& field, SearchBudget& budget) {
  if (field.name == "transactions")
    co_return co_await transactions(backend, field.arguments, budget);
  if (field.name == "transaction") co_return co_await transaction(backend, field.arguments, budget);
  co_return fail(
      ErrorKind::kInvalid, "graphql-field",
      fmt::format("there is no field '{}': this node answers transactions and transaction",
                  field.name));
}

Task<Result<Value>> data_of(Backend& backend, Bytes body) {
  AO_CO_TRY(asked, message::from_json(body));
  const Value* variables = asked.find("variables");
  const bool has_variables = variables != nullptr && variables->map() != nullptr;
  const Map given = has_variables ? *variables->map() : Map{};
  AO_CO_TRY(fields, graphql::parse(asked.text("query"), given));
  if (fields.size() > kFieldsMax)
    co_return fail(
        ErrorKind::kTooLarge, "graphql-malformed",
        fmt::format("the query has {} fields, the limit is {}", fields.size(), kFieldsMax));
  SearchBudget budget;
  Map data;
  for (const graphql::Field& field : fields) {
    AO_CO_TRY(value, co_await value_of(backend, field, budget));
    data.set(field.alias, std::move(value));
  }
  co_return Value(std::move(data));
}

// Where clients of GraphQL look for errors, with the code beside.
http::Response graphql_error(const Error& error) {
  const Map one{{"extensions", Map{{"code", Bytes(error.code)}}}, {"message", error.text}};
  return json_answer(Map{{"data", Value()}, {"errors", List{one}}}, status_of(error.kind));
}

bool is_media_type(BytesView text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, is_plain);
}

}  // namespace

Task<http::Response> graphql_answer(Backend& backend, Bytes body) {
  auto data = co_await data_of(backend, std::move(body));
  if (!data) co_return graphql_error(data.error());
  co_return json_answer(Map{{"data", std::move(*data)}});
}

namespace {

http::Response data_of_item(const http::Request& request, const MessageId& id, const Bytes& bytes) {
  http::Response response;
  for (const char* name : {"accept", "accept-codec"}) {
    const std::string* wanted = request.headers.find(name);
    if (wanted == nullptr || wanted->find("ans104") == std::string::npos) continue;
    response.headers.set("content-type", "application/ans104");
    response.body = bytes;
    mark_unchanging(response, fmt::format("{}.item", id.text()));
    return response;
  }
  const auto item = message::DataItem::parse(bytes);
  if (!item) return error_answer(item.error());
  const BytesView type = item->tag("Content-Type");
  response.headers.set("content-type", is_media_type(type) ? type : "application/octet-stream");
  // Strangers' pages get no rights on this node's origin.
  response.headers.set("content-security-policy", "sandbox allow-scripts");
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("id", id.text());
  response.body = item->data();
  mark_unchanging(response, id.text());
  return response;
}

}  // namespace

Task<http::Response> data_answer(Backend& backend, http::Request request, MessageId id) {
  auto bytes = backend.item(id);
  if (bytes) co_return data_of_item(request, id, *bytes);
  if (bytes.error().code != "item-unknown") co_return error_answer(bytes.error());
  bytes = co_await backend.network_item(id, request.network);
  if (!bytes) co_return error_answer(bytes.error());
  http::Response response = data_of_item(request, id, *bytes);
  response.headers.set("item-source", "gateway");
  co_return response;
}

}  // namespace ao::api
