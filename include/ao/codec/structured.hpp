// structured@1.0: messages with typed values, as messages of byte strings (TABM) and back.
//
// A TABM has byte strings and maps only. What else a value was is told by key `ao-types`, a
// dictionary of key to type: integer, float (20 digits), atom (booleans and null too). A list is a
// map with keys 1, 2, … whose own `ao-types` has `.="list"`. A link under `k` is the id under
// `k+link`. Keys are lower case but for ids (`message::normal_key`); private keys are left out.
//
// Readers also take what the JavaScript clients write: types as tokens, quoted atoms, lists as one
// text, and the types empty-binary, empty-list, empty-message, binary and map.
//
// Pure functions, any thread. The format: docs/formats.md.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::codec {

inline constexpr std::size_t kDepthMax = 64;  // maps in maps, of any codec

// Errors: "structured-key" for a key that a message cannot have (empty, `ao-types`, one ending in
// `+link`, two that are equal without case), "structured-float" for a NaN or infinity, kTooLarge
// "structured-depth".
Result<message::Map> to_tabm(const message::Map& message);

// Errors: "structured-types" when `ao-types` is no such dictionary, names an unknown type or a key
// of another kind; "structured-value" when a text is not of its type; "structured-link";
// "structured-list" when a list has gaps; kTooLarge "structured-depth".
Result<message::Value> from_tabm(const message::Map& tabm);

// The message itself: from_tabm, and a list becomes the map that it stands for.
Result<message::Map> message_from_tabm(const message::Map& tabm);

}  // namespace ao::codec
