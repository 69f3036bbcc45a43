// What a bundle holds: each message and behind it its assignment, under their own ids, and the
// items that are not scheduled.
//
// The bundle is itself a data item of this node, whose data is an ANS-104 bundle, so that whoever
// takes data items takes it, and whoever unpacks bundles finds every item in it. A message that was
// signed over HTTP fields is the data of an item of its own (codec/enclosed.hpp). The same contents
// give the same bytes. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "ao/crypto/key.hpp"
#include "ao/message/assignment.hpp"
#include "ao/settlement/journal.hpp"

namespace ao::settlement {

class Contents {
 public:
  // `wrapper` signs the items around messages that are no data items; what it signs says nothing.
  explicit Contents(const crypto::Key& wrapper) : wrapper_(wrapper) {}

  void add(const message::DataItem& item);  // not scheduled; before the first assignment
  void add(const message::Assignment& assignment);

  bool empty() const { return items_.empty(); }
  std::uint64_t messages() const { return messages_; }
  Timestamp oldest() const { return oldest_; }  // of the assignments
  const Places& places() const { return places_; }

  // Tags: Bundle-Format, Bundle-Version, Data-Protocol=ao, Variant, Type=Settlement, Number,
  // Messages, Processes (how many); Process of each, and Item of each item that is not scheduled,
  // as long as they are few.
  message::Draft draft(std::uint64_t number) const;

 private:
  void put(const message::DataItem& item);

  const crypto::Key& wrapper_;
  std::vector<message::DataItem> items_;
  std::set<MessageId> ids_;  // each is in it once
  std::vector<MessageId> unscheduled_;
  Places places_;
  std::uint64_t messages_ = 0;
  Timestamp oldest_;
};

// Signs it, and notes what is to be known of it. Errors: those of DataItem::sign.
struct Sealed {
  Record record;
  message::DataItem item;
};
Result<Sealed> seal(const Contents& contents, std::uint64_t number, std::vector<Span> spans,
                    std::vector<MessageId> items, Timestamp now, const crypto::Key& key);

// The same item again. Errors: "settlement-damaged" when the contents are not those that were
// signed.
Result<message::DataItem> sealed_again(const Contents& contents, const Record& record);

}  // namespace ao::settlement
