// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "schedules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "ao/codec/aos2.hpp"
#include "ao/message/paths.hpp"
#include "encoding.hpp"
#include "views.hpp"

namespace ao::api {
namespace {

using message::Assignment;
using message::Map;
using message::Value;

constexpr std::uint64_t kPageMax = 1000;
constexpr std::uint64_t kSuPageDefault = 100;
constexpr std::string_view kAos2 = "application/aos-2";

// Absent, or a number. Errors: "slot-malformed", naming the parameter.
Result<std::optional<std::uint64_t>> parameter(const Path& path, std::size_t step,
                                               std::string_view name) {
  const Bytes* text = path.find(step, name);
  if (text == nullptr || text->empty()) return std::optional<std::uint64_t>();
  const auto value = number(*text);
  if (!value)
    return fail(ErrorKind::kInvalid, "slot-malformed",
                fmt::format("{}: '{}' is not a number of 0 or more", name, *text));
  return value;
}

struct Page {
  std::vector<Assignment> assignments;
  bool continues = false;
};

// Slots from `from` up to and without `end`, at most `limit`.
Page read_page(const Backend& backend, const ProcessId& process, std::uint64_t from,
               std::uint64_t end, std::uint64_t limit) {
  Page page;
  if (from >= end || limit == 0) return page;
  page.assignments = backend.schedule(process, Slot{from}, std::min(limit, end - from));
  page.continues = from + page.assignments.size() < end && !page.assignments.empty();
  return page;
}

// By their slots.
Map hyperbeam_page(const Backend& backend, const ProcessId& process, const Page& page) {
  std::vector<Map::Entry> assignments;
  for (const Assignment& one : page.assignments)
    assignments.emplace_back(std::to_string(one.slot().number), assignment_view(one));
  const message::Block last = backend.last_block();
  return Map{{"assignments", Map::from(std::move(assignments))},
             {"block-height", static_cast<std::int64_t>(last.height)},
             {"continues", page.continues},
             {"process", process.text()},
             {"timestamp", static_cast<std::int64_t>(backend.now().milliseconds)},
             {"type", "schedule"}};
}

// What the rest of the path names in it.
http::Response part_answer(const http::Request& request, const Path& path, std::size_t step,
                           Map whole) {
  const Value value(std::move(whole));
  const std::vector<Bytes> keys = rest_of(path, step + 1);
  const Value* part = message::descend(value, keys);
  if (part != nullptr) return unsigned_answer(*part, form_wanted(request, path));
  std::string place;
  for (const Bytes& key : keys)
    place += '/' + key;
  return error_answer(
      {ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", place)});
}

// ---- as an SU ----------------------------------------------------------------------------------

http::Response su_refusal(std::string_view text, unsigned status = 400) {
  return json_answer(Map{{"error", text}}, status);
}

// The first slot whose message was scheduled after `time`. Times never run backward.
std::uint64_t first_after(const Backend& backend, const ProcessId& process, std::uint64_t count,
                          std::uint64_t time) {
  std::uint64_t low = 0, high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto found = backend.schedule(process, Slot{middle}, 1);
    if (!found.empty() && found.front().timestamp().milliseconds <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

struct SuRange {
  std::uint64_t from = 0;
  std::uint64_t end = 0;
  codec::SuCursor cursor = codec::SuCursor::kTimestamp;
};

Result<SuRange> su_range(const Backend& backend, const Path& path, const ProcessId& process,
                         std::uint64_t count) {
  const Bytes* start = path.find(0, "from-nonce");
  const bool from_the_start = start != nullptr && *start == "-1";
  SuRange range{0, count};
  if (!from_the_start) {
    AO_TRY(from, parameter(path, 0, "from-nonce"));
    if (from) range.from = std::min(*from, count - 1) + 1;
  }
  AO_TRY(to, parameter(path, 0, "to-nonce"));
  if (to) range.end = std::min(*to, count - 1) + 1;
  if (start != nullptr || to) {
    range.cursor = codec::SuCursor::kNonce;
    return range;
  }
  AO_TRY(after, parameter(path, 0, "from"));
  AO_TRY(until, parameter(path, 0, "to"));
  if (after) range.from = first_after(backend, process, count, *after);
  if (until) range.end = first_after(backend, process, count, *until);
  return range;
}

http::Response su_page_answer(const Backend& backend, const Path& path, const ProcessId& process) {
  const auto count = backend.slot_count(process);
  if (!count) return su_refusal(count.error().text, 404);
  const auto range = su_range(backend, path, process, *count);
  if (!range) return su_refusal(range.error().text);
  const auto limit = parameter(path, 0, "limit");
  if (!limit) return su_refusal(limit.error().text);
  const Page page = read_page(backend, process, range->from, range->end,
                              std::min(limit->value_or(kSuPageDefault), kPageMax));
  return json_answer(codec::su_page(page.assignments, page.continues, range->cursor));
}

http::Response su_message_answer(const Backend& backend, const MessageId& message,
                                 const ProcessId& process) {
  const auto assignment = backend.scheduled(process, message);
  if (!assignment) return su_refusal("Message or Process not found");
  return json_answer(codec::su_node(*assignment));
}

http::Response su_latest_answer(const Backend& backend, const ProcessId& process) {
  const auto count = backend.slot_count(process);
  if (!count) return su_refusal(count.error().text, 404);
  const auto last = backend.schedule(process, Slot{*count - 1}, 1);
  if (last.empty()) return su_refusal("Message or Process not found");
  return json_answer(codec::su_node(last.front()));
}

http::Response su_process_answer(const Backend& backend, const ProcessId& process) {
  const auto spawn = backend.scheduled(process, MessageId::same_bytes_as(process));
  if (!spawn) return su_refusal("Process not found", 404);
  Map view = *codec::su_node(*spawn).find("message")->map();
  view.set("process_id", process.text());
  view.set("block", std::to_string(spawn->block_height()));
  view.set("timestamp", static_cast<std::int64_t>(spawn->timestamp().milliseconds));
  return json_answer(view);
}

http::Response su_health_answer(const Backend& backend) {
  return json_answer(Map{{"timestamp", std::to_string(backend.now().milliseconds)},
                         {"address", backend.address().text}});
}

http::Response su_timestamp_answer(const Backend& backend) {
  return json_answer(Map{{"timestamp", std::to_string(backend.now().milliseconds)},
                         {"block_height", fmt::format("{:012}", backend.last_block().height)}});
}

bool asks_for_a_page(const Path& path) {
  return std::ranges::any_of(path.query, [](const Pair& pair) {
    constexpr std::string_view kNames[] = {"process-id", "from",       "to",
                                           "limit",      "from-nonce", "to-nonce"};
    return std::ranges::any_of(kNames, [&](auto name) { return same_key(pair.key, name); });
  });
}

}  // namespace

bool wants_aos2(const http::Request& request, const Path& path, std::size_t step) {
  const Bytes* asked = path.find(step, "accept");
  if (asked != nullptr) return *asked == kAos2;
  const std::string* header = request.headers.find("accept");
  return header != nullptr && *header == kAos2;
}

http::Response aos2_answer(const message::Value& value) {
  http::Response response = json_answer(value);
  response.headers.set("content-type", std::string(kAos2));
  return response;
}

http::Response schedule_answer(const Backend& backend, const http::Request& request,
                               const Path& path, const ProcessId& process, std::size_t step) {
  const auto count = backend.slot_count(process);
  if (!count) return error_answer(count.error());
  const auto from = parameter(path, step, "from");
  if (!from) return error_answer(from.error());
  const auto to = parameter(path, step, "to");
  if (!to) return error_answer(to.error());
  const auto limit = parameter(path, step, "limit");
  if (!limit) return error_answer(limit.error());
  const std::uint64_t end = std::min(to->value_or(*count - 1), *count - 1) + 1;
  const Page page = read_page(backend, process, from->value_or(0), end,
                              std::min(limit->value_or(kPageMax), kPageMax));
  if (!wants_aos2(request, path, step))
    return part_answer(request, path, step, hyperbeam_page(backend, process, page));
  const codec::Aos2Page about{process, page.continues, backend.now(), backend.last_block().height};
  return aos2_answer(codec::aos2_page(page.assignments, about));
}

Result<Map> slot_view(const Backend& backend, const ProcessId& process) {
  AO_TRY(count, backend.slot_count(process));
  const message::Block last = backend.last_block();
  const Bytes no_hash = base64url(Bytes(32, '\0'));
  return Map{{"block-hash", last.hash.empty() ? no_hash : Bytes(last.hash)},
             {"block-height", static_cast<std::int64_t>(last.height)},
             {"current", static_cast<std::int64_t>(count) - 1},
             {"process", process.text()},
             {"timestamp", static_cast<std::int64_t>(backend.now().milliseconds)}};
}

std::optional<http::Response> answer_as_su(const Backend& backend, const http::Request& request,
                                           const Path& path) {
  if (request.method == "POST") return std::nullopt;
  const Bytes* named = path.find(path.steps.size(), "process-id");
  const auto process = named != nullptr ? ProcessId::from_text(*named) : std::nullopt;
  if (named != nullptr && !process)
    return su_refusal(fmt::format("process-id: '{}' is not an id", *named));
  if (path.steps.empty()) {
    if (!process) return std::nullopt;
    const auto count = backend.slot_count(*process);
    return count ? su_health_answer(backend) : su_refusal(count.error().text, 404);
  }
  const Step& first = path.steps.front();
  if (!first.device.empty() || !first.pairs.empty()) return std::nullopt;
  const auto id = MessageId::from_text(first.key);
  if (path.steps.size() == 2) {
    const Bytes& key = path.steps[1].key;
    const auto second = ProcessId::from_text(key);
    if (first.key == "processes" && second) return su_process_answer(backend, *second);
    if (id && key == "latest")
      return su_latest_answer(backend, process.value_or(ProcessId::same_bytes_as(*id)));
    return std::nullopt;
  }
  if (path.steps.size() != 1) return std::nullopt;
  if (first.key == "timestamp") return su_timestamp_answer(backend);
  if (!id || !asks_for_a_page(path)) return std::nullopt;
  const ProcessId itself = ProcessId::same_bytes_as(*id);
  if (process && *process != itself) return su_message_answer(backend, *id, *process);
  return su_page_answer(backend, path, itself);
}

}  // namespace ao::api
