// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/crontab.hpp"

#include <fmt/format.h>

#include "ao/message/cbor.hpp"

namespace ao::cron {
namespace {

Bytes prefix_of(const ProcessId& process) {
  return 't' + Bytes(process.bytes());
}

Result<Task> task_in(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  return Task::from(decoded);
}

}  // namespace

void Crontab::write(const Change& change, store::Batch& batch) {
  const Bytes key = prefix_of(change.task.process) + Bytes(change.task.id.bytes());
  if (change.is_removal) {
    batch.remove(key);
  } else {
    batch.put(key, message::to_cbor(change.task.value()));
  }
}

void Crontab::read_all(const std::function<void(Task)>& visit) const {
  store_.scan("t", "t", [&visit](BytesView, BytesView value) {
    if (auto task = task_in(value)) visit(std::move(*task));
    return true;
  });
}

void Crontab::audit(const ProcessId& process, Findings& findings) const {
  const Bytes prefix = prefix_of(process);
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    if (key.size() != prefix.size() + TaskId::kSize) return true;
    const auto id = TaskId::from_bytes(key.substr(prefix.size()));
    const auto task = task_in(value);
    if (!task) {
      findings.add(process, fmt::format("its task {} (t) cannot be read: {}", id->text(),
                                        task.error().text));
    } else if (task->id != *id || task->process != process) {
      findings.add(process,
                   fmt::format("its task {} (t) is another one, '{}'", id->text(), task->name));
    }
    return true;
  });
}

Result<message::OwnItem> tick(const Task& task, Timestamp due, const crypto::Key& key) {
  message::Draft draft;
  draft.target = task.process.bytes();
  draft.tags = {{"Data-Protocol", "ao"},       {"Variant", "ao.N.1"},
                {"Type", "Message"},           {"Cron", "true"},
                {"Cron-Task", task.id.text()}, {"Cron-Time", std::to_string(due.milliseconds)}};
  draft.tags.insert(draft.tags.end(), task.rule.tags.begin(), task.rule.tags.end());
  draft.data = task.rule.data;
  return message::OwnItem::sign(draft, key);
}

}  // namespace ao::cron
