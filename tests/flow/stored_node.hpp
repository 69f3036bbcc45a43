// A node that was fed and stopped, whose store the tests of `aonode db` look at and break.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

#include "ao/store/store.hpp"
#include "support/commands.hpp"
#include "support/running_node.hpp"

namespace ao::test {

class StoredNode {
 public:
  static constexpr std::uint64_t kSlots = 6;  // of each process

  // A forwarder, whose every message is pushed on to a sink; both with a module of their own.
  StoredNode() {
    sink_ = node_.spawn(R"(
count = 0
Handlers.add("any", function() return true end, function()
  count = count + 1
  Send({ device = "patch@1.0", count = count, last = { note = "x" } })
end))");
    forwarder_ = node_.spawn(R"(
Handlers.add("forward", "Forward", function(msg)
  Send({ Target = msg.Tags.To, Action = "Note", Data = msg.Data })
end))");
    for (std::uint64_t i = 1; i < kSlots; ++i)
      node_.push(forwarder_, "Forward", std::to_string(i), {{"To", sink_.text()}});
    await_slots(sink_, kSlots);
    scheduler_ = node_.address();
    node_.stop();
  }

  const std::filesystem::path& directory() { return node_.settings().store.directory; }
  const ProcessId& sink() const { return sink_; }
  const ProcessId& forwarder() const { return forwarder_; }
  const Address& scheduler() const { return scheduler_; }
  RunningNode& node() { return node_; }

  // A copy of the store as it was left.
  std::filesystem::path copy(const std::string& name) {
    const auto to = copies_.path() / name;
    std::filesystem::copy(directory(), to);
    return to;
  }

  std::unique_ptr<store::Store> open(const std::filesystem::path& directory) const {
    store::Settings settings;
    settings.directory = directory;
    settings.cache_bytes = 1 << 20;
    return store::Store::open(settings);
  }

  Result<> commit(store::Store& store, store::Batch batch) {
    return await(pool_, store.commit(std::move(batch)));
  }

  static Bytes key(char table, const ProcessId& process) { return table + Bytes(process.bytes()); }
  static Bytes key(char table, const ProcessId& process, std::uint64_t slot) {
    Bytes bytes = key(table, process);
    put_u64be(bytes, slot);
    return bytes;
  }
  static Bytes number(std::uint64_t value) {
    Bytes bytes;
    put_u64be(bytes, value);
    return bytes;
  }

 private:
  void await_slots(const ProcessId& process, std::uint64_t slots) {
    const std::string last = std::to_string(slots - 1);
    const auto path = "/" + process.text() + "~process@1.0/compute/results=" + last;
    for (int i = 0; i < 300 && node_.fetch("GET", path).status != 200; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }

  RunningNode node_;
  Folder copies_;
  async::Pool pool_{"test", 1};
  ProcessId sink_;
  ProcessId forwarder_;
  Address scheduler_;
};

}  // namespace ao::test
