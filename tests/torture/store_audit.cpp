// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/store_audit.hpp"

#include <fmt/format.h>

#include <set>

namespace ao::test {
namespace {

using message::Assignment;

class StoreAudit {
 public:
  StoreAudit(OpenedStore& opened, const MessagePool& pool, Ledger& ledger)
      : opened_(opened), pool_(pool), ledger_(ledger) {}

  Findings run() {
    for (std::size_t number = 0; number < pool_.processes().size(); ++number)
      check_process(number);
    check_promises();
    return std::move(findings_);
  }

 private:
  void complain(std::string what) { findings_.wrong.push_back(std::move(what)); }

  void check_process(std::size_t number) {
    const ProcessId& process = pool_.processes()[number];
    const auto entries = opened_.log().read(process, Slot{0}, SIZE_MAX, SIZE_MAX);
    const auto head = opened_.log().head(process);
    if (!head) {
      damaged_.insert(process);
      findings_.damaged.push_back(head.error().text);
      return;
    }
    if ((*head ? (*head)->next.number : 0) != entries.size()) {
      complain(fmt::format("the head of {} counts another number of slots than the {} there are",
                           process.text(), entries.size()));
    }
    const Assignment* previous = nullptr;
    for (const Assignment& entry : entries) {
      check_entry(process, previous, entry);
      previous = &entry;
    }
    check_outcomes(number, entries.size());
  }

  void check_entry(const ProcessId& process, const Assignment* previous, const Assignment& entry) {
    if (const auto linked = schedule::Log::check_link(previous, entry); !linked)
      complain(fmt::format("{} of {}", linked.error().text, process.text()));
    const MessageId& id = entry.body().id();
    const auto index = pool_.index_of(id);
    if (!index || !ledger_.was_sent(*index) || pool_[*index].process() != process)
      return complain(fmt::format("nobody sent message {} at slot {} of {}", id.text(),
                                  entry.slot().number, process.text()));
    if (entry.body().bytes() != pool_[*index].item().bytes())
      complain(fmt::format("message {} has other bytes than were sent", id.text()));
    if (opened_.log().slot_of(id, process) != entry.slot())
      complain(fmt::format("message {} is at slot {}, and the index says otherwise", id.text(),
                           entry.slot().number));
    const auto twins = schedule::Log::twins_of(pool_[*index]);
    for (const Bytes& twin : twins)
      if (opened_.log().slot_of_twin(twin, process) != entry.slot())
        complain(fmt::format("what else names message {} is not found", id.text()));
    if (!places_.emplace(*index, entry.slot()).second)
      complain(fmt::format("message {} has two slots", id.text()));
  }

  // Whole or absent: the cursor, the state, the outcomes and what waits for one belong together.
  void check_outcomes(std::size_t number, std::uint64_t slots) {
    const ProcessId& process = pool_.processes()[number];
    const auto value = opened_.store().get(cursor_key(process));
    const std::uint64_t count = value && value->size() == 8 ? get_u64be(*value) : 0;
    const Ledger::Evaluated known = ledger_.evaluated(number);
    if (count < known.promised)
      findings_.older.push_back(fmt::format("{} slots of {} have outcomes; {} were acknowledged",
                                            count, process.text(), known.promised));
    if (count > known.promised && !known.attempted.contains(count))
      complain(fmt::format("{} slots of {} have outcomes; {} were acknowledged", count,
                           process.text(), known.promised));
    if (opened_.store().get(state_key(process)).value_or(count_value(0)) != count_value(count))
      complain(fmt::format("the state of {} is not of its cursor {}", process.text(), count));
    check_table('r', process, 0, count, [&](std::uint64_t slot, BytesView outcome) {
      return outcome == outcome_value(process, slot);
    });
    check_table('q', process, count, slots, [](std::uint64_t, BytesView) { return true; });
    ledger_.found_cursor(number, count);
  }

  // The table has exactly the slots from `begin` to before `end`.
  template <class IsRight>
  void check_table(char table, const ProcessId& process, std::uint64_t begin, std::uint64_t end,
                   IsRight is_right) {
    std::uint64_t due = begin;
    bool right = true;
    const Bytes prefix = table + Bytes(process.bytes());
    opened_.store().scan(prefix, prefix, [&](BytesView key, BytesView value) {
      const std::uint64_t slot = get_u64be(key.substr(prefix.size()));
      right = right && slot == due && is_right(slot, value);
      ++due;
      return right;
    });
    if (!right || due != end)
      complain(fmt::format("table {} of {} should have slots {} to {}, and fails at {}", table,
                           process.text(), begin, end, due));
  }

  void check_promises() {
    for (std::size_t index = 0; index < pool_.size(); ++index) {
      if (damaged_.contains(pool_[index].process())) continue;
      const auto promise = ledger_.promise(index);
      const auto place = places_.find(index);
      if (promise && place == places_.end()) {
        complain(fmt::format("message {} of {}, acknowledged at slot {}, is lost",
                             pool_[index].id().text(), pool_[index].process().text(),
                             promise->number));
      } else if (promise && place->second != *promise) {
        complain(fmt::format("message {}, acknowledged at slot {}, is at slot {}",
                             pool_[index].id().text(), promise->number, place->second.number));
      } else if (place != places_.end()) {
        ledger_.found(index, place->second);
      }
    }
  }

  OpenedStore& opened_;
  const MessagePool& pool_;
  Ledger& ledger_;
  std::map<std::size_t, Slot> places_;
  std::set<ProcessId> damaged_;
  Findings findings_;
};

}  // namespace

std::vector<std::string> Findings::all() const {
  std::vector<std::string> together = wrong;
  together.insert(together.end(), older.begin(), older.end());
  together.insert(together.end(), damaged.begin(), damaged.end());
  return together;
}

Findings audit_store(OpenedStore& opened, const MessagePool& pool, Ledger& ledger) {
  return StoreAudit(opened, pool, ledger).run();
}

}  // namespace ao::test
