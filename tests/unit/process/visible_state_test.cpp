// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/visible_state.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ao/message/cbor.hpp"
#include "support/workbench.hpp"

namespace ao::process {
namespace {

using message::List;
using message::Map;
using message::Value;

class VisibleStateTest : public testing::Test {
 protected:
  VisibleStateTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    settings.cache_bytes = 1 << 20;
    store_ = store::Store::open(settings);
  }

  // The patches of one slot, and then of the next, in one batch.
  void merge(std::initializer_list<Value> patches) {
    StateChange change(*store_, process_);
    for (const Value& patch : patches)
      change.merge(slot_, patch);
    slot_ = slot_.next();
    commit(change);
  }

  void commit(const StateChange& change) {
    store::Batch batch;
    change.write(batch);
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  }

  std::optional<Value> read(const Path& path) { return VisibleState(*store_).read(process_, path); }
  std::optional<Value> read_after(std::uint64_t slot, const Path& path) {
    const auto found = VisibleState(*store_).read_after(process_, Slot{slot}, path);
    EXPECT_TRUE(found) << found.error().text;
    return found.value_or(std::nullopt);
  }

  test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
  ProcessId process_ = *ProcessId::from_bytes(Bytes(32, 'p'));
  Slot slot_;
};

TEST_F(VisibleStateTest, merges_maps_and_replaces_leaves) {
  merge({Map{{"pool", Map{{"a", "1"}, {"b", "2"}}}}});
  merge({Map{{"pool", Map{{"b", "3"}}}}});
  const Value expected = Map{{"a", "1"}, {"b", "3"}};
  EXPECT_EQ(read({"pool"}), expected);
  EXPECT_EQ(read({"pool", "b"}), Value("3"));
  EXPECT_EQ(read({"pool", "c"}), std::nullopt);
  EXPECT_EQ(read({"pool", "b", "deeper"}), std::nullopt);
}

TEST_F(VisibleStateTest, a_leaf_replaces_a_map_and_a_map_a_leaf) {
  merge({Map{{"x", Map{{"a", 1}, {"b", Map{{"c", 2}}}}}}});
  merge({Map{{"x", "leaf"}}});
  EXPECT_EQ(read({"x"}), Value("leaf"));
  EXPECT_EQ(read({"x", "a"}), std::nullopt);
  merge({Map{{"x", Map{{"d", 4}}}}});
  const Value expected = Map{{"d", 4}};
  EXPECT_EQ(read({"x"}), expected);
}

TEST_F(VisibleStateTest, one_batch_sees_its_own_earlier_patches) {
  merge({Map{{"x", Map{{"a", 1}}}}, Map{{"x", "leaf"}}, Map{{"x", Map{{"b", 2}}}}, Map{{"y", 1}},
         Map{{"y", Value()}}});
  const Value expected = Map{{"x", Map{{"b", 2}}}};
  EXPECT_EQ(read({}), expected);
}

TEST_F(VisibleStateTest, null_removes_and_lists_are_leaves) {
  merge({Map{{"list", List{1, "two"}}, {"gone", Map{{"a", 1}}}}});
  merge({Map{{"gone", Value()}}});
  const Value expected = Map{{"list", List{1, "two"}}};
  EXPECT_EQ(read({}), expected);
}

TEST_F(VisibleStateTest, keys_are_lower_case_but_for_ids) {
  const Bytes id(43, 'A');
  merge({Map{{"Balances", Map{{id, "5"}, {"Bob", "6"}}}}});
  EXPECT_EQ(read({"balances", id}), Value("5"));
  EXPECT_EQ(read({"BALANCES", "BOB"}), Value("6"));
  EXPECT_EQ(read({"balances", Bytes(43, 'a')}), std::nullopt);
}

TEST_F(VisibleStateTest, keys_that_start_alike_do_not_touch_each_other) {
  merge({Map{{"ab", 1}, {"a", Map{{"b", 2}}}, {"abc", 3}}});
  merge({Map{{"a", Value()}}});
  const Value expected = Map{{"ab", 1}, {"abc", 3}};
  EXPECT_EQ(read({}), expected);
}

TEST_F(VisibleStateTest, what_was_shown_after_each_slot_can_be_read) {
  merge({Map{{"count", 1}, {"pool", Map{{"a", "1"}}}}});
  merge({Map{{"count", 2}}});
  merge({Map{{"pool", "leaf"}}});
  merge({Map{{"count", 4}, {"pool", Map{{"b", "2"}}}}});
  EXPECT_EQ(read_after(0, {"count"}), Value(1));
  EXPECT_EQ(read_after(2, {"count"}), Value(2));
  EXPECT_EQ(read_after(3, {"count"}), Value(4));
  EXPECT_EQ(read_after(1, {"pool", "a"}), Value("1"));
  EXPECT_EQ(read_after(2, {"pool", "a"}), std::nullopt);
  EXPECT_EQ(read_after(2, {"pool"}), Value("leaf"));
  const Value whole = Map{{"count", 2}, {"pool", Map{{"a", "1"}}}};
  EXPECT_EQ(read_after(1, {}), whole);
}

TEST_F(VisibleStateTest, what_appeared_later_was_not_there) {
  merge({Map{{"a", 1}}});
  merge({Map{{"ab", 1}, {"a", Map{{"\1", 2}}}}});
  EXPECT_EQ(read_after(0, {"ab"}), std::nullopt);
  const Value first = Map{{"a", 1}};
  EXPECT_EQ(read_after(0, {}), first);
  EXPECT_EQ(read_after(0, {"a"}), Value(1));
  const Value second = Map{{"\1", 2}};
  EXPECT_EQ(read_after(1, {"a"}), second);
}

TEST_F(VisibleStateTest, a_value_that_stays_leaves_no_trace) {
  merge({Map{{"a", 1}}});
  const std::uint64_t before = store_->counters().bytes;
  merge({Map{{"a", 1}}});
  EXPECT_EQ(store_->counters().bytes, before);
}

// Of a store that was written when only the present was kept.
TEST_F(VisibleStateTest, what_was_forgotten_is_not_made_up) {
  const Bytes id(process_.bytes());
  store::Batch old;
  old.put('v' + id + Bytes("a\0", 2), message::to_cbor(1));
  old.put('c' + id, Bytes(7, '\0') + '\5');
  ASSERT_TRUE(test::await(pool_, store_->commit(std::move(old))));
  const VisibleState state(*store_);
  EXPECT_EQ(state.read_after(process_, Slot{3}, {"a"}).error().code, "state-forgotten");
  EXPECT_EQ(read_after(4, {"a"}), Value(1));
  slot_ = Slot{7};
  merge({Map{{"a", 2}}});
  EXPECT_EQ(state.read_after(process_, Slot{5}, {"a"}).error().code, "state-forgotten");
  EXPECT_EQ(read_after(6, {"a"}), Value(1));
  EXPECT_EQ(read_after(7, {"a"}), Value(2));
}

// Few keys, so that leaves, maps and nothing take each other's places all the time.
Value random_patch(std::mt19937& random, int depth) {
  Map map;
  for (int i = static_cast<int>(random() % 3); i >= 0; --i) {
    const Bytes key(1, static_cast<char>('a' + random() % 4));
    const auto kind = random() % 6;
    if (kind == 0) {
      map.set(key, Value());
    } else if (kind <= 2 && depth > 0) {
      map.set(key, random_patch(random, depth - 1));
    } else {
      map.set(key, static_cast<int>(random() % 3));
    }
  }
  return map;
}

TEST_F(VisibleStateTest, the_past_is_what_the_present_was) {
  std::mt19937 random(7);  // NOLINT: the same every time
  constexpr std::uint64_t kSlots = 300;
  std::vector<Value> patches;
  for (std::uint64_t slot = 0; slot < kSlots; ++slot)
    patches.push_back(random_patch(random, 2));
  std::vector<std::optional<Value>> whole, part;
  for (const Value& patch : patches) {
    merge({patch});
    whole.push_back(read({}));
    part.push_back(read({"a", "b"}));
  }
  process_ = *ProcessId::from_bytes(Bytes(32, 'q'));
  for (std::uint64_t slot = 0; slot < kSlots;) {
    StateChange change(*store_, process_);
    for (std::uint64_t end = std::min(slot + 1 + random() % 9, kSlots); slot < end; ++slot)
      change.merge(Slot{slot}, patches[slot]);
    commit(change);
  }
  for (std::uint64_t slot = 0; slot < kSlots; ++slot) {
    EXPECT_EQ(read_after(slot, {}), whole[slot]) << slot;
    EXPECT_EQ(read_after(slot, {"a", "b"}), part[slot]) << slot;
  }
}

}  // namespace
}  // namespace ao::process
