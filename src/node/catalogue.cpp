// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace ao::node {

using api::FoundItems;
using api::ItemFacts;
using api::ItemQuery;
using api::SearchBudget;
using message::DataItem;
namespace index = message::item_index;

namespace {

constexpr std::size_t kLengthsTold = 256;     // of lists; longer ones are as good as each other
constexpr std::size_t kPlacesAtOnce = 64;     // of one list
constexpr std::size_t kListedMax = 100'000;   // of a list that is gone through from its end
constexpr std::size_t kItemBytes = 1'024;     // beside its data
constexpr std::size_t kPieceBytes = 4 << 20;  // of items that are read in one go

ItemFacts facts_of_item(const DataItem& item, std::optional<Timestamp> time) {
  ItemFacts facts;
  facts.place = index::place_of(item.id(), time.value_or(Timestamp{}));
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
ItemFacts builtin_facts(const MessageId& id) {
  ItemFacts facts;
  facts.place = index::place_of(id, Timestamp{});
  facts.id = id.text();
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
  if (!query.owners.empty() && facts.owner.empty()) return false;
  return is_one_of(query.owners, facts.owner) && is_one_of(query.recipients, facts.recipient) &&
         std::ranges::all_of(query.tags, [&](const auto& tag) { return matches(tag, facts.tags); });
}

}  // namespace

// One query on its way. Used by one piece of work at a time.
struct Catalogue::Search {
  Search(ItemQuery asked, SearchBudget& its_budget)
      : query(std::move(asked)), budget(its_budget), behind(query.after) {}

  bool is_full() const { return found.items.size() >= query.first; }

  // From the budget, what reading an item costs.
  bool take(const ItemFacts& facts) {
    if ((budget.items == 0 || budget.bytes == 0) && is_full()) {
      found.has_more = is_over = true;  // as far as anybody knows
      return false;
    }
    if (budget.items == 0 || budget.bytes == 0) {
      const std::string cursor = behind.empty() ? "" : ", or go on after " + base64url(behind);
      error = Error{ErrorKind::kTooLarge, "graphql-broad",
                    fmt::format("the limit of {} items or {} bytes that one request may look "
                                "through is reached, and {} of {} items were found: ask with an "
                                "owner or tags that fewer have{}",
                                SearchBudget().items, SearchBudget().bytes, found.items.size(),
                                query.first, cursor)};
      return false;
    }
    --budget.items;
    budget.bytes -= std::min(budget.bytes, facts.data_bytes + kItemBytes);
    return true;
  }

