// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/disk/tree.hpp"

#include <algorithm>

namespace ao::test {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string name_in_parent(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Tree::Tree() {
  auto root = std::make_shared<Node>();
  root->is_directory = true;
  names_["/"] = root;
  synced_["/"] = root;
}

NodePointer Tree::find(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : found->second;
}

std::vector<std::string> Tree::names_in(const std::string& directory) const {
  const std::string prefix = directory == "/" ? "/" : directory + '/';
  std::vector<std::string> names;
  for (auto it = names_.lower_bound(prefix); it != names_.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    if (it->first.size() > prefix.size() && it->first.find('/', prefix.size()) == std::string::npos)
      names.push_back(it->first.substr(prefix.size()));
  }
  return names;
}

std::vector<std::string> Tree::files() const {
  std::vector<std::string> paths;
  for (const auto& [path, node] : names_)
    if (!node->is_directory) paths.push_back(path);
  return paths;
}

void Tree::apply(const Change& change, Names& names) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.path.empty()) names[change.path] = change.node;
}

void Tree::perform(Change change) {
  apply(change, names_);
  unsynced_.push_back(std::move(change));
}

void Tree::put(const std::string& path, NodePointer node) {
  ++node->links;
  perform({{}, path, std::move(node)});
}

void Tree::remove(const std::string& path) {
  --names_.at(path)->links;
  perform({path, {}, nullptr});
}

void Tree::rename(const std::string& from, const std::string& to) {
  if (const NodePointer replaced = find(to)) --replaced->links;
  perform({from, to, names_.at(from)});
}

void Tree::sync(const std::string& directory) {
  std::erase_if(unsynced_, [&](const Change& change) {
    const bool is_here = (!change.gone.empty() && parent_of(change.gone) == directory) ||
                         (!change.path.empty() && parent_of(change.path) == directory);
    if (is_here) apply(change, synced_);
    return is_here;
  });
}

void Tree::sync() {
  synced_ = names_;
  unsynced_.clear();
}

std::map<std::string, NodePointer> Tree::after_power_cut(const std::vector<bool>& kept) const {
  Names left = synced_;
  for (std::size_t i = 0; i < unsynced_.size(); ++i)
    if (kept.at(i)) apply(unsynced_[i], left);
  // What stands in a directory that is not there cannot be reached; parents sort before children.
  for (auto it = left.begin(); it != left.end();)
    it = left.contains(parent_of(it->first)) ? std::next(it) : left.erase(it);
  return left;
}

}  // namespace ao::test
