// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/filled_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"
#include "support/workbench.hpp"

namespace ao::bench {
namespace {

using message::Assignment;
using message::DataItem;
using schedule::Head;
using schedule::Log;

constexpr auto kScheme = crypto::SignatureType::kEd25519;
constexpr std::size_t kEntriesAtOnce = 256;  // of one append, as with the node under load
constexpr std::size_t kWritesAtOnce = 4'096;
constexpr std::size_t kTells = 10;  // lines about the progress

// Bytes that do not compress, as keys and signatures do not; the same for the same seed
// (SplitMix64).
Bytes arbitrary(std::uint64_t seed, std::size_t size) {
  Bytes bytes;
  bytes.reserve(size + 8);
  while (bytes.size() < size) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    put_u64be(bytes, mixed ^ (mixed >> 31));
  }
  bytes.resize(size);
  return bytes;
}

Bytes signature_of(std::uint64_t process_number, std::uint64_t slot) {
  return arbitrary(process_number << 32 | slot << 16, crypto::sizes_of(kScheme).signature);
}

DataItem with_signature(const message::Draft& draft, std::uint64_t process_number,
                        std::uint64_t slot) {
  // Everything of a process is its owner's.
  const Bytes owner = arbitrary(process_number << 32 | 1, crypto::sizes_of(kScheme).public_key);
  return DataItem::assemble(draft, kScheme, owner, signature_of(process_number, slot)).value();
}

message::Draft transfer(const ProcessId& token, std::uint64_t number) {
  auto draft = test::message_draft(token, "Transfer");
  draft.tags.push_back({"Recipient", base64url(arbitrary(number, ProcessId::kSize))});
  draft.tags.push_back({"Quantity", std::to_string(number)});
  return draft;
}

struct Planned {
  ProcessId process;
  std::uint64_t number;
};

// In the order of their ids, which follow from the signatures of their spawns.
std::vector<Planned> plan(std::size_t processes) {
  std::vector<Planned> all;
  all.reserve(processes);
  for (std::uint64_t i = 0; i < processes; ++i)
    all.push_back({*ProcessId::from_bytes(crypto::view(crypto::sha256(signature_of(i, 0)))), i});
  std::ranges::sort(all, {}, &Planned::process);
  return all;
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The next of a process, which schedule::Log makes only of what admission has verified.
Assignment assignment_of(const DataItem& message, const ProcessId& process,
                         const std::optional<Assignment>& previous, Timestamp now,
                         const crypto::Key& node_key) {
  const std::string slot = std::to_string(previous ? previous->slot().next().number : 0);
  const Bytes chained = previous ? Bytes(previous->id().bytes()) + Bytes(previous->chain().bytes())
                                 : Bytes(process.bytes());
  const auto chain = *ChainHash::from_bytes(crypto::view(crypto::sha256(chained)));
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Assignment"},
                {"Process", process.text()},
                {"Epoch", "0"},
                {"Slot", slot},
                {"Nonce", slot},
                {"Message", message.id().text()},
                {"Timestamp", std::to_string(now.milliseconds)},
                {"Block-Height", "0"},
                {"Hash-Chain", chain.text()}};
  auto made = value_of(Assignment::recognise(test::sign(draft, node_key), message));
  value_of(Log::check_link(previous ? &*previous : nullptr, made));
  return made;
}

void evaluate(const ProcessId& process, Slot slot, const MessageId& message, store::Batch& batch) {
  message::Outcome outcome;
  outcome.process = process;
  outcome.slot = slot;
  outcome.message = message;
  outcome.output = Bytes("done");
  outcome.gas_used = 1'234;
  process::Records::write(process, slot, message::to_cbor(outcome.value()), batch);
  Log::mark_evaluated(process, slot, batch);
}

// What is written next to one shard.
struct Draft {
  std::vector<store::Entry> entries;
  store::Batch beside;
  store::Batch outcomes;
};

Task<store::ShardHead> write(store::Store& store, store::Shard shard,
                             std::optional<store::ShardHead> owned, Draft draft) {
  if (!owned) {
    auto opened = co_await store.logs().open(shard);
    owned = value_of(std::move(opened));
  }
  auto appended = co_await store.logs().append(shard, *owned, std::move(draft.entries),
                                               std::move(draft.beside));
  const store::ShardHead head = value_of(std::move(appended));
  auto committed = co_await store.commit(std::move(draft.outcomes));
  value_of(std::move(committed));
  co_return head;
}

// One of several threads; its shards are its own.
class Filler {
 public:
  Filler(store::Store& store, const crypto::Key& node_key, async::Pool& pool)
      : store_(store), node_key_(node_key), pool_(pool) {}

