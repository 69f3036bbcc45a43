// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/definition.hpp"

#include <algorithm>

namespace ao::message {
namespace {

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

}  // namespace ao::message
