// Stores of older formats, made into ones of today's when they are opened.
//
// Format 1 had no checksums, no shard logs and no anchor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database.hpp"

namespace ao::store {

constexpr std::string_view kFormat1 = "aonode store 1";

// Goes on where an earlier call was interrupted. Returns the store's id: `id`, or the one that the
// earlier call was given. Throws std::runtime_error naming the directory when the disk fails.
std::string migrate_from_1(const Settings& settings, Database& database, std::string id);

}  // namespace ao::store
