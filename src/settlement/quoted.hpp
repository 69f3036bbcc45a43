// What a server said, for a person.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/bytes.hpp"

namespace ao::settlement {

// Its start, on one line.
std::string quoted(BytesView body);

}  // namespace ao::settlement
