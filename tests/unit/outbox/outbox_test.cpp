// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/outbox.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ao::outbox
