// What anyone can read of a process: its schedule, its results, its visible state.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>

#include "torture/cast.hpp"
#include "torture/recorder.hpp"

namespace ao::test {

struct Scheduled {
  std::uint64_t slot = 0;
  std::string assignment;  // ids as text
  std::string message;
  std::string chain;
  std::uint64_t timestamp = 0;
  Content content;

  BytesView tag(BytesView name) const {
    const Bytes* value = message::find_tag(content.tags, name);
    return value != nullptr ? BytesView(*value) : BytesView();
  }
};

struct Observation {
  std::vector<Scheduled> schedule;
  std::vector<std::string> results;  // the body of compute/results=SLOT by slot; "" when refused
  nlohmann::json state;              // what now shows; an empty object when nothing
};

// Throws std::runtime_error when the node refuses.
std::vector<Scheduled> read_schedule(Connection& connection, const ProcessId& process);
nlohmann::json read_state(Connection& connection, const ProcessId& process);
Observation observe(Connection& connection, const ProcessId& process);

// Every outgoing message of these results that is for `target`, as (slot, index, data).
struct Sending {
  std::uint64_t slot = 0;
  std::uint64_t index = 0;
  std::string data;

  bool operator==(const Sending&) const = default;
};
std::vector<Sending> sent_to(const ProcessId& target, const std::vector<std::string>& results);

// What the node itself scheduled in the name of `sender`, in order.
std::vector<Sending> received_from(const ProcessId& sender, const Address& node,
                                   const std::vector<Scheduled>& schedule);

// Until every slot is evaluated and the sink has as many notes of the forwarder as were sent to it.
// False when that takes longer.
bool wait_until_settled(Connection& connection, const Cast& cast,
                        std::chrono::milliseconds patience);

}  // namespace ao::test
