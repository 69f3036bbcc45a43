// What the schedule makes of the disk: durable appends of messages that were verified before,
// beside RocksDB alone writing the same bytes in synced batches of the same number of messages.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <stdexcept>

#include "ao/admission/admission.hpp"
#include "ao/crypto/digest.hpp"
#include "bench/append_load.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"

namespace ao::bench {
namespace {

using message::Admitted;

constexpr std::size_t kMessages = 16'384;
constexpr std::size_t kProcesses = 64;
constexpr std::size_t kAnchorBytes = 32;
constexpr double kTarget = 0.6;

class Corpus {
 public:
  Corpus() {
    const admission::Admission admission({}, node_key_->address());
    std::vector<ProcessId> processes;
    for (std::size_t i = 0; i < kProcesses; ++i) {
      auto draft = test::spawn_draft("module", node_key_->address());
      draft.anchor = std::to_string(i);
      draft.anchor.resize(kAnchorBytes, '0');  // else all were one process
      const auto spawn = test::sign(draft, *client_);
      spawns_.push_back(admission.admit(spawn.bytes()).value());
      processes.push_back(spawns_.back().process());
    }
    messages_ = messages_for(processes, kMessages, *client_, node_key_->address());
  }

  const crypto::Key& node_key() const { return *node_key_; }
  const std::vector<Admitted>& spawns() const { return spawns_; }
  const std::vector<Admitted>& messages() const { return messages_; }

 private:
  std::unique_ptr<crypto::Key> node_key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  std::vector<Admitted> spawns_;
  std::vector<Admitted> messages_;
};

// A key with its value, as RocksDB got them.
using Pairs = std::vector<std::pair<Bytes, Bytes>>;

struct Appended {
  double seconds = 0;
  double messages_per_sync = 0;
  std::vector<Pairs> written;  // for each message, in the order of the shards' logs
};

// The same bytes in number and shape; the checksums and the index's ids stand for the real ones.
std::vector<Pairs> pairs_of_messages(const store::Store& store) {
  const Bytes checksum(8, 'c');
  std::vector<Pairs> all;
  for (std::size_t shard = 0; shard < store::kShards; ++shard)
    store.logs().read_shard(
        {static_cast<std::uint8_t>(shard)}, 0,
        [&](std::uint64_t sequence, const ProcessId& process, Slot slot) {
          Bytes place = 'l' + Bytes(1, static_cast<char>(shard)), at;
          put_u64be(place, sequence);
          put_u64be(at, slot.number);
          const Bytes name = Bytes(process.bytes()) + at;
          const Bytes body = store.get('a' + name).value();
          const Bytes message(crypto::view(crypto::sha256(name)));
          all.push_back({{'a' + name, body + checksum},
                         {'i' + message + Bytes(process.bytes()), at + checksum},
                         {place, name + checksum},
                         {'q' + name, checksum}});
          return true;
        });
  return all;
}

Appended append_to_schedule(const Corpus& corpus) {
  const test::Folder folder;
  store::Settings settings;
  settings.directory = folder.path() / "store";
  const auto store = store::Store::open(settings);
  async::Pool cpu("cpu", std::max(1u, std::thread::hardware_concurrency()));
  const SystemClock clock;
  schedule::Schedule schedule({}, *store, corpus.node_key(), clock, cpu);
  for (const auto& placed : test::await(cpu, schedule.append(corpus.spawns())))
    if (!placed) throw std::runtime_error(placed.error().text);

  Appended appended;
  const auto before = store->counters();
  appended.seconds = append_all(schedule, cpu, corpus.messages());
  appended.messages_per_sync =
      static_cast<double>(kMessages) / static_cast<double>(store->counters().syncs - before.syncs);
  appended.written = pairs_of_messages(*store);
  cpu.join();
  return appended;
}

double write_bare(const Appended& appended) {
  const test::Folder folder;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, (folder.path() / "bare").string(), &opened).ok())
    throw std::runtime_error("RocksDB does not open");
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const auto each = static_cast<std::size_t>(std::max(1.0, appended.messages_per_sync));

  const auto start = std::chrono::steady_clock::now();
  rocksdb::WriteBatch batch;
  for (std::size_t i = 0; i < appended.written.size(); ++i) {
    for (const auto& [key, value] : appended.written[i])
      batch.Put(key, value);
    if ((i + 1) % each != 0 && i + 1 != appended.written.size()) continue;
    if (!db->Write(synced, &batch).ok()) throw std::runtime_error("RocksDB does not write");
    batch.Clear();
  }
  return seconds_since(start);
}

}  // namespace

std::vector<Ratio> measure_append(const Options& options) {
  const Corpus corpus;
  fmt::print("append: {} messages to {} processes, {} on their way\n", kMessages, kProcesses,
             kClients);
  fmt::print("  {:>14}{:>14}{:>22}{:>9}\n", "schedule /s", "bare /s", "messages a sync", "ratio");
  std::vector<double> ratios;
  for (std::size_t i = 0; i <= options.repetitions; ++i) {
    const Appended ours = append_to_schedule(corpus);
    const double bare = write_bare(ours);
    if (i == 0) continue;  // both meet the disk
    const double messages = kMessages;
    ratios.push_back(bare / ours.seconds);
    fmt::print("  {:>14.0f}{:>14.0f}{:>22.1f}{:>9.3f}\n", messages / ours.seconds, messages / bare,
               ours.messages_per_sync, ratios.back());
  }
  return {{"append", median(ratios), kTarget, false}};
}

}  // namespace ao::bench
