// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <gtest/gtest.h>

namespace ao::peers {
namespace {

using namespace std::chrono_literals;

Network network_of(std::size_t nodes, std::uint64_t seed) {
  Network network(seed);
  for (std::size_t i = 0; i < nodes; ++i)
    network.add();
  for (int i = 0; i < 60 && !network.is_whole(); ++i)
    network.round();
  EXPECT_TRUE(network.is_whole());
  return network;
}

TEST(GossipNetwork, a_record_reaches_nearly_all_of_twenty_nodes_within_six_rounds) {
  std::size_t reached = 0, due = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Network network = network_of(20, seed);
    const std::size_t speaker = seed % 20;
    network.round();
    network.round();
    network.say(network[speaker]);
    for (int i = 0; i < 6; ++i)
      network.round();
    reached += network.know(speaker);
    due += 19;
  }
  EXPECT_GE(reached * 100, due * 99) << reached << " of " << due;
}

TEST(GossipNetwork, what_each_node_sends_does_not_grow_with_their_number) {
  const auto bytes_of_round = [](std::size_t nodes) {
    Network network = network_of(nodes, 7);
    // Their records' ages are spread over the time in which each is said anew, as they come to be.
    for (std::size_t i = 0; i < nodes; ++i)
      network[i].said.milliseconds -= Network::kHalfLifeMs * i / nodes;
    constexpr std::size_t kRounds = 30;
    for (auto& node : network.nodes())
      node.bytes_sent = 0;
    for (std::size_t i = 0; i < kRounds; ++i)
      network.round();
    std::size_t bytes = 0;
    for (auto& node : network.nodes())
      bytes += node.bytes_sent;
    return static_cast<double>(bytes) / static_cast<double>(nodes * kRounds);
  };
  const double few = bytes_of_round(20), many = bytes_of_round(200);
  RecordProperty("bytes_of_round_of_20", std::to_string(few));
  RecordProperty("bytes_of_round_of_200", std::to_string(many));
  EXPECT_LT(many, 2 * few) << few << " of 20 nodes, " << many << " of 200";
  EXPECT_LT(many, 10'000);
}

TEST(GossipNetwork, who_can_only_call_learns_and_is_learnt_of) {
  Network network = network_of(10, 3);
  network.add();
  SimulatedNode& shy = network[10];
  shy.may_be_called = false;
  network.start(10);
  for (int i = 0; i < 8; ++i)
    network.round();
  EXPECT_EQ(network.know(10), 10u);
  EXPECT_TRUE(network.is_whole());
  const auto found = network[4].gossip->directory().find(shy.key->address(), network.now().wall);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->url, "");
}

TEST(GossipNetwork, halves_that_were_apart_become_one_again) {
  Network network = network_of(20, 4);
  const auto half = [&](const SimulatedNode& node) { return (&node - &network[0]) % 2; };
  network.has_way = [&](const auto& from, const auto& to) { return half(from) == half(to); };
  network.say(network[0]);
  network.say(network[1]);
  for (int i = 0; i < 30; ++i)
    network.round();
  EXPECT_FALSE(network.is_whole());
  network.has_way = [](const auto&, const auto&) { return true; };
  for (int i = 0; i < 12; ++i)
    network.round();
  EXPECT_TRUE(network.is_whole());
}

TEST(GossipNetwork, a_node_that_starts_again_learns_again) {
  Network network = network_of(20, 5);
  network.start(7);
  EXPECT_EQ(network[7].gossip->directory().size(), 1u);
  for (int i = 0; i < 6; ++i)
    network.round();
  EXPECT_TRUE(network.is_whole());
}

TEST(GossipNetwork, records_of_nodes_that_are_gone_go_too) {
  Network network = network_of(5, 6);
  network.nodes().pop_back();
  for (int i = 0; i < 721; ++i)
    network.round();
  for (auto& node : network.nodes())
    EXPECT_EQ(node.gossip->directory().size(), 4u);
}

// Each tries what it can from a network of its own, at every node, all the time.
TEST(GossipNetwork, forged_stale_and_oversized_records_change_nothing) {
  Network network = network_of(20, 8);
  const auto key = crypto::Key::new_ed25519();
  const auto record_of = [&](const crypto::Key& of, std::int64_t later) {
    const Timestamp said{network.now().wall.milliseconds + static_cast<std::uint64_t>(later)};
    return Location::sign("https://evil.example", said, 1h, of).value().bytes();
  };
  std::vector<std::function<Bytes()>> attacks;
  attacks.push_back([&] {  // of a node that exists
    Bytes bytes = record_of(*network[3].key, 1'000);
    bytes[20] ^= 1;
    return bytes;
  });
  attacks.push_back([&] { return record_of(*key, -20'000'000); });
  attacks.push_back([&] { return record_of(*key, 20'000'000); });
  attacks.push_back([] { return Bytes(5'000, 'x'); });
  attacks.push_back([] { return Bytes("no record"); });
  for (auto& node : network.nodes())
    node.checks = 0;
  for (int i = 0; i < 40; ++i) {
    for (auto& node : network.nodes())
      for (std::size_t kind = 0; kind < attacks.size(); ++kind) {
        Note note;
        for (int k = 0; k < 20; ++k)
          note.records.push_back(attacks[kind]());
        network.receive(node, note, "attacker " + std::to_string(kind));
      }
    if (i == 20) network.say(network[3]);
    network.round();
  }
  EXPECT_TRUE(network.is_whole());
  for (auto& node : network.nodes()) {
    EXPECT_EQ(node.gossip->directory().size(), 20u);
    // What is said of itself a node does not even look at.
    EXPECT_EQ(node.gossip->banned(network.now()), attacks.size() - (&node == &network[3]));
    EXPECT_LE(node.checks, 19u + 3u) << "a ban ends the work";
  }
}

TEST(GossipNetwork, valid_records_of_made_up_keys_displace_none_and_keep_none_from_renewing) {
  Network network = network_of(12, 9);
  for (int i = 0; i < 30; ++i) {
    for (std::size_t attacker = 0; attacker < 3; ++attacker) {
      Note note;
      for (int k = 0; k < 50; ++k)
        note.records.push_back(Location::sign("https://evil.example", network.now().wall, 24h,
                                              *crypto::Key::new_ed25519())
                                   .value()
                                   .bytes());
      network.receive(network[attacker], note, "attacker " + std::to_string(attacker));
    }
    network.round();
    for (std::size_t node = 0; node < 12; ++node)
      EXPECT_GE(network.know(node), 11u) << node << " in round " << i;
  }
  for (auto& node : network.nodes())
    EXPECT_LE(node.gossip->directory().size(), 1u + 4'096u);
  for (std::size_t node = 0; node < 12; ++node)
    network.say(network[node]);
  for (int i = 0; i < 12; ++i)
    network.round();
  EXPECT_TRUE(network.is_whole());
  network.add();  // chosen by nobody, and met all the same
  for (int i = 0; i < 12; ++i)
    network.round();
  EXPECT_EQ(network.know(12), 12u);
}

}  // namespace
}  // namespace ao::peers
