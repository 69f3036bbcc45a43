// What the answers of FakeArweave have in common.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/async/task.hpp"
#include "ao/http/message.hpp"

namespace ao::test {

http::Response saying(unsigned status, std::string body,
                      std::string_view type = "application/json");

Task<> silence();  // longer than anybody waits

}  // namespace ao::test
