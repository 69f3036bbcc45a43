// What an arena holds, in 32 bytes: equal for equal states, wherever the arena and the program lie.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/digest.hpp"

namespace ao::machine {

// Of the first `used_bytes`, whole pages. A word that is an address inside the arena counts as its
// distance from the start; all addresses inside this program count alike, since builds and loads
// put functions elsewhere. Else every byte counts, free blocks and dead stack slots too.
crypto::Digest256 state_hash(const char* arena, std::uint64_t used_bytes);

}  // namespace ao::machine
