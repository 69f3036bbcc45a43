// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/outbox.hpp"

#include <gtest/gtest.h>

#include "ao/outbox/dead_letters.hpp"
#include "ao/outbox/forwards.hpp"
#include "support/workbench.hpp"

namespace ao::outbox {
namespace {

using message::Outcome;
using message::Outgoing;

TEST(Outbox, keeps_entries_in_the_order_of_slots_and_indices_until_removed) {
  const test::Folder folder;
  async::Pool pool("test", 1);
  store::Settings settings;
  settings.directory = folder.path() / "store";
  const auto store = store::Store::open(settings);
  const ProcessId process = *ProcessId::from_bytes(Bytes(32, 'p'));
  const ProcessId neighbour = *ProcessId::from_bytes(Bytes(32, 'q'));

  store::Batch batch;
  for (const std::uint64_t slot : {300u, 2u}) {
    Outcome outcome;
    outcome.process = process;
    outcome.slot = Slot{slot};
    for (int i = 0; i < 12; ++i) {
      Outgoing outgoing;
      outgoing.data = std::to_string(slot) + "/" + std::to_string(i);
      outcome.outgoing.push_back(outgoing);
    }
    Outbox::write(outcome, batch);
    outcome.process = neighbour;
    Outbox::write(outcome, batch);
  }
  ASSERT_TRUE(test::await(pool, store->commit(std::move(batch))));

  const Outbox outbox(*store);
  const auto entries = outbox.oldest(process, Slot{0}, 13);
  ASSERT_EQ(entries.size(), 13u);
  for (std::size_t i = 0; i < 12; ++i)
    EXPECT_EQ(entries[i].outgoing.data, "2/" + std::to_string(i));
  EXPECT_EQ(entries[12].outgoing.data, "300/0");
  EXPECT_EQ(outbox.oldest(process, Slot{3}, 1).at(0).outgoing.data, "300/0");
  EXPECT_TRUE(outbox.oldest(process, Slot{301}, 1).empty());
  const std::vector expected{process, neighbour};
  EXPECT_EQ(outbox.senders(), expected);

  store::Batch removal;
  for (const auto& entry : outbox.oldest(process, Slot{0}, 100))
    Outbox::remove(entry.origin, removal);
  ASSERT_TRUE(test::await(pool, store->commit(std::move(removal))));
  EXPECT_TRUE(outbox.oldest(process, Slot{0}, 1).empty());
  EXPECT_EQ(outbox.oldest(neighbour, Slot{0}, 100).size(), 24u);
}

class ForwardsTest : public testing::Test {
 protected:
  ForwardsTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    store_ = store::Store::open(settings);
  }

  static ProcessId process(char name) { return *ProcessId::from_bytes(Bytes(32, name)); }

  static Entry entry(char sender, std::uint64_t slot, std::uint32_t index) {
    Entry one{{process(sender), Slot{slot}, index}, {}};
    one.outgoing.target = process('t').text();
    one.outgoing.data = std::to_string(slot) + "/" + std::to_string(index);
    return one;
  }

  std::vector<std::string> oldest(char target, char sender, std::uint64_t from, std::size_t count) {
    std::vector<std::string> found;
    for (const Entry& one :
         Forwards(*store_).oldest({process(target), process(sender)}, Slot{from}, count, 1 << 20))
      found.push_back(one.outgoing.data);
    return found;
  }

  void commit(store::Batch batch) {
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  }

