// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "ao/message/paths.hpp"
#include "ao/routing/allow_list.hpp"
#include "choice.hpp"
#include "route_words.hpp"

namespace ao::routing {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::size_t kStatusesMax = 32;

constexpr std::array<std::string_view, 10> kRouteKeys = {
    "template", "node",      "nodes",    "strategy",   "choose",
    "priority", "responses", "parallel", "stop-after", "accept-status"};
constexpr std::array<std::string_view, 6> kNodeKeys = {"prefix", "suffix", "match",
                                                       "with",   "weight", "wallet"};

template <std::size_t N>
Result<> check_keys(const Map& map, const std::array<std::string_view, N>& known,
                    std::string_view of) {
  for (const auto& [key, value] : map)
    if (std::ranges::find(known, key) == known.end())
      return fail(ErrorKind::kInvalid, "route-malformed",
                  fmt::format("{} has no key '{}': {}", of, key, fmt::join(known, ", ")));
  return {};
}

// Where it begins to be a path: what stands before is the operator's alone.
std::string origin_in(const std::string& with) {
  const std::size_t host = with.find("://");
  if (host == with.npos) return with;
  return with.substr(0, with.find_first_of("/?", host + 3));
}

Result<RouteNode> rewriting_node(RouteNode node, const std::string& match) {
  AO_TRY(pattern, Pattern::parse(match));
  AO_CHECK(pattern.takes(node.with));
  node.pattern = std::move(pattern);
  AO_TRY(origin, http::parse_origin(origin_in(node.with)));
  node.origin = std::move(origin);
  return node;
}

Result<RouteNode> node_at(const Value& said) {
  RouteNode node;
  if (said.bytes() != nullptr) {
    AO_TRY(url, parse_target(*said.bytes()));
    node.origin = url.origin;
    node.url = url.text();
    return node;
  }
  if (said.map() == nullptr) return malformed("node", "a URL, or a map with prefix or with");
  const Map& map = *said.map();
  AO_CHECK(check_keys(map, kNodeKeys, "a node of a route"));
  AO_TRY(prefix, text_of(map, "prefix"));
  AO_TRY(suffix, text_of(map, "suffix"));
  AO_TRY(match, text_of(map, "match"));
  AO_TRY(with, text_of(map, "with"));
  AO_TRY(wallet, text_of(map, "wallet"));
  AO_TRY(weight, number_of(map, "weight"));
  if (weight && (*weight <= 0 || *weight > 1e9)) return malformed("weight", "over 0, up to 1e9");
  node.weight = weight.value_or(1);
  node.wallet = std::move(wallet);
  node.with = std::move(with);
  const bool has_prefix = !prefix.empty();
  if (has_prefix == !match.empty() || match.empty() != node.with.empty())
    return malformed("node", "a prefix, perhaps with a suffix; or match and with");
  if (!has_prefix) return rewriting_node(std::move(node), match);
  AO_TRY(url, parse_target(prefix));
  if (prefix.ends_with('/')) prefix.pop_back();
  node.origin = std::move(url.origin);
  node.prefix = std::move(prefix);
  node.suffix = std::move(suffix);
  return node;
}

// Nullopt: the path is not for this node.
std::optional<std::string> url_at(const RouteNode& node, const std::string& path) {
  if (!node.url.empty()) return node.url;
  if (!node.prefix.empty()) return node.prefix + path + node.suffix;
  return node.pattern->rewritten(path, node.with);
}

Result<http::Url> checked(const RouteNode& node, const std::string& text) {
  AO_TRY(url, parse_target(text));
  if (same_origin(url.origin, node.origin)) return std::move(url);
  return fail(ErrorKind::kDenied, "route-origin",
              fmt::format("the path leads to {}, and the route to {}", url.origin.text(),
                          node.origin.text()));
}

std::string_view text_in(const Value& value) {
  if (value.bytes() != nullptr) return *value.bytes();
  return value.atom() != nullptr ? std::string_view(value.atom()->name) : std::string_view();
}

bool holds(const Map& keys, const Bytes& key, const Value& wanted) {
  const Value* said = message::get(keys, key);
  if (said == nullptr) return false;
  return *said == wanted || (!text_in(wanted).empty() && text_in(*said) == text_in(wanted));
}

Result<std::vector<unsigned>> statuses_in(std::string_view key, std::string_view text) {
  std::vector<unsigned> all;
  if (text.empty() || lower_case(text) == "all") return all;
  while (!text.empty()) {
    std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    unsigned status = 0;
    const auto [end, error] = std::from_chars(one.begin(), one.end(), status);
    const bool is_status =
        error == std::errc() && end == one.end() && status >= 100 && status < 600;
    if (!is_status || all.size() == kStatusesMax)
      return malformed(key, fmt::format("All, or up to {} statuses with commas", kStatusesMax));
    all.push_back(status);
  }
  return all;
}

}  // namespace

bool Rounds::accepts(unsigned status) const {
  return accept_status.empty() || std::ranges::find(accept_status, status) != accept_status.end();
}

