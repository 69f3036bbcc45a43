// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/contents.hpp"

#include <fmt/format.h>

#include "ao/codec/enclosed.hpp"
#include "ao/message/bundle.hpp"

namespace ao::settlement {
namespace {

// All tags together have 4,096 bytes: a tag with an id takes about 52.
constexpr std::size_t kProcessesNamed = 48;
constexpr std::size_t kItemsNamed = 16;

}  // namespace

void Contents::put(const message::DataItem& item) {
  if (!ids_.insert(item.id()).second) return;
  if (item.is_enclosed()) {
    items_.push_back(codec::wrapped(item, wrapper_));
  } else {
    items_.push_back(item);
  }
}

void Contents::add(const message::DataItem& item) {
  put(item);
  unscheduled_.push_back(item.id());
}

void Contents::add(const message::Assignment& assignment) {
  put(assignment.body());
  put(assignment.item());
  if (messages_ == 0 || assignment.timestamp() < oldest_) oldest_ = assignment.timestamp();
  Slot& last = places_[assignment.process()];
  last = std::max(last, assignment.slot());
  ++messages_;
}

message::Draft Contents::draft(std::uint64_t number) const {
  message::Draft draft;
  draft.tags = {{"Bundle-Format", "binary"},
                {"Bundle-Version", "2.0.0"},
                {"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Settlement"},
                {"Number", std::to_string(number)},
                {"Messages", std::to_string(messages_)},
                {"Processes", std::to_string(places_.size())}};
  if (places_.size() <= kProcessesNamed)
    for (const auto& [process, last] : places_)
      draft.tags.push_back({"Process", process.text()});
  if (unscheduled_.size() <= kItemsNamed)
    for (const MessageId& item : unscheduled_)
      draft.tags.push_back({"Item", item.text()});
  draft.data = message::write_bundle(items_);
  return draft;
}

Result<Sealed> seal(const Contents& contents, std::uint64_t number, std::vector<Span> spans,
                    std::vector<MessageId> items, Timestamp now, const crypto::Key& key) {
  AO_TRY(item, message::DataItem::sign(contents.draft(number), key));
  Record record;
  record.number = number;
  record.id = item.id();
  record.type = item.type();
  record.owner = item.owner();
  record.signature = item.signature();
  record.spans = std::move(spans);
  record.items = std::move(items);
  record.messages = contents.messages();
  record.bytes = item.bytes().size();
  record.oldest = contents.messages() == 0 ? now : contents.oldest();
  record.made = now;
  record.changed = now;
  return Sealed{std::move(record), std::move(item)};
}

Result<message::DataItem> sealed_again(const Contents& contents, const Record& record) {
  auto item = message::DataItem::assemble(contents.draft(record.number), record.type, record.owner,
                                          record.signature);
  if (item && item->id() == record.id && item->verify()) return std::move(*item);
  return fail(ErrorKind::kUnavailable, "settlement-damaged",
              fmt::format("bundle {}, {}, cannot be made again as it was signed", record.number,
                          record.id.text()));
}

}  // namespace ao::settlement
