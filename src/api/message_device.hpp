// The device message@1.0: what any message answers about itself. And devices that write messages
// down. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

// Errors: kNotFound "key-absent"; those of message::set and remove; "argument-missing".
Result<message::Value> ask_message(const message::Value& base, const Asking& asking);

Task<Result<message::Value>> ask_message_device(const Inquiry& inquiry, message::Value base,
                                                Asking asking);

// json@1.0, flat@1.0 and structured@1.0: serialize, deserialize (json, flat), to, from
// (structured).
Task<Result<message::Value>> ask_codec(const Inquiry& inquiry, message::Value base, Asking asking);

}  // namespace ao::api
