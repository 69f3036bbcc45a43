// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/disk/simulated_disk.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace ao::test {

void SimulatedDisk::inject(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  faults_.inject(fault);
}

void SimulatedDisk::heal() {
  const std::lock_guard lock(mutex_);
  faults_.heal();
}

void SimulatedDisk::cut_power_at(std::uint64_t change) {
  const std::lock_guard lock(mutex_);
  faults_.cut_power_at(change);
}

void SimulatedDisk::cut_power() {
  const std::lock_guard lock(mutex_);
  faults_.cut_power();
}

bool SimulatedDisk::is_off() const {
  const std::lock_guard lock(mutex_);
  return faults_.is_off();
}

std::string SimulatedDisk::cut() const {
  const std::lock_guard lock(mutex_);
  return faults_.cut();
}

std::uint64_t SimulatedDisk::count(Operation operation) const {
  const std::lock_guard lock(mutex_);
  return faults_.count(operation);
}

std::uint64_t SimulatedDisk::count() const {
  const std::lock_guard lock(mutex_);
  return faults_.count();
}

std::uint64_t SimulatedDisk::changes() const {
  const std::lock_guard lock(mutex_);
  return faults_.changes();
}

std::uint64_t SimulatedDisk::hits() const {
  const std::lock_guard lock(mutex_);
  return faults_.hits();
}

std::string SimulatedDisk::struck() const {
  const std::lock_guard lock(mutex_);
  return faults_.struck();
}

std::uint64_t SimulatedDisk::syncs_after_a_failed_one() const {
  const std::lock_guard lock(mutex_);
  return repeated_syncs_;
}

namespace {

std::map<std::string, NodePointer> names_of(const Tree& tree, bool all) {
  return tree.after_power_cut(std::vector<bool>(tree.unsynced_changes(), all));
}

// A file's unsynced bytes are lost or kept more often than torn: both are what a disk does most.
Tearing some_tearing(Random& random) {
  constexpr std::array kLikely{Tearing::kLost,   Tearing::kLost,   Tearing::kKept,  Tearing::kKept,
                               Tearing::kPrefix, Tearing::kPrefix, Tearing::kPages, Tearing::kTorn};
  return kLikely[random() % kLikely.size()];
}

// The journals of ext4, XFS and Btrfs keep changes of names in their order.
std::vector<bool> some_changes(std::size_t count, Random& random) {
  std::vector<bool> kept(count, false);
  std::fill_n(kept.begin(), random() % (count + 1), true);
  return kept;
}

}  // namespace

std::shared_ptr<SimulatedDisk> SimulatedDisk::holding(
    const std::map<std::string, NodePointer>& names, std::optional<Tearing> tearing,
    Random& random) const {
  auto disk = std::make_shared<SimulatedDisk>(lies_);
  std::map<NodePointer, NodePointer> copies;  // a file may have several names
  for (const auto& [path, node] : names) {
    NodePointer& copied = copies[node];
    if (!copied) {
      copied = std::make_shared<Node>();
      copied->is_directory = node->is_directory;
      copied->modified = node->modified;
      copied->file =
          StoredFile(node->file.after_power_cut(tearing ? *tearing : some_tearing(random), random));
    }
    if (path != "/") disk->tree_.put(path, copied);
  }
  disk->tree_.sync();
  disk->modifications_ = modifications_;
  return disk;
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::copy() const {
  const std::lock_guard lock(mutex_);
  Random unused;
  return holding(names_of(tree_, true), Tearing::kKept, unused);
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::what_is_synced() const {
  const std::lock_guard lock(mutex_);
  Random unused;
  return holding(names_of(tree_, false), Tearing::kLost, unused);
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::after_power_cut(Random& random) const {
  const std::lock_guard lock(mutex_);
  const auto kept = some_changes(tree_.unsynced_changes(), random);
  return holding(tree_.after_power_cut(kept), std::nullopt, random);
}

std::vector<std::string> SimulatedDisk::files() const {
  const std::lock_guard lock(mutex_);
  return tree_.files();
}

Bytes SimulatedDisk::read(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const NodePointer node = tree_.find(path);
  if (!node) throw std::out_of_range(path + " is not there");
  return node->file.content();
}

void SimulatedDisk::replace(const std::string& path, Bytes content) {
  const std::lock_guard lock(mutex_);
  NodePointer node = tree_.find(path);
  if (!node) node = make_file(path);
  node->file = StoredFile(std::move(content));
}

void SimulatedDisk::erase(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!tree_.find(path)) throw std::out_of_range(path + " is not there");
  tree_.remove(path);
  tree_.sync(parent_of(path));
}

void SimulatedDisk::save(const std::filesystem::path& folder) const {
  const std::lock_guard lock(mutex_);
  for (const std::string& path : tree_.files()) {
    const std::filesystem::path copied = folder / path.substr(1);
    std::filesystem::create_directories(copied.parent_path());
    std::ofstream(copied, std::ios::binary) << tree_.find(path)->file.content();
  }
}

bool SimulatedDisk::lies_about(const std::string& path) const {
  return !lies_.unsynced_ending.empty() && path.ends_with(lies_.unsynced_ending);
}

}  // namespace ao::test