  ItemQuery query;
  SearchBudget& budget;
  Lists lists;
  Bytes behind;  // the place that was looked at last; empty: none
  bool is_listing = false;
  std::vector<Bytes> listed;  // places, when the oldest come first: to be gone through from the end
  bool is_over = false;
  FoundItems found;
  std::optional<Error> error;
};

Catalogue::Catalogue(store::Store& store, const schedule::Log& log, DataItem location,
                     const std::vector<std::string>& builtin, async::Pool& pool)
    : store_(store),
      log_(log),
      records_(store),
      indexing_(store, log, pool),
      strand_(boost::asio::make_strand(pool.executor())) {
  own_.push_back(facts_of_item(location, std::nullopt));
  for (const std::string& name : builtin)
    if (const auto id = MessageId::from_text(name)) own_.push_back(builtin_facts(*id));
  std::ranges::sort(own_, {}, &ItemFacts::place);
}

Task<Result<FoundItems>> Catalogue::find(ItemQuery query, SearchBudget& budget) {
  const bool is_by_id = !query.ids.empty();
  if (!is_by_id && !indexing_.is_done())
    co_return fail(ErrorKind::kUnavailable, "graphql-indexing",
                   "the items of this node are being indexed; ask for ids, or again later");
  const auto search = std::make_shared<Search>(std::move(query), budget);
  search->is_listing = search->query.is_oldest_first;
  auto begin = [this, search, is_by_id] {
    if (is_by_id) look_up(*search);
    if (!is_by_id) search->lists = shortest_lists(search->query);
    return true;
  };
  co_await async::run_on(strand_, std::move(begin));
  while (!search->is_over && !search->error) {
    auto piece = [this, search] {
      go_on(*search);
      return true;
    };
    co_await async::run_on(strand_, std::move(piece));
  }
  if (search->error) co_return std::unexpected(*search->error);
  co_return std::move(search->found);
}

std::optional<ItemFacts> Catalogue::facts_of(const MessageId& id) const {
  if (const ItemFacts* own = own_at(index::place_of(id, Timestamp{}))) return *own;
  if (const auto kept = records_.item(id)) return facts_of_item(*kept, std::nullopt);
  const auto scheduled = log_.find(id);
  if (!scheduled) return std::nullopt;
  return facts_of_item(scheduled->body(), scheduled->timestamp());
}

// All at once: a query has few ids.
void Catalogue::look_up(Search& search) const {
  std::map<Bytes, ItemFacts> all;  // by place
  for (const MessageId& id : search.query.ids) {
    auto facts = facts_of(id);
    if (!facts) continue;
    if (!search.take(*facts)) return;
    if (!matches(search.query, *facts)) continue;
    Bytes place = facts->place;
    all.emplace(std::move(place), std::move(*facts));
  }
  std::vector<ItemFacts> sorted;
  for (auto& [place, facts] : all)
    sorted.push_back(std::move(facts));
  if (search.query.is_oldest_first) std::ranges::reverse(sorted);
  const Bytes& after = search.query.after;
  for (ItemFacts& facts : sorted) {
    const bool is_passed =
        search.query.is_oldest_first ? facts.place >= after : facts.place <= after;
    if (!after.empty() && is_passed) continue;
    search.found.has_more = search.is_full();
    if (search.found.has_more) break;
    search.found.items.push_back(std::move(facts));
  }
  search.is_over = true;
}

// Everything that matches is in one of these, for each thing that must match.
Catalogue::Lists Catalogue::shortest_lists(const ItemQuery& query) const {
  std::vector<Lists> choices;
  if (!query.owners.empty()) {
    Lists lists;
    for (const Bytes& owner : query.owners)
      if (!owner.empty()) lists.push_back(index::list_of_owner(owner));
    choices.push_back(std::move(lists));
  }
  const bool has_recipients = !query.recipients.empty() && !is_one_of(query.recipients, "");
  if (has_recipients) {
    Lists lists;
    for (const Bytes& recipient : query.recipients)
      lists.push_back(index::list_of_recipient(recipient));
    choices.push_back(std::move(lists));
  }
  for (const ItemQuery::Tag& tag : query.tags) {
    if (tag.values.empty()) continue;
    Lists lists;
    for (const Bytes& value : tag.values)
      lists.push_back(index::list_of_tag(tag.name, value));
    choices.push_back(std::move(lists));
  }
  if (choices.empty()) return {index::list_of_all()};
  return *std::ranges::min_element(choices, {},
                                   [this](const Lists& lists) { return length_of(lists); });
}

// Up to what is told apart.
std::size_t Catalogue::length_of(const Lists& lists) const {
  std::size_t length = 0;
  for (const Bytes& list : lists) {
    store_.scan(list, list, [&](BytesView, BytesView) { return ++length < kLengthsTold; });
    if (length >= kLengthsTold) break;
  }
  return length;
}

void Catalogue::go_on(Search& search) const {
  if (search.is_listing) {
    list_places(search);
  } else {
    read_next(search);
  }
}

// The next places behind `behind` of all the lists together, in order. Each list is looked at as
// far as the one that was looked at least far, so that none is passed over. Empty at the end.
std::vector<Bytes> Catalogue::next_places(Search& search) const {
  std::vector<Bytes> places;
  std::optional<Bytes> horizon;  // nullopt: every list was looked at to its end
  for (const Bytes& list : search.lists) {
    std::size_t count = 0;
    Bytes last;
    store_.scan(list, list + search.behind, [&](BytesView key, BytesView) {
      const BytesView place = key.substr(list.size());
      if (place == search.behind) return true;
      last = place;
      places.push_back(last);
      return ++count < kPlacesAtOnce;
    });
    if (count == kPlacesAtOnce && (!horizon || last < *horizon)) horizon = last;
  }
  for (const ItemFacts& own : own_)
    if (own.place > search.behind) places.push_back(own.place);
  std::ranges::sort(places);
  const auto same = std::ranges::unique(places);
  places.erase(same.begin(), same.end());
  if (horizon) std::erase_if(places, [&](const Bytes& place) { return place > *horizon; });
  return places;
}

// The oldest come first: all places, from the newest to where the last page ended.
void Catalogue::list_places(Search& search) const {
  if (search.listed.empty()) search.behind.clear();
  const Bytes& end = search.query.after;
  const auto places = next_places(search);
  search.is_listing = !places.empty();
  for (const Bytes& place : places) {
    search.is_listing = end.empty() || place < end;
    if (!search.is_listing) break;
    search.listed.push_back(place);
    search.behind = place;
  }
  if (search.listed.size() <= kListedMax) return;
  search.error = Error{ErrorKind::kTooLarge, "graphql-broad",
                       fmt::format("over {} items would have to be sorted, from the oldest on: ask "
                                   "for the newest first, or with an owner or tags that fewer have",
                                   kListedMax)};
}

void Catalogue::read_next(Search& search) const {
  std::vector<Bytes> places;
  if (search.query.is_oldest_first) {
    for (std::size_t i = 0; i < kPlacesAtOnce && !search.listed.empty(); ++i) {
      places.push_back(std::move(search.listed.back()));
      search.listed.pop_back();
    }
  } else {
    places = next_places(search);
  }
  search.is_over = places.empty();
  const std::size_t budget = search.budget.bytes;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (budget - search.budget.bytes >= kPieceBytes) {
      if (!search.query.is_oldest_first) return;  // the others are found again
      for (std::size_t left = places.size(); left > i; --left)
        search.listed.push_back(std::move(places[left - 1]));
      return;
    }
    const ItemFacts* own = own_at(places[i]);
    auto facts = own != nullptr ? std::optional(*own) : read_at(places[i]);
    if (own == nullptr && facts && !search.take(*facts)) return;
    search.behind = places[i];
    if (!facts || !matches(search.query, *facts)) continue;
    search.found.has_more = search.is_full();
    search.is_over = search.found.has_more;
    if (search.is_over) return;
    search.found.items.push_back(std::move(*facts));
  }
}

const ItemFacts* Catalogue::own_at(const Bytes& place) const {
  const auto own = std::ranges::find(own_, place, &ItemFacts::place);
  return own != own_.end() ? &*own : nullptr;
}

std::optional<ItemFacts> Catalogue::read_at(const Bytes& place) const {
  const MessageId id = index::id_in(place);
  if (index::time_in(place) == Timestamp{})
    if (const auto kept = records_.item(id)) return facts_of_item(*kept, std::nullopt);
  const auto spawn = log_.spawn(process_named_by(id));
  if (!spawn) return std::nullopt;
  return facts_of_item(spawn->body(), spawn->timestamp());
}

}  // namespace ao::node
