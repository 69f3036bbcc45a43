// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "committer.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <rocksdb/perf_level.h>

#include <array>

#include "ao/base/assert.hpp"
#include "ao/base/log.hpp"
#include "checksum.hpp"
#include "database.hpp"

namespace ao::store {
namespace {

// A key that nobody has: its removal is a write of which something stays in a table.
constexpr std::string_view kNobodysKey = "\xff\xff";

std::size_t bytes_of(const Batch& batch) {
  std::size_t bytes = 0;
  for (const Batch::Write& write : batch.writes()) {
    AO_ASSERT(write.key != kStampKey);
    bytes += write.key.size() + write.value.size();
  }
  return bytes;
}

}  // namespace

Committer::Committer(const Settings& settings, rocksdb::DB& db)
    : group_bytes_max_(settings.group_bytes_max),
      waiting_max_(settings.waiting_commits_max),
      db_(db),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "disk-commit");
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<> Committer::take(Batch batch, Done& done) {
  const std::size_t bytes = bytes_of(batch);
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return refusal();
    if (waiting_.size() >= waiting_max_)
      return fail(ErrorKind::kBusy, "store-busy",
                  fmt::format("{} commits wait for the disk already (waiting_commits_max)",
                              waiting_.size()));
    waiting_.push_back({std::move(batch), bytes, std::move(done)});
  }
  arrived_.notify_one();
  return {};
}

void Committer::run() {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  Group group;
  while (next_group(group)) {
    const Result<> written = write(group);
    {
      const std::lock_guard lock(mutex_);
      in_group_ = 0;
      if (written) counters_.commits += group.size();
    }
    for (Waiting& waiting : group)
      waiting.done(written);
  }
}

bool Committer::next_group(Group& group) {
  group.clear();
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  std::size_t bytes = 0;
  while (!waiting_.empty()) {
    bytes += waiting_.front().bytes;
    if (!group.empty() && bytes > group_bytes_max_) break;
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  in_group_ = group.size();
  return !group.empty();
}

Result<> Committer::write(const Group& group) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty()) return refusal();
  }
  merged_.Clear();
  for (const Waiting& waiting : group)
    for (const Batch::Write& write : waiting.batch.writes())
      add(write);
  // Everything before an empty batch is on disk: one thread writes, one group after the other.
  if (merged_.Count() == 0) return {};
  // The manifest takes the last write that it finds in a table for the last that was made. Of what
  // was taken back none is found there, and the log behind it would seem to begin too late.
  if (ends_taking_back_) merged_.Delete(kNobodysKey);

  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto status = db_.Write(synced, &merged_);
  if (!status.ok()) fail_for_good(status.ToString());

  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return refusal();
  ++counters_.syncs;
  counters_.bytes += merged_.GetDataSize();
  return {};
}

void Committer::add(const Batch::Write& write) {
  rocksdb::Status status;
  switch (write.kind) {
    case Batch::Write::Kind::kPut: {
      const Checksum checksum = checksum_of(write.key, write.value);
      const rocksdb::Slice key(write.key);
      const std::array<rocksdb::Slice, 2> value{rocksdb::Slice(write.value),
                                                rocksdb::Slice(checksum.data(), checksum.size())};
      status = merged_.Put(rocksdb::SliceParts(&key, 1), rocksdb::SliceParts(value.data(), 2));
      break;
    }
    case Batch::Write::Kind::kRemove:
      status = merged_.Delete(write.key);
      break;
    case Batch::Write::Kind::kTakeBack:
      status = merged_.SingleDelete(write.key);
      break;
  }
  AO_ASSERT(status.ok());  // memory only
  ends_taking_back_ = write.kind == Batch::Write::Kind::kTakeBack;
}

Result<> Committer::refusal() const {
  return fail(ErrorKind::kUnavailable, "store-failed",
              fmt::format("storage failed, nothing is acknowledged any more: {}", failure_));
}

void Committer::fail_for_good(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return;
  log::error("storage failed, nothing is acknowledged any more", {{"reason", reason}});
  failure_ = std::move(reason);
}

std::string Committer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Counters Committer::counters() const {
  const std::lock_guard lock(mutex_);
  Counters now = counters_;
  now.waiting = waiting_.size() + in_group_;
  return now;
}

}  // namespace ao::store
