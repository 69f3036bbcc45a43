// What a node and its workers say to each other: values as CBOR in shared memory.
//
//   {op: open, spawn, module?, settings, build} + file → {next, memory, rested: [process…]}
//   {op: wake, spawn, settings, build} + file          → the same
//   {op: run, process, items: [assignment, message…]}  → {outcomes: [stored outcome…], memory}
//   {op: dry-run, process, message, tags, now}         → {outcome}
//   {op: rest, process, build}                         → {}
//   {op: copy, process, build}                         → {next, head, bytes}
//   {op: checkpoint, process, build}                   → {next, head, is-first, runs: [first page,
//   pages…]}
//
// `build` names the program: another cannot use its images. `rested` are those that had to make
// room at the process's address.
//
// Instead of an answer there may be {code, text, kind} of an error.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/worker/workers.hpp"

namespace ao::worker::protocol {

message::Value open(const Recipe& recipe, const execution::Settings& settings, BytesView build);
message::Value run(const ProcessId& process, const std::vector<message::Assignment>& batch);
message::Value dry_run(const ProcessId& process, const message::Trial& trial, Timestamp now);
message::Value wake(const Recipe& recipe, const execution::Settings& settings, BytesView build);
message::Value rest(const ProcessId& process, BytesView build);
message::Value checkpoint(const ProcessId& process, BytesView build);
message::Value copy(const ProcessId& process, BytesView build);

// Errors of reading: kInvalid "worker-protocol", naming the field.
Result<execution::Settings> read_settings(const message::Value& request);
Result<std::vector<message::Assignment>> read_items(const message::Value& request);
Result<message::Trial> read_trial(const message::Value& request);
Result<message::DataItem> read_item(const message::Value& value, BytesView field);
Result<ProcessId> read_process(const message::Value& request);
Result<std::uint64_t> read_number(const message::Value& value, BytesView field);

message::Value failure(const Error& error);
// The answer itself, or the error that it holds.
Result<message::Value> read_answer(message::Value answer);

std::unexpected<Error> malformed(BytesView field);

// Of the worker that gave an answer which `error` is found in: kUnavailable "worker-died".
Error lied(const Error& error);

}  // namespace ao::worker::protocol
