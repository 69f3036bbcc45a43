// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "openapi.hpp"

#include <algorithm>

#include "route_table.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr std::string_view kAbout =
    "A node for AO. Messages are signed data items (ANS-104) or signed HTTP requests (RFC 9421). "
    "Refusals have one shape, with a stable code; docs/refusals.md of the source lists them.";

Map reference(std::string_view kind, std::string_view name) {
  return Map{{"$ref", "#/components/" + std::string(kind) + '/' + std::string(name)}};
}

// Of a parameter in a path and in a query: OpenAPI knows them as two.
std::string name_of(std::string_view name, bool is_in_path) {
  return std::string(name) + (is_in_path ? "-in-path" : "");
}

Map parameter(const Parameter& one, bool is_in_path) {
  Map said{{"name", BytesView(one.name)},
           {"in", is_in_path ? "path" : "query"},
           {"description", BytesView(one.about)},
           {"schema", Map{{"type", BytesView(one.type)}}}};
  if (is_in_path) said.set("required", true);
  if (one.type == "integer") {
    said.set("example", static_cast<std::int64_t>(number(Bytes(one.example)).value_or(0)));
  } else if (!one.example.empty()) {
    said.set("example", BytesView(one.example));
  }
  return said;
}

// A parameter that one route needs and another only takes is written out where it is needed.
Value parameter_of(std::string_view word) {
  if (!word.ends_with('!')) return reference("parameters", word);
  const std::string_view name = word.substr(0, word.size() - 1);
  const auto known = std::ranges::find(parameters(), name, &Parameter::name);
  Map said = parameter(*known, false);
  said.set("required", true);
  return said;
}

List parameters_of(const Route& route) {
  List all;
  for (const std::string_view name : names_in(route.path))
    all.emplace_back(reference("parameters", name_of(name, true)));
  for (const std::string_view word : words_in(route.query))
    all.push_back(parameter_of(word));
  return all;
}

Map body_of(Route::Body body) {
  const Map any{{"schema", Map{}}};
  const Map item{{"application/ans104", any}, {"application/octet-stream", any}};
  if (body == Route::Body::kItem)
    return Map{{"content", item}, {"description", "A signed data item."}, {"required", true}};
  if (body == Route::Body::kBundle)
    return Map{{"content", Map{{"application/octet-stream", any}}},
               {"description", "An ANS-104 bundle of signed data items."},
               {"required", true}};
  if (body == Route::Body::kNote)
    return Map{{"content", Map{{"application/octet-stream", any}}},
               {"description", "A note of gossip (docs/peers.md)."},
               {"required", true}};
  Map example{{"query", "query { transactions(first: 1) { edges { node { id } } } }"}};
  if (body == Route::Body::kClaim) example = Map{{"Data", "1 + 1"}, {"Tags", List{}}};
  const Map json{{"example", example}, {"schema", Map{{"type", "object"}}}};
  return Map{{"content", Map{{"application/json", json}}}, {"required", true}};
}

Map responses_of(const Route& route) {
  Map all{{"default", reference("responses", "Refusal")}};
  for (const std::string_view status : words_in(route.statuses)) {
    Map response{{"description", status == "202" ? "Not evaluated yet; says where to look."
                                                 : BytesView(route.summary)}};
    if (status == "204") {
      response.set("description", "There is nothing more to tell.");
    } else {
      response.set("content", Map{{Bytes(route.media_type), Map{{"schema", Map{}}}}});
    }
    all.set(Bytes(status), std::move(response));
  }
  return all;
}

std::string operation_id(const Route& route) {
  std::string id(route.method);
  for (const char c : route.path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    id += is_plain ? c : '_';
  }
  return id;
}

Map operation(const Route& route) {
  Map said{{"operationId", operation_id(route)},
           {"parameters", parameters_of(route)},
           {"responses", responses_of(route)},
           {"summary", BytesView(route.summary)},
           {"tags", List{BytesView(route.name)}}};
  if (route.body == Route::Body::kSigned) {
    said.set("security", List{Map{{"signature", List{}}}});
  } else if (route.body != Route::Body::kNone) {
    said.set("requestBody", body_of(route.body));
  }
  return said;
}

Map paths() {
  Map all;
  for (const Route& route : routes()) {
    Map* there = all.find(route.path) != nullptr ? all.find(route.path)->map() : nullptr;
    if (there == nullptr) {
      all.set(Bytes(route.path), Map{});
      there = all.find(route.path)->map();
    }
    there->set(lower_case(route.method), operation(route));
  }
  return all;
}

Map components() {
  Map known;
  for (const Parameter& one : parameters())
    for (const bool is_in_path : {false, true})
      known.set(name_of(one.name, is_in_path), parameter(one, is_in_path));
  const Map text{{"type", "string"}};
  const Map error{{"properties", Map{{"code", text}, {"message", text}}},
                  {"required", List{"code", "message"}},
                  {"type", "object"}};
  const Map refusal{
      {"properties", Map{{"error", error}}}, {"required", List{"error"}}, {"type", "object"}};
  const Map content{{"application/json", Map{{"schema", reference("schemas", "Refusal")}}}};
  const Map response{{"content", content}, {"description", "Why not: a code and a text."}};
  const Map signature{{"description", "HTTP message signatures, RFC 9421, over what is asked."},
                      {"scheme", "signature"},
                      {"type", "http"}};
  return Map{{"parameters", known},
             {"responses", Map{{"Refusal", response}}},
             {"securitySchemes", Map{{"signature", signature}}},
             {"schemas", Map{{"Refusal", refusal}}}};
}

}  // namespace

Map openapi_document(const std::string& version) {
  const Map license{{"identifier", "Apache-2.0"}, {"name", "Apache-2.0"}};
  const Map info{
      {"description", kAbout}, {"license", license}, {"title", "aonode"}, {"version", version}};
  return Map{{"components", components()},
             {"info", info},
             {"openapi", "3.1.0"},
             {"paths", paths()},
             {"servers", List{Map{{"url", "/"}}}}};
}

}  // namespace ao::api
