// The keys of table C (caching.hpp).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/ids.hpp"

namespace ao::node {

inline constexpr BytesView kCacheBytesKey = "C";

// Of an item that is here because it was written to the cache alone, and so is not settled.
inline Bytes cached_item_key(const MessageId& id) {
  return "Ci" + Bytes(id.bytes());
}

inline Bytes cached_content_key(const MessageId& content) {
  return "Cu" + Bytes(content.bytes());
}

inline Bytes cached_name_key(BytesView name) {
  return "Cn" + Bytes(name);
}

}  // namespace ao::node
