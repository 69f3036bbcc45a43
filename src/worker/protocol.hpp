// What a node and its workers say to each other: values as CBOR in shared memory.
//
//   {op: open, spawn, module?, settings}              → {next, closed: [process…]}
//   {op: run, process, items: [assignment, message…]} → {outcomes: [stored outcome…]}
//   {op: dry-run, process, message, tags, now}        → {outcome}
//   {op: close, process}                              → {}
//
// Instead of an answer there may be {code, text, kind} of an error.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/worker/workers.hpp"

namespace ao::worker::protocol {

message::Value open(const Recipe& recipe, const execution::Settings& settings);
message::Value run(const ProcessId& process, const std::vector<message::Assignment>& batch);
message::Value dry_run(const ProcessId& process, const message::DataItem& message,
                       const message::Tags& tags, Timestamp now);
message::Value close(const ProcessId& process);

// Errors of reading: kInvalid "worker-protocol", naming the field.
Result<execution::Settings> read_settings(const message::Value& request);
Result<std::vector<message::Assignment>> read_items(const message::Value& request);
Result<message::Tags> read_tags(const message::Value& request);
Result<message::DataItem> read_item(const message::Value& value, BytesView field);
Result<ProcessId> read_process(const message::Value& request);
Result<std::uint64_t> read_number(const message::Value& value, BytesView field);

message::Value failure(const Error& error);
// The answer itself, or the error that it holds.
Result<message::Value> read_answer(message::Value answer);

std::unexpected<Error> malformed(BytesView field);

}  // namespace ao::worker::protocol
