// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "tracing.hpp"

#include <fmt/format.h>

#include "ao/cron/order.hpp"
#include "depths.hpp"

namespace ao::node {

using api::Trace;
using message::Outgoing;

Result<Trace> Tracing::trace(const MessageId& message) const {
  const auto assignment = log_.find(message);
  if (!assignment)
    return fail(ErrorKind::kNotFound, "message-unknown",
                fmt::format("no message {} is scheduled on this node", message.text()));
  Trace trace;
  trace.process = assignment->process();
  trace.slot = assignment->slot();
  trace.message = message;
  trace.signer = assignment->body().signer();
  trace.timestamp = assignment->timestamp();
  trace.is_evaluated = trace.slot < records_.evaluated(trace.process);
  const auto outcome =
      trace.is_evaluated ? records_.outcome(trace.process, trace.slot) : std::nullopt;
  trace.is_kept = outcome || trace.slot >= records_.kept_from(trace.process);
  const auto spawn = log_.spawn(trace.process);
  if (!outcome || !spawn) return trace;
  trace.error = outcome->error;
  const auto sender = message::Definition::of(spawn->body());
  const std::uint64_t depth = Depths(log_, sender).after(trace.slot);
  for (std::size_t i = 0; i < outcome->outgoing.size(); ++i) {
    const message::Origin origin{trace.process, trace.slot, static_cast<std::uint32_t>(i)};
    trace.sent.push_back(sent(outcome->outgoing[i], origin, sender, depth));
  }
  return trace;
}

std::optional<Trace::Sent> Tracing::settled(const message::Outcome& outcome,
                                            std::size_t index) const {
  const message::Origin origin{outcome.process, outcome.slot, static_cast<std::uint32_t>(index)};
  const auto spawn = outbox_.has(origin) ? std::nullopt : log_.spawn(outcome.process);
  if (!spawn) return std::nullopt;
  const auto sender = message::Definition::of(spawn->body());
  const std::uint64_t depth = Depths(log_, sender).after(outcome.slot);
  auto found = sent(outcome.outgoing[index], origin, sender, depth);
  if (found.state == Trace::Sent::State::kForwarding) return std::nullopt;
  return found;
}

Trace::Sent Tracing::sent(const Outgoing& outgoing, const message::Origin& origin,
                          const message::Definition& sender, std::uint64_t depth) const {
  Trace::Sent sent;
  sent.index = origin.index;
  sent.target = outgoing.target;
  const bool is_spawn = outgoing.kind == Outgoing::Kind::kSpawn;
  if (!is_spawn && cron::is_order(outgoing.tags)) {
    sent.state = outbox_.has(origin) ? Trace::Sent::State::kWaiting : Trace::Sent::State::kTask;
    return sent;
  }
  const auto item = is_spawn ? courier_.spawn(outgoing, origin, sender, depth)
                             : courier_.message(outgoing, origin, sender, depth);
  if (!item) {
    sent.reason = item.error().text;
    return sent;
  }
  sent.message = item->id();
  const ProcessId target =
      is_spawn ? process_named_by(item->id()) : *ProcessId::from_bytes(item->target());
  if (is_spawn) sent.target = target.text();
  if (outbox_.has(origin)) {
    sent.state = Trace::Sent::State::kWaiting;
  } else if (const auto letter = dead_letters_.find(origin)) {
    sent.state = Trace::Sent::State::kDeadLetter;
    sent.reason = letter->reason;
  } else if (log_.count(target)) {
    look_here(*item, target, origin, sent);
  } else {
    look_elsewhere(target, outgoing, origin, sent);
  }
  return sent;
}

void Tracing::look_here(const message::DataItem& item, const ProcessId& target,
                        const message::Origin& origin, Trace::Sent& sent) const {
  auto slot = log_.slot_of(item.id(), target);
  for (const Bytes& twin : schedule::Log::twins_of(item, origin, std::nullopt))
    if (!slot) slot = log_.slot_of_twin(twin, target);
  if (!slot) return;
  sent.state = Trace::Sent::State::kScheduled;
  sent.slot = slot;
  if (const auto placed = log_.read(target, *slot)) sent.message = placed->body().id();
}

void Tracing::look_elsewhere(const ProcessId& target, const Outgoing& outgoing,
                             const message::Origin& origin, Trace::Sent& sent) const {
  if (const auto home = homes_.known(target)) {
    sent.state = Trace::Sent::State::kForwarded;
    if (const auto location = peering_.find(*home)) sent.url = location->url;
  }
  const auto route = outbox::Forwards::target_of(outgoing);
  if (route && forwards_.has(*route, origin)) sent.state = Trace::Sent::State::kForwarding;
}

}  // namespace ao::node
