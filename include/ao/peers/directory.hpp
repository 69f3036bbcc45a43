// The schedulers that this node knows, and where they answer.
//
// Bounded, and nothing that holds goes for something new: when there is no room, what is new is not
// taken. So whoever makes up keys by the thousand keeps others from being met at worst, never from
// being known. Strangers fill half of it, each of them but a part; the sources that the operator
// chose share the other half evenly, so that neither side takes room from the other; and for those
// that are kept there is always room.
//
// Events in, answers out: neither clock nor disk nor net. Owned by `Gossip`; one thread at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ao/peers/location.hpp"
#include "ao/peers/note.hpp"
#include "ao/peers/sources.hpp"

namespace ao::peers {

struct DirectoryLimits {
  std::size_t records_max = 4'096;
  std::size_t records_of_stranger_max = 256;
  std::size_t chosen_sources = 1;                   // that share half of records_max
  std::size_t kept_max = 1'024;                     // on top of records_max
  std::chrono::milliseconds renewal_pause{10'000};  // until another record of one scheduler counts
};

class Directory {
 public:
  explicit Directory(Address self, const DirectoryLimits& limits = {});

  // This node's own record, to be shown to others. Alone among all it is never found, nor is it
  // learnt: a node does not send to itself.
  void say(Location own);

  // There is always room for this scheduler from now on, as far as `kept_max`.
  void keep(const Address& scheduler);

  // Whether it was news: of a scheduler that is unknown and for which there is room, or said later
  // than what is known. What has expired, or was said over five minutes in the future, is none.
  // Its signature was verified before.
  bool learn(Location location, Timestamp now, const Source& from);

  enum class Use {
    kNew,     // it would be learnt
    kKnown,   // there is nothing new in it
    kNotNow,  // there is no room, its scheduler said another a moment ago, or clocks differ
    kStale,   // it expired over a quarter of an hour ago, or is to be said later than in one
  };
  Use use_of(const LocationClaim& claim, Timestamp now, const Source& from) const;

  // How many schedulers that it does not know it would learn of from there.
  std::size_t room(const Source& from) const;

  // Nullopt when nothing is known, or what is has expired.
  std::optional<Location> find(const Address& scheduler, Timestamp now) const;

  // Those that speak the protocol of this program, in the order of their keys.
  std::vector<Location> peers(Timestamp now) const;

  // What there is of whom, this node included, in the order of the keys. `forget_expired` first.
  void forget_expired(Timestamp now);
  Note::Digest digest() const;
  std::vector<Note::Entry> entries(std::uint64_t buckets) const;
  std::optional<Timestamp> said(RecordKey key) const;
  const Bytes* record(RecordKey key) const;
  bool is_self(RecordKey key) const { return key == self_key_; }
  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    Location location;
    Timestamp learnt;
    Source from;
    bool is_counted = false;  // not when it is kept, or this node's own
  };
  using All = std::map<RecordKey, Known>;

  const Known* known(const Address& scheduler) const;
  bool has_room(const Address& scheduler, const Source& from) const;
  void put(Location location, Timestamp now, const Source& from);
  void count(const Known& known, bool is_there);
  std::size_t held_by(const std::string& source) const;

  Address self_;
  RecordKey self_key_;
  DirectoryLimits limits_;
  All known_;
  std::set<std::string> kept_;                    // addresses
  std::map<std::string, std::size_t> of_source_;  // how many are of each
  std::size_t of_strangers_ = 0;                  // and of all that nobody chose
  Timestamp first_expiry_{~std::uint64_t{0}};     // nothing expires before
};

}  // namespace ao::peers
