// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/visible_state.hpp"

#include <gtest/gtest.h>

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

  void merge(std::initializer_list<Value> patches) {
    StateChange change(*store_, process_);
    for (const Value& patch : patches)
      change.merge(patch);
    store::Batch batch;
    change.write(batch);
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  }

  std::optional<Value> read(const Path& path) { return VisibleState(*store_).read(process_, path); }

  test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
  ProcessId process_ = *ProcessId::from_bytes(Bytes(32, 'p'));
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

}  // namespace
}  // namespace ao::process