Result<Rounds> Rounds::with(const Map& map, std::string_view prefix) const {
  const auto named = [&](std::string_view name) { return std::string(prefix) + std::string(name); };
  Rounds rounds = *this;
  AO_TRY(wanted, count_of(map, named("responses"), 1, Route::kNodesMax));
  AO_TRY(at_once, truth_of(map, named("parallel")));
  AO_TRY(stops, truth_of(map, named("stop-after")));
  const std::string key = named("accept-status");
  if (const Value* status = map.find(key)) {
    const bool is_number = status->integer() != nullptr;
    AO_TRY(text, is_number ? std::to_string(*status->integer()) : text_of(map, key));
    AO_TRY(statuses, statuses_in(key, text));
    rounds.accept_status = std::move(statuses);
  }
  rounds.responses = wanted.value_or(rounds.responses);
  rounds.parallel = at_once.value_or(rounds.parallel);
  rounds.stop_after = stops.value_or(rounds.stop_after);
  return rounds;
}

Map Route::keys_of(const Map& map) {
  Map keys;
  for (const std::string_view key : kRouteKeys)
    if (const Value* value = map.find(key)) keys.set(Bytes(key), *value);
  return keys;
}

Result<Route> Route::parse(Map said) {
  Route route;
  AO_CHECK(route.read(said));
  route.said_ = std::move(said);
  return route;
}

Result<> Route::read(const Map& said) {
  AO_CHECK(check_keys(said, kRouteKeys, "a route"));
  if (const Value* wanted = said.find("template")) AO_CHECK(read_template(*wanted));
  const Value* one = said.find("node");
  const Value* many = said.find("nodes");
  if ((one == nullptr) == (many == nullptr)) return malformed("node", "there, or nodes, not both");
  const auto list = many != nullptr ? list_in(*many) : List{*one};
  if (!list || list->empty()) return malformed("nodes", "a list of nodes");
  if (list->size() > kNodesMax)
    return fail(ErrorKind::kTooLarge, "route-nodes-max",
                fmt::format("a route has {} nodes, the limit is {}", list->size(), kNodesMax));
  for (const Value& each : *list) {
    AO_TRY(node, node_at(each));
    nodes_.push_back(std::move(node));
  }
  AO_TRY(priority, number_of(said, "priority"));
  priority_ = priority.value_or(priority_);
  AO_TRY(rounds, Rounds().with(said));
  rounds_ = std::move(rounds);
  return read_strategy(said);
}

Result<> Route::read_template(const Value& said) {
  if (said.map() == nullptr && said.bytes() == nullptr)
    return malformed("template", "a pattern, or keys that the message must have");
  std::string path = said.bytes() != nullptr ? *said.bytes() : "";
  if (said.map() != nullptr) {
    AO_TRY(within, text_of(*said.map(), "path"));
    path = std::move(within);
    wanted_ = *said.map();
    wanted_.remove("path");
  }
  if (path.empty()) return {};
  AO_TRY(pattern, Pattern::parse(path));
  path_ = std::move(pattern);
  return {};
}

Result<> Route::read_strategy(const Map& said) {
  constexpr std::array<std::string_view, 5> kNames = {"All", "Random", "By-Weight", "By-Base",
                                                      "Nearest"};
  AO_TRY(name, text_of(said, "strategy"));
  const auto* found = std::ranges::find_if(
      kNames, [&](std::string_view known) { return same_key(known, name.empty() ? "All" : name); });
  if (found == kNames.end())
    return malformed("strategy", fmt::format("one of {}", fmt::join(kNames, ", ")));
  strategy_ = static_cast<Strategy>(found - kNames.begin());
  AO_TRY(choose, count_of(said, "choose", 1, kNodesMax));
  choose_ = choose.value_or(strategy_ == Strategy::kAll ? nodes_.size() : 1);
  return {};
}

bool Route::matches(const Asked& asked) const {
  const std::string_view path = std::string_view(asked.path).substr(0, asked.path.find('?'));
  if (path_ && !path_->matches(path)) return false;
  return std::ranges::all_of(
      wanted_, [&](const auto& entry) { return holds(asked.keys, entry.first, entry.second); });
}

std::vector<const RouteNode*> Route::chosen(const Asked& asked, const Draw& draw) const {
  Nodes nodes;
  for (const RouteNode& node : nodes_)
    nodes.push_back(&node);
  switch (strategy_) {
    case Strategy::kAll:
      break;
    case Strategy::kRandom:
      for (std::size_t i = nodes.size(); i > 1; --i)
        std::swap(nodes[i - 1], nodes[static_cast<std::size_t>(draw() * static_cast<double>(i))]);
      break;
    case Strategy::kByWeight:
      nodes = by_weight(std::move(nodes), draw);
      break;
    case Strategy::kByBase:
      nodes = by_base(std::move(nodes), base_of(asked));
      break;
    case Strategy::kNearest:
      nodes = by_distance(std::move(nodes), base_of(asked));
      break;
  }
  nodes.resize(std::min(nodes.size(), choose_));
  return nodes;
}

Result<std::vector<http::Url>> Route::destinations(const Asked& asked, const Draw& draw) const {
  std::vector<http::Url> urls;
  for (const RouteNode* node : chosen(asked, draw)) {
    const auto text = url_at(*node, asked.path);
    if (!text) continue;
    AO_TRY(url, checked(*node, *text));
    urls.push_back(std::move(url));
  }
  if (urls.empty())
    return fail(ErrorKind::kNotFound, "routes-no-match",
                fmt::format("no_matches: no node of the route takes the path {}", asked.path));
  return urls;
}

}  // namespace ao::routing
