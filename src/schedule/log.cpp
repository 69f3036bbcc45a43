// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/log.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "record.hpp"

namespace ao::schedule {
namespace {

using message::Admitted;
using message::Assignment;
using message::DataItem;
using record::key;
using record::slot_key;

constexpr std::size_t kHeadBytes = 8 + 8 + 32 + 32;
constexpr std::size_t kHeadBytesMax = kHeadBytes + 8;  // with the height of a block

bool is_head(BytesView value) {
  return value.size() == kHeadBytes || value.size() == kHeadBytesMax;
}

// What names a pushed message within its target.
Bytes twin_of(const message::Origin& origin) {
  Bytes bytes(origin.process.bytes());
  put_u64be(bytes, origin.slot.number);
  put_u64be(bytes, origin.index);
  return bytes;
}

// What names a tick within its process.
Bytes twin_of(const message::Tick& tick) {
  Bytes bytes(tick.task.bytes());
  put_u64be(bytes, tick.due.milliseconds);
  return bytes;
}

// What names a message that somebody forwards for a process: the content that its signer signed,
// since whoever signs it once more with a random salt makes another id. Only with a reference,
// which the sender counts up: without one, the same content twice may be meant twice.
std::optional<Bytes> twin_of_forwarded(const DataItem& item) {
  if (item.tag("From-Process").empty()) return std::nullopt;
  if (item.tag("Reference").empty() && item.tag("Ref_").empty()) return std::nullopt;
  return item.content();
}

// Height, hash and time of a block are told together, or the height alone: that of the slot before
// when the node knows of none as high, as after it lost its gateways.
void add_block(message::Tags& tags, std::uint64_t height, const message::Block& last) {
  tags.push_back({"Block-Height", std::to_string(height)});
  if (height == 0 || last.height != height) return;
  if (!last.hash.empty()) tags.push_back({"Block-Hash", last.hash});
  if (last.timestamp != 0) tags.push_back({"Block-Timestamp", std::to_string(last.timestamp)});
}

Bytes joined(BytesView assignment, BytesView body) {
  Bytes bytes;
  bytes.reserve(8 + assignment.size() + body.size());
  put_u64be(bytes, assignment.size());
  bytes += assignment;
  bytes += body;
  return bytes;
}

ChainHash next_chain(const ProcessId& process, const Head& head) {
  const Bytes said = head.next.number == 0 ? Bytes(process.bytes())
                                           : Bytes(head.last.bytes()) + Bytes(head.chain.bytes());
  return *ChainHash::from_bytes(crypto::view(crypto::sha256(said)));
}

std::unexpected<Error> damaged(const ProcessId& process, std::string_view what) {
  return fail(
      ErrorKind::kUnavailable, "schedule-damaged",
      fmt::format("the stored schedule of process {} is damaged: {}", process.text(), what));
}

}  // namespace

std::vector<Bytes> Log::twins_of(const Admitted& admitted) {
  return twins_of(admitted.item(), admitted.origin(), admitted.tick());
}

std::vector<Bytes> Log::twins_of(const DataItem& item, const std::optional<message::Origin>& origin,
                                 const std::optional<message::Tick>& tick) {
  std::vector<Bytes> twins;
  if (origin) {
    twins.push_back(twin_of(*origin));
  } else if (tick) {
    twins.push_back(twin_of(*tick));
  } else if (auto twin = twin_of_forwarded(item)) {
    twins.push_back(std::move(*twin));
  }
  return twins;
}

store::Entry Log::extend(Head& head, const Admitted& admitted, std::vector<Bytes> twins,
                         Timestamp now, const crypto::Key& key_, const message::Block& last) {
  const Slot slot = head.next;
  const Timestamp timestamp = std::max(now, head.timestamp);  // a clock set back moves no slot back
  const ChainHash chain = next_chain(admitted.process(), head);
  const std::uint64_t height = std::max(last.height, head.block_height);

  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Assignment"},
                {"Process", admitted.process().text()},
                {"Epoch", "0"},
                {"Slot", std::to_string(slot.number)},
                {"Nonce", std::to_string(slot.number)},
                {"Message", admitted.id().text()},
                {"Timestamp", std::to_string(timestamp.milliseconds)}};
  add_block(draft.tags, height, last);
  draft.tags.push_back({"Hash-Chain", chain.text()});
  if (admitted.is_assigned()) draft.tags.push_back({"Assigned", "true"});
  const auto assignment = DataItem::sign_bytes(draft, key_);
  AO_ASSERT(assignment.has_value());

