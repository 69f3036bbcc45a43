// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/replay.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/message/cbor.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"
#include "modules.hpp"

namespace ao::node {
namespace {

constexpr std::size_t kSlotsAtOnce = 256;
constexpr std::size_t kBytesAtOnce = 16 << 20;

Result<Slot> last_slot(const schedule::Log& log, const ProcessId& process,
                       const std::optional<Slot>& wanted) {
  const auto count = log.count(process);
  if (!count)
    return fail(ErrorKind::kNotFound, "process-unknown",
                fmt::format("process {} is not in this store", process.text()));
  if (wanted && wanted->number >= *count)
    return fail(ErrorKind::kNotFound, "slot-unknown",
                fmt::format("process {} has {} slots, none of number {}", process.text(), *count,
                            wanted->number));
  return wanted ? *wanted : Slot{*count - 1};
}

// Calls `visit` for slot after slot, up to the wanted one; it is what runs them.
template <class Visit>
Result<> walk(const store::Store& store, const ProcessId& process, const ReplaySettings& settings,
              Visit visit) {
  const schedule::Log log(store);
  const process::Records records(store);
  AO_TRY(last, last_slot(log, process, settings.last));
  std::unique_ptr<execution::Evaluator> evaluator;
  std::optional<message::DataItem> module;
  for (Slot next{0}; next <= last;) {
    const auto batch = log.read(process, next, kSlotsAtOnce, kBytesAtOnce);
    if (batch.empty())
      return fail(ErrorKind::kUnavailable, "schedule-damaged",
                  fmt::format("slot {} of process {} is missing", next.number, process.text()));
    if (!evaluator) {
      auto definition = message::Definition::of(batch.front().body());
      AO_TRY(found, Modules(records, log, settings.builtin_modules).find(definition.module));
      module = std::move(found);
      AO_TRY(made, execution::Evaluator::create(settings.execution, std::move(definition), module));
      evaluator = std::move(made);
    }
    for (const message::Assignment& assignment : batch)
      if (assignment.slot() <= last)
        visit(*evaluator, assignment, module, assignment.slot() == last);
    next = batch.back().slot().next();
  }
  return {};
}

}  // namespace

Result<Replay> replay(const store::Store& store, const ProcessId& process,
                      const ReplaySettings& settings, const VisitSlot& visit) {
  const process::Records records(store);
  Replay done;
  const auto run = [&](execution::Evaluator& evaluator, const message::Assignment& assignment,
                       const std::optional<message::DataItem>& module, bool) {
    ReplayedSlot replayed{assignment, evaluator.run(assignment)};
    const auto stored = records.outcome_bytes(process, assignment.slot());
    replayed.is_stored = stored.has_value();
    replayed.is_same = stored && *stored == message::to_cbor(replayed.outcome.value());
    done.module = module;
    ++done.slots;
    done.compared += replayed.is_stored ? 1 : 0;
    done.differing += replayed.is_stored && !replayed.is_same ? 1 : 0;
    visit(replayed);
  };
  AO_CHECK(walk(store, process, settings, run));
  return done;
}

// Of a slot alone: a line that is heard of uses some stack, and so some gas.
Result<> trace(const store::Store& store, const ProcessId& process, const ReplaySettings& settings,
               const execution::Evaluator::Tracer& tracer) {
  const auto run = [&tracer](execution::Evaluator& evaluator, const message::Assignment& assignment,
                             const std::optional<message::DataItem>&, bool is_last) {
    if (is_last) evaluator.trace(tracer);
    evaluator.run(assignment);
  };
  return walk(store, process, settings, run);
}

}  // namespace ao::node
