// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/journal.hpp"

#include <gtest/gtest.h>

#include "ao/settlement/contents.hpp"
#include "support/workbench.hpp"

namespace ao::settlement {
namespace {

ProcessId process(char letter) {
  return *ProcessId::from_bytes(Bytes(32, letter));
}

MessageId item(char letter) {
  return *MessageId::from_bytes(Bytes(32, letter));
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    settings.cache_bytes = 1 << 20;
    store_ = store::Store::open(settings);
  }

  void commit(store::Batch batch) {
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  }

  Record record(std::uint64_t number) const {
    Record made;
    made.number = number;
    made.id = item(static_cast<char>('A' + number));
    made.owner = "owner";
    made.signature = "signature";
    made.messages = 3;
    made.bytes = 1'000;
    return made;
  }

  Record add(std::uint64_t number, const Places& places, std::vector<MessageId> items = {}) {
    Record made = record(number);
    made.items = std::move(items);
    store::Batch batch;
    Journal::add(made, places, batch);
    commit(std::move(batch));
    return made;
  }

  void confirm(Record made) {
    made.state = State::kConfirmed;
    store::Batch batch;
    Journal::update(made, batch);
    commit(std::move(batch));
  }

  test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
};

TEST_F(JournalTest, a_record_comes_back_as_it_was_written) {
  Record made = record(7);
  made.type = crypto::SignatureType::kEd25519;
  made.spans = {{store::Shard{3}, 0, 5}, {store::Shard{255}, 10, 1ull << 40}};
  made.items = {item('x'), item('y')};
  made.oldest = Timestamp{1};
  made.made = Timestamp{2};
  made.changed = Timestamp{3};
  made.state = State::kAccepted;
  made.sends = 4;
  made.bundler = "http://b";
  made.height = 5;
  made.reason = "why";
  const auto read = record_in(7, to_bytes(made));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, made);
  EXPECT_EQ(record_in(7, to_bytes(made).substr(1)).error().code, "settlement-damaged");
  EXPECT_EQ(record_in(7, "").error().code, "settlement-damaged");
}

TEST_F(JournalTest, knows_nothing_of_what_was_never_bundled) {
  const Journal journal(*store_);
  EXPECT_EQ(journal.next_number(), std::nullopt);
  EXPECT_EQ(journal.cursor(store::Shard{7}), 0u);
  EXPECT_TRUE(journal.unconfirmed().empty());
  EXPECT_EQ(journal.bundle_of(process('p'), Slot{0}), std::nullopt);
  EXPECT_EQ(journal.confirmed(process('p')), Slot{0});
  EXPECT_EQ(journal.bundle(0).error().code, "bundle-unknown");
}

TEST_F(JournalTest, finds_the_bundle_of_each_slot_and_none_of_those_that_wait) {
  add(0, {{process('p'), Slot{2}}, {process('q'), Slot{0}}});
  add(1, {{process('p'), Slot{3}}});
  const Journal journal(*store_);
  for (const std::uint64_t slot : {0u, 1u, 2u})
    EXPECT_EQ(journal.bundle_of(process('p'), Slot{slot}), 0u);
  EXPECT_EQ(journal.bundle_of(process('p'), Slot{3}), 1u);
  EXPECT_EQ(journal.bundle_of(process('p'), Slot{4}), std::nullopt);
  EXPECT_EQ(journal.bundle_of(process('q'), Slot{0}), 0u);
  EXPECT_EQ(journal.bundle_of(process('q'), Slot{1}), std::nullopt);
  EXPECT_EQ(journal.next_number(), 2u);
}

TEST_F(JournalTest, slots_are_confirmed_up_to_the_first_bundle_that_is_not) {
  const Record first = add(0, {{process('p'), Slot{2}}});
  const Record second = add(1, {{process('p'), Slot{5}}});
  const Record third = add(2, {{process('p'), Slot{9}}});
  const Journal journal(*store_);
  EXPECT_EQ(journal.confirmed(process('p'), 0), Slot{0});
  confirm(third);
  EXPECT_EQ(journal.confirmed(process('p'), 0), Slot{0}) << "what is before it may still be lost";
  confirm(first);
  EXPECT_EQ(journal.confirmed(process('p'), 1), Slot{3});
  EXPECT_EQ(journal.confirmed(process('p')), Slot{3}) << "the same for whoever knows no number";
  const std::vector<std::uint64_t> left{1};
  EXPECT_EQ(journal.unconfirmed(), left);
  confirm(second);
  EXPECT_EQ(journal.confirmed(process('p'), 3), Slot{10});
  EXPECT_TRUE(journal.unconfirmed().empty());
}

TEST_F(JournalTest, an_item_waits_until_it_is_in_a_bundle) {
  store::Batch batch;
  Journal::mark_item(item('x'), batch);
  Journal::mark_item(item('y'), batch);
  commit(std::move(batch));
  const Journal journal(*store_);
  EXPECT_EQ(journal.waiting_items(10).size(), 2u);
  EXPECT_EQ(journal.waiting_items(1).size(), 1u);
  add(0, {}, {item('x')});
  const std::vector left{item('y')};
  EXPECT_EQ(journal.waiting_items(10), left);
  EXPECT_EQ(journal.bundle_of(item('x')), 0u);
  EXPECT_EQ(journal.bundle_of(item('y')), std::nullopt);
}

TEST_F(JournalTest, payments_are_found_since_a_time) {
  const Payment early{Timestamp{1'000}, item('a'), 5}, late{Timestamp{2'000}, item('b'), 7};
  store::Batch batch;
  Journal::pay(early, batch);
  Journal::pay(late, batch);
  commit(std::move(batch));
  const Journal journal(*store_);
  EXPECT_EQ(journal.payments(Timestamp{0}), (std::vector{early, late}));
  EXPECT_EQ(journal.payments(Timestamp{2'000}), (std::vector{late}));
  EXPECT_TRUE(journal.payments(Timestamp{2'001}).empty());
  store::Batch back;
  Journal::take_back(late, back);
  commit(std::move(back));
  EXPECT_EQ(journal.payments(Timestamp{0}), (std::vector{early}));
}

TEST_F(JournalTest, the_audit_finds_what_does_not_fit) {
  Record odd = add(0, {});
  Findings none(10);
  Journal(*store_).audit(none);
  EXPECT_EQ(none.count(), 0u);
  odd.spans = {{store::Shard{9}, 5, 8}};  // does not begin where the log begins, nor is there a log
  store::Batch batch;
  Journal::add(odd, {}, batch);
  batch.remove(Bytes("y") + Bytes(8, '\0'));
  batch.put(Bytes("g") + Bytes(7, '\0') + Bytes(1, '\3'), "no record");
  commit(std::move(batch));
  Findings findings(10);
  Journal(*store_).audit(findings);
  std::string all;
  for (const Finding& finding : findings.kept())
    all += finding.text() + "\n";
  for (const char* said : {"does not follow", "is not marked", "bundle 1 (g) is missing",
                           "bundle 3 (g) cannot be read", "behind its log"})
    EXPECT_NE(all.find(said), std::string::npos) << said << " in\n" << all;
}

}  // namespace
}  // namespace ao::settlement