  head = Head{slot.next(), timestamp, AssignmentId::same_bytes_as(assignment->id), chain, height};
  return {admitted.process(), slot, admitted.id(), std::move(twins),
          joined(assignment->bytes, admitted.item().bytes())};
}

store::Entry Log::entry_of(const Assignment& assignment, std::vector<Bytes> twins) {
  return {assignment.process(), assignment.slot(), assignment.body().id(), std::move(twins),
          joined(assignment.item().bytes(), assignment.body().bytes())};
}

void Log::mark_scheduled(const ProcessId& process, Slot slot, store::Batch& batch) {
  batch.move_in(slot_key('q', process, slot), {});
}

void Log::write_head(const ProcessId& process, const Head& head, store::Batch& batch) {
  Bytes value;
  value.reserve(kHeadBytesMax);
  put_u64be(value, head.next.number);
  put_u64be(value, head.timestamp.milliseconds);
  value.append(head.last.bytes());
  value.append(head.chain.bytes());
  if (head.block_height != 0) put_u64be(value, head.block_height);
  batch.put(key('h', process.bytes()), value);
}

void Log::mark_evaluated(const ProcessId& process, Slot slot, store::Batch& batch) {
  batch.take_back(slot_key('q', process, slot));
}

Result<std::optional<Head>> Log::head(const ProcessId& process) const {
  const auto value = store_.get(key('h', process.bytes()));
  if (!value) return std::optional<Head>();
  if (!is_head(*value)) return damaged(process, "its head has a wrong size");
  const BytesView bytes = *value;
  const Head head{Slot{get_u64be(bytes)}, Timestamp{get_u64be(bytes.substr(8))},
                  *AssignmentId::from_bytes(bytes.substr(16, 32)),
                  *ChainHash::from_bytes(bytes.substr(48, 32)),
                  bytes.size() == kHeadBytes ? 0 : get_u64be(bytes.substr(kHeadBytes))};

  // What a store that lost a part would break: the end of the log is where the head says. That no
  // slot is given twice is looked up. That the last one is there, which costs a read of a large
  // block, is asked of the filters, which the look-up before has brought into memory: it tells a
  // loss in all but one case of a hundred, and that one breaks no more than is lost already.
  if (head.next.number == 0) return damaged(process, "its head counts no slot");
  if (logs_.read_entry(process, head.next))
    return damaged(process, "its log is longer than its head says");
  const Slot last{head.next.number - 1};
  if (!logs_.may_have_entry(process, last))
    return damaged(process, fmt::format("slot {} is missing", last.number));
  return std::optional<Head>(head);
}

std::optional<std::uint64_t> Log::count(const ProcessId& process) const {
  const auto value = store_.get(key('h', process.bytes()));
  if (!value || !is_head(*value)) return std::nullopt;
  return get_u64be(*value);
}

Result<> Log::check_link(const Assignment* previous, const Assignment& next) {
  return check_link(previous != nullptr ? Head::after(*previous) : Head(), next);
}

Result<> Log::check_link(const Head& head, const Assignment& next) {
  if (next.slot() != head.next)
    return fail(
        ErrorKind::kInvalid, "chain-broken",
        fmt::format("slot {} follows where {} was due", next.slot().number, head.next.number));
  if (next.chain() != next_chain(next.process(), head))
    return fail(ErrorKind::kInvalid, "chain-broken",
                fmt::format("the hash chain breaks at slot {}", next.slot().number));
  if (next.timestamp() < head.timestamp)
    return fail(ErrorKind::kInvalid, "chain-broken",
                fmt::format("time runs backward at slot {}", next.slot().number));
  return {};
}

