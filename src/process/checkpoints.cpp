// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/checkpoints.hpp"

#include "ao/message/cbor.hpp"

namespace ao::process {
namespace {

using message::Map;
using message::Value;

Bytes key(char table, const ProcessId& process) {
  return Bytes(1, table) + Bytes(process.bytes());
}

Bytes page_key(const ProcessId& process, std::uint64_t page) {
  Bytes bytes = key('p', process);
  put_u64be(bytes, page);
  return bytes;
}

}  // namespace

std::optional<Checkpoint> Checkpoints::find(const ProcessId& process) const {
  const auto bytes = store_.get(key('m', process));
  if (!bytes) return std::nullopt;
  const auto value = message::from_cbor(*bytes);
  const Value* next = value ? value->find("next") : nullptr;
  if (next == nullptr || next->integer() == nullptr) return std::nullopt;
  return Checkpoint{Slot{static_cast<std::uint64_t>(*next->integer())}, Bytes(value->text("build")),
                    Bytes(value->text("head"))};
}

std::vector<ProcessId> Checkpoints::processes(const std::optional<ProcessId>& after,
                                              std::size_t most) const {
  std::vector<ProcessId> found;
  const Bytes from = after ? key('m', *after) + '\0' : Bytes("m");
  store_.scan("m", from, [&](BytesView name, BytesView) {
    if (const auto process = ProcessId::from_bytes(name.substr(1))) found.push_back(*process);
    return found.size() < most;
  });
  return found;
}

void Checkpoints::read_pages(const ProcessId& process, const VisitPage& visit) const {
  const Bytes prefix = key('p', process);
  store_.scan(prefix, prefix, [&](BytesView name, BytesView bytes) {
    return visit(get_u64be(name.substr(prefix.size())), bytes);
  });
}

void Checkpoints::write(const ProcessId& process, const Checkpoint& checkpoint,
                        store::Batch& batch) {
  const Value value = Map{{"build", checkpoint.build},
                          {"head", checkpoint.head},
                          {"next", static_cast<std::int64_t>(checkpoint.next.number)}};
  batch.move_in(key('m', process), message::to_cbor(value));
}

void Checkpoints::write_page(const ProcessId& process, std::uint64_t page, Bytes bytes,
                             store::Batch& batch) {
  batch.move_in(page_key(process, page), std::move(bytes));
}

void Checkpoints::remove(const ProcessId& process, store::Batch& batch) const {
  batch.remove(key('m', process));
  read_pages(process, [&](std::uint64_t page, BytesView) {
    batch.remove(page_key(process, page));
    return true;
  });
}

}  // namespace ao::process
