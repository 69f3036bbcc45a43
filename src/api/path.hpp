// A path of HyperBEAM's dialect, taken apart:  /PID~process@1.0/compute&slot=3/results?k=v
//
//   path = *( "/" step ) [ "?" pairs ]     step = [ key ] [ "~" device ] *( "&" pair )
//   pair = key [ "=" value ]
//
// A step `key=value` is short for `key&key=value`. Percent-escapes are decoded once, after the path
// was taken apart, so that an escaped slash is part of a key.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::api {

struct Pair {
  Bytes key;
  Bytes value;
};

struct Step {
  Bytes key;     // as written
  Bytes device;  // "process@1.0", or empty
  std::vector<Pair> pairs;

  // The value of `name`, compared as AO keys are; nullptr when absent.
  const Bytes* find(BytesView name) const;
};

struct Path {
  std::vector<Step> steps;
  std::vector<Pair> query;

  // The value of `name` in the step at `index`, else in the query.
  const Bytes* find(std::size_t index, BytesView name) const;

  // Errors: "path-malformed" for a bad escape or a segment over 4,096 characters.
  static Result<Path> parse(std::string_view target);
};

// Decimal digits and nothing else, below 2^64.
std::optional<std::uint64_t> number(BytesView text);

}  // namespace ao::api
