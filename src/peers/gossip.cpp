// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/gossip.hpp"

#include <algorithm>

namespace ao::peers {
namespace {

constexpr std::size_t kContactsMax = 2 * Note::kEntriesMax;

DirectoryLimits limits_of(const GossipSettings& settings) {
  DirectoryLimits limits = settings.directory;
  limits.chosen_sources = settings.chosen.size();
  return limits;
}

// http(s)://HOST[:PORT] without what may stand behind it, so that whoever has a host is one.
std::string host_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == url.npos ? 0 : scheme + 3;
  return lower_case(url.substr(begin, url.find_first_of("/?#", begin) - begin));
}

}  // namespace

Gossip::Gossip(const GossipSettings& settings, const Address& self, std::uint64_t seed)
    : settings_(settings),
      directory_(self, limits_of(settings)),
      sources_(settings.sources),
      random_(seed) {}

bool Gossip::is_chosen(const std::string& url) const {
  return std::ranges::find(settings_.chosen, url) != settings_.chosen.end();
}

Source Gossip::source_at(const std::string& url) const {
  return is_chosen(url) ? Source{url, true} : Source{host_of(url), false};
}

bool Gossip::may_call(const std::string& url, Moment now) const {
  if (url.empty() || is_banned(source_at(url), now)) return false;
  const auto contact = contacts_.find(source_at(url).name);
  return contact == contacts_.end() || contact->second.rests_until <= now.steady;
}

std::vector<std::string> Gossip::partners(Moment now) {
  forget_contacts(now.wall);
  std::vector<std::string> chosen, known;
  for (const std::string& url : settings_.chosen)
    if (may_call(url, now)) chosen.push_back(url);
  for (const Location& peer : directory_.peers(now.wall))
    if (may_call(peer.url, now) && !is_chosen(peer.url)) known.push_back(peer.url);
  std::ranges::shuffle(chosen, random_);
  std::ranges::shuffle(known, random_);
  // The first of the chosen before all, so that strangers are never all that this node hears.
  if (!chosen.empty()) known.insert(known.begin(), chosen.front());
  known.insert(known.end(), chosen.begin() + (chosen.empty() ? 0 : 1), chosen.end());
  known.resize(std::min(known.size(), settings_.partners));
  return known;
}

void Gossip::called(const std::string& url, bool has_answered, Moment now) {
  const Source source = source_at(url);
  Contact& contact = contacts_[source.name];
  if (has_answered) {
    contact = {};
    return;
  }
  const auto most = source.is_chosen ? settings_.rest_of_chosen_max : settings_.rest_max;
  auto rest = settings_.rest_min;
  for (unsigned i = 0; i < contact.failures && rest < most; ++i)
    rest *= 2;
  ++contact.failures;
  contact.rests_until = now.steady + std::min(rest, most);
}

// Whoever is gone; or all, when somebody made up hosts without end.
void Gossip::forget_contacts(Timestamp now) {
  if (contacts_.size() <= kContactsMax) return;
  std::set<std::string> hosts(settings_.chosen.begin(), settings_.chosen.end());
  for (const Location& peer : directory_.peers(now))
    hosts.insert(source_at(peer.url).name);
  std::erase_if(contacts_, [&](const auto& entry) { return !hosts.contains(entry.first); });
}

std::vector<Location> Gossip::reachable(std::size_t most, Moment now) {
  std::vector<Location> found = directory_.peers(now.wall);
  const auto contact_of = [&](const Location& peer) {
    return contacts_.find(source_at(peer.url).name);
  };
  std::erase_if(found, [&](const Location& peer) {
    const auto contact = contact_of(peer);
    const bool has_failed = contact != contacts_.end() && contact->second.failures > 0;
    return has_failed || is_chosen(peer.url) || !may_call(peer.url, now);
  });
  std::ranges::shuffle(found, random_);
  std::ranges::stable_partition(
      found, [&](const Location& peer) { return contact_of(peer) != contacts_.end(); });
  found.erase(found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), most)),
              found.end());
  return found;
}

