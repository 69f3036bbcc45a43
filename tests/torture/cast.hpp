// The processes that a fault programme plays with, and how they are set up over HTTP.
//
//   counter    shows how many messages it handled; some of its messages fail on purpose
//   forwarder  sends what it hears on to the sink, twice
//   sink       shows how many notes it heard
//   exchange   docs/examples/dex.lua
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "ao/message/data_item.hpp"
#include "torture/connection.hpp"

namespace ao::test {

struct Cast {
  Address node;
  ProcessId counter;
  ProcessId forwarder;
  ProcessId sink;
  ProcessId exchange;

  std::vector<std::pair<std::string, ProcessId>> all() const {
    return {{"counter", counter}, {"forwarder", forwarder}, {"sink", sink}, {"exchange", exchange}};
  }
};

// Throws std::runtime_error with the node's answer when it refuses.
Cast set_up_cast(Connection& connection);

// Uploads the Lua source and spawns a process of it.
ProcessId spawn_process(Connection& connection, const std::string& source, const Address& scheduler,
                        const crypto::Key& owner, const message::Tags& more = {});

std::string path_of(const ProcessId& process, const std::string& rest);  // /P~process@1.0/rest

}  // namespace ao::test
