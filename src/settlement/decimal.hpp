// Numbers as Arweave writes them: decimal texts, now and then JSON numbers.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/value.hpp"

namespace ao::settlement {

// Digits, without needless zeros; nullopt for anything else, and over 64 bits.
std::optional<std::uint64_t> decimal(BytesView text);

// What stands under a name, as a text or a number.
std::optional<std::uint64_t> decimal_at(const message::Value& value, BytesView name);

}  // namespace ao::settlement
