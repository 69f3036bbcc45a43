// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "path.hpp"

namespace ao::api {
namespace {

using message::Map;
using message::Outcome;

constexpr int kRecordsAtOnce = 64;
constexpr std::string_view kEnd = "end";

std::unexpected<Error> malformed(BytesView position, std::string_view wanted) {
  return fail(
      ErrorKind::kInvalid, "event-id-malformed",
      fmt::format("'{}' is no id of an event of this stream, which are {}", position, wanted));
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find('.'); at != text.npos; at = text.find('.', begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// One outcome, told up to an index.
class OutcomeReader {
 public:
  OutcomeReader(const Backend& backend, EventKinds kinds) : backend_(backend), kinds_(kinds) {}

  // The next one asked for of that slot; nullopt when the rest is told.
  std::optional<Told> next(const ProcessId& process, Slot slot, std::size_t& index) {
    const bool is_held = outcome_ && outcome_->process == process && outcome_->slot == slot;
    if (!is_held) outcome_ = backend_.stored_outcome(process, slot);
    if (!outcome_) return std::nullopt;
    while (index < count_of_outcome(*outcome_)) {
      const std::size_t here = index++;
      if (kinds_.has(kind_in_outcome(*outcome_, here))) return told_of_outcome(*outcome_, here);
    }
    return std::nullopt;
  }

  bool has_told_all(std::size_t index) const {
    return !outcome_ || index >= count_of_outcome(*outcome_);
  }

 private:
  const Backend& backend_;
  EventKinds kinds_;
  std::optional<Outcome> outcome_;
};

std::optional<Told> slot_told(const Backend& backend, const ProcessId& process, Slot slot) {
  const auto found = backend.schedule(process, slot, 1);
  if (found.empty() || found.front().slot() != slot) return std::nullopt;
  return told_of_slot(found.front());
}

std::string pruned_text(const ProcessId& process, std::uint64_t from, std::uint64_t end) {
  return fmt::format(
      "the results of slots {} to {} of process {} are settled and no longer kept; each is "
      "evaluated again when it is read: /{}~process@1.0/compute={}",
      from, end - 1, process.text(), process.text(), from);
}

Event event_of(Told told, std::string position) {
  return {kEventNames[static_cast<std::size_t>(told.kind)], std::move(position),
          std::move(told.data)};
}

class ProcessFeed final : public Feed {
 public:
  ProcessFeed(const Backend& backend, const ProcessId& process, EventKinds kinds)
      : backend_(backend), process_(process), kinds_(kinds), reader_(backend, kinds) {}

  void begin_now() {
    slots_ = scheduled();
    slot_ = evaluated();
    index_ = 0;
  }

  bool resume(BytesView position) {
    const auto parts = parts_of(position);
    if (parts.size() != 3) return false;
    const auto slots = number(parts[0]);
    const auto slot = number(parts[1]);
    const auto index = number(parts[2]);
    if (!slots || !slot || !index || *slot > *slots) return false;
    slots_ = *slots;
    slot_ = *slot;
    index_ = *index;
    return true;
  }

  Step next() override {
    if (slots_ > scheduled() || slot_ > evaluated()) return ahead();
    if (kinds_.has_of_outcomes() && slot_ < kept_from()) return pruned();
    for (int looked = 0; looked < kRecordsAtOnce; ++looked) {
      const std::uint64_t count = scheduled();
      if (!kinds_.has(EventKind::kSlot)) slots_ = count;
      if (!kinds_.has_of_outcomes() && slot_ < evaluated()) {
        slot_ = evaluated();
        index_ = 0;
      }
      std::optional<Told> told;
      if (slot_ < std::min(evaluated(), slots_)) {
        told = next_of_outcome();
      } else if (slots_ < count) {
        told = slot_told(backend_, process_, Slot{slots_++});
      } else {
        return {};
      }
      if (told) return {event_of(std::move(*told), position()), true};
    }
    return {std::nullopt, true};
  }

  std::string position() const override { return fmt::format("{}.{}.{}", slots_, slot_, index_); }

  std::uint64_t behind() const override {
    const std::uint64_t count = std::max(scheduled(), slots_) - slots_;
    return std::max(count, std::max(evaluated(), slot_) - slot_);
  }

  std::optional<ProcessId> process() const override { return process_; }

 private:
  std::uint64_t scheduled() const { return backend_.slot_count(process_).value_or(0); }
  std::uint64_t evaluated() const { return backend_.evaluated_count(process_).value_or(0); }
  std::uint64_t kept_from() const { return backend_.outcomes_kept_from(process_).number; }

  std::optional<Told> next_of_outcome() {
    auto told = reader_.next(process_, Slot{slot_}, index_);
    if (reader_.has_told_all(index_)) {
      ++slot_;
      index_ = 0;
    }
    return told;
  }

  // The store is one of before: it was restored.
  Step ahead() {
    const std::string asked = position();
    begin_now();
    return lost(
        asked, "event-id-ahead",
        fmt::format("process {} has {} slots here, fewer than were told", process_.text(), slots_));
  }

  Step pruned() {
    const std::string asked = position();
    const std::uint64_t first = slot_;
    slot_ = kept_from();
    slots_ = std::max(slots_, slot_);
    index_ = 0;
    return lost(asked, "results-pruned", pruned_text(process_, first, slot_));
  }

  Step lost(const std::string& asked, std::string_view code, std::string text) const {
    Map data{{"asked", asked}, {"code", Bytes(code)}, {"message", std::move(text)}};
    return {Event{"lost", position(), std::move(data)}, true};
  }

  const Backend& backend_;
  ProcessId process_;
  EventKinds kinds_;
  OutcomeReader reader_;
  std::uint64_t slots_ = 0;
  std::uint64_t slot_ = 0;
  std::size_t index_ = 0;
};

class NodeFeed final : public Feed {
 public:
  NodeFeed(const Backend& backend, EventKinds kinds)
      : backend_(backend),
        bulletin_(backend.bulletin()),
        kinds_(kinds),
        reader_(backend, kinds),
        number_(bulletin_.kept().end) {}

  bool resume(BytesView position) {
    const auto parts = parts_of(position);
    if (parts.size() != 3 || parts[0].size() != bulletin_.start().size()) return false;
    const auto told = number(parts[1]);
    const auto index = number(parts[2]);
    if (!told || !index) return false;
    asked_ = position;
    is_of_this_start_ = parts[0] == bulletin_.start() && *told <= number_;
    number_ = *told;
    index_ = *index;
    return true;
  }

  Step next() override {
    for (int looked = 0; looked < kRecordsAtOnce; ++looked) {
      if (!is_of_this_start_)
        return lost("events-of-another-start", "the node was started again since");
      const auto kept = bulletin_.kept();
      if (number_ < kept.first)
        return lost("events-not-kept", fmt::format("{} notices were not told, {} are kept",
                                                   kept.end - number_, kept.end - kept.first));
      const auto notice = bulletin_.at(number_);
      if (!notice) return {};
      if (auto told = next_of(*notice)) return {event_of(std::move(*told), position()), true};
    }
    return {std::nullopt, true};
  }

  std::string position() const override {
    return fmt::format("{}.{}.{}", bulletin_.start(), number_, index_);
  }

  std::uint64_t behind() const override {
    const std::uint64_t end = bulletin_.kept().end;
    return std::max(end, number_) - number_;
  }

  std::optional<ProcessId> process() const override { return std::nullopt; }

 private:
  std::optional<Told> next_of(const Notice& notice) {
    std::optional<Told> told;
    bool has_told_all = true;
    if (notice.what == Notice::What::kScheduled) {
      if (kinds_.has(EventKind::kSlot)) told = slot_told(backend_, notice.process, notice.slot);
    } else if (kinds_.has_of_outcomes()) {
      // One that was pruned before it was told here is settled: longer ago than notices are kept.
      told = reader_.next(notice.process, notice.slot, index_);
      has_told_all = reader_.has_told_all(index_);
    }
    if (has_told_all) {
      ++number_;
      index_ = 0;
    }
    return told;
  }

  // What was missed can be read process by process, from the slots that the client knows.
  Step lost(std::string_view code, std::string_view why) {
    const std::string asked = is_of_this_start_ ? position() : asked_;
    is_of_this_start_ = true;
    number_ = bulletin_.kept().end;
    index_ = 0;
    Map data{{"asked", asked},
             {"code", code},
             {"message", fmt::format("{}; each process's own stream tells what was missed", why)}};
    return {Event{"lost", position(), std::move(data)}, true};
  }

  const Backend& backend_;
  const Bulletin& bulletin_;
  EventKinds kinds_;
  OutcomeReader reader_;
  std::string asked_;
  bool is_of_this_start_ = true;
  std::uint64_t number_;
  std::size_t index_ = 0;
};

class MessageFeed final : public Feed {
 public:
  MessageFeed(const Backend& backend, const ProcessId& process, Slot slot, EventKinds kinds)
      : backend_(backend), process_(process), slot_(slot), kinds_(kinds) {}

  void resume(std::size_t count) { count_ = count; }

  Step next() override {
    while (!has_ended_) {
      const std::size_t here = count_;
      if (here == 0) {
        ++count_;
        if (!kinds_.has(EventKind::kSlot)) continue;
        if (auto told = slot_told(backend_, process_, slot_)) return event(std::move(*told));
        continue;
      }
      if (!outcome_) outcome_ = backend_.stored_outcome(process_, slot_);
      if (!outcome_ && slot_ < backend_.outcomes_kept_from(process_)) return pruned();
      if (!outcome_) return {};
      const std::size_t index = here - 1;
      const std::size_t of_outcome = count_of_outcome(*outcome_);
      if (index < of_outcome) {
        ++count_;
        if (kinds_.has(kind_in_outcome(*outcome_, index)))
          return event(told_of_outcome(*outcome_, index));
      } else if (kinds_.has(EventKind::kDelivery) &&
                 index - of_outcome < outcome_->outgoing.size()) {
        const auto sent = backend_.settled(*outcome_, index - of_outcome);
        if (!sent) return {};
        ++count_;
        return event(told_of_delivery(*outcome_, *sent));
      } else {
        has_ended_ = true;
      }
    }
    return end();
  }

  std::string position() const override {
    return has_ended_ ? std::string(kEnd) : std::to_string(count_);
  }
  std::uint64_t behind() const override { return 0; }
  bool has_ended() const override { return has_ended_; }
  std::optional<ProcessId> process() const override { return process_; }

 private:
  // Told once; the end comes next.
  Step pruned() {
    if (std::exchange(is_told_pruned_, true)) {
      has_ended_ = true;
      return end();
    }
    Map data{{"asked", position()},
             {"code", "results-pruned"},
             {"message", pruned_text(process_, slot_.number, slot_.number + 1)}};
    return {Event{"lost", position(), std::move(data)}, true};
  }

  Step end() const {
    Map data{{"process", process_.text()}, {"slot", static_cast<std::int64_t>(slot_.number)}};
    return {Event{kEnd, position(), std::move(data)}, false};
  }

  Step event(Told told) const { return {event_of(std::move(told), position()), true}; }

  const Backend& backend_;
  ProcessId process_;
  Slot slot_;
  EventKinds kinds_;
  std::optional<Outcome> outcome_;
  std::size_t count_ = 0;
  bool is_told_pruned_ = false;
  bool has_ended_ = false;
};

}  // namespace

MadeFeed process_feed(const Backend& backend, const ProcessId& process, EventKinds kinds,
                      BytesView position) {
  auto feed = std::make_unique<ProcessFeed>(backend, process, kinds);
  feed->begin_now();
  if (!position.empty() && !feed->resume(position))
    return malformed(position,
                     "SLOTS.SLOT.INDEX, three numbers, of which the first is not below "
                     "the second");
  return feed;
}

MadeFeed node_feed(const Backend& backend, EventKinds kinds, BytesView position) {
  auto feed = std::make_unique<NodeFeed>(backend, kinds);
  if (!position.empty() && !feed->resume(position))
    return malformed(position, "START.NUMBER.INDEX, a name and two numbers");
  return feed;
}

MadeFeed message_feed(const Backend& backend, const ProcessId& process, Slot slot, EventKinds kinds,
                      BytesView position) {
  if (position == kEnd) return nullptr;
  auto feed = std::make_unique<MessageFeed>(backend, process, slot, kinds);
  const auto count = position.empty() ? std::optional<std::uint64_t>(0) : number(position);
  if (!count) return malformed(position, "a number, or 'end'");
  feed->resume(*count);
  return feed;
}

std::string position_before(Slot slot) {
  return fmt::format("{0}.{0}.0", slot.number);
}

}  // namespace ao::api
