// Proves a schedule that was gathered from bundles: every signature, and the hash chain.
//
// One thread, which waits. Reads nothing.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ao/base/progress.hpp"
#include "ao/settlement/retrieval.hpp"

namespace ao::node {

// Errors, each naming the slot: those of codec::verify_item and of schedule::Log::check_link.
// Progress in slots.
Result<> prove(const settlement::Retrieved& retrieved, std::size_t threads,
               const Progress& progress);

// The bundle that `import_schedules` takes. Never over another file.
void write_archive(const settlement::Retrieved& retrieved, const std::filesystem::path& file);

}  // namespace ao::node
