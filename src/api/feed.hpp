// Feeds: what a stream tells, event after event, read from the store from a position on.
//
// A position says what was told, so that whoever has it goes on without gap or double, also at
// another time or, but for the node's, after a restart:
//
//   of a process   SLOTS.SLOT.INDEX     how many slots were told; which events of outcomes: those
//                                       before SLOT, and the first INDEX of its own
//   of the node    START.NUMBER.INDEX   up to which notice of the bulletin of this start
//   of a message   COUNT, or "end"      how many of its events were told
//
// A feed belongs to one stream and is used on its connection's strand. It holds at most one
// outcome: a slow reader makes it fall behind what is stored, never makes it grow.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "events.hpp"

namespace ao::api {

class Feed {
 public:
  struct Step {
    std::optional<Event> event;
    bool has_more = false;  // ask again at once; else when the bulletin wakes
  };

  virtual ~Feed() = default;

  // Looks at a bounded number of records, so there may be no event and more to look at.
  virtual Step next() = 0;

  virtual std::string position() const = 0;  // behind the last event
  virtual std::uint64_t behind() const = 0;  // slots, or notices, that are not told yet
  virtual bool has_ended() const { return false; }
  virtual std::optional<ProcessId> process() const = 0;  // whose posts concern it; nullopt: all
};

using MadeFeed = Result<std::unique_ptr<Feed>>;

// Each goes on behind `position`; "" begins now, and at the beginning for a message. Errors:
// kInvalid "event-id-malformed". A position that cannot be gone on from gives an event `lost`, then
// what comes from now on.
MadeFeed process_feed(const Backend& backend, const ProcessId& process, EventKinds kinds,
                      BytesView position);
MadeFeed node_feed(const Backend& backend, EventKinds kinds, BytesView position);

// Of a message in its place; nullptr when `position` is its end.
MadeFeed message_feed(const Backend& backend, const ProcessId& process, Slot slot, EventKinds kinds,
                      BytesView position);

// That of a process before `slot`.
std::string position_before(Slot slot);

}  // namespace ao::api
