// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "keeper.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "ao/base/log.hpp"

namespace ao::store {
namespace {

constexpr std::size_t kFreeBytesMin = std::size_t{2} << 30;
constexpr std::size_t kLeastShare =
    20;  // on a small disk the bound of a big one would be most of it

std::size_t free_bytes_min(const Settings& settings) {
  if (settings.free_bytes_min != 0) return settings.free_bytes_min;
  std::error_code unknown;
  const auto space = std::filesystem::space(settings.directory, unknown);
  if (unknown || space.capacity == 0) return kFreeBytesMin;
  return std::min<std::size_t>(kFreeBytesMin, space.capacity / kLeastShare);
}

}  // namespace

std::filesystem::path anchor_of(const Settings& settings) {
  return (settings.anchor_directory.empty() ? settings.directory : settings.anchor_directory) /
         "anchor";
}

Keeper::Keeper(const Settings& settings, Files files, std::string store_id,
               const EmbeddedLogs& logs, Committer& committer)
    : settings_(settings),
      files_(std::move(files)),
      store_id_(std::move(store_id)),
      logs_(logs),
      committer_(committer) {
  look_for_room();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "disk-keeper");
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_one();
  thread_.join();
  write_anchor();
}

void Keeper::run() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, settings_.anchor_interval, [this] { return stopping_; })) {
    lock.unlock();
    write_anchor();
    look_for_room();
    lock.lock();
  }
}

// Nothing is written after a failure: what is on disk is for the next start to find.
void Keeper::write_anchor() {
  const ShardHeads heads = logs_.durable();
  if (heads == written_ || !committer_.failure().empty()) return;
  try {
    files_.replace(anchor_of(settings_), Anchor{store_id_, heads}.text());
    written_ = heads;
  } catch (const FileError& error) {
    committer_.fail_for_good(fmt::format("the head anchor cannot be written: {}", error.what()));
  }
}

void Keeper::look_for_room() {
  const std::size_t least = free_bytes_min(settings_);
  const auto free = files_.free_bytes(settings_.directory);
  std::string shortage;
  if (free && *free < least)
    shortage = fmt::format("{} MiB are free on the disk of {}, under the least of {} MiB",
                           *free >> 20, settings_.directory.string(), least >> 20);
  const std::lock_guard lock(mutex_);
  if (shortage.empty() != shortage_.empty()) {
    if (shortage.empty()) {
      log::info("the disk has room again", {});
    } else {
      log::error("the disk is nearly full: no new messages are taken in", {{"reason", shortage}});
    }
  }
  shortage_ = std::move(shortage);
}

std::string Keeper::shortage() const {
  const std::lock_guard lock(mutex_);
  return shortage_;
}

}  // namespace ao::store
