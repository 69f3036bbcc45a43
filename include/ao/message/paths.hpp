// How the keys of messages are named and found.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::message {

// Keys of exactly 32, 42 or 43 bytes are taken for ids and addresses, and keep their case.
bool is_id_key(BytesView key);

// A key as it is stored, committed and looked up: lower case, but for ids.
Bytes normal_key(BytesView key);

// Keys that begin with `priv` are never listed, sent or signed.
bool is_private(BytesView key);

}  // namespace ao::message
