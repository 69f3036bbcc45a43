// What a node makes of workers that die.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "counter.hpp"
#include "worker_processes.hpp"

namespace ao {
namespace {

using test::code_of;
using test::kCounter;
using test::metric;
using test::shown_count;

void end_all_workers() {
  test::signal_workers(SIGKILL);
}

TEST(WorkerFlow, a_node_has_the_workers_that_its_settings_say) {
  test::RunningNode node;
  constexpr std::size_t kForDryRuns = 2;
  EXPECT_EQ(test::workers().size(), node.settings().lua.workers + kForDryRuns);
  node.stop();
  EXPECT_TRUE(test::workers().empty());
}

TEST(WorkerFlow, processes_live_on_when_their_workers_die) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  node.push(process, "Add");
  end_all_workers();
  node.push(process, "Add");
  EXPECT_EQ(shown_count(node, process), "2");
  end_all_workers();
  EXPECT_EQ(node.push(process, "Add")["slot"], 3);
  EXPECT_EQ(shown_count(node, process), "3");
}

TEST(WorkerFlow, a_process_that_costs_workers_is_left_alone_until_the_next_start) {
  test::RunningNode node;
  node.settings().http.push_wait = std::chrono::seconds(20);
  node.settings().lua.gas_per_message = 400'000'000;  // so that a spin lasts
  node.restart();
  const auto good = node.spawn(kCounter);
  const auto bad = node.spawn(kCounter);
  node.push(good, "Add");
  node.push(bad, "Add");

  std::atomic<bool> ending = true;
  std::thread ender([&ending] {
    while (ending) {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
      end_all_workers();
    }
  });
  const auto item = test::sign(test::message_draft(bad, "Spin"), node.client());
  EXPECT_EQ(node.push_item(bad, item.bytes())["slot"], 2) << "it is scheduled nevertheless";
  ending = false;
  ender.join();
  const auto refused = node.fetch("GET", "/" + bad.text() + "~process@1.0/compute?slot=2");
  EXPECT_EQ(refused.status, 503u) << refused.body;
  EXPECT_EQ(code_of(refused), "process-quarantined") << refused.body;
  node.push(good, "Add");
  EXPECT_EQ(shown_count(node, good), "2");

  node.settings().lua.gas_per_message = 50'000'000;
  node.restart();
  node.push(bad, "Add");
  EXPECT_EQ(shown_count(node, bad), "2");
}

TEST(WorkerFlow, processes_beyond_the_limit_rest_and_wake_where_they_were) {
  test::RunningNode node;
  node.settings().lua.live_processes_max = 1;
  node.restart();
  std::vector<ProcessId> processes;
  for (int i = 0; i < 3; ++i)
    processes.push_back(node.spawn(kCounter));
  for (int round = 0; round < 4; ++round)
    for (const ProcessId& process : processes)
      node.push(process, "Add");
  for (const ProcessId& process : processes)
    EXPECT_EQ(shown_count(node, process), "4");
  EXPECT_EQ(metric(node, "aonode_processes_live"), "1");
  EXPECT_EQ(metric(node, "aonode_processes_resting"), "2");
  EXPECT_EQ(metric(node, "aonode_replay_divergences_total"), "0");

  // What rests is not lost with the workers, nor with what a restart leaves behind.
  end_all_workers();
  for (const ProcessId& process : processes)
    EXPECT_EQ(node.push(process, "Add")["slot"], 5);
  node.restart();
  for (const ProcessId& process : processes) {
    node.push(process, "Add");
    EXPECT_EQ(shown_count(node, process), "6");
  }
}

TEST(WorkerFlow, a_start_goes_on_from_the_last_checkpoint) {
  test::RunningNode node;
  node.settings().lua.checkpoint_gas = 10'000;
  node.settings().lua.batch_messages_max = 4;
  node.restart();
  const auto process = node.spawn(kCounter);
  for (int i = 0; i < 40; ++i)
    node.push(process, "Add");
  EXPECT_GT(std::stoi(metric(node, "aonode_checkpoints_total")), 1);

  node.restart();
  node.push(process, "Add");
  EXPECT_EQ(shown_count(node, process), "41");
  const int replayed = std::stoi(metric(node, "aonode_replayed_slots_total"));
  EXPECT_LT(replayed, 20);
  end_all_workers();
  node.push(process, "Add");
  EXPECT_EQ(shown_count(node, process), "42");
  EXPECT_LT(std::stoi(metric(node, "aonode_replayed_slots_total")), replayed + 20);
  EXPECT_EQ(metric(node, "aonode_replay_divergences_total"), "0");
}

}  // namespace
}  // namespace ao
