// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/follows.hpp"

namespace ao::process {

using Compared = std::unordered_map<ProcessId, Slot>;

namespace {

constexpr std::size_t kKeyBytes = 1 + ProcessId::kSize;

}  // namespace

Follows::Follows(const store::Store& store) {
  store.scan("n", "n", [this](BytesView key, BytesView value) {
    if (key.size() != kKeyBytes || value.size() != 8) return true;
    const Slot slot{get_u64be(value)};
    compared_.with([&](Compared& all) { all[*ProcessId::from_bytes(key.substr(1))] = slot; });
    return true;
  });
}

bool Follows::contains(const ProcessId& process) const {
  return compared_.with([&](const Compared& all) { return all.contains(process); });
}

Slot Follows::compared(const ProcessId& process) const {
  return compared_.with([&](const Compared& all) {
    const auto found = all.find(process);
    return found == all.end() ? Slot{} : found->second;
  });
}

std::vector<ProcessId> Follows::list() const {
  return compared_.with([&](const Compared& all) {
    std::vector<ProcessId> processes;
    for (const auto& [process, slot] : all)
      processes.push_back(process);
    return processes;
  });
}

Task<Result<>> Follows::note(store::Store& store, ProcessId process, Slot compared) {
  Bytes value;
  put_u64be(value, compared.number);
  store::Batch batch;
  batch.put('n' + Bytes(process.bytes()), value);
  AO_CO_CHECK(co_await store.commit(std::move(batch)));
  compared_.with([&](Compared& all) { all.insert_or_assign(process, compared); });
  co_return Result<>();
}

}  // namespace ao::process
