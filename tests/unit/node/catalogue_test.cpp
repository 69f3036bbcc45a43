// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "support/workbench.hpp"

namespace ao::node {
namespace {

using api::FoundItems;
using api::ItemQuery;
using api::SearchBudget;
namespace index = message::item_index;

class CatalogueTest : public testing::Test {
 protected:
  CatalogueTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    store_ = store::Store::open(settings);
    log_.emplace(*store_);
    open();
  }

  void open() {
    catalogue_.reset();
    message::Draft location;
    location.tags = {{"Type", "Scheduler-Location"}};
    catalogue_.emplace(*store_, *log_, test::sign(location, *alice_), std::vector<std::string>(),
                       pool_);
    catalogue_->resume();
  }

  MessageId keep(const crypto::Key& by, const std::string& name, std::size_t bytes = 1) {
    auto draft = test::module_draft(std::string(bytes, 'x') + std::to_string(++kept_), name);
    const auto item = test::sign(draft, by);
    store::Batch batch;
    process::Records::write(item, batch);
    EXPECT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
    return item.id();
  }

  Result<FoundItems> find(ItemQuery query, SearchBudget budget = {}) {
    return test::await(pool_, catalogue_->find(std::move(query), budget));
  }

  static ItemQuery named(const std::string& name, std::size_t first = 10) {
    ItemQuery query;
    query.tags = {{"Name", {name}}};
    query.first = first;
    return query;
  }

  test::Folder folder_;
  async::Pool pool_{"test", 2};
  std::unique_ptr<crypto::Key> alice_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> bob_ = crypto::Key::new_ed25519();
  std::unique_ptr<store::Store> store_;
  std::optional<schedule::Log> log_;
  std::optional<Catalogue> catalogue_;
  int kept_ = 0;
};

// Everything, page by page, whatever else is there.
TEST_F(CatalogueTest, pages_have_each_item_once_in_both_directions) {
  std::set<std::string> ids;
  for (int i = 0; i < 150; ++i)
    ids.insert(keep(i % 2 == 0 ? *alice_ : *bob_, "mine").text());
  for (int i = 0; i < 20; ++i)
    keep(*alice_, "other");
  std::vector<std::string> down, up;
  for (auto* all : {&down, &up}) {
    ItemQuery query = named("mine", 40);
    query.owners = {alice_->address().text, "", bob_->address().text};
    query.is_oldest_first = all == &up;
    for (bool has_more = true; has_more;) {
      const auto found = find(query);
      ASSERT_TRUE(found) << found.error().text;
      for (const auto& item : found->items)
        all->push_back(item.id);
      has_more = found->has_more;
      ASSERT_EQ(found->items.size(), has_more ? 40u : 30u);
      query.after = found->items.back().place;
    }
  }
  EXPECT_EQ(down.size(), 150u);
  EXPECT_EQ(std::set(down.begin(), down.end()), ids);
  std::ranges::reverse(up);
  EXPECT_EQ(up, down);
}

TEST_F(CatalogueTest, looks_at_no_more_than_it_must) {
  for (int i = 0; i < 300; ++i)
    keep(*alice_, "common");
  const MessageId rare = keep(*bob_, "common");
  ItemQuery query = named("common");
  query.owners = {bob_->address().text};
  SearchBudget budget{5, 1 << 20};
  const auto found = test::await(pool_, catalogue_->find(query, budget));
  ASSERT_TRUE(found) << found.error().text;
  ASSERT_EQ(found->items.size(), 1u);
  EXPECT_EQ(found->items.front().id, rare.text());
  EXPECT_EQ(budget.items, 4u);
}

TEST_F(CatalogueTest, a_broad_query_says_how_far_it_got_and_goes_on_there) {
  for (int i = 0; i < 100; ++i)
    keep(*alice_, "common");
  keep(*alice_, "rare");
  ItemQuery query;
  query.tags = {{"Name", {}}, {"Type", {"Module"}}, {"Name", {"rare", "common"}}};
  query.first = 100;
  const auto stopped = find(query, {20, 1 << 20});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "graphql-broad");
  EXPECT_NE(stopped.error().text.find("20 of 100"), std::string::npos) << stopped.error().text;
  const std::string text = stopped.error().text;
  query.after = *from_base64url(text.substr(text.rfind(' ') + 1));
  ASSERT_EQ(query.after.size(), index::kPlaceBytes) << text;
  const auto rest = find(query);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->items.size(), 81u);
  EXPECT_FALSE(rest->has_more);
  query.after.clear();
  query.first = 20;
  const auto page = find(query, {20, 1 << 20});
  ASSERT_TRUE(page) << "what was asked for is there";
  EXPECT_TRUE(page->has_more);
}

TEST_F(CatalogueTest, large_items_cost_their_bytes) {
  for (int i = 0; i < 8; ++i)
    keep(*alice_, "large", 1 << 20);
  EXPECT_EQ(find(named("large"))->items.size(), 8u);
  const auto stopped = find(named("large"), {1'000, 3 << 20});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "graphql-broad");
}

TEST_F(CatalogueTest, nobody_owns_what_has_no_owner) {
  keep(*alice_, "mine");
  ItemQuery query = named("mine");
  query.owners = {""};
  EXPECT_TRUE(find(query)->items.empty());
}

// As stores were before there was an index; with a stop in between.
TEST_F(CatalogueTest, what_an_older_store_holds_is_indexed_once) {
  std::set<std::string> ids;
  for (int i = 0; i < 300; ++i)
    ids.insert(keep(*alice_, "old").text());
  catalogue_.reset();
  store::Batch batch;
  store_->scan(index::kTable, index::kTable, [&](BytesView key, BytesView) {
    batch.remove(key);
    return true;
  });
  ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  open();
  catalogue_->stop();
  open();
  Result<FoundItems> found = find(named("old", 1'000));
  for (int i = 0; i < 1'000 && !found; ++i) {
    ASSERT_EQ(found.error().code, "graphql-indexing");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = find(named("old", 1'000));
  }
  ASSERT_TRUE(found) << found.error().text;
  std::set<std::string> seen;
  for (const auto& item : found->items)
    seen.insert(item.id);
  EXPECT_EQ(seen, ids);
  open();
  EXPECT_TRUE(find(named("old"))) << "at once";
}

}  // namespace
}  // namespace ao::node
