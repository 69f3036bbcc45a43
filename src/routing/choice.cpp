// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "choice.hpp"

#include <algorithm>
#include <cmath>

#include "ao/base/ids.hpp"
#include "ao/crypto/digest.hpp"

namespace ao::routing {
namespace {

std::optional<Bytes> id_in(std::string_view text) {
  const auto id = MessageId::from_text(text.substr(0, text.find_first_of("~&=")));
  if (!id) return std::nullopt;
  return Bytes(id->bytes());
}

std::optional<Bytes> id_in_path(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (auto id = id_in(path.substr(0, slash))) return id;
    path.remove_prefix(slash);
  }
  return std::nullopt;
}

std::optional<Bytes> id_in_query(std::string_view query) {
  for (const std::string_view name : {"process-id=", "target="}) {
    const std::size_t at = query.find(name);
    if (at == query.npos || (at > 0 && query[at - 1] != '?' && query[at - 1] != '&')) continue;
    const std::string_view value = query.substr(at + name.size());
    if (auto id = id_in(value.substr(0, value.find('&')))) return id;
  }
  return std::nullopt;
}

Bytes hash_of(BytesView text) {
  return Bytes(crypto::view(crypto::sha256(text)));
}

Bytes name_of(const RouteNode& node) {
  return node.wallet + '\n' + node.url + node.prefix + '\n' + node.suffix + '\n' + node.with;
}

// The nodes by what `key` says of each, the least in front. Each is asked for its key once.
template <class Key>
Nodes sorted(Nodes nodes, Key key) {
  std::vector<std::pair<decltype(key(*nodes.front())), const RouteNode*>> keyed;
  for (const RouteNode* node : nodes)
    keyed.emplace_back(key(*node), node);
  std::ranges::stable_sort(keyed, {}, [](const auto& each) { return each.first; });
  std::ranges::transform(keyed, nodes.begin(), [](const auto& each) { return each.second; });
  return nodes;
}

}  // namespace

Bytes base_of(const Asked& asked) {
  const std::string_view target = asked.path;
  const std::size_t query = std::min(target.find('?'), target.size());
  if (auto id = id_in_path(target.substr(0, query))) return *id;
  if (auto id = id_in_query(target.substr(query))) return *id;
  for (const char* key : {"process-id", "target"})
    if (const message::Value* said = asked.keys.find(key); said && said->bytes())
      if (auto id = id_in(*said->bytes())) return *id;
  return hash_of(target.substr(0, query));
}

// Of exponential times with the weights as rates the order is that of draws without putting back
// (Efraimidis and Spirakis).
Nodes by_weight(Nodes nodes, const Draw& draw) {
  return sorted(std::move(nodes),
                [&](const RouteNode& node) { return -std::log1p(-draw()) / node.weight; });
}

Nodes by_base(Nodes nodes, const Bytes& base) {
  return sorted(std::move(nodes),
                [&](const RouteNode& node) { return hash_of(base + name_of(node)); });
}

Nodes by_distance(Nodes nodes, const Bytes& base) {
  return sorted(std::move(nodes), [&](const RouteNode& node) {
    auto wallet = id_in(node.wallet);
    Bytes distance = wallet ? std::move(*wallet) : Bytes();
    for (std::size_t i = 0; i < distance.size(); ++i)
      distance[i] = static_cast<char>(distance[i] ^ base[i]);
    return std::pair(distance.empty(), distance);  // without a wallet: behind
  });
}

}  // namespace ao::routing
