// Texts packed into one, as Lua code packs them with host.pack_texts and host.pack_fields, and
// reads them with host.unpack_texts and host.unpack_map (docs/lua.md).
//
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/bytes.hpp"

namespace ao::machine {

void add_packed_text(Bytes& packed, BytesView text);

// The first of the texts, which it takes off; nothing when there is none, or not all of it.
std::optional<BytesView> take_packed_text(BytesView& packed);

}  // namespace ao::machine
