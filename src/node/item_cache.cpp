// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "item_cache.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

namespace ao::node {

namespace fs = std::filesystem;

namespace {

constexpr const char* kUnfinished = "unfinished";

std::optional<Bytes> read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  Bytes bytes(std::istreambuf_iterator<char>(stream), {});
  return stream.bad() ? std::nullopt : std::optional(std::move(bytes));
}

bool write(const fs::path& file, BytesView bytes) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  return stream.good();
}

}  // namespace

ItemCache::ItemCache(fs::path folder, std::size_t bytes_max)
    : folder_(std::move(folder)), bytes_max_(bytes_max) {
  take_up();
}

// The time of each file is when it was asked for last. Other files are somebody else's.
void ItemCache::take_up() {
  struct Found {
    fs::file_time_type time;
    MessageId id;
    std::size_t bytes;
  };
  std::vector<Found> all;
  std::error_code failed;
  for (fs::directory_iterator file(folder_, failed), end; !failed && file != end;
       file.increment(failed)) {
    const auto id = MessageId::from_text(file->path().filename().string());
    if (!id || !file->is_regular_file(failed)) continue;
    const auto time = file->last_write_time(failed);
    const auto bytes = file->file_size(failed);
    if (!failed) all.push_back({time, *id, bytes});
  }
  std::ranges::sort(all, {}, &Found::time);
  for (const Found& found : all)
    add(found.id, found.bytes);
}

void ItemCache::add(const MessageId& id, std::size_t bytes) {
  entries_.push_front({id, bytes});
  by_id_[id] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_ && !entries_.empty())
    remove(MessageId(entries_.back().id));
}

std::optional<Bytes> ItemCache::find(const MessageId& id) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return std::nullopt;
  auto item = read(file_of(id));
  if (!item) {
    remove(id);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, known->second);
  std::error_code ignored;
  fs::last_write_time(file_of(id), fs::file_time_type::clock::now(), ignored);
  return item;
}

// Under another name first: a kill leaves no half of an item under the name of one.
void ItemCache::put(const MessageId& id, BytesView item) {
  if (item.size() > bytes_max_) return;
  remove(id);
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (write(folder_ / kUnfinished, item))
    fs::rename(folder_ / kUnfinished, file_of(id), failed);
  else
    failed = std::make_error_code(std::errc::io_error);
  if (failed)
    fs::remove(folder_ / kUnfinished, failed);
  else
    add(id, item.size());
}

void ItemCache::remove(const MessageId& id) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return;
  std::error_code ignored;
  fs::remove(file_of(id), ignored);
  bytes_ -= known->second->bytes;
  entries_.erase(known->second);
  by_id_.erase(known);
}

}  // namespace ao::node
