// A route of router@1.0: which paths without an origin it is for, and at which nodes they are asked
// for.
//
//   template   a pattern that the path matches (pattern.hpp), or keys that the message must have;
//              its key `path` is a pattern. None: everything
//   node       where: a URL, used as it is, or {prefix, suffix} around the path, or {match, with}
//   nodes      more than one of them, each also with `weight` and `wallet`
//   strategy   All (as they stand), Random, By-Weight, By-Base (the same for the same base),
//              Nearest (whose wallet is nearest to the base); `choose`: how many of them
//   priority   routes are asked in the order of this number, those without behind
//   responses, parallel, stop-after, accept-status: Rounds
//
// A client's path never chooses an origin: what does not end at the one that the operator wrote is
// refused. A value, pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

#include "ao/http/url.hpp"
#include "ao/message/value.hpp"
#include "ao/routing/pattern.hpp"

namespace ao::routing {

// What somebody wants sent on.
struct Asked {
  std::string path;   // and query
  message::Map keys;  // what else the message says
};

// How several nodes are asked.
struct Rounds {
  std::size_t responses = 1;            // good answers that are waited for
  bool parallel = false;                // all at once, or one after the other
  bool stop_after = true;               // with so many nobody else is asked
  std::vector<unsigned> accept_status;  // of a good answer; empty: any

  bool accepts(unsigned status) const;

  // These with what the map says of them, under names with `prefix` before. Errors: kInvalid
  // "route-malformed".
  Result<Rounds> with(const message::Map& map, std::string_view prefix = {}) const;
};

struct RouteNode {
  std::string url;                 // as it is; or else
  std::string prefix, suffix;      // around the path; or else
  std::optional<Pattern> pattern;  // replaced within the path
  std::string with;
  http::Origin origin;  // of what comes of it
  double weight = 1;
  std::string wallet;
};

using Draw = std::function<double()>;  // at least 0, less than 1

class Route {
 public:
  static constexpr std::size_t kNodesMax = 64;

  // Errors: kInvalid "route-malformed", naming the key; "route-pattern"; those of parse_target;
  // kTooLarge "route-nodes-max", "route-pattern-bytes-max".
  static Result<Route> parse(message::Map said);

  // The keys of a map that a route may have.
  static message::Map keys_of(const message::Map& map);

  bool matches(const Asked& asked) const;

  // Where it is asked for, those to ask first in front. Errors: kDenied "route-origin" for a path
  // that would lead to another origin than the node's; those of parse_target; kNotFound
  // "routes-no-match" when the path fits none of the nodes.
  Result<std::vector<http::Url>> destinations(const Asked& asked, const Draw& draw) const;

  const message::Map& said() const { return said_; }  // as it is shown
  const Rounds& rounds() const { return rounds_; }
  double priority() const { return priority_; }

 private:
  enum class Strategy { kAll, kRandom, kByWeight, kByBase, kNearest };

  Result<> read(const message::Map& said);
  Result<> read_template(const message::Value& said);
  Result<> read_strategy(const message::Map& said);
  std::vector<const RouteNode*> chosen(const Asked& asked, const Draw& draw) const;

  message::Map said_;
  std::optional<Pattern> path_;
  message::Map wanted_;  // keys that the message must have
  std::vector<RouteNode> nodes_;
  Strategy strategy_ = Strategy::kAll;
  std::size_t choose_ = kNodesMax;
  Rounds rounds_;
  double priority_ = std::numeric_limits<double>::infinity();
};

}  // namespace ao::routing
