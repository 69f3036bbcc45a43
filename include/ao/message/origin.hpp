// Which outbox entry a pushed message stands for; each is scheduled once (promise P5).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"

namespace ao::message {

struct Origin {
  ProcessId process;
  Slot slot;
  std::uint32_t index = 0;

  bool operator==(const Origin&) const = default;
};

// What the tags of these names say.
std::optional<Origin> origin_in(const DataItem& item, std::string_view process,
                                std::string_view slot, std::string_view index);

// What the tags From-Process, From-Slot and From-Index say. Only the word of the node that
// schedules the message counts: whoever asks compares the signer.
std::optional<Origin> claimed_origin(const DataItem& item);

}  // namespace ao::message
