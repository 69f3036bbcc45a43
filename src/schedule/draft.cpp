// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "draft.hpp"

#include "record.hpp"

namespace ao::schedule {

using message::Admitted;

Head* Draft::head(const ProcessId& process) {
  const auto it = heads_.find(process);
  return it == heads_.end() ? nullptr : &it->second;
}

Placement Draft::place(const Admitted& admitted, const std::vector<Bytes>& twins, Head& head,
                       Timestamp now, const crypto::Key& key, const message::Block& last) {
  entries_.push_back(Log::extend(head, admitted, twins, now, key, last));
  const Slot slot = entries_.back().slot;
  const Placement placement{admitted.process(), slot, admitted.id(),    head.last,
                            head.timestamp,     true, head.block_height};
  Log::mark_scheduled(placement.process, slot, beside_);
  if (admitted.kind() == Admitted::Kind::kSpawn) {
    record::index_spawn(admitted.item(), head.timestamp, beside_);
    if (message::asks_for_tasks(admitted.item()))
      Log::mark_awaiting_tasks(placement.process, beside_);
  }
  moved_.insert(placement.process);
  placed_.emplace(placement.message, placement);
  admitted_.emplace(placement.message, &admitted);
  for (const Bytes& twin : twins)
    twins_.emplace(twin_key(placement.process, twin), placement);
  return placement;
}

Placement Draft::adopt(const message::Assignment& assignment, Head& head) {
  entries_.push_back(Log::entry_of(assignment, Log::twins_of(assignment)));
  head = Head::after(assignment);
  Log::mark_scheduled(assignment.process(), assignment.slot(), beside_);
  record::index_spawn(assignment, beside_);
  moved_.insert(assignment.process());
  return {assignment.process(), assignment.slot(),      assignment.body().id(),
          assignment.id(),      assignment.timestamp(), true};
}

const Placement* Draft::find(const MessageId& message) const {
  const auto it = placed_.find(message);
  return it == placed_.end() ? nullptr : &it->second;
}

const Placement* Draft::find_twin(const ProcessId& process, BytesView twin) const {
  const auto it = twins_.find(twin_key(process, twin));
  return it == twins_.end() ? nullptr : &it->second;
}

store::Batch Draft::take_beside() {
  for (const ProcessId& process : moved_)
    Log::write_head(process, heads_.at(process), beside_);
  return std::move(beside_);
}

std::vector<std::pair<ProcessId, Head>> Draft::moved() const {
  std::vector<std::pair<ProcessId, Head>> heads;
  for (const ProcessId& process : moved_)
    heads.emplace_back(process, heads_.at(process));
  return heads;
}

void Draft::refuse_placed(const Error& error) const {
  for (const Part& part : parts_)
    for (const std::size_t i : part.indices)
      if (auto& placement = part.submission->placements[i]; placement)
        placement = std::unexpected(error);
}

void Draft::refuse(const Error& error) const {
  for (const Part& part : parts_)
    for (const std::size_t i : part.indices)
      part.submission->placements[i] = std::unexpected(error);
}

void Draft::settle() const {
  for (const Part& part : parts_)
    part.submission->part_settled();
}

}  // namespace ao::schedule
