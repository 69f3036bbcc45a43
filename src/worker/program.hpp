// The worker's executable, carried inside the node's, and what it is started with.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/bytes.hpp"

namespace ao::worker {

BytesView program_image();

// Its descriptors; the last is the executable, which it closes.
constexpr int kSocket = 3;
constexpr int kMemory = 4;
constexpr int kProgram = 5;

}  // namespace ao::worker
