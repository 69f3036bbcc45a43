// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/definition.hpp"

#include <algorithm>
#include <charconv>

namespace ao::message {
namespace {

constexpr std::uint64_t kPushDepthMost = 1ull << 62;  // one more is still a number

// Lists are written as several tags, or as one with commas; quotes are tolerated, as clients send
// them.
void add_addresses(std::vector<Address>& addresses, std::string_view text) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view one = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t first = one.find_first_not_of(" \t\"");
    if (first == std::string_view::npos) continue;
    one = one.substr(first, one.find_last_not_of(" \t\"") - first + 1);
    addresses.push_back(Address{std::string(one)});
  }
}

}  // namespace

Definition Definition::of(const DataItem& spawn) {
  Definition definition;
  definition.id = process_named_by(spawn.id());
  definition.module = spawn.tag("Module");
  definition.scheduler = spawn.tag("Scheduler");
  definition.tags = spawn.tags();
  for (const Tag& tag : spawn.tags())
    if (same_key(tag.name, "Authority")) add_addresses(definition.authorities, tag.value);
  if (definition.authorities.empty()) add_addresses(definition.authorities, definition.scheduler);

  definition.owner = spawn.signer();
  const auto sender = ProcessId::from_text(spawn.tag("From-Process"));
  if (sender && definition.trusts(definition.owner)) {
    definition.spawned_by = sender;
    definition.owner = Address{sender->text()};
  }
  return definition;
}

std::vector<Address> Definition::schedulers() const {
  std::vector<Address> addresses;
  add_addresses(addresses, scheduler);
  return addresses;
}

bool Definition::trusts(const Address& signer) const {
  return std::ranges::find(authorities, signer) != authorities.end();
}

std::uint64_t push_depth(const DataItem& item, const Definition& receiver) {
  const BytesView text = item.tag("Push-Depth");
  const Address signer = item.signer();
  const auto schedulers = receiver.schedulers();
  const bool is_believed =
      receiver.trusts(signer) || std::ranges::find(schedulers, signer) != schedulers.end();
  std::uint64_t depth = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), depth);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_believed && is_number ? std::min(depth, kPushDepthMost) : 0;
}

}  // namespace ao::message
