// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "embedded_logs.hpp"

#include <fmt/format.h>

#include "awaited.hpp"
#include "shard_keys.hpp"

namespace ao::store {
namespace {

constexpr std::size_t kPlaceBytes = ProcessId::kSize + 8;

Bytes key(char table, BytesView a, BytesView b = {}) {
  Bytes bytes;
  bytes.reserve(1 + a.size() + b.size() + 8);
  bytes.push_back(table);
  bytes += a;
  bytes += b;
  return bytes;
}

Bytes entry_key(const ProcessId& process, Slot slot) {
  Bytes bytes = key('a', process.bytes());
  put_u64be(bytes, slot.number);
  return bytes;
}

Bytes number_value(std::uint64_t number) {
  Bytes bytes;
  put_u64be(bytes, number);
  return bytes;
}

std::optional<Slot> slot_in(const std::optional<Bytes>& value) {
  if (!value || value->size() != 8) return std::nullopt;
  return Slot{get_u64be(*value)};
}

void put_entry(Entry& entry, Shard shard, std::uint64_t sequence, Batch& batch) {
  const Bytes slot = number_value(entry.slot.number);
  batch.move_in(entry_key(entry.process, entry.slot), std::move(entry.body));
  batch.move_in(key('i', entry.message.bytes(), entry.process.bytes()), slot);
  for (const Bytes& twin : entry.twins)
    batch.put(key('x', entry.process.bytes(), twin), slot);
  batch.move_in(sequence_key(shard, sequence), place_value(entry.process, entry.slot));
}

}  // namespace

EmbeddedLogs::EmbeddedLogs(const Store& store, Committer& committer, Bytes salt)
    : store_(store), committer_(committer), salt_(std::move(salt)) {
  store_.scan("s", {}, [this](BytesView name, BytesView value) {
    const auto head = head_in(value);
    if (name.size() == 2 && head) durable_[static_cast<unsigned char>(name[1])] = *head;
    return true;
  });
  taken_ = durable_;
}

Shard EmbeddedLogs::shard_of(const ProcessId& process) const {
  return shard_with(salt_, process);
}

Task<Result<ShardHead>> EmbeddedLogs::open(Shard shard) {
  Move move{shard, std::nullopt};
  auto begin = [this, &move](Committer::Done done) { take(move, {}, std::move(done)); };
  auto opened = co_await awaited(std::move(begin));
  if (!opened) co_return std::unexpected(opened.error());
  co_return move.next;
}

Task<Result<ShardHead>> EmbeddedLogs::append(Shard shard, ShardHead expected,
                                             std::vector<Entry> entries, Batch beside) {
  std::uint64_t sequence = expected.next;
  for (Entry& entry : entries)
    put_entry(entry, shard, sequence++, beside);
  Move move{shard, expected, entries.size()};
  auto begin = [this, &move, batch = std::move(beside)](Committer::Done done) mutable {
    take(move, std::move(batch), std::move(done));
  };
  auto appended = co_await awaited(std::move(begin));
  if (!appended) co_return std::unexpected(appended.error());
  co_return move.next;
}

void EmbeddedLogs::take(Move& move, Batch batch, Committer::Done done) {
  Committer::Done settled = [this, &move, done = std::move(done)](Result<> written) mutable {
    if (written) became_durable(move.shard, move.next);
    done(std::move(written));
  };
  Result<> taken;
  {
    const std::lock_guard lock(mutex_);
    ShardHead& head = taken_[move.shard.number];
    taken = check(move);
    if (taken) {
      move.next = {head.epoch + (move.expected ? 0 : 1), head.next + move.added};
      if (move.next != head)  // else it only waits for what was taken before
        batch.move_in(shard_key('s', move.shard), head_value(move.next));
      taken = committer_.take(std::move(batch), settled);
    }
    if (taken) head = move.next;
  }
  if (!taken) settled(std::move(taken));
}

Result<> EmbeddedLogs::check(const Move& move) const {
  const ShardHead& head = taken_[move.shard.number];
  if (!move.expected || *move.expected == head) return {};
  if (move.expected->epoch != head.epoch)
    return fail(ErrorKind::kConflict, "shard-fenced",
                fmt::format("shard {} has another owner: its epoch is {}, not {}",
                            move.shard.number, head.epoch, move.expected->epoch));
  return fail(ErrorKind::kConflict, "shard-head-moved",
              fmt::format("the log of shard {} has {} entries, not {}", move.shard.number,
                          head.next, move.expected->next));
}

void EmbeddedLogs::became_durable(Shard shard, ShardHead head) {
  const std::lock_guard lock(mutex_);
  durable_[shard.number] = head;
}

ShardHead EmbeddedLogs::head(Shard shard) const {
  const std::lock_guard lock(mutex_);
  return durable_[shard.number];
}

ShardHeads EmbeddedLogs::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

void EmbeddedLogs::read_shard(Shard shard, std::uint64_t from, const VisitPlace& visit) const {
  store_.scan(shard_key('l', shard), sequence_key(shard, from),
              [&](BytesView name, BytesView value) {
                const auto process = ProcessId::from_bytes(value.substr(0, ProcessId::kSize));
                if (name.size() != 2 + 8 || value.size() != kPlaceBytes || !process) return false;
                return visit(get_u64be(name.substr(2)), *process,
                             Slot{get_u64be(value.substr(ProcessId::kSize))});
              });
}

void EmbeddedLogs::read_process(const ProcessId& process, Slot from,
                                const VisitEntry& visit) const {
  const Bytes prefix = key('a', process.bytes());
  store_.scan(prefix, entry_key(process, from), [&](BytesView name, BytesView body) {
    if (name.size() != prefix.size() + 8) return false;
    return visit(Slot{get_u64be(name.substr(prefix.size()))}, body);
  });
}

std::optional<Bytes> EmbeddedLogs::read_entry(const ProcessId& process, Slot slot) const {
  return store_.get(entry_key(process, slot));
}

bool EmbeddedLogs::may_have_entry(const ProcessId& process, Slot slot) const {
  return store_.may_have(entry_key(process, slot));
}

std::optional<std::pair<ProcessId, Slot>> EmbeddedLogs::find_message(
    const MessageId& message) const {
  std::optional<std::pair<ProcessId, Slot>> found;
  const Bytes prefix = key('i', message.bytes());
  store_.scan(prefix, prefix, [&](BytesView name, BytesView value) {
    const auto process = ProcessId::from_bytes(name.substr(prefix.size()));
    const auto slot = slot_in(Bytes(value));
    if (process && slot) found.emplace(*process, *slot);
    return false;
  });
  return found;
}

std::optional<Slot> EmbeddedLogs::find_message(const ProcessId& process,
                                               const MessageId& message) const {
  return slot_in(store_.get(key('i', message.bytes(), process.bytes())));
}

std::optional<Slot> EmbeddedLogs::find_twin(const ProcessId& process, BytesView twin) const {
  return slot_in(store_.get(key('x', process.bytes(), twin)));
}

}  // namespace ao::store
