// How records spread from node to node: what this node says, whom it calls, and what it believes.
//
// Each round it calls a few peers. A call begins with a digest of what the caller has; the answer
// lists what the other has wherever the digests differ; the follow-up brings what the other lacks
// and names what the caller lacks, which is the second answer. Where nothing differs, a call is one
// small note each way, however many records there are. Who can only call is known all the same: its
// own calls bring its record.
//
// Records count by their signature alone, whoever brings them: `weigh` tells whether it is worth
// looking at, and `learn` takes what was verified. Sources are held to limits (Sources), as is what
// is known (Directory). No clock, no net, chance by the seed alone. One thread at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "ao/peers/directory.hpp"

namespace ao::peers {

struct GossipSettings {
  std::vector<std::string> chosen;  // URLs that the operator named
  std::size_t partners = 3;         // called in a round
  std::size_t record_bytes_max = 4'096;
  std::chrono::milliseconds rest_min{1'000};  // of one that did not answer, doubled each time
  std::chrono::milliseconds rest_max{600'000};
  std::chrono::milliseconds rest_of_chosen_max{30'000};
  DirectoryLimits directory{};
  SourceLimits sources{};
};

struct Moment {
  Timestamp wall;        // what records speak of
  Sources::Time steady;  // what rests and rates go by
};

class Gossip {
 public:
  Gossip(const GossipSettings& settings, const Address& self, std::uint64_t seed);

  Directory& directory() { return directory_; }
  const Directory& directory() const { return directory_; }

  // The URLs to be called in a round that begins now: one of the chosen and some that are known;
  // none that rests.
  std::vector<std::string> partners(Moment now);
  void called(const std::string& url, bool has_answered, Moment now);

  // Known peers but for those that did not answer their last call, at most so many, at random;
  // those that answered one first. None of the chosen URLs.
  std::vector<Location> reachable(std::size_t most, Moment now);

  // Of a call.
  Note opening(Moment now);
  std::optional<Note> follow_up(const Note& answer, const Source& from, Moment now);

  // Of a note that came: whether it is to be read (the errors of Sources::enter), and its answer.
  Result<> hear(const Source& from, Moment now) { return sources_.enter(from, now.steady); }
  Note answer(const Note& note, const Source& from, Moment now);

  // What is to be done about a record, whose signature nobody has looked at. Faults are held
  // against the source.
  enum class Worth {
    kVerify,
    kKnown,
    kLater,  // over a limit of the source, or of what may be known
    kFaulty,
  };
  Worth weigh(BytesView record, const Source& from, Moment now);

  // Whether it was news. Its signature was verified.
  bool learn(Location location, const Source& from, Moment now);

  void blame(const Source& from, Fault fault, Moment now);
  bool is_banned(const Source& from, Moment now) const {
    return sources_.is_banned(from, now.steady);
  }
  std::size_t banned(Moment now) const { return sources_.banned(now.steady); }

  // The source that whoever answers at this URL is.
  Source source_at(const std::string& url) const;

 private:
  struct Contact {          // of a URL that was called
    unsigned failures = 0;  // in a row
    Sources::Time rests_until{};
  };

  bool is_chosen(const std::string& url) const;
  bool may_call(const std::string& url, Moment now) const;
  void forget_contacts(Timestamp now);
  void add_records(Note& note, const std::vector<RecordKey>& keys) const;
  std::uint16_t room_for(const Source& from) const;

  const GossipSettings settings_;
  Directory directory_;
  Sources sources_;
  std::map<std::string, Contact> contacts_;
  std::mt19937_64 random_;
};

}  // namespace ao::peers
