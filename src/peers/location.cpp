// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/location.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ao::peers {
namespace {

constexpr std::size_t kUrlBytesMax = 512;
constexpr std::uint64_t kLifeMsMax = 24ull * 3600 * 1000;

std::optional<std::uint64_t> number(BytesView text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorKind::kInvalid, "location-malformed", fmt::format("a location record {}", why));
}

Result<Location> read(const message::DataItem& item) {
  if (item.tag("Type") != "Scheduler-Location")
    return malformed("has the tag Type: Scheduler-Location");
  Location location;
  location.scheduler = item.signer();
  location.is_peer = item.tag("Peer") == "1";
  location.url = Bytes(item.tag("Url"));
  while (location.url.ends_with('/'))
    location.url.pop_back();
  const bool lacks_url = location.url.empty() && !location.is_peer;
  if (lacks_url || location.url.size() > kUrlBytesMax)
    return malformed(fmt::format("has a tag Url of 1 to {} bytes", kUrlBytesMax));
  const auto life = number(item.tag("Time-To-Live"));
  if (!life || *life == 0) return malformed("has a tag Time-To-Live in milliseconds");
  const auto said = number(item.tag("Nonce"));
  if (!said || *said > ~std::uint64_t{0} - kLifeMsMax)
    return malformed("has a tag Nonce, the time at which it was said in milliseconds");
  location.said = Timestamp{*said};
  location.time_to_live = std::chrono::milliseconds(std::min(*life, kLifeMsMax));
  return location;
}

}  // namespace

Timestamp Location::expires() const {
  return Timestamp{said.milliseconds + static_cast<std::uint64_t>(time_to_live.count())};
}

Result<Location> Location::of(const message::Admitted& admitted) {
  if (admitted.kind() != message::Admitted::Kind::kData) return malformed("has no target");
  AO_TRY(location, read(admitted.item()));
  location.item = admitted.item().bytes();
  return location;
}

Result<LocationClaim> LocationClaim::of(const message::DataItem& item) {
  AO_TRY(location, read(item));
  return LocationClaim{location.scheduler, location.said, location.expires()};
}

Result<message::DataItem> Location::sign(const std::string& url, Timestamp now,
                                         std::chrono::milliseconds time_to_live,
                                         const crypto::Key& key) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Scheduler-Location"}};
  if (!url.empty()) draft.tags.push_back({"Url", url});
  draft.tags.push_back({"Time-To-Live", std::to_string(time_to_live.count())});
  draft.tags.push_back({"Nonce", std::to_string(now.milliseconds)});
  draft.tags.push_back({"Peer", "1"});
  return message::DataItem::sign(draft, key);
}

}  // namespace ao::peers
