// Values into Lua and out of it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"
#include "lua.hpp"
#include "metering.hpp"

namespace ao::machine {

constexpr int kDepthMax = 64;
constexpr int kStackForReading = kDepthMax * 3 + 16;

// Pushes a value; runs inside Metering::run, may raise Lua errors.
void push_value(lua_State* L, const message::Value& value, int depth = 0);

// The value at the top of the stack, which it leaves there; runs after Metering::stop_jumping, with
// kStackForReading slots free. Raises nothing and allocates nothing in Lua.
// Errors: a text that names what cannot leave Lua, or the limit; `overspent` tells when it is gas.
Result<message::Value> read_value(lua_State* L, const Metering& metering,
                                  std::uint64_t output_bytes);

// How many entries the table at `index` has when its keys are exactly 1..n, else -1. Raises
// nothing.
lua_Integer sequence_length(lua_State* L, int index);

}  // namespace ao::machine