std::uint16_t Gossip::room_for(const Source& from) const {
  return static_cast<std::uint16_t>(std::min(directory_.room(from), Note::kRecordsMax));
}

Note Gossip::opening(Moment now) {
  directory_.forget_expired(now.wall);
  Note note;
  note.digest = directory_.digest();
  return note;
}

Note Gossip::answer(const Note& note, const Source& from, Moment now) {
  directory_.forget_expired(now.wall);
  Note answer;
  answer.room = room_for(from);
  if (note.digest) {
    const Note::Digest own = directory_.digest();
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
      if (own[bucket] != (*note.digest)[bucket]) answer.buckets |= std::uint64_t{1} << bucket;
    answer.entries = directory_.entries(answer.buckets);
  }
  add_records(answer, note.wants);
  return answer;
}

std::optional<Note> Gossip::follow_up(const Note& answer, const Source& from, Moment now) {
  directory_.forget_expired(now.wall);
  std::vector<RecordKey> wanted, brought;
  std::size_t own_room = room_for(from), room = answer.room;
  // From another place each time, so that what does not fit comes with a later call.
  const auto rotate = [&](auto& entries) {
    if (entries.empty()) return;
    const auto by = static_cast<std::ptrdiff_t>(random_() % entries.size());
    std::ranges::rotate(entries, entries.begin() + by);
  };
  std::vector<Note::Entry> theirs = answer.entries;
  std::vector<Note::Entry> ours = directory_.entries(answer.buckets);
  rotate(theirs);
  rotate(ours);
  for (const auto& [key, said] : theirs) {
    const auto known = directory_.said(key);
    if (directory_.is_self(key) || (known && *known >= said)) continue;
    if (wanted.size() == Note::kWantsMax) break;
    if (known || own_room > 0) wanted.push_back(key);
    if (!known && own_room > 0) --own_room;
  }
  for (const auto& [key, said] : ours) {
    const auto at = std::ranges::lower_bound(answer.entries, key, {}, &Note::Entry::key);
    const bool is_known = at != answer.entries.end() && at->key == key;
    if (is_known && at->said >= said) continue;
    if (is_known || room > 0) brought.push_back(key);
    if (!is_known && room > 0) --room;
  }
  if (wanted.empty() && brought.empty()) return std::nullopt;
  Note note;
  note.room = room_for(from);
  std::ranges::sort(wanted);
  note.wants = std::move(wanted);
  add_records(note, brought);
  return note;
}

void Gossip::add_records(Note& note, const std::vector<RecordKey>& keys) const {
  std::size_t bytes = size_of(note);
  for (const RecordKey key : keys) {
    const Bytes* record = directory_.record(key);
    if (record == nullptr) continue;
    bytes += 2 + record->size();
    if (note.records.size() == Note::kRecordsMax || bytes > Note::kBytesMax) return;
    note.records.push_back(*record);
  }
}

Gossip::Worth Gossip::weigh(BytesView record, const Source& from, Moment now) {
  const auto faulty = [&](Fault fault) {
    blame(from, fault, now);
    return Worth::kFaulty;
  };
  if (record.size() > settings_.record_bytes_max) return faulty(Fault::kOversized);
  const auto item = message::DataItem::parse(Bytes(record));
  if (!item) return faulty(Fault::kMalformed);
  const auto claim = LocationClaim::of(*item);
  if (!claim) return faulty(Fault::kMalformed);
  switch (directory_.use_of(*claim, now.wall, from)) {
    case Directory::Use::kStale:
      return faulty(Fault::kStale);
    case Directory::Use::kKnown:
      return Worth::kKnown;
    case Directory::Use::kNotNow:
      return Worth::kLater;
    case Directory::Use::kNew:
      break;
  }
  return sources_.may_verify(from, now.steady) ? Worth::kVerify : Worth::kLater;
}

bool Gossip::learn(Location location, const Source& from, Moment now) {
  return directory_.learn(std::move(location), now.wall, from);
}

void Gossip::blame(const Source& from, Fault fault, Moment now) {
  sources_.blame(from, fault, now.steady);
}

}  // namespace ao::peers
