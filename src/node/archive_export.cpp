// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ao/codec/enclosed.hpp"
#include "ao/message/bundle_file.hpp"
#include "ao/message/definition.hpp"
#include "ao/node/archive.hpp"
#include "ao/process/records.hpp"

namespace ao::node {
namespace {

using message::BundleWriter;
using message::DataItem;

constexpr std::size_t kSlotsAtOnce = 256;
constexpr std::size_t kBytesAtOnce = 8 << 20;

class Export {
 public:
  Export(const store::Store& store, const std::optional<ProcessId>& process,
         const Progress& progress)
      : store_(store), log_(store), records_(store), progress_(progress) {
    if (process) {
      processes_ = {*process};
    } else {
      processes_ = log_.processes();
    }
    is_whole_ = !process.has_value();
  }

  Result<ArchiveCount> write(const std::filesystem::path& file) {
    for (const ProcessId& process : processes_) {
      const auto count = log_.count(process);
      if (!count)
        return fail(ErrorKind::kNotFound, "process-unknown",
                    fmt::format("process {} is not scheduled in this store", process.text()));
      count_.messages += *count;
    }
    count_.processes = processes_.size();
    BundleWriter bundle(file);
    AO_CHECK(each([&](const DataItem& item) { bundle.announce(item); }));
    AO_CHECK(each([&](const DataItem& item) { bundle.add(item); }));
    bundle.finish();
    count_.items = bundle.items() - 2 * count_.messages;
    count_.bytes = bundle.item_bytes();
    return count_;
  }

 private:
  using Take = std::function<void(const DataItem&)>;

  // As an item that every reader of bundles knows.
  void give(const DataItem& item, const Take& take) const {
    if (item.is_enclosed()) {
      take(codec::wrapped(item, *wrapper_));
    } else {
      take(item);
    }
  }

  // Every item of the bundle, in its order.
  Result<> each(const Take& take) {
    AO_CHECK(is_whole_ ? each_item(take) : module_of(processes_.front(), take));
    for (const ProcessId& process : processes_)
      AO_CHECK(each_slot(process, take));
    return {};
  }

  Result<> each_item(const Take& take) const {
    std::optional<MessageId> unreadable;
    store_.scan("d", "d", [&](BytesView key, BytesView value) {
      const auto item = DataItem::parse(Bytes(value));
      if (!item) unreadable = MessageId::from_bytes(key.substr(1));
      if (item) give(*item, take);
      return item.has_value();
    });
    if (!unreadable) return {};
    return fail(ErrorKind::kUnavailable, "item-damaged",
                fmt::format("item {} cannot be read: see aonode db verify", unreadable->text()));
  }

  // A built-in module is no item, and one that is not here cannot be given.
  Result<> module_of(const ProcessId& process, const Take& take) const {
    const auto spawn = log_.read(process, Slot{0});
    if (!spawn) return damaged(process, Slot{0});
    const auto id = MessageId::from_text(message::Definition::of(spawn->body()).module);
    const auto module = id ? records_.item(*id) : std::nullopt;
    if (module) give(*module, take);
    return {};
  }

  Result<> each_slot(const ProcessId& process, const Take& take) {
    const Slot end{log_.count(process).value_or(0)};
    for (Slot due{0}; due < end;) {
      const auto batch = log_.read(process, due, kSlotsAtOnce, kBytesAtOnce);
      if (batch.empty()) return damaged(process, due);
      for (const auto& assignment : batch) {
        give(assignment.body(), take);
        take(assignment.item());
      }
      due.number += batch.size();
      slots_ += batch.size();
      progress_(slots_, 2 * count_.messages);
    }
    return {};
  }

  static Result<> damaged(const ProcessId& process, Slot slot) {
    return fail(ErrorKind::kUnavailable, "schedule-damaged",
                fmt::format("process {}, slot {}: it cannot be read: see aonode db verify",
                            process.text(), slot.number));
  }

  const store::Store& store_;
  schedule::Log log_;
  process::Records records_;
  const Progress& progress_;
  std::vector<ProcessId> processes_;
  bool is_whole_ = false;
  // One for both passes; what it signs is told by what is within.
  const std::unique_ptr<crypto::Key> wrapper_ = crypto::Key::new_ed25519();
  ArchiveCount count_;
  std::uint64_t slots_ = 0;  // of both passes
};

}  // namespace

Result<ArchiveCount> export_schedules(const store::Store& store,
                                      const std::optional<ProcessId>& process,
                                      const std::filesystem::path& file, const Progress& progress) {
  return Export(store, process, progress).write(file);
}

}  // namespace ao::node
