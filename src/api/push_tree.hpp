// push@1.0 beyond one message: what came of a message, what it sent, and what came of that.
//
//   POST …/push [&max-depth=N] [&result-depth=M] [&timeout=SECONDS]
//   POST …/push&push-mode=async     answers 202 as soon as the message has its slot, and says where
//   GET|POST /PID~process@1.0/push&slot=SLOT […]     the same of a message that has its slot
//
// The answer has, by the number of each outbox entry, {id, target, slot, resulted-in: {…}}, N deep,
// and results M deep. Delivery goes on by itself, whether anybody asks or not: this waits for it,
// and answers 202 with what is known when its time is up.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "path.hpp"

namespace ao::api {

struct PushOrder {
  bool is_async = false;
  // How deep; nullopt for the message alone, as its own result.
  std::optional<std::size_t> depth;
  std::size_t result_depth = 1;
  std::chrono::milliseconds patience{};
};

// What the step, the query, or the header fields ask for. Errors: kInvalid "depth-malformed",
// "depth-range", "push-mode-unknown"; those of patience_of.
Result<PushOrder> push_order_of(const Backend& backend, const http::Request& request,
                                const Path& path, std::size_t step);

// Of a message that has its slot here.
http::Response tree_answer(Backend& backend, Submitted submitted, const PushOrder& order);

// Errors: kNotFound "process-unknown", "slot-unknown".
Result<http::Response> slot_tree_answer(Backend& backend, const ProcessId& process, Slot slot,
                                        PushOrder order);

// 202: it has its slot, and here is where it can be followed.
http::Response async_answer(const Submitted& submitted);

}  // namespace ao::api
