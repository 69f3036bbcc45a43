// The keys of messages, paths of them, and what the device message@1.0 does with messages.
//
// Keys have no case. A path is keys with slashes between: `a/b/c`; a list has the keys 1, 2, …
// Private keys, and `commitments`, belong to whoever holds a message, and not to its content.
// Pure functions, any thread; none takes more than n log n time for a message of n values.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/message/value.hpp"

namespace ao::message {

// Keys of exactly 32, 42 or 43 bytes are taken for ids and addresses, and keep their case.
bool is_id_key(BytesView key);

// A key as it is stored, committed and looked up: lower case, but for ids.
Bytes normal_key(BytesView key);
bool is_normal_key(BytesView key);

// Keys that begin with `priv` are never listed, sent or signed.
bool is_private(BytesView key);

// The value under a key that is no path; nullptr when there is none, or it is private.
const Value* get(const Map& message, BytesView key);

// The part of `value` that the path names; nullptr when there is none. No path: `value` itself.
const Value* descend(const Value& value, std::span<const Bytes> path);
const Value* descend(const Map& message, BytesView path);

// The path with each of its keys in normal case. Errors: "path-malformed" for an empty part.
Result<Bytes> normal_path(BytesView path);

// An order of paths in which what lies below a message stands together, right after it.
bool path_comes_before(BytesView a, BytesView b);

enum class SetMode {
  kDeep,      // a map goes into the map that is there, key by key
  kExplicit,  // each value replaces what is there
};

// The message with the changes made, its keys in normal case at every place that was touched. Keys
// of changes may be paths; messages between are created. The atom `unset` removes, `undefined` is
// passed over, and so are private keys and `commitments`. A message that changes in a key that one
// of its commitments covers loses its commitments. Errors: "path-malformed"; "set-conflict" for two
// changes of one key; "set-list" when a list would get a gap; kTooLarge "set-depth".
Result<Map> set(Map message, const Map& changes, SetMode mode = SetMode::kDeep);

// The message without the values at these paths; those that are absent are passed over.
// Errors: those of `set`.
Result<Map> remove(Map message, std::span<const Bytes> paths);

// The keys of its content: without private ones and `commitments`.
std::vector<Bytes> keys(const Map& message);

// Without private keys, on all levels.
Map without_private(const Map& message);

}  // namespace ao::message
