// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "catalogue.hpp"

#include <algorithm>

namespace ao::node {

using api::FoundItems;
using api::ItemFacts;
using api::ItemQuery;
using message::DataItem;

namespace {

constexpr std::size_t kLookedAtMax = 100'000;

ItemFacts facts_of(const DataItem& item, std::optional<Timestamp> time) {
  ItemFacts facts;
  facts.id = item.id().text();
  facts.owner = item.signer().text;
  facts.owner_key = item.owner();
  facts.recipient = item.target().empty() ? Bytes() : base64url(item.target());
  facts.anchor = item.anchor();
  facts.signature = item.signature();
  facts.tags = item.tags();
  facts.data_bytes = item.data().size();
  facts.time = time;
  return facts;
}

// A module that is part of the node, in the words of one that is an item.
ItemFacts builtin_facts(const std::string& name) {
  ItemFacts facts;
  facts.id = name;
  facts.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.TN.1"},
                {"Type", "Module"},
                {"Module-Format", "lua"},
                {"Input-Encoding", "JSON-1"},
                {"Output-Encoding", "JSON-1"},
                {"Content-Type", "application/lua"},
                {"Name", "aos"}};
  return facts;
}

bool is_one_of(const std::vector<Bytes>& wanted, const Bytes& value) {
  return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool matches(const ItemQuery::Tag& wanted, const message::Tags& tags) {
  return std::ranges::any_of(tags, [&](const message::Tag& tag) {
    return tag.name == wanted.name && is_one_of(wanted.values, tag.value);
  });
}

bool matches(const ItemQuery& query, const ItemFacts& facts) {
  return is_one_of(query.owners, facts.owner) && is_one_of(query.recipients, facts.recipient) &&
         std::ranges::all_of(query.tags, [&](const auto& tag) { return matches(tag, facts.tags); });
}

bool is_before(const ItemFacts& a, const ItemFacts& b) {
  const auto time = [](const ItemFacts& facts) {
    return facts.time ? facts.time->milliseconds : 0;
  };
  return std::pair(time(a), a.id) < std::pair(time(b), b.id);
}

}  // namespace

Catalogue::Catalogue(const store::Store& store, const schedule::Log& log, DataItem location,
                     std::vector<std::string> builtin)
    : store_(store),
      log_(log),
      records_(store),
      location_(std::move(location)),
      builtin_(std::move(builtin)) {}

template <class Visit>
void Catalogue::each_by_id(const std::vector<MessageId>& ids, Visit visit) const {
  for (const MessageId& id : ids) {
    if (std::ranges::find(builtin_, id.text()) != builtin_.end()) visit(builtin_facts(id.text()));
    if (id == location_.id()) visit(facts_of(location_, std::nullopt));
    if (const auto kept = records_.item(id)) {
      visit(facts_of(*kept, std::nullopt));
    } else if (const auto scheduled = log_.find(id)) {
      visit(facts_of(scheduled->body(), scheduled->timestamp()));
    }
  }
}

template <class Visit>
void Catalogue::each(const ItemQuery& query, Visit visit) const {
  if (!query.ids.empty()) {
    each_by_id(query.ids, visit);
    return;
  }
  visit(facts_of(location_, std::nullopt));
  for (const std::string& name : builtin_)
    if (MessageId::from_text(name)) visit(builtin_facts(name));
  std::size_t looked_at = 0;
  store_.scan("d", "d", [&](BytesView, BytesView bytes) {
    if (const auto item = DataItem::parse(Bytes(bytes))) visit(facts_of(*item, std::nullopt));
    return ++looked_at < kLookedAtMax;
  });
  store_.scan("h", "h", [&](BytesView key, BytesView) {
    const auto process = ProcessId::from_bytes(key.substr(1));
    const auto spawn = process ? log_.read(*process, Slot{0}) : std::nullopt;
    if (spawn) visit(facts_of(spawn->body(), spawn->timestamp()));
    return ++looked_at < kLookedAtMax;
  });
}

FoundItems Catalogue::find(const ItemQuery& query) const {
  std::vector<ItemFacts> all;
  each(query, [&](ItemFacts facts) {
    if (matches(query, facts)) all.push_back(std::move(facts));
  });
  if (query.is_oldest_first) {
    std::ranges::sort(all, is_before);
  } else {
    std::ranges::sort(all, [](const auto& a, const auto& b) { return is_before(b, a); });
  }
  FoundItems found;
  for (std::size_t i = query.skip; i < all.size() && found.items.size() < query.first; ++i)
    found.items.push_back(std::move(all[i]));
  found.has_more = query.skip + found.items.size() < all.size();
  return found;
}

}  // namespace ao::node
