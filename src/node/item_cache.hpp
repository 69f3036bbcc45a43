// Items of the network that clients asked for, in files of a folder, up to so many bytes: the one
// that was asked for least recently goes.
//
// Nothing in it is owed to anybody: it may be deleted at any time, and whoever reads it verifies
// what it finds. One strand; waits for the disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <list>
#include <optional>
#include <unordered_map>

#include "ao/base/ids.hpp"

namespace ao::node {

class ItemCache {
 public:
  // Takes up what is in the folder, which is made when the first item comes.
  ItemCache(std::filesystem::path folder, std::size_t bytes_max);

  std::optional<Bytes> find(const MessageId& id);
  void put(const MessageId& id, BytesView item);  // nothing for one that is too large, or no room
  void remove(const MessageId& id);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    MessageId id;
    std::size_t bytes;
  };

  void take_up();
  void add(const MessageId& id, std::size_t bytes);
  std::filesystem::path file_of(const MessageId& id) const { return folder_ / id.text(); }

  const std::filesystem::path folder_;
  const std::size_t bytes_max_;
  std::list<Entry> entries_;  // the one asked for last stands first
  std::unordered_map<MessageId, std::list<Entry>::iterator> by_id_;
  std::size_t bytes_ = 0;
};

}  // namespace ao::node
