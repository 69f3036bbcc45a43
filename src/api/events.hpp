// What streams tell: one thing each that is stored, under an id that says how far the stream is.
//
//   slot      a message got its slot
//   print     what its handlers printed
//   outbox    something that they sent, with its index
//   failure   why the message was not handled (`error` is what EventSource calls its own)
//   result    what became of the slot; the last event of an outcome
//   delivery  what became of an entry of the outbox (of the stream of one message only)
//
// In this order, but for the slots of other messages between them. Pure functions.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ao/api/backend.hpp"

namespace ao::api {

enum class EventKind : std::uint8_t { kSlot, kPrint, kOutbox, kFailure, kResult, kDelivery };
inline constexpr std::array<std::string_view, 6> kEventNames = {"slot",    "print",  "outbox",
                                                                "failure", "result", "delivery"};

// Which kinds a stream is asked for.
class EventKinds {
 public:
  // A list of names with commas; every kind when there is none. Errors: kInvalid
  // "event-kind-unknown".
  static Result<EventKinds> parse(const Bytes* text);

  bool has(EventKind kind) const { return (bits_ >> static_cast<unsigned>(kind) & 1) != 0; }
  bool has_of_outcomes() const;

 private:
  unsigned bits_ = ~0U;
};

struct Event {
  std::string_view name;
  std::string id;  // of the stream behind this event
  message::Map data;
};

// As server-sent events have it, and as a message of a WebSocket: {"event", "id", "data"}.
void append_sse(Bytes& out, const Event& event);
Bytes event_json(const Event& event);

// What is told of one slot.
struct Told {
  EventKind kind;
  message::Map data;
};
Told told_of_slot(const message::Assignment& assignment);
std::size_t count_of_outcome(const message::Outcome& outcome);
EventKind kind_in_outcome(const message::Outcome& outcome, std::size_t index);
Told told_of_outcome(const message::Outcome& outcome, std::size_t index);
Told told_of_delivery(const message::Outcome& outcome, const Trace::Sent& sent);

}  // namespace ao::api
