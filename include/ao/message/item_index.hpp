// Under which keys an item is found by what it says of itself: its signer, its target, its tags.
//
//   G list place → kind
//
// A list is 16 bytes, of everything that has one thing in common; whoever finds an item there looks
// whether it really has. In it items stand by their place, 40 bytes: the newest first, by the time
// of their slot, then by id; what is not scheduled comes last. The kind is `d` for an item of that
// table, `p` for the message that made a process. Only those have keys. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/base/clock.hpp"
#include "ao/message/data_item.hpp"

namespace ao::message::item_index {

inline constexpr std::string_view kTable = "G";
inline constexpr std::size_t kListBytes = 16;
inline constexpr std::size_t kPlaceBytes = 8 + 32;

enum class Kind : char { kItem = 'd', kProcess = 'p' };

// Prefixes of keys, each of one list.
Bytes list_of_all();
Bytes list_of_owner(BytesView address);
Bytes list_of_recipient(BytesView target);  // as text
Bytes list_of_tag(BytesView name, BytesView value);

// `at`: 0 for what is not scheduled.
Bytes place_of(const MessageId& id, Timestamp at);
Timestamp time_in(BytesView place);
MessageId id_in(BytesView place);

// Each once.
std::vector<Bytes> keys_of(const DataItem& item, Timestamp at);

}  // namespace ao::message::item_index