  void add(const Planned& planned, store::Shard shard) {
    const auto& [process, number] = planned;
    Lane& lane = lanes_[shard.number];
    std::optional<Assignment> last;
    add(last, process, with_signature(test::spawn_draft("aos", node_key_.address()), number, 0),
        lane.draft);
    for (std::uint64_t i = 1; i <= kMessagesEach; ++i)
      add(last, process, with_signature(transfer(process, number * kMessagesEach + i), number, i),
          lane.draft);
    const Head head{last->slot().next(), last->timestamp(), last->id(), last->chain()};
    Log::write_head(process, head, lane.draft.beside);
    if (lane.draft.entries.size() >= kEntriesAtOnce) send(shard);
  }

  void finish() {
    for (std::size_t i = 0; i < store::kShards; ++i)
      if (!lanes_[i].draft.entries.empty()) send({static_cast<std::uint8_t>(i)});
    for (Lane& lane : lanes_)
      settle(lane);
  }

 private:
  struct Lane {
    Draft draft;
    std::optional<store::ShardHead> owned;
    std::future<store::ShardHead> on_its_way;
  };

  void add(std::optional<Assignment>& last, const ProcessId& process, const DataItem& item,
           Draft& draft) {
    last = assignment_of(item, process, last, clock_.now(), node_key_);
    draft.entries.push_back(Log::entry_of(*last, {}));
    Log::mark_scheduled(process, last->slot(), draft.beside);
    evaluate(process, last->slot(), item.id(), draft.outcomes);
  }

  void send(store::Shard shard) {
    Lane& lane = lanes_[shard.number];
    settle(lane);
    lane.on_its_way = boost::asio::co_spawn(
        pool_.executor(), write(store_, shard, lane.owned, std::exchange(lane.draft, {})),
        boost::asio::use_future);
  }

  static void settle(Lane& lane) {
    if (lane.on_its_way.valid()) lane.owned = lane.on_its_way.get();
  }

  store::Store& store_;
  const crypto::Key& node_key_;
  async::Pool& pool_;
  const SystemClock clock_;
  std::array<Lane, store::kShards> lanes_;
};

}  // namespace

void fill_store(store::Store& store, const crypto::Key& node_key, std::size_t processes) {
  const auto planned = plan(processes);
  const auto start = std::chrono::steady_clock::now();
  const std::size_t workers = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t tell_each = std::max<std::size_t>(1, processes / kTells);
  const auto tell = [&](std::size_t done) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print("  about {:>9} processes filled, {:>5.0f} s\n", done, took.count());
    std::fflush(stdout);
  };
  async::Pool pool("fill", 1);  // carries the writes from commit to commit
  std::vector<std::future<void>> fillings;
  for (std::size_t worker = 0; worker < workers; ++worker)
    fillings.push_back(std::async(std::launch::async, [&, worker] {
      Filler filler(store, node_key, pool);
      for (std::size_t i = 0; i < planned.size(); ++i) {
        const store::Shard shard = store.logs().shard_of(planned[i].process);
        if (shard.number % workers == worker) filler.add(planned[i], shard);
        if (worker == 0 && (i + 1) % tell_each == 0) tell(i + 1);
      }
      filler.finish();
    }));
  for (auto& filling : fillings)
    filling.get();
}

std::size_t evaluate_waiting(store::Store& store) {
  const Log log(store);
  const process::Records records(store);
  async::Pool pool("evaluate", 1);
  std::size_t evaluated = 0;
  store::Batch batch;
  for (const ProcessId& process : log.unevaluated()) {
    for (const Assignment& assignment :
         log.read(process, records.evaluated(process), kEntriesAtOnce, std::size_t{64} << 20)) {
      evaluate(process, assignment.slot(), assignment.body().id(), batch);
      ++evaluated;
    }
    if (batch.writes().size() >= kWritesAtOnce)
      value_of(test::await(pool, store.commit(std::exchange(batch, {}))));
  }
  value_of(test::await(pool, store.commit(std::move(batch))));
  return evaluated;
}

}  // namespace ao::bench
