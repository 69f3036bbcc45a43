// Where a scheduler answers, said and signed by itself: AO's location record.
//
//   Type        Scheduler-Location     Time-To-Live   milliseconds from Nonce on, a day at most
//   Url         http(s)://HOST[:PORT]  Nonce          when it was said, milliseconds since 1970
//   Peer        1: it speaks the protocol of docs/peers.md
//
// A peer that others cannot call has no Url. A value; any thread. Of two records of one scheduler
// the one said later counts.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "ao/base/clock.hpp"
#include "ao/message/admitted.hpp"

namespace ao::peers {

struct Location {
  Address scheduler;
  std::string url;  // without a slash at its end; empty: it is not to be called
  Timestamp said;
  std::chrono::milliseconds time_to_live{0};
  bool is_peer = false;
  Bytes item;  // as it was signed

  Timestamp expires() const;

  // What a scheduler signed. Errors: "location-malformed" naming the tag.
  static Result<Location> of(const message::Admitted& admitted);

  // Errors: those of DataItem::sign.
  static Result<message::DataItem> sign(const std::string& url, Timestamp now,
                                        std::chrono::milliseconds time_to_live,
                                        const crypto::Key& key);
};

// What a record claims, before anybody looked at its signature: enough to tell whether that is
// worth the while.
struct LocationClaim {
  Address scheduler;
  Timestamp said;
  Timestamp expires;

  // Errors: "location-malformed".
  static Result<LocationClaim> of(const message::DataItem& item);
};

}  // namespace ao::peers
