// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "replay_command.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <stdexcept>

#include "ao/message/json.hpp"
#include "ao/node/replay.hpp"

namespace ao::app {
namespace {

using message::Outcome;

struct Line {
  std::string chunk;
  int number;
};

std::optional<Slot> slot_in(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error("a slot is a number, not '" + text + "'");
  return Slot{number};
}

std::vector<std::string_view> lines_of(BytesView source) {
  std::vector<std::string_view> lines;
  while (!source.empty()) {
    const std::size_t end = std::min(source.find('\n'), source.size());
    lines.push_back(source.substr(0, end));
    source.remove_prefix(std::min(end + 1, source.size()));
  }
  return lines;
}

// Each line that ran, with its text when it is one of the module's.
void print_trace(const std::vector<Line>& trace, const std::optional<message::DataItem>& module) {
  const auto source = module ? lines_of(module->data()) : std::vector<std::string_view>();
  const BytesView name = module ? module->tag("Name") : "";
  for (const Line& line : trace) {
    const auto index = static_cast<std::size_t>(line.number) - 1;
    const bool is_known = !name.empty() && line.chunk == name && index < source.size();
    std::cout << fmt::format("trace  {}:{}  {}\n", line.chunk, line.number,
                             is_known ? source[index] : "");
  }
}

void print_outcome(const Outcome& outcome, const message::Assignment& assignment) {
  const message::DataItem& sent = assignment.body();
  std::cout << fmt::format("slot   {}  message {} from {}\n", outcome.slot.number, sent.id().text(),
                           sent.signer().text);
  for (const message::Tag& tag : sent.tags())
    std::cout << fmt::format("tag    {} = {}\n", tag.name, tag.value);
  if (!outcome.error.empty()) std::cout << fmt::format("error  {}\n", outcome.error);
  if (!outcome.output.is_null())
    std::cout << fmt::format("output {}\n", message::to_json(outcome.output));
  for (const message::Outgoing& outgoing : outcome.outgoing)
    std::cout << fmt::format("sends  {}\n", message::to_json(outgoing.value()));
  for (const message::Value& patch : outcome.patches)
    std::cout << fmt::format("shows  {}\n", message::to_json(patch));
  std::cout << fmt::format("gas    {}\n", outcome.gas_used);
}

}  // namespace

int replay(const DbOptions& options, const node::Settings& settings, const ReplayOptions& wanted) {
  const auto process = ProcessId::from_text(wanted.process);
  if (!process) throw std::runtime_error("'" + wanted.process + "' is no process id");
  node::ReplaySettings replaying;
  replaying.execution = settings.execution();
  replaying.builtin_modules = settings.lua.builtin_modules;
  replaying.last = slot_in(wanted.slot);

  const auto store = store::Store::open(options.store);
  std::vector<Line> trace;
  if (wanted.trace) {
    const auto traced =
        node::trace(*store, *process, replaying, [&trace](std::string_view chunk, int line) {
          trace.push_back({std::string(chunk), line});
        });
    if (!traced) throw std::runtime_error(traced.error().text);
  }
  std::optional<message::Assignment> last;
  Outcome outcome;
  const auto done =
      node::replay(*store, *process, replaying, [&](const node::ReplayedSlot& replayed) {
        if (replayed.is_stored && !replayed.is_same)
          std::cout << fmt::format("slot {} is stored with another outcome\n",
                                   replayed.outcome.slot.number);
        last = replayed.assignment;
        outcome = replayed.outcome;
      });
  if (!done) throw std::runtime_error(done.error().text);
  if (wanted.as_json) {
    std::cout << message::to_json(outcome.value()) << '\n';
  } else {
    print_trace(trace, done->module);
    print_outcome(outcome, *last);
    std::cout << fmt::format("{} slots replayed, {} compared with what is stored, {} differ\n",
                             done->slots, done->compared, done->differing);
  }
  return done->differing == 0 ? 0 : 1;
}

}  // namespace ao::app
