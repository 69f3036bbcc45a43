// The target of a request: steps of a path, each a key with a device and pairs, and a query.
//
//   path     = *( "/" step ) [ "?" pairs ]
//   step     = ( [ key ] [ "~" device ] / "(" path ")" ) *( "&" pair )
//   pair     = key [ "+" type ] [ "=" value ]         value = text / DQUOTE text DQUOTE / "(" path
//   ")"
//
//   /PID~process@1.0/compute&slot+integer=3/results?k=v
//
// Brackets and quotes count where a step or value begins and have their other half; elsewhere they
// are characters, since clients put the tags of dry runs into the path as they are.
// Percent-encoding is decoded once, after taking apart. `part=value` as a step is short for
// `part&part=value`. Clients call their process with paths in either dialect (HyperBEAM's older and
// newer one); this reads both. What the steps mean as messages: singleton.hpp.
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
  Bytes value;  // "true" when none was written
  Bytes type;   // "integer", or empty
  bool has_value = true;
  bool is_path = false;  // the value is a path, to be evaluated
};

struct Step {
  Bytes key;     // as written
  Bytes device;  // "process@1.0", or empty
  std::vector<Pair> pairs;
  bool is_path = false;  // the key is a path, to be evaluated

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

std::optional<std::uint64_t> number(BytesView text);

}  // namespace ao::api
