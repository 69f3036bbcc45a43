// What else the machine does, brought to a known state before something is measured.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace ao::bench {

// Of the files of a folder whose names end so.
std::uint64_t bytes_in(const std::filesystem::path& folder, std::string_view ending = "");

// The next reads of these files come from the disk, as after a boot.
void drop_from_page_cache(const std::filesystem::path& folder);

// The next reads come from memory, as far as there is enough.
void read_into_page_cache(const std::filesystem::path& folder);

// Processor time of all threads of this process so far.
double processor_seconds();

// Until this process does nothing any more (flushes and compactions are done) and the disk of the
// folder has what was written. Throws std::runtime_error after a quarter of an hour.
void wait_until_quiet(const std::filesystem::path& folder);

}  // namespace ao::bench
