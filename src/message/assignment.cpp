// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/assignment.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ao::message {
namespace {

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::kInvalid, "assignment-malformed", std::move(what));
}

Result<std::uint64_t> number(const DataItem& item, std::string_view name) {
  const BytesView text = item.tag(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return malformed(fmt::format("the assignment's tag {} is no number of 64 bits", name));
  return value;
}

// The first message of a process is the one that it is named by; the others are sent to it, or are
// said to be assigned to it beside the process that they were sent to.
Result<> check_place(const DataItem& item, const DataItem& body, const ProcessId& process,
                     Slot slot) {
  if (slot.number == 0 && process_named_by(body.id()) != process)
    return malformed("the message of slot 0 is not the one that the process is named by");
  if (slot.number == 0 && body.tag("Type") != "Process")
    return malformed("the message of slot 0 is not of Type Process");
  if (slot.number != 0 && body.target() != process.bytes() && item.tag("Assigned") != "true")
    return malformed("the message is for another process");
  return {};
}

}  // namespace

Result<Assignment> Assignment::recognise(DataItem item, DataItem body) {
  if (item.tag("Type") != "Assignment") return malformed("the item is not of Type Assignment");
  const auto process = ProcessId::from_text(item.tag("Process"));
  const auto chain = ChainHash::from_text(item.tag("Hash-Chain"));
  if (!process) return malformed("the assignment's tag Process is no id");
  if (!chain) return malformed("the assignment's tag Hash-Chain is no hash");
  if (item.tag("Message") != body.id().text())
    return malformed("the assignment is of another message");
  AO_TRY(slot, number(item, "Slot"));
  AO_TRY(time, number(item, "Timestamp"));
  AO_TRY(height, number(item, "Block-Height"));
  Block block{height, std::string(item.tag("Block-Hash")), 0};
  if (!item.tag("Block-Timestamp").empty()) {
    AO_TRY(made, number(item, "Block-Timestamp"));
    block.timestamp = made;
  }
  AO_CHECK(check_place(item, body, *process, Slot{slot}));

  Assignment assignment(std::move(item), std::move(body));
  assignment.process_ = *process;
  assignment.slot_ = Slot{slot};
  assignment.timestamp_ = Timestamp{time};
  assignment.block_ = std::move(block);
  assignment.chain_ = *chain;
  return assignment;
}

}  // namespace ao::message
