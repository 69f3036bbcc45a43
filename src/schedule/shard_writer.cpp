// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "shard_writer.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <ranges>

#include "ao/schedule/adoption.hpp"
#include "record.hpp"

namespace ao::schedule {

using message::Admitted;

namespace {

// Of one append: bounds how long the first of a batch waits for the signatures of the others.
constexpr std::size_t kMessagesMax = 256;
constexpr std::size_t kDraftsMax = 2;

// An id is the hash of a signature, and every byte of a data item but its tag counts, which are
// checked, is under the signature or is it: other bytes with this id speak of a broken scheme or a
// damaged store. Which of them is right is not for a later message to decide.
Result<> check_same(BytesView scheduled, const Admitted& admitted) {
  if (scheduled == admitted.item().bytes()) return {};
  return fail(ErrorKind::kConflict, "message-id-taken",
              fmt::format("message {} is scheduled with other bytes", admitted.id().text()));
}

std::optional<Placement> again(Placement placement) {
  placement.is_new = false;
  return placement;
}

std::optional<Placement> again(const message::Assignment& assignment) {
  return Placement{assignment.process(),     assignment.slot(),      assignment.body().id(),
                   assignment.id(),          assignment.timestamp(), false,
                   assignment.block_height()};
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
    pump();
  });
}

void ShardWriter::pump() {
  while (end_ && !waiting_.empty() && drafts_.size() < kDraftsMax)
    begin(next_parts());
  if (end_ || opening_ || waiting_.empty() || !drafts_.empty()) return;
  opening_ = true;
  tasks_.spawn(strand_, open());
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

// What is in the log is to be looked up again, since others may have written there.
Task<> ShardWriter::open() {
  heads_.clear();
  auto opened = co_await desk_.logs.open(shard_);
  opening_ = false;
  if (opened) {
    end_ = *opened;
  } else {
    const Draft draft(next_parts());
    draft.refuse(opened.error());
    draft.settle();
  }
  pump();
}

void ShardWriter::begin(std::vector<Part> parts) {
  drafts_.push_back(std::make_shared<Draft>(std::move(parts)));
  const auto draft = drafts_.back();
  try {
    place_all(*draft);
  } catch (const store::Unreadable& error) {
    draft->refuse({ErrorKind::kUnavailable, "store-failed", error.what()});
    draft->settle();
    drafts_.pop_back();
    return;
  }
  const store::ShardHead expected = *end_;
  end_->next += draft->size();
  tasks_.spawn(strand_, append(draft, expected));
}

// Also without entries: a message that was scheduled before may be so by an append that nobody has
// seen on disk.
Task<> ShardWriter::append(std::shared_ptr<Draft> draft, store::ShardHead expected) {
  const auto moved = draft->moved();
  auto entries = draft->take_entries();
  auto beside = draft->take_beside();
  auto appended =
      co_await desk_.logs.append(shard_, expected, std::move(entries), std::move(beside));
  drafts_.pop_front();
  if (appended) {
    for (const auto& [process, head] : moved)
      heads_.put(process, head);
  } else {  // refused or unknown
    end_.reset();
    draft->refuse_placed(appended.error());
  }
  draft->settle();
  pump();
}

void ShardWriter::place_all(Draft& draft) {
  for (const Part& part : draft.parts())
    for (const std::size_t i : part.indices) {
      Submission& submission = *part.submission;
      auto& placements = submission.placements;
      if (submission.adopted.empty()) {
        placements[i] = place(submission.admitted[i], draft);
      } else if (i > 0 && !placements[i - 1]) {
        placements[i] = placements[i - 1];  // nothing is taken over from behind what is wrong
      } else {
        placements[i] = adopt(submission.adopted[i], draft);
      }
    }
}

Result<Placement> ShardWriter::place(const Admitted& admitted, Draft& draft) {
  const bool is_spawn = admitted.kind() == Admitted::Kind::kSpawn;
  AO_TRY(head, head_for(admitted.process(), is_spawn, draft));
  auto twins = Log::twins_of(admitted);
  const bool is_own = !admitted.is_assigned() && admitted.signer() == desk_.self;
  if (is_own && !is_spawn) record::add_ledger_twin(admitted.item(), twins);
  AO_TRY(before, placed_before(admitted, twins));
  if (before) return *before;
  return draft.place(admitted, twins, *head, desk_.clock.now(), desk_.key, desk_.blocks.last());
}

// Whoever takes over a process has one batch of it on its way at once, so what is behind the head
// is on disk.
Result<Placement> ShardWriter::adopt(const message::Assignment& verified, Draft& draft) {
  AO_TRY(head, head_for(verified.process(), true, draft));
  if (verified.slot() < head->next) {
    const auto here = desk_.log.read(verified.process(), verified.slot());
    if (!here)
      return fail(ErrorKind::kUnavailable, "schedule-damaged",
                  fmt::format("slot {} of process {} is missing", verified.slot().number,
                              verified.process().text()));
    AO_CHECK(check_same(*here, verified));
    return *again(*here);
  }
  AO_CHECK(Log::check_link(*head, verified));
  return draft.adopt(verified, *head);
}

Result<std::optional<Placement>> ShardWriter::placed_before(const Admitted& admitted,
                                                            const std::vector<Bytes>& twins) const {
  const ProcessId& process = admitted.process();
  for (const auto& draft : drafts_) {
    const Placement* placed = draft->find(admitted.id());
    if (placed == nullptr) continue;
    AO_CHECK(check_same(draft->admitted(admitted.id()).item().bytes(), admitted));
    return again(*placed);
  }
  if (const auto slot = desk_.log.slot_of(admitted.id(), process)) {
    const auto assignment = desk_.log.read(process, *slot);
    AO_CHECK(check_same(assignment ? BytesView(assignment->body().bytes()) : "", admitted));
    return again(*assignment);
  }
  for (const Bytes& twin : twins) {
    for (const auto& draft : drafts_)
      if (const Placement* placed = draft->find_twin(process, twin)) return again(*placed);
    if (const auto slot = desk_.log.slot_of_twin(twin, process))
      if (const auto assignment = desk_.log.read(process, *slot)) return again(*assignment);
  }
  return std::optional<Placement>();
}

// Where the next message of its process goes. The draft's own copy: it counts only once it is
// written.
Result<Head*> ShardWriter::head_for(const ProcessId& process, bool may_begin, Draft& draft) {
  for (const auto& made : drafts_ | std::views::reverse)
    if (Head* const head = made->head(process))
      return made.get() == &draft ? head : &draft.set_head(process, *head);
  if (const Head* kept = heads_.find(process)) return &draft.set_head(process, *kept);
  AO_TRY(stored, desk_.log.head(process));
  if (stored) return &draft.set_head(process, *stored);
  if (!may_begin)
    return fail(ErrorKind::kNotFound, "process-unknown",
                fmt::format("process {} is not scheduled on this node", process.text()));
  return &draft.set_head(process, Head{});
}

}  // namespace ao::schedule
