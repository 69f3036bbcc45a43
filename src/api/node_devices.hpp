// Devices that tell of this node, and of what is stored here.
//
//   meta@1.0                  info, build
//   scheduler@1.0             status, location[&address=ADDRESS]
//   lookup@1.0, cache@1.0     read&target=ID: a stored message
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

// The node, as meta@1.0 tells.
message::Map info_view(const Backend& backend);

// An item as a message, with the commitment of its signer. Errors: kInvalid "id-malformed";
// kNotFound "message-unknown".
Result<message::Value> stored_message(const Backend& backend, BytesView id_text);

}  // namespace ao::api
