// The tag area of a data item: an Avro array of {name: string, value: string}.
//
//   area  = *block end           block = count pair… | -count size pair…      end = 0
//   pair  = name value           name, value = length bytes
//
// Numbers are zig-zag variable-length integers in as few bytes as they need. Writers make one
// block; an empty list is an empty area.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"

namespace ao::message {

inline constexpr std::size_t kTagsMax = 128;
inline constexpr std::size_t kTagBytesMax = 4096;

// `offset` is where the area starts in its item, for error texts; `count` is how many tags its item
// says there are. Errors, kind kInvalid: the "ans104-" codes of docs/refusals.md, "Data items".
Result<Tags> read_tags(BytesView area, std::size_t offset, std::size_t count);

Bytes write_tags(const Tags& tags);

}  // namespace ao::message
