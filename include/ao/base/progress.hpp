// How long work tells how far it is.
//
// Called from the thread that waits for the work, with an estimated total: `done` may pass it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace ao {

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace ao
