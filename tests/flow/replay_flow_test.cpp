// `aonode replay`: a slot seen again, on the store of its node and on another.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/cbor.hpp"
#include "ao/message/outcome.hpp"
#include "stored_node.hpp"

namespace ao {
namespace {

namespace fs = std::filesystem;
using test::aonode;
using test::StoredNode;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class ReplayFlow : public testing::Test {
 protected:
  test::Said replay(const fs::path& store, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"replay", "--store", store.string(), "--process",
                                       stored_.sink().text()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return aonode(arguments);
  }

  StoredNode stored_;
  test::Folder folder_;
};

TEST_F(ReplayFlow, gives_what_is_stored) {
  const auto said = replay(stored_.directory());
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.out, "6 slots replayed, 6 compared with what is stored, 0 differ"))
      << said.out;
  EXPECT_TRUE(contains(said.out, "slot   5  message ")) << said.out;
  EXPECT_TRUE(contains(said.out, "tag    Action = Note")) << said.out;
  EXPECT_TRUE(contains(said.out, R"(shows  {"count":6,)")) << said.out;
}

TEST_F(ReplayFlow, traces_the_lines_of_one_slot) {
  const auto said = replay(stored_.directory(), {"--slot", "2", "--trace"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.out, "count = count + 1\n")) << said.out;
  EXPECT_TRUE(contains(said.out, R"(shows  {"count":3,)")) << said.out;
  EXPECT_TRUE(contains(said.out, "3 slots replayed")) << said.out;
  EXPECT_FALSE(contains(said.out, "handlers.lua")) << "the runtime's lines";
}

TEST_F(ReplayFlow, tells_a_slot_that_is_stored_with_another_outcome) {
  const auto copy = stored_.copy("copy");
  {
    const auto store = stored_.open(copy);
    const Bytes key = StoredNode::key('r', stored_.sink(), 3);
    auto outcome = message::Outcome::from(*message::from_cbor(*store->get(key))).value();
    ++outcome.gas_used;
    store::Batch batch;
    batch.put(key, message::to_cbor(outcome.value()));
    async::Pool pool("test", 1);
    ASSERT_TRUE(test::await(pool, store->commit(std::move(batch))));
  }
  const auto said = replay(copy);
  EXPECT_EQ(said.code, 1);
  EXPECT_TRUE(contains(said.out, "slot 3 is stored with another outcome\n")) << said.out;
  EXPECT_TRUE(contains(said.out, "6 compared with what is stored, 1 differ")) << said.out;
}

TEST_F(ReplayFlow, runs_where_only_the_schedule_was_brought_to) {
  const auto bundle = folder_.path() / "all.bundle";
  const auto other = folder_.path() / "other";
  ASSERT_EQ(aonode({"db", "export", bundle.string(), "--store", stored_.directory().string()}).code,
            0);
  ASSERT_EQ(
      aonode({"db", "import", bundle.string(), "--store", other.string(), "--foreign-scheduler"})
          .code,
      0);
  const auto there = replay(other, {"--json"});
  const auto here = replay(stored_.directory(), {"--json"});
  EXPECT_EQ(there.code, 0) << there.err;
  EXPECT_EQ(there.out, here.out);
  EXPECT_TRUE(contains(there.out, R"("gas":)")) << there.out;
  EXPECT_TRUE(contains(replay(other).out, "6 slots replayed, 0 compared"));
}

TEST_F(ReplayFlow, names_what_is_missing) {
  const auto slot = replay(stored_.directory(), {"--slot", "99"});
  EXPECT_NE(slot.code, 0);
  EXPECT_TRUE(contains(slot.err, "has 6 slots, none of number 99")) << slot.err;
  EXPECT_TRUE(contains(replay(stored_.directory(), {"--slot", "x"}).err, "a slot is a number"));
  const auto nobody = aonode(
      {"replay", "--store", stored_.directory().string(), "--process", std::string(43, 'A')});
  EXPECT_TRUE(contains(nobody.err, "is not in this store")) << nobody.err;
}

}  // namespace
}  // namespace ao
