// The names on a disk: as everyone sees them, and as a power cut would leave them.
//
// A creation, removal or renaming is on disk once its directory was synced, and until then a power
// cut may lose it. Paths are absolute and without a slash at their end. Not thread-safe: guarded by
// its disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "torture/disk/stored_file.hpp"

namespace ao::test {

struct Node {
  bool is_directory = false;
  StoredFile file;
  std::size_t links = 0;
  std::uint64_t modified = 0;  // counts up
};
using NodePointer = std::shared_ptr<Node>;

std::string parent_of(const std::string& path);
std::string name_in_parent(const std::string& path);

class Tree {
 public:
  Tree();

  NodePointer find(const std::string& path) const;  // null when there is none
  std::vector<std::string> names_in(const std::string& directory) const;
  std::vector<std::string> files() const;  // paths

  void put(const std::string& path, NodePointer node);
  void remove(const std::string& path);
  void rename(const std::string& from, const std::string& to);
  void sync(const std::string& directory);
  void sync();  // everything

  // `kept` says of each unsynced change, the oldest first, whether it survives.
  std::size_t unsynced_changes() const { return unsynced_.size(); }
  std::map<std::string, NodePointer> after_power_cut(const std::vector<bool>& kept) const;

 private:
  // Names that vanish, and names that come to mean something, as one step.
  struct Change {
    std::string gone;
    std::string path;
    NodePointer node;
  };
  using Names = std::map<std::string, NodePointer>;
  static void apply(const Change& change, Names& names);
  void perform(Change change);

  Names names_;
  Names synced_;
  std::vector<Change> unsynced_;  // in their order
};

}  // namespace ao::test
