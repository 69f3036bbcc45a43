// What a path gives when its messages are asked one of the other: values of stored messages, of
// what processes show, and of messages that the path itself says.
//
// Devices, in whose terms a message is asked:
//   message@1.0   id, commitments, committers, committed, verify, keys, path, get, set, remove, and
//                 every other key for what the message has under it
//   json@1.0, flat@1.0, structured@1.0    serialize, deserialize (flat, json), to, from
//   (structured) lookup@1.0, cache@1.0                 read&target=ID: a stored message process@1.0
//   now, compute[=SLOT], slot; and the keys of the process's own message meta@1.0      info, build
//   scheduler@1.0 status, location[&address=ADDRESS]
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "singleton.hpp"

namespace ao::api {

// Errors: kNotFound "device-unknown", "key-absent", "message-unknown"; those of what is asked of
// the backend; "id-malformed".
Task<Result<message::Value>> resolve(Backend& backend, std::vector<Call> calls);

// The node, as meta@1.0 tells.
message::Map info_view(const Backend& backend);

}  // namespace ao::api
