// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/checkpoints.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/workbench.hpp"

namespace ao::process {
namespace {

class CheckpointsTest : public testing::Test {
 protected:
  CheckpointsTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    settings.cache_bytes = 1 << 20;
    store_ = store::Store::open(settings);
  }

  void commit(store::Batch batch) {
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  }

  void write(const ProcessId& process, const Checkpoint& checkpoint,
             const std::map<std::uint64_t, Bytes>& pages) {
    store::Batch batch;
    for (const auto& [page, bytes] : pages)
      Checkpoints::write_page(process, page, bytes, batch);
    Checkpoints::write(process, checkpoint, batch);
    commit(std::move(batch));
  }

  std::map<std::uint64_t, Bytes> pages(const ProcessId& process) const {
    std::map<std::uint64_t, Bytes> found;
    Checkpoints(*store_).read_pages(process, [&found](std::uint64_t page, BytesView bytes) {
      found.emplace(page, bytes);
      return true;
    });
    return found;
  }

  static ProcessId process(char letter) { return *ProcessId::from_bytes(Bytes(32, letter)); }

  test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
};

TEST_F(CheckpointsTest, a_page_that_did_not_change_stays) {
  EXPECT_FALSE(Checkpoints(*store_).find(process('a')));
  write(process('a'), {Slot{3}, "build", "head"}, {{0, "zero"}, {7, "seven"}, {300, "far"}});
  write(process('a'), {Slot{9}, "build", "later head"}, {{7, "changed"}});
  const auto found = Checkpoints(*store_).find(process('a'));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->next, Slot{9});
  EXPECT_EQ(found->build, "build");
  EXPECT_EQ(found->head, "later head");
  EXPECT_EQ(pages(process('a')),
            (std::map<std::uint64_t, Bytes>{{0, "zero"}, {7, "changed"}, {300, "far"}}));
}

// As before the first checkpoint of a state that was built anew: a page of the old one, which the
// new one does not have, would be mapped into it.
TEST_F(CheckpointsTest, one_that_is_removed_leaves_no_page_and_no_other_process_alone) {
  write(process('a'), {Slot{3}, "build", "head"}, {{0, "zero"}, {300, "far"}});
  write(process('b'), {Slot{5}, "build", "head"}, {{1, "of another"}});
  store::Batch batch;
  Checkpoints(*store_).remove(process('a'), batch);
  commit(std::move(batch));
  EXPECT_FALSE(Checkpoints(*store_).find(process('a')));
  EXPECT_TRUE(pages(process('a')).empty());
  EXPECT_TRUE(Checkpoints(*store_).find(process('b')));
  EXPECT_EQ(pages(process('b')).size(), 1u);
}

}  // namespace
}  // namespace ao::process
