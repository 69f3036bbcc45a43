// Where scheduled tasks are kept, and the message that one brings.
//
//   t process task → task, as CBOR
//
// Written with whatever asked for it: an order's outbox entry is removed in the same batch, and a
// task moves on only after its tick was scheduled. Owned by `node`; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ao/base/finding.hpp"
#include "ao/cron/tasks.hpp"
#include "ao/message/own_item.hpp"
#include "ao/store/store.hpp"

namespace ao::cron {

class Crontab {
 public:
  explicit Crontab(const store::Store& store) : store_(store) {}

  static void write(const Change& change, store::Batch& batch);

  // Every task that can be read.
  void read_all(const std::function<void(Task)>& visit) const;

  // That each task of a process can be read and stands under its own key.
  void audit(const ProcessId& process, Findings& findings) const;

 private:
  const store::Store& store_;
};

// The message that a tick is, signed by the node: the same content each time it is made.
// Errors: those of DataItem::sign.
Result<message::OwnItem> tick(const Task& task, Timestamp due, const crypto::Key& key);

}  // namespace ao::cron
