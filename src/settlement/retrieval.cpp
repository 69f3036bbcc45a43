// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/retrieval.hpp"

#include <fmt/format.h>

#include "ao/codec/enclosed.hpp"
#include "ao/message/bundle.hpp"
#include "ao/message/definition.hpp"

namespace ao::settlement {
namespace {

using message::Assignment;
using message::BundledItem;
using message::DataItem;

constexpr message::BundleLimits kLimits{10'000'000, 8};

// Every item on every level, those within others as they are.
void flatten(const std::vector<BundledItem>& bundle, std::vector<DataItem>& all) {
  for (const BundledItem& one : bundle) {
    auto within = codec::unwrapped(one.item);
    all.push_back(within ? std::move(*within) : one.item);
    flatten(one.items, all);
  }
}

}  // namespace

Result<std::size_t> Retrieval::take(BytesView bundle) {
  AO_TRY(read, message::read_bundle(bundle, kLimits));
  std::vector<DataItem> all;
  flatten(read, all);
  std::map<MessageId, const DataItem*> by_id;
  for (const DataItem& item : all) {
    by_id.emplace(item.id(), &item);
    const BytesView type = item.tag("Type");
    const bool is_scheduled = type == "Process" || !item.target().empty();
    if (!is_scheduled && type != "Assignment" && !message::is_bundle(item))
      items_.emplace(item.id(), item);
  }
  std::size_t found = 0;
  for (const DataItem& item : all) {
    if (item.tag("Type") != "Assignment" || item.tag("Process") != process_.text()) continue;
    const auto id = MessageId::from_text(item.tag("Message"));
    const auto body = id ? by_id.find(*id) : by_id.end();
    if (body == by_id.end() || !item.verify()) continue;
    auto assignment = Assignment::recognise(item, *body->second);
    if (!assignment || assignment->process() != process_) continue;
    Candidates& candidates = slots_[assignment->slot()];
    const AssignmentId name = assignment->id();
    if (candidates.emplace(name, std::move(*assignment)).second && candidates.size() == 1) ++found;
  }
  return found;
}

// Its id is that of its message, so there is no other.
const DataItem* Retrieval::spawn() const {
  const auto first = slots_.find(Slot{0});
  if (first == slots_.end()) return nullptr;
  for (const auto& [id, assignment] : first->second)
    if (assignment.body().id().bytes() == process_.bytes()) return &assignment.body();
  return nullptr;
}

std::set<Address> Retrieval::schedulers() const {
  const DataItem* item = spawn();
  if (!schedulers_.empty() || item == nullptr) return schedulers_;
  const auto named = message::Definition::of(*item).schedulers();
  return {named.begin(), named.end()};
}

std::optional<MessageId> Retrieval::module() const {
  const DataItem* item = spawn();
  return item == nullptr ? std::nullopt
                         : MessageId::from_text(message::Definition::of(*item).module);
}

std::optional<Slot> Retrieval::gap() const {
  Slot due{0};
  for (const auto& [slot, candidates] : slots_) {
    if (slot != due) return due;
    due = due.next();
  }
  return std::nullopt;
}

Result<Retrieved> Retrieval::in_order() const {
  const auto missing = [this](Slot slot) {
    return fail(ErrorKind::kNotFound, "settlement-incomplete",
                fmt::format("slot {} of process {} is in none of the bundles that were found",
                            slot.number, process_.text()));
  };
  if (spawn() == nullptr) return missing(Slot{0});
  const std::set<Address> believed = schedulers();
  Retrieved retrieved;
  Slot due{0};
  for (const auto& [slot, candidates] : slots_) {
    if (slot != due) return missing(due);
    const Assignment* found = nullptr;
    for (const auto& [id, candidate] : candidates) {
      if (!believed.contains(candidate.item().signer())) continue;
      if (found != nullptr)
        return fail(ErrorKind::kConflict, "settlement-histories",
                    fmt::format("slot {} of process {} was given twice: assignments {} and {}",
                                slot.number, process_.text(), found->id().text(), id.text()));
      found = &candidate;
    }
    if (found == nullptr) return missing(due);
    retrieved.slots.push_back(*found);
    due = due.next();
  }
  const auto named = module();
  const auto item = named ? items_.find(*named) : items_.end();
  if (item != items_.end()) retrieved.module = item->second;
  return retrieved;
}

}  // namespace ao::settlement