std::optional<Assignment> Log::read(const ProcessId& process, Slot slot) const {
  const auto body = logs_.read_entry(process, slot);
  return body ? assignment_in(process, slot, *body) : std::nullopt;
}

std::vector<Assignment> Log::read(const ProcessId& process, Slot from, std::size_t count,
                                  std::size_t bytes_max) const {
  std::vector<Assignment> found;
  std::size_t bytes = 0;
  Slot due = from;
  const auto take = [&](Slot slot, BytesView body) {
    auto assignment = slot == due ? assignment_in(process, slot, body) : std::nullopt;
    if (!assignment) return false;  // the reader sees the gap
    bytes += body.size();
    found.push_back(std::move(*assignment));
    due = due.next();
    return found.size() < count && bytes < bytes_max;
  };
  logs_.read_process(process, from, take);
  return found;
}

// What is stored was verified when it came in; a record that does not parse or does not name its
// own place is none.
std::optional<Assignment> Log::assignment_in(const ProcessId& process, Slot slot, BytesView value) {
  const auto halves = record::halves(value);
  if (!halves) return std::nullopt;
  auto item = DataItem::parse(Bytes(halves->assignment));
  auto body = DataItem::parse(Bytes(halves->body));
  if (!item || !body) return std::nullopt;
  auto assignment = Assignment::recognise(std::move(*item), std::move(*body));
  if (!assignment || assignment->process() != process || assignment->slot() != slot)
    return std::nullopt;
  return std::move(*assignment);
}

std::optional<Assignment> Log::find(const MessageId& message) const {
  const auto place = logs_.find_message(message);
  return place ? read(place->first, place->second) : std::nullopt;
}

std::optional<Assignment> Log::spawn(const ProcessId& process) const {
  const auto slot = slot_of(MessageId::same_bytes_as(process), process);
  return slot ? read(process, *slot) : std::nullopt;
}

std::optional<Slot> Log::slot_of(const MessageId& message, const ProcessId& process) const {
  return logs_.find_message(process, message);
}

std::optional<Slot> Log::slot_of_twin(BytesView twin, const ProcessId& process) const {
  return logs_.find_twin(process, twin);
}

std::vector<ProcessId> Log::unevaluated() const {
  std::vector<ProcessId> processes;
  store_.scan("q", "q", [&](BytesView name, BytesView) {
    const auto process = ProcessId::from_bytes(name.substr(1, ProcessId::kSize));
    if (process && (processes.empty() || processes.back() != *process))
      processes.push_back(*process);
    return true;
  });
  return processes;
}

void Log::mark_awaiting_tasks(const ProcessId& process, store::Batch& batch) {
  batch.move_in(key('k', process.bytes()), {});
}

void Log::mark_tasks_set(const ProcessId& process, store::Batch& batch) {
  batch.take_back(key('k', process.bytes()));
}

bool Log::awaits_tasks(const ProcessId& process) const {
  return store_.get(key('k', process.bytes())).has_value();
}

std::vector<ProcessId> Log::awaiting_tasks() const {
  std::vector<ProcessId> processes;
  store_.scan("k", "k", [&processes](BytesView name, BytesView) {
    if (const auto process = ProcessId::from_bytes(name.substr(1))) processes.push_back(*process);
    return true;
  });
  return processes;
}

std::vector<ProcessId> Log::processes() const {
  std::vector<ProcessId> processes;
  store_.scan("h", "h", [&processes](BytesView key, BytesView) {
    if (const auto process = ProcessId::from_bytes(key.substr(1))) processes.push_back(*process);
    return true;
  });
  return processes;
}

// As the door saw it: only what the scheduler itself has signed names what it stands for.
std::vector<Bytes> Log::twins_of(const Assignment& assignment) {
  const DataItem& body = assignment.body();
  const bool is_of_scheduler =
      body.target() == assignment.process().bytes() && body.signer() == assignment.item().signer();
  if (!is_of_scheduler) return twins_of(body, std::nullopt, std::nullopt);
  auto twins = twins_of(body, message::claimed_origin(body), message::claimed_tick(body));
  record::add_ledger_twin(body, twins);
  return twins;
}

}  // namespace ao::schedule
