// Submissions that want their result: `?await=result&timeout=SECONDS` beside POST of a message.
//
// The answer comes when the slot is evaluated, or with 202 when that takes longer; it then says
// where the result is going to be. A client that hangs up waits no longer.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "path.hpp"

namespace ao::api {

struct Awaiting {
  std::chrono::milliseconds patience;
};

// What the step or the query asks for; nullopt for nothing. Errors: kInvalid "await-unknown",
// "timeout-malformed", "timeout-range" with events.await_max.
Result<std::optional<Awaiting>> awaiting_of(const Backend& backend, const Path& path,
                                            std::size_t step);

// How long whoever asks is willing to wait, by `timeout`. Errors: "timeout-malformed",
// "timeout-range".
Result<std::chrono::milliseconds> patience_of(const Backend& backend, const Path& path,
                                              std::size_t step);

// `view` tells of the message, and of its outcome when it has one.
using SubmittedView = std::function<message::Map(const Submitted&)>;
http::Response awaited_answer(Backend& backend, Submitted submitted, Awaiting awaiting,
                              SubmittedView view);

// 202: the message has its slot, and here is where its result, and what comes of it, is going to
// be.
http::Response pending_answer(const Submitted& submitted, const SubmittedView& view);

}  // namespace ao::api
