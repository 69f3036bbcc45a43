// flat@1.0: a TABM as one level of keys that are paths, and as lines of text.
//
//   {a: {b: "1", c: {}}, d: "2"}   is   {"a/b": "1", "a/c/": "", d: "2"}   is   a/b: 1
//                                                                              a/c/:
//                                                                              d: 2
//
// A path that ends in a slash is an empty message. Keys are lower case but for ids. Text has no
// room for values with line breaks or outer blanks: they are refused, not changed. Pure functions,
// any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::codec {

struct FlatLimits {
  std::size_t path_bytes_max = 16 << 20;  // of all paths together: a key stands in every path below
};

// Errors: "flat-key" for a key that is empty or has a slash, "flat-conflict" for two keys that are
// equal without case, "flat-value" for what no TABM has, kTooLarge "flat-depth" and "flat-limit".
Result<message::Map> flatten(const message::Map& tabm, const FlatLimits& limits = {});

// Errors: "flat-key" for a path with an empty part, "flat-conflict" for two values in one place or
// a value where other paths have a message; "flat-value", kTooLarge "flat-depth".
Result<message::Map> unflatten(const message::Map& flat);

// One line a path, each ended by a line feed. Errors: those of flatten, and "flat-text" for a path
// or value that a line cannot hold.
Result<std::string> to_flat_text(const message::Map& tabm, const FlatLimits& limits = {});

// Empty lines are skipped, blanks around keys and values dropped. Errors: those of unflatten, and
// "flat-text" naming the line.
Result<message::Map> from_flat_text(BytesView text);

}  // namespace ao::codec
