// What clients see of a disk that is nearly full, or that gives back something else than was
// written.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "counter.hpp"

namespace ao {
namespace {

using test::code_of;
using test::kCounter;
using test::shown_count;

TEST(StorageFlow, a_nearly_full_disk_stops_the_intake_and_not_the_reading) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  node.push(process, "Add");
  const std::size_t before = node.settings().store.free_bytes_min;
  node.settings().store.free_bytes_min = std::size_t{1} << 62;
  node.restart();

  const auto item = test::sign(test::message_draft(process, "Add", "2"), node.client());
  const auto refused = node.fetch("POST", "/" + process.text() + "/push", item.bytes());
  EXPECT_EQ(refused.status, 503u);
  EXPECT_EQ(code_of(refused), "disk-low") << refused.body;
  EXPECT_NE(refused.headers.find("retry-after"), nullptr);
  EXPECT_EQ(node.fetch("POST", "/tx", item.bytes()).status, 503u);
  EXPECT_EQ(node.fetch("GET", "/readyz").status, 503u);
  EXPECT_EQ(shown_count(node, process), "1");

  node.settings().store.free_bytes_min = before;
  node.restart();
  EXPECT_EQ(node.push_item(process, item.bytes())["slot"], 2);
}

TEST(StorageFlow, a_record_that_was_altered_fails_its_request_and_the_node_goes_on) {
  test::RunningNode node;
  const auto good = node.spawn(kCounter);
  const auto bad = node.spawn(kCounter);
  node.push(good, "Add");
  node.push(bad, "Add");
  node.stop();
  {
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, node.settings().store.directory.string(), &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    Bytes key = 'a' + Bytes(bad.bytes());
    put_u64be(key, 1);
    std::string value;
    ASSERT_TRUE(db->Get({}, key, &value).ok());
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    ASSERT_TRUE(db->Put({}, key, value).ok());
  }
  node.restart();

  const auto damaged = node.fetch("GET", "/" + bad.text() + "/schedule");
  EXPECT_EQ(damaged.status, 503u);
  EXPECT_EQ(code_of(damaged), "store-failed") << damaged.body;
  EXPECT_NE(node.fetch("GET", "/readyz").status, 200u);
  EXPECT_EQ(shown_count(node, good), "1");
  EXPECT_EQ(node.get("/" + good.text() + "/schedule")["assignments"].size(), 2u);

  const auto item = test::sign(test::message_draft(good, "Add", "2"), node.client());
  EXPECT_EQ(code_of(node.fetch("POST", "/" + good.text() + "/push", item.bytes())), "store-failed");
}

}  // namespace
}  // namespace ao
