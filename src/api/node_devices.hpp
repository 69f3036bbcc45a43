// Devices that tell of this node, and of what is stored here.
//
//   meta@1.0                  info, build; orders that change info: info_routes.hpp
//   scheduler@1.0             status, location[&address=ADDRESS]
//   lookup@1.0, cache@1.0     read&target=ID: a stored message; its writes: cache_routes.hpp
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_meta(const Inquiry& inquiry, message::Value base, Asking asking);
Task<Result<message::Value>> ask_scheduler(const Inquiry& inquiry, message::Value base,
                                           Asking asking);
Task<Result<message::Value>> ask_cache(const Inquiry& inquiry, message::Value base, Asking asking);

// The node, as meta@1.0 tells: what it says of itself, and what its operator had it say.
message::Map info_view(const Backend& backend);

// An item by its id, by that of its content, or by a name that cache@1.0 linked to it. Errors: as
// below.
Result<Bytes> stored_item(const Backend& backend, BytesView target);

// An item as a message, with the commitment of its signer. Errors: kInvalid "id-malformed";
// kNotFound "message-unknown".
Result<message::Value> stored_message(const Backend& backend, BytesView target);

}  // namespace ao::api
