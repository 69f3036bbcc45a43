// The Lua files of the built-in runtime, as they were when this program was built.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace ao::execution {

struct RuntimeFile {
  std::string_view name;  // what Lua's error texts call it
  std::string_view source;
};

// In the order in which an instance loads them.
std::span<const RuntimeFile> runtime_files();

}  // namespace ao::execution
