// Assignments name the network's last block, as far as gateways can be believed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "flow/eventually.hpp"
#include "flow/peers.hpp"
#include "support/fake_arweave.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using test::FakeArweave;
using test::shown;

class BlockFlow : public testing::Test {
 protected:
  BlockFlow() {
    auto& settings = node_.settings().gateway;
    settings.urls = {arweave_.url()};
    settings.block_interval = 20ms;
    node_.restart();
  }

  void wait_for_height(std::uint64_t height) {
    ASSERT_TRUE(eventually([&] {
      return test::metric(node_, "aonode_block_height") == std::to_string(height);
    })) << test::metric(node_, "aonode_block_height");
  }

  // How often it has asked, so that an answer that it does not believe was surely heard.
  void wait_for_polls(std::size_t more) {
    const std::size_t before = arweave_.asked("/info");
    ASSERT_TRUE(eventually([&] { return arweave_.asked("/info") >= before + more; }));
  }

  json assignment(const ProcessId& process, int slot) {
    const std::string range = "from=" + std::to_string(slot) + "&to=" + std::to_string(slot);
    return node_.get("/" + process.text() + "~process@1.0/schedule?" + range)["assignments"]
        .front();
  }

  FakeArweave arweave_;
  test::RunningNode node_;
};

constexpr const char* kClock = R"(
Handlers.add("look", "Look", function(msg)
  Send({ device = "patch@1.0", height = tostring(msg["Block-Height"]) })
end))";

TEST_F(BlockFlow, assignments_name_the_last_block_and_never_a_lower_one) {
  wait_for_height(1'000'000);
  const auto process = node_.spawn(kClock);
  node_.push(process, "Look");
  EXPECT_EQ(node_.text(shown(process, "height")), "1000000");
  const json named = assignment(process, 1);
  EXPECT_EQ(named["block-height"], 1'000'000);
  EXPECT_EQ(named["block-hash"], arweave_.hash());
  EXPECT_GT(named["block-timestamp"], 1'700'000'000);
  EXPECT_LT(named["block-timestamp"], 10'000'000'000) << "seconds";
  const json slot = node_.get("/" + process.text() + "~process@1.0/slot?accept=application/json");
  EXPECT_EQ(slot["block-height"], 1'000'000);
  EXPECT_EQ(slot["block-hash"], arweave_.hash());
  EXPECT_EQ(node_.get("/timestamp")["block_height"], "000001000000");
  EXPECT_EQ(node_.get("/~meta@1.0/info?accept=application/json")["block-height"], 1'000'000);
  const json node = node_.get("/" + process.text() + "?process-id=" + process.text())["edges"][1];
  EXPECT_NE(node["node"]["assignment"]["tags"].dump().find(arweave_.hash()), std::string::npos);

  arweave_.mine();
  wait_for_height(1'000'001);
  arweave_.forget_blocks(2);
  wait_for_polls(3);
  node_.push(process, "Look");
  EXPECT_EQ(node_.text(shown(process, "height")), "1000001");
}

constexpr const char* kComputes = R"(
function compute(base, req)
  base.results = { output = { data = req["block-height"] .. " " .. req["block-timestamp"] } }
  return base
end)";

TEST_F(BlockFlow, a_program_with_compute_reads_seconds_once_its_assignments_name_blocks) {
  wait_for_height(1'000'000);
  const auto process = node_.spawn(kComputes);
  const auto said = [&](const ProcessId& of) {
    return node_.push(of, "Look")["output"]["data"].get<std::string>();
  };
  const std::string first = said(process);
  EXPECT_EQ(first, "1000000 " + assignment(process, 1)["block-timestamp"].dump());
  node_.settings().gateway.urls.clear();
  node_.restart();
  const std::string second = said(process);
  EXPECT_EQ(second.size(), first.size()) << second << ": of the message, in the same unit";
  EXPECT_GE(second, first.substr(0, first.size() - 2));
  const auto other = node_.spawn(kComputes);
  const std::string milliseconds = said(other);
  EXPECT_EQ(milliseconds, "0 " + assignment(other, 1)["timestamp"].dump());
}

TEST_F(BlockFlow, what_a_gateway_cannot_know_is_not_believed) {
  wait_for_height(1'000'000);
  for (const std::uint64_t absurd : {2'000'000u, 1'000'100u, 999'900u, 1u}) {
    arweave_.set_height(absurd);
    wait_for_polls(3);
    EXPECT_EQ(test::metric(node_, "aonode_block_height"), "1000000") << absurd;
  }
  arweave_.set_height(1'000'002);
  wait_for_height(1'000'002);
}

TEST_F(BlockFlow, while_none_is_known_the_lowest_of_all_gateways_counts) {
  FakeArweave liar;
  liar.set_height(5'000'000);
  test::RunningNode other;
  other.settings().gateway.urls = {liar.url(), arweave_.url()};
  other.settings().gateway.block_interval = 20ms;
  other.restart();
  ASSERT_TRUE(eventually([&] { return test::metric(other, "aonode_block_height") == "1000000"; }));
  arweave_.mine();
  ASSERT_TRUE(eventually([&] { return test::metric(other, "aonode_block_height") == "1000001"; }));
}

TEST_F(BlockFlow, a_gateway_that_knows_no_blocks_tells_the_height_alone) {
  wait_for_height(1'000'000);
  arweave_.set_knows_blocks(false);
  arweave_.mine();
  wait_for_height(1'000'001);
  const auto process = node_.spawn(kClock);
  const json named = assignment(process, 0);
  EXPECT_EQ(named["block-height"], 1'000'001);
  EXPECT_EQ(named["block-hash"], arweave_.hash());
  EXPECT_FALSE(named.contains("block-timestamp"));
}

TEST_F(BlockFlow, a_node_that_starts_without_its_gateway_names_the_block_that_it_knew) {
  wait_for_height(1'000'000);
  const auto process = node_.spawn(kClock);
  arweave_.set_down(true);
  node_.restart();
  EXPECT_EQ(node_.fetch("GET", "/readyz").status, 200u);
  node_.push(process, "Look");
  EXPECT_EQ(assignment(process, 1)["block-hash"], arweave_.hash());
  EXPECT_EQ(assignment(node_.spawn(""), 0)["block-height"], 1'000'000);
}

TEST_F(BlockFlow, a_process_keeps_its_height_when_the_node_follows_no_chain_any_more) {
  wait_for_height(1'000'000);
  const auto process = node_.spawn(kClock);
  node_.settings().gateway.urls.clear();
  node_.restart();
  node_.push(process, "Look");
  EXPECT_EQ(node_.text(shown(process, "height")), "1000000");
  const json named = assignment(process, 1);
  EXPECT_EQ(named["block-height"], 1'000'000);
  EXPECT_FALSE(named.contains("block-hash"));
  EXPECT_FALSE(named.contains("block-timestamp"));
  EXPECT_EQ(assignment(node_.spawn(""), 0)["block-height"], 0);
}

TEST_F(BlockFlow, who_follows_a_process_sees_the_blocks_that_its_assignments_name) {
  wait_for_height(1'000'000);
  const auto process = node_.spawn(kClock);
  node_.push(process, "Look");
  test::RunningNode follower;
  follower.settings().peers.follow = {process.text()};
  test::meet(follower, {test::url_of(node_)});
  EXPECT_EQ(test::wait_for(follower, shown(process, "height"), "1000000"), "1000000");
  EXPECT_TRUE(eventually([&] {
    const json state = follower.get("/~peer@1.0/follows")[0];
    return state["compared"] == 2;
  })) << follower.text("/~peer@1.0/follows");
}

}  // namespace
}  // namespace ao
