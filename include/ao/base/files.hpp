// What the standard library leaves out of files.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace ao {

// Waits until a file's bytes, or a directory's entries, are on disk. Throws
// std::filesystem::filesystem_error.
void sync(const std::filesystem::path& path);

}  // namespace ao
