// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ao::schedule {

using message::Admitted;

namespace {

// An id is the hash of a signature, and every byte of a data item but its tag counts, which are
// checked, is under the signature or is it: other bytes with this id speak of a broken scheme or a
// damaged store. Which of them is right is not for a later message to decide.
Result<> check_same(BytesView scheduled, const Admitted& admitted) {
  if (scheduled == admitted.item().bytes()) return {};
  return fail(ErrorKind::kConflict, "message-id-taken",
              fmt::format("message {} is scheduled with other bytes", admitted.id().text()));
}

Placement placement_of(const message::Assignment& assignment, bool is_new) {
  return Placement{assignment.process(), assignment.slot(),      assignment.body().id(),
                   assignment.id(),      assignment.timestamp(), is_new};
}

}  // namespace

Schedule::Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
                   const Clock& clock, async::Pool& cpu)
    : settings_(settings),
      store_(store),
      key_(key),
      clock_(clock),
      log_(store),
      strand_(boost::asio::make_strand(cpu.executor())) {}

Task<Result<Placement>> Schedule::append(Admitted admitted) {
  std::vector<Admitted> one;
  one.push_back(std::move(admitted));
  auto placements = co_await append(std::move(one));
  co_return std::move(placements.front());
}

Task<std::vector<Result<Placement>>> Schedule::append(std::vector<Admitted> admitted) {
  auto work = append_here(std::move(admitted));
  auto placements =
      co_await boost::asio::co_spawn(strand_, std::move(work), boost::asio::use_awaitable);
  co_return placements;
}

Task<std::vector<Result<Placement>>> Schedule::append_here(std::vector<Admitted> admitted) {
  store::Batch batch;
  std::vector<Result<Placement>> placements;
  placements.reserve(admitted.size());
  for (const Admitted& one : admitted)
    placements.push_back(place(one, batch));
  for (const auto& placement : placements)
    if (placement && placement->is_new)
      Log::write_head(placement->process, writers_.at(placement->process).head, batch);

  // Also an empty batch waits: a duplicate may be of a message that is not durable yet.
  const bool any = std::ranges::any_of(placements, [](const auto& one) { return one.has_value(); });
  if (!any) co_return placements;
  auto committed = co_await store_.commit(std::move(batch));
  settle(placements);
  if (!committed)
    for (auto& placement : placements)
      if (placement) placement = std::unexpected(committed.error());
  co_return placements;
}

Result<Placement> Schedule::place(const Admitted& admitted, store::Batch& batch) {
  if (admitted.kind() == Admitted::Kind::kData)
    return fail(ErrorKind::kInvalid, "not-schedulable",
                "the item is neither of Type Process nor has a target process");
  AO_TRY(writer, writer_of(admitted));
  AO_TRY(before, placed_before(*writer, admitted));
  if (before) return *before;

  const auto assignment = Log::extend(writer->head, admitted, clock_.now(), key_, batch);
  const Placement placement = placement_of(assignment, true);
  writer->unsynced.emplace(admitted.id(),
                           Unsynced{placement, admitted.item().bytes(), admitted.origin()});
  return placement;
}

Result<std::optional<Placement>> Schedule::placed_before(Writer& writer, const Admitted& admitted) {
  const auto again = [](Placement placement) {
    placement.is_new = false;
    return std::optional<Placement>(placement);
  };
  if (const auto it = writer.unsynced.find(admitted.id()); it != writer.unsynced.end()) {
    AO_CHECK(check_same(it->second.bytes, admitted));
    return again(it->second.placement);
  }
  if (const auto slot = log_.slot_of(admitted.id(), admitted.process())) {
    const auto assignment = log_.read(admitted.process(), *slot);
    AO_CHECK(check_same(assignment ? BytesView(assignment->body().bytes()) : "", admitted));
    return again(placement_of(*assignment, false));
  }
  if (!admitted.origin()) return std::optional<Placement>();
  for (const auto& [id, unsynced] : writer.unsynced)
    if (unsynced.origin == admitted.origin()) return again(unsynced.placement);
  if (const auto slot = log_.slot_of(*admitted.origin(), admitted.process()))
    if (const auto assignment = log_.read(admitted.process(), *slot))
      return again(placement_of(*assignment, false));
  return std::optional<Placement>();
}

Result<Schedule::Writer*> Schedule::writer_of(const Admitted& admitted) {
  if (const auto it = writers_.find(admitted.process()); it != writers_.end()) return &it->second;
  AO_TRY(head, log_.head(admitted.process()));
  if (!head && admitted.kind() != Admitted::Kind::kSpawn)
    return fail(ErrorKind::kNotFound, "process-unknown",
                fmt::format("process {} is not scheduled on this node", admitted.process().text()));
  if (writers_.size() >= settings_.heads_kept_max)
    std::erase_if(writers_, [](const auto& entry) { return entry.second.unsynced.empty(); });
  Writer writer;
  if (head) writer.head = *head;
  return &writers_.emplace(admitted.process(), std::move(writer)).first->second;
}

void Schedule::settle(const std::vector<Result<Placement>>& placements) {
  for (const auto& placement : placements)
    if (placement && placement->is_new)
      writers_.at(placement->process).unsynced.erase(placement->message);
}

}  // namespace ao::schedule
