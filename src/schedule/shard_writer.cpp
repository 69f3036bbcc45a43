// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "shard_writer.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>

namespace ao::schedule {

using message::Admitted;

namespace {

// Of one append: bounds how long the first of a batch waits for the signatures of the others.
constexpr std::size_t kMessagesMax = 256;

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

std::optional<Placement> again(Placement placement) {
  placement.is_new = false;
  return placement;
}

Bytes twin_key(const ProcessId& process, BytesView twin) {
  return Bytes(process.bytes()) + Bytes(twin);
}

// For all of them, placed or not: nobody knows where they would go.
std::unexpected<Error> refuse(const std::vector<Part>& parts, Error error) {
  for (const Part& part : parts)
    for (const std::size_t i : part.indices)
      part.submission->placements[i] = std::unexpected(error);
  return std::unexpected(std::move(error));
}

}  // namespace

ShardWriter::ShardWriter(const Desk& desk, store::Shard shard)
    : desk_(desk),
      shard_(shard),
      strand_(boost::asio::make_strand(desk.cpu.executor())),
      heads_(desk.settings.heads_kept_max / store::kShards) {}

void ShardWriter::take(Part part) {
  boost::asio::post(strand_, [this, part = std::move(part)]() mutable {
    waiting_.push_back(std::move(part));
    if (writing_) return;
    writing_ = true;
    tasks_.spawn(strand_, write());
  });
}

Task<> ShardWriter::write() {
  while (!waiting_.empty()) {
    const auto parts = next_parts();
    auto appended = co_await append(parts);
    for (const Part& part : parts) {
      for (const std::size_t i : part.indices) {
        auto& placement = part.submission->placements[i];
        if (!appended && placement) placement = std::unexpected(appended.error());
      }
      part.submission->part_settled();
    }
  }
  writing_ = false;
}

std::vector<Part> ShardWriter::next_parts() {
  std::vector<Part> parts;
  std::size_t messages = 0;
  while (!waiting_.empty()) {
    messages += waiting_.front().size();
    if (!parts.empty() && messages > kMessagesMax) break;
    parts.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return parts;
}

// The error is of all that were placed; who could not be placed has an error of his own.
Task<Result<>> ShardWriter::append(const std::vector<Part>& parts) {
  auto owned = co_await own();
  if (!owned) co_return refuse(parts, owned.error());
  Draft draft;
  try {
    place_all(parts, draft);
  } catch (const store::Unreadable& error) {
    Error unreadable{ErrorKind::kUnavailable, "store-failed", error.what()};
    co_return refuse(parts, std::move(unreadable));
  }
  for (const ProcessId& process : draft.moved)
    Log::write_head(process, draft.heads.at(process), draft.beside);
  // Also without entries: a message that was scheduled before may be so by an append that nobody
  // has seen on disk.
  auto appended = co_await desk_.logs.append(shard_, *owned_, std::move(draft.entries),
                                             std::move(draft.beside));
  if (!appended) {  // refused or unknown: what is in the log is to be looked up again
    owned_.reset();
    heads_.clear();
    co_return std::unexpected(appended.error());
  }
  owned_ = *appended;
  for (const ProcessId& process : draft.moved)
    heads_.put(process, draft.heads.at(process));
  co_return Result<>();
}

Task<Result<>> ShardWriter::own() {
  if (owned_) co_return Result<>();
  auto opened = co_await desk_.logs.open(shard_);
  if (!opened) co_return std::unexpected(opened.error());
  owned_ = *opened;
  co_return Result<>();
}

void ShardWriter::place_all(const std::vector<Part>& parts, Draft& draft) {
  for (const Part& part : parts)
    for (const std::size_t i : part.indices)
      part.submission->placements[i] = place(part.submission->admitted[i], draft);
}

Result<Placement> ShardWriter::place(const Admitted& admitted, Draft& draft) {
  AO_TRY(head, head_for(admitted, draft));
  const auto twins = Log::twins_of(admitted);
  AO_TRY(before, placed_before(admitted, twins, draft));
  if (before) return *before;

  const auto assignment = Log::extend(*head, admitted, desk_.clock.now(), desk_.key);
  const Placement placement = placement_of(assignment, true);
  draft.entries.push_back(Log::entry_of(assignment, twins));
  Log::mark_scheduled(placement.process, placement.slot, draft.beside);
  draft.moved.insert(placement.process);
  draft.placed.emplace(admitted.id(), placement);
  draft.admitted.emplace(admitted.id(), &admitted);
  for (const Bytes& twin : twins)
    draft.twins.emplace(twin_key(placement.process, twin), placement);
  return placement;
}

Result<std::optional<Placement>> ShardWriter::placed_before(const Admitted& admitted,
                                                            const std::vector<Bytes>& twins,
                                                            const Draft& draft) const {
  const ProcessId& process = admitted.process();
  if (const auto it = draft.placed.find(admitted.id()); it != draft.placed.end()) {
    AO_CHECK(check_same(draft.admitted.at(admitted.id())->item().bytes(), admitted));
    return again(it->second);
  }
  if (const auto slot = desk_.log.slot_of(admitted.id(), process)) {
    const auto assignment = desk_.log.read(process, *slot);
    AO_CHECK(check_same(assignment ? BytesView(assignment->body().bytes()) : "", admitted));
    return again(placement_of(*assignment, false));
  }
  for (const Bytes& twin : twins) {
    if (const auto it = draft.twins.find(twin_key(process, twin)); it != draft.twins.end())
      return again(it->second);
    if (const auto slot = desk_.log.slot_of_twin(twin, process))
      if (const auto assignment = desk_.log.read(process, *slot))
        return again(placement_of(*assignment, false));
  }
  return std::optional<Placement>();
}

// Where the next message of its process goes. The draft's own copy: it counts only once it is
// written.
Result<Head*> ShardWriter::head_for(const Admitted& admitted, Draft& draft) {
  const ProcessId& process = admitted.process();
  if (const auto it = draft.heads.find(process); it != draft.heads.end()) return &it->second;
  Head head;
  if (const Head* kept = heads_.find(process)) {
    head = *kept;
  } else {
    AO_TRY(stored, desk_.log.head(process));
    if (!stored && admitted.kind() != Admitted::Kind::kSpawn)
      return fail(ErrorKind::kNotFound, "process-unknown",
                  fmt::format("process {} is not scheduled on this node", process.text()));
    if (stored) head = *stored;
  }
  return &draft.heads.emplace(process, head).first->second;
}

}  // namespace ao::schedule
