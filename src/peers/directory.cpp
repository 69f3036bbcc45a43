// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/directory.hpp"

#include <algorithm>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"

namespace ao::peers {
namespace {

constexpr std::uint64_t kAheadMsMax = 300'000;  // what clocks of two machines may differ by

// From when on nobody honest passes it on: his clock and that of the signer may both be wrong, and
// this node's too.
constexpr std::uint64_t kStaleMs = 3 * kAheadMsMax;

}  // namespace

Directory::Directory(Address self, const DirectoryLimits& limits)
    : self_(std::move(self)), self_key_(key_of(self_)), limits_(limits) {
  AO_ASSERT(limits.records_max + limits.kept_max + 1 <= Note::kEntriesMax);
}

void Directory::say(Location own) {
  AO_ASSERT(own.scheduler == self_);
  first_expiry_ = std::min(first_expiry_, own.expires());
  known_.insert_or_assign(self_key_, Known{std::move(own), {}, {}});
}

void Directory::keep(const Address& scheduler) {
  if (scheduler == self_ || kept_.size() >= limits_.kept_max) return;
  if (!kept_.insert(scheduler.text).second) return;
  const auto found = known_.find(key_of(scheduler));
  if (found == known_.end() || found->second.location.scheduler != scheduler) return;
  count(found->second, false);
  found->second.is_counted = false;
}

Directory::Use Directory::use_of(const LocationClaim& claim, Timestamp now,
                                 const Source& from) const {
  if (claim.said.milliseconds > now.milliseconds + kStaleMs) return Use::kStale;
  if (claim.expires.milliseconds + kStaleMs <= now.milliseconds) return Use::kStale;
  if (claim.scheduler == self_ || claim.expires <= now) return Use::kKnown;
  if (claim.said.milliseconds > now.milliseconds + kAheadMsMax) return Use::kNotNow;
  const Known* old = known(claim.scheduler);
  if (old == nullptr) return has_room(claim.scheduler, from) ? Use::kNew : Use::kNotNow;
  if (old->location.said >= claim.said) return Use::kKnown;
  const auto pause = static_cast<std::uint64_t>(limits_.renewal_pause.count());
  const bool is_too_soon =
      now >= old->learnt && now.milliseconds - old->learnt.milliseconds < pause;
  return is_too_soon && !from.is_chosen ? Use::kNotNow : Use::kNew;
}

bool Directory::learn(Location location, Timestamp now, const Source& from) {
  forget_expired(now);
  const LocationClaim claim{location.scheduler, location.said, location.expires()};
  if (use_of(claim, now, from) != Use::kNew) return false;
  put(std::move(location), now, from);
  return true;
}

// What was heard of before keeps the source that it was first heard from.
void Directory::put(Location location, Timestamp now, const Source& from) {
  first_expiry_ = std::min(first_expiry_, location.expires());
  const auto found = known_.find(key_of(location.scheduler));
  if (found != known_.end()) {
    found->second.location = std::move(location);
    found->second.learnt = now;
    return;
  }
  const bool is_kept = kept_.contains(location.scheduler.text);
  Known entry{std::move(location), now, from, !is_kept};
  count(entry, true);
  const RecordKey key = key_of(entry.location.scheduler);
  known_.emplace(key, std::move(entry));
}

const Directory::Known* Directory::known(const Address& scheduler) const {
  const auto found = known_.find(key_of(scheduler));
  if (found == known_.end() || found->second.location.scheduler != scheduler) return nullptr;
  return &found->second;
}

// A key that another scheduler has already is taken: nobody finds a second one by chance.
bool Directory::has_room(const Address& scheduler, const Source& from) const {
  if (known_.contains(key_of(scheduler))) return false;
  return kept_.contains(scheduler.text) || room(from) > 0;
}

std::size_t Directory::room(const Source& from) const {
  const std::size_t half = limits_.records_max / 2;
  const std::size_t held = held_by(from.name);
  if (from.is_chosen) {
    const std::size_t share = half / std::max<std::size_t>(limits_.chosen_sources, 1);
    return share - std::min(held, share);
  }
  const std::size_t left = half - std::min(of_strangers_, half);
  return std::min(
      left, limits_.records_of_stranger_max - std::min(held, limits_.records_of_stranger_max));
}

std::size_t Directory::held_by(const std::string& source) const {
  const auto found = of_source_.find(source);
  return found == of_source_.end() ? 0 : found->second;
}

void Directory::count(const Known& known, bool is_there) {
  if (!known.is_counted) return;
  const auto add = [&](std::size_t& number) { is_there ? ++number : --number; };
  const auto held = of_source_.try_emplace(known.from.name).first;
  add(held->second);
  if (!known.from.is_chosen) add(of_strangers_);
  if (held->second == 0) of_source_.erase(held);
}

std::optional<Location> Directory::find(const Address& scheduler, Timestamp now) const {
  const Known* found = known(scheduler);
  if (found == nullptr || scheduler == self_) return std::nullopt;
  if (found->location.expires() <= now) return std::nullopt;
  return found->location;
}

std::vector<Location> Directory::peers(Timestamp now) const {
  std::vector<Location> found;
  for (const auto& [key, known] : known_)
    if (known.location.is_peer && known.location.expires() > now && key != self_key_)
      found.push_back(known.location);
  return found;
}

void Directory::forget_expired(Timestamp now) {
  if (now < first_expiry_) return;
  first_expiry_ = Timestamp{~std::uint64_t{0}};
  for (auto at = known_.begin(); at != known_.end();) {
    const Timestamp expires = at->second.location.expires();
    if (expires <= now) {
      count(at->second, false);
      at = known_.erase(at);
    } else {
      first_expiry_ = std::min(first_expiry_, expires);
      ++at;
    }
  }
}

Note::Digest Directory::digest() const {
  Note::Digest digest{};
  auto at = known_.begin();
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    Bytes text;
    for (; at != known_.end() && bucket_of(at->first) == bucket; ++at) {
      put_u64be(text, static_cast<std::uint64_t>(at->first));
      put_u64be(text, at->second.location.said.milliseconds);
    }
    if (!text.empty()) digest[bucket] = get_u64be(crypto::view(crypto::sha256(text)).substr(0, 8));
  }
  return digest;
}

std::vector<Note::Entry> Directory::entries(std::uint64_t buckets) const {
  std::vector<Note::Entry> found;
  for (const auto& [key, known] : known_)
    if ((buckets >> bucket_of(key) & 1) != 0) found.push_back({key, known.location.said});
  return found;
}

std::optional<Timestamp> Directory::said(RecordKey key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional(found->second.location.said);
}

const Bytes* Directory::record(RecordKey key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second.location.item;
}

}  // namespace ao::peers
