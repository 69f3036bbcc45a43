// A block of the network, as assignments name it.
//
// A value; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace ao::message {

struct Block {
  std::uint64_t height = 0;     // 0: none is known
  std::string hash;             // base64url, as Arweave's nodes tell it; empty: not told
  std::uint64_t timestamp = 0;  // seconds since 1970, when it was made; 0: not told

  bool operator==(const Block&) const = default;
};

}  // namespace ao::message
