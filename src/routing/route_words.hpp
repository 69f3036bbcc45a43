// The keys of a route as texts, numbers and lists, in any of the ways that they arrive: from TOML,
// JSON, header fields.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/message/value.hpp"

namespace ao::routing {

// Errors of all: kInvalid "route-malformed", naming the key.
std::unexpected<Error> malformed(std::string_view key, std::string_view wanted);

// The text under a key; "" when there is none.
Result<std::string> text_of(const message::Map& map, std::string_view key);

Result<std::optional<double>> number_of(const message::Map& map, std::string_view key);

// From `least` to `most`.
Result<std::optional<std::size_t>> count_of(const message::Map& map, std::string_view key,
                                            std::size_t least, std::size_t most);

Result<std::optional<bool>> truth_of(const message::Map& map, std::string_view key);

// A list, or a map whose keys are 1, 2, …; nullopt for anything else.
std::optional<message::List> list_in(const message::Value& value);

}  // namespace ao::routing
