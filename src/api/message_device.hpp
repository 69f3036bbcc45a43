// The device message@1.0: what any message answers about itself. And devices that write messages
// down. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "singleton.hpp"

namespace ao::api {

// A call whose paths within were evaluated.
struct Asking {
  Bytes path;
  message::Map arguments;
};

// Errors: kNotFound "key-absent"; those of message::set and remove; "argument-missing".
Result<message::Value> ask_message(const message::Value& base, const Asking& asking);

// Of json@1.0, flat@1.0 and structured@1.0; nullopt for another device or key.
std::optional<Result<message::Value>> ask_codec(BytesView device, const message::Value& base,
                                                const Asking& asking);

}  // namespace ao::api
