// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "awaiting.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "ao/http/live.hpp"

namespace ao::api {
namespace {

using message::Map;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};  // of whoever names no timeout

bool is_evaluated(const Backend& backend, const Submitted& submitted) {
  return backend.evaluated_count(submitted.process).value_or(0) > submitted.slot.number;
}

Task<http::Response> await_result(Backend& backend, Submitted submitted, Awaiting awaiting,
                                  SubmittedView view, http::Caller& caller) {
  const auto following = backend.bulletin().follow(submitted.process, caller.waker());
  const auto until = Clock::now() + awaiting.patience;
  bool is_wanted = true;
  while (is_wanted && !is_evaluated(backend, submitted) && Clock::now() < until)
    is_wanted = co_await caller.wait(until);
  if (!is_evaluated(backend, submitted)) co_return pending_answer(submitted, view);
  auto outcome = co_await backend.outcome(submitted.process, submitted.slot);
  if (!outcome) co_return error_answer(outcome.error());
  submitted.outcome = std::move(*outcome);
  co_return json_answer(view(submitted));
}

}  // namespace

Result<std::optional<Awaiting>> awaiting_of(const Backend& backend, const Path& path,
                                            std::size_t step) {
  const Bytes* awaited = path.find(step, "await");
  if (awaited == nullptr) return std::optional<Awaiting>();
  if (*awaited != "result")
    return fail(ErrorKind::kInvalid, "await-unknown",
                fmt::format("await: '{}' cannot be awaited, only 'result'", *awaited));
  AO_TRY(patience, patience_of(backend, path, step));
  return Awaiting{patience};
}

Result<std::chrono::milliseconds> patience_of(const Backend& backend, const Path& path,
                                              std::size_t step) {
  const std::chrono::milliseconds most = backend.event_settings().await_max;
  const Bytes* text = path.find(step, "timeout");
  if (text == nullptr) return std::min<std::chrono::milliseconds>(kPatience, most);
  const auto seconds = number(*text);
  if (!seconds)
    return fail(ErrorKind::kInvalid, "timeout-malformed",
                fmt::format("timeout: '{}' is no number of seconds", *text));
  if (*seconds > static_cast<std::uint64_t>(most.count()) / 1'000)
    return fail(
        ErrorKind::kInvalid, "timeout-range",
        fmt::format("timeout: {} s are more than events.await_max, {} ms", *seconds, most.count()));
  return std::chrono::seconds(*seconds);
}

http::Response pending_answer(const Submitted& submitted, const SubmittedView& view) {
  const std::string process = submitted.process.text();
  const std::string result = fmt::format("{}/{}~process@1.0/compute&slot={}/results",
                                         submitted.node_url, process, submitted.slot.number);
  Map pending = view(submitted);
  pending.set("status", "pending");
  pending.set("result-at", result);
  pending.set("push-at", fmt::format("{}/{}~process@1.0/push&slot={}", submitted.node_url, process,
                                     submitted.slot.number));
  pending.set("events-at", fmt::format("{}/{}/events?process-id={}", submitted.node_url,
                                       submitted.message.text(), process));
  http::Response response = json_answer(pending, 202);
  response.headers.set("location", result);
  return response;
}

http::Response awaited_answer(Backend& backend, Submitted submitted, Awaiting awaiting,
                              SubmittedView view) {
  if (!submitted.node_url.empty()) return pending_answer(submitted, view);
  http::Response response;
  response.later = [&backend, submitted = std::move(submitted), awaiting,
                    view = std::move(view)](http::Caller& caller) {
    return await_result(backend, submitted, awaiting, view, caller);
  };
  return response;
}

}  // namespace ao::api
