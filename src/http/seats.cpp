// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "seats.hpp"

#include <algorithm>

#include "ao/base/assert.hpp"

namespace ao::http {

Seats::Verdict Seats::ask(const std::string& origin, Ticket ticket) {
  Origin& here = origins_[origin];
  if (has_room(here)) {
    ++here.taken;
    ++taken_;
    return Verdict::kSeated;
  }
  if (here.waiting >= limits_.waiting_per_origin_max || line_.size() >= limits_.waiting_max) {
    forget_if_empty(origin);
    return Verdict::kFull;
  }
  ++here.waiting;
  line_.push_back(Waiting{origin, ticket});
  return Verdict::kWaiting;
}

// One seat became free, so at most one of those that wait has room.
std::optional<Seats::Ticket> Seats::leave(const std::string& origin) {
  Origin& left = origins_.at(origin);
  AO_ASSERT(left.taken > 0);
  --left.taken;
  --taken_;
  forget_if_empty(origin);
  const auto next = std::ranges::find_if(
      line_, [&](const Waiting& each) { return has_room(origins_.at(each.origin)); });
  if (next == line_.end()) return std::nullopt;
  Origin& here = origins_.at(next->origin);
  --here.waiting;
  ++here.taken;
  ++taken_;
  const Ticket ticket = next->ticket;
  line_.erase(next);
  return ticket;
}

void Seats::give_up(Ticket ticket) {
  const auto place =
      std::ranges::find_if(line_, [&](const Waiting& each) { return each.ticket == ticket; });
  AO_ASSERT(place != line_.end());
  const std::string origin = place->origin;
  line_.erase(place);
  --origins_.at(origin).waiting;
  forget_if_empty(origin);
}

void Seats::forget_if_empty(const std::string& origin) {
  const auto known = origins_.find(origin);
  if (known->second.taken == 0 && known->second.waiting == 0) origins_.erase(known);
}

}  // namespace ao::http