  const test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
};

TEST_F(ForwardsTest, keep_each_routes_entries_in_their_order) {
  store::Batch batch;
  for (const std::uint64_t slot : {300u, 2u})
    for (const std::uint32_t index : {1u, 0u}) {
      Forwards::write(process('t'), entry('s', slot, index), batch);
      Forwards::write(process('u'), entry('s', slot, index), batch);
      Forwards::write(process('t'), entry('r', slot, index), batch);
    }
  commit(std::move(batch));
  using Texts = std::vector<std::string>;
  EXPECT_EQ(oldest('t', 's', 0, 9), (Texts{"2/0", "2/1", "300/0", "300/1"}));
  EXPECT_EQ(oldest('t', 's', 3, 9), (Texts{"300/0", "300/1"}));
  EXPECT_EQ(oldest('t', 's', 0, 1), Texts{"2/0"});
  EXPECT_EQ(oldest('v', 's', 0, 9), Texts{});
  const std::vector<Route> routes{
      {process('t'), process('r')}, {process('t'), process('s')}, {process('u'), process('s')}};
  EXPECT_EQ(Forwards(*store_).routes(), routes);

  store::Batch removal;
  Forwards::remove(process('t'), {process('s'), Slot{2}, 0}, removal);
  commit(std::move(removal));
  EXPECT_EQ(oldest('t', 's', 0, 1), Texts{"2/1"});
  EXPECT_EQ(oldest('u', 's', 0, 1), Texts{"2/0"});
}

TEST_F(ForwardsTest, a_dead_letter_says_what_was_sent_to_whom_and_why_it_was_given_up) {
  store::Batch batch;
  DeadLetters letters(*store_);
  letters.write({process('t'), entry('s', 4, 1), Timestamp{77}, "peer-refused", "too far"}, batch);
  letters.write({process('t'), entry('r', 9, 0), Timestamp{78}, "peers-silent", "no"}, batch);
  commit(std::move(batch));
  ASSERT_EQ(letters.list(10).size(), 2u);
  EXPECT_EQ(letters.list(1).front().entry.origin.process, process('r'));
  const auto letter = letters.find({process('s'), Slot{4}, 1});
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->target, process('t'));
  EXPECT_EQ(letter->entry.outgoing, entry('s', 4, 1).outgoing);
  EXPECT_EQ(letter->at, Timestamp{77});
  EXPECT_EQ(letter->code, "peer-refused");
  EXPECT_EQ(letter->reason, "too far");
  EXPECT_FALSE(letters.find({process('s'), Slot{4}, 2}));
  store::Batch removal;
  letters.remove({process('s'), Slot{4}, 1}, removal);
  commit(std::move(removal));
  EXPECT_EQ(letters.list(10).size(), 1u);
}

TEST_F(ForwardsTest, the_oldest_dead_letters_of_a_sender_make_room_and_nobody_elses_do) {
  const auto give_up = [&](DeadLetters& letters, char sender, std::uint64_t slot) {
    store::Batch batch;
    letters.write({process('t'), entry(sender, slot, 0), Timestamp{slot}, "peer-refused", "no"},
                  batch);
    commit(std::move(batch));
  };
  DeadLetters first(*store_, {3, 1 << 20});
  give_up(first, 'r', 1);
  for (std::uint64_t slot = 1; slot <= 5; ++slot)
    give_up(first, 's', slot);
  const auto slots = [&](const DeadLetters& letters) {
    std::vector<std::uint64_t> found;
    for (const DeadLetter& letter : letters.list(100))
      found.push_back(letter.entry.origin.slot.number);
    return found;
  };
  EXPECT_EQ(slots(first), (std::vector<std::uint64_t>{1, 3, 4, 5}));
  // After a start they are counted again.
  DeadLetters second(*store_, {3, 1 << 20});
  give_up(second, 's', 6);
  EXPECT_EQ(slots(second), (std::vector<std::uint64_t>{1, 4, 5, 6}));
  DeadLetters third(*store_, {100, 1});
  give_up(third, 's', 7);
  EXPECT_EQ(slots(third), (std::vector<std::uint64_t>{1, 7})) << "the newest is kept";
}

TEST_F(ForwardsTest, a_spawn_stands_on_the_route_of_its_scheduler) {
  message::Outgoing spawn;
  spawn.kind = message::Outgoing::Kind::kSpawn;
  EXPECT_FALSE(Forwards::target_of(spawn)) << "it names none";
  spawn.tags = {{"Scheduler", "somebody"}};
  const auto route = Forwards::target_of(spawn);
  ASSERT_TRUE(route);
  spawn.data = "another";
  EXPECT_EQ(Forwards::target_of(spawn), route);
  spawn.tags[0].value = "somebody else";
  EXPECT_NE(Forwards::target_of(spawn), route);
  message::Outgoing assigned{message::Outgoing::Kind::kAssignment, process('t').text(), {}, {}, {}};
  EXPECT_EQ(Forwards::target_of(assigned), process('t'));
}

}  // namespace
}  // namespace ao::outbox
