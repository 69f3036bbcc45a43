// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/answers.hpp"

#include <fmt/format.h>

#include "ao/gateway/answer.hpp"
#include "ao/message/json.hpp"
#include "decimal.hpp"

namespace ao::settlement {
namespace {

using gateway::asking;
using gateway::edges_in;
using gateway::number_at;
using gateway::shown;
using message::List;
using message::Value;
using What = Sight::What;

constexpr int kPage = 100;

// Ids and addresses need no escapes: they have no quotes.
std::string page(const std::string& filter, BytesView after, const char* fields) {
  const std::string behind = after.empty() ? "" : fmt::format(", after: \"{}\"", after);
  return fmt::format(
      "query {{ transactions({}, first: {}, sort: HEIGHT_ASC{}) {{ pageInfo {{ hasNextPage }} "
      "edges {{ cursor node {{ {} }} }} }} }}",
      filter, kPage, behind, fields);
}

}  // namespace

Result<> taken(unsigned status, BytesView body, const MessageId& item) {
  if (status / 100 == 2) {
    // Some name the item that they took, some only say that they did.
    const auto said = message::from_json(body);
    const BytesView id = said ? said->text("id") : BytesView();
    if (id.empty() || id == item.text()) return {};
    return fail(ErrorKind::kConflict, "bundler-id",
                fmt::format("it was given item {} and says that it took {}", item.text(),
                            gateway::shown(id)));
  }
  const std::string text = fmt::format("it answered {}: {}", status, gateway::shown(body));
  if (status == 429) return fail(ErrorKind::kBusy, "bundler-busy", text);
  if (status == 408 || status / 100 == 5 || status / 100 == 3)
    return fail(ErrorKind::kUnavailable, "bundler-failed", text);
  return fail(ErrorKind::kInvalid, "bundler-refused", text);
}

std::optional<Sight> sight_in_status(unsigned status, BytesView body) {
  if (status == 202) return Sight{What::kPending};
  if (status != 200) return std::nullopt;
  const auto said = message::from_json(body);
  if (!said) return std::nullopt;
  if (const auto depth = decimal_at(*said, "number_of_confirmations"))
    return Sight{What::kInBlock, decimal_at(*said, "block_height").value_or(0), *depth};
  const BytesView word = said->text("status");
  if (word == "FINALIZED") return Sight{What::kFinal};
  if (word == "CONFIRMED") return Sight{What::kPending};
  if (word == "FAILED") return Sight{What::kFailed};
  return std::nullopt;
}

Bytes block_query(const MessageId& item) {
  return asking(fmt::format(
      "query {{ transactions(ids: [\"{}\"], first: 1) {{ edges {{ cursor node {{ id block {{ "
      "height }} }} }} }} }}",
      item.text()));
}

std::optional<Sight> sight_in_graphql(BytesView body, const MessageId& item) {
  const auto said = message::from_json(body);
  const List* edges = said ? edges_in(*said) : nullptr;
  if (edges == nullptr) return std::nullopt;
  for (const Value& edge : *edges) {
    const Value* node = edge.find("node");
    if (node == nullptr || node->text("id") != item.text()) continue;
    const Value* block = node->find("block");
    const auto height = block == nullptr ? std::nullopt : decimal_at(*block, "height");
    if (!height || *height == 0) return Sight{What::kPending};
    return Sight{What::kInBlock, *height, 1};
  }
  return Sight{What::kAbsent};
}

std::optional<std::uint64_t> height_in_info(BytesView body) {
  const auto said = message::from_json(body);
  return said ? decimal_at(*said, "height") : std::nullopt;
}

Bytes bundles_query(const ProcessId& process, BytesView after) {
  const std::string filter = fmt::format(
      "tags: [{{ name: \"Type\", values: [\"Settlement\"] }}, {{ name: \"Process\", values: "
      "[\"{}\"] }}]",
      process.text());
  return asking(page(filter, after, "id"));
}

Bytes item_bundles_query(const MessageId& item, BytesView after) {
  const std::string filter = fmt::format(
      "tags: [{{ name: \"Type\", values: [\"Settlement\"] }}, {{ name: \"Item\", values: "
      "[\"{}\"] }}]",
      item.text());
  return asking(page(filter, after, "id"));
}

Bytes scheduler_query(const Address& scheduler, BytesView after) {
  const std::string filter = fmt::format(
      "owners: [\"{}\"], tags: [{{ name: \"Type\", values: [\"Settlement\"] }}]", scheduler.text);
  return asking(page(filter, after, "id"));
}

Bytes assignments_query(const ProcessId& process, BytesView after) {
  const std::string filter = fmt::format(
      "tags: [{{ name: \"Type\", values: [\"Assignment\"] }}, {{ name: \"Process\", values: "
      "[\"{}\"] }}]",
      process.text());
  return asking(page(filter, after, "id bundledIn { id }"));
}

Result<std::vector<FoundBundle>> bundles_in(BytesView body, bool is_parent) {
  const auto said = message::from_json(body);
  const List* edges = said ? edges_in(*said) : nullptr;
  if (edges == nullptr)
    return fail(ErrorKind::kUnavailable, "gateway-answer",
                "the gateway answered a query with: " + gateway::shown(body));
  std::vector<FoundBundle> found;
  for (const Value& edge : *edges) {
    const Value* node = edge.find("node");
    const Value* parent = node == nullptr ? nullptr : node->find("bundledIn");
    const Value* named = is_parent ? parent : node;
    const auto id = MessageId::from_text(named == nullptr ? BytesView() : named->text("id"));
    const BytesView cursor = edge.text("cursor");
    // It goes into the next query as it is.
    const bool is_plain = cursor.find_first_of("\"\\\r\n") == cursor.npos;
    if (id && is_plain) found.push_back({*id, Bytes(cursor)});
  }
  return found;
}

}  // namespace ao::settlement
