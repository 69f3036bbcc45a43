// What a program finds: the whitelisted standard library and the table `host` (docs/lua.md).
//
// All of it runs inside Metering::run: no function here may own anything with a destructor while it
// calls Lua.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lua.hpp"

namespace ao::machine {

// Sets a new state up; runs once.
void open_environment(lua_State* L);

// Of lua_pcall: makes {text, traceback} of an error.
int message_handler(lua_State* L);

// The functions of `host`.
int json_encode(lua_State* L);
int json_decode(lua_State* L);
int pack_texts(lua_State* L);    // (list)
int unpack_texts(lua_State* L);  // (text): the list
int unpack_map(lua_State* L);    // (text, names, name_of): the first of each name
int pack_fields(lua_State* L);   // (wanted, fields, text…): nil when a field is not so simple
int decimal(lua_State* L);       // (number, width)

}  // namespace ao::machine
