// The ids of ids.hpp, of messages that are TABMs already.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/ids.hpp"
#include "ao/crypto/digest.hpp"
#include "signature_base.hpp"

namespace ao::codec {

Result<MessageId> tabm_id(const message::Map& tabm);
Result<MessageId> uncommitted_tabm_id(const message::Map& tabm, Form form);

}  // namespace ao::codec
