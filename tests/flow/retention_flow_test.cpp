// What is settled is kept here as far as the settings say, and can be had again.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/process/checkpoints.hpp"
#include "ao/process/records.hpp"
#include "flow/eventually.hpp"
#include "flow/peers.hpp"
#include "flow/quick_settlement.hpp"
#include "support/commands.hpp"
#include "support/event_reader.hpp"
#include "support/fake_arweave.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using test::FakeArweave;

constexpr std::uint64_t kKept = 3;
constexpr std::uint64_t kSlots = 21;  // with the spawn

class RetentionFlow : public testing::Test {
 protected:
  RetentionFlow() {
    auto& settlement = node_.settings().settlement;
    settlement.bundler_urls = {arweave_.url()};
    test::settle_quickly(settlement);
    node_.settings().retention.interval = 10ms;
    node_.settings().lua.checkpoint_gas = 10'000;
    keep_results(kKept);
  }

  void keep_results(std::size_t most) {
    node_.settings().retention.results_max = most;
    node_.restart();
  }

  // A counter that was sent its messages, in several bundles.
  ProcessId counted() {
    const ProcessId counter = node_.spawn(test::kCounter);
    for (std::uint64_t i = 1; i < kSlots; ++i) {
      last_ = node_.push(counter, "Add")["id"];
      if (i % 8 == 0) {
        EXPECT_TRUE(eventually([&] { return state_of_last() != "waiting"; }));
      }
    }
    return counter;
  }

  std::string state_of_last() { return node_.get("/" + last_ + "/settlement")["state"]; }

  void settle() {
    const auto is_confirmed = [&] {
      arweave_.mine();
      return state_of_last() == "confirmed" &&
             node_.get("/~settlement@1.0/info")["backlog-messages"] == 0;
    };
    ASSERT_TRUE(eventually(is_confirmed)) << node_.text("/~settlement@1.0/info");
  }

  std::string result(const ProcessId& process, std::uint64_t slot) {
    return node_.text("/" + process.text() + "~process@1.0/compute&slot=" + std::to_string(slot) +
                      "/results");
  }

  std::vector<std::string> results(const ProcessId& process) {
    std::vector<std::string> all;
    for (std::uint64_t slot = 0; slot < kSlots; ++slot)
      all.push_back(result(process, slot));
    return all;
  }

  std::string pruned(const std::string& what) {
    const std::string name = "aonode_pruned_total{what=\"" + what + "\"}";
    const bool is_there = node_.text("/metrics").find(name) != std::string::npos;
    return is_there ? test::metric(node_, name) : "0";
  }

  // All that is to be removed of one process.
  void wait_for_pruned() {
    const std::string due = std::to_string(kSlots - kKept);
    ASSERT_TRUE(eventually([&] { return pruned("outcomes") == due; })) << pruned("outcomes");
  }

  // Of the stopped node.
  template <class Look>
  auto in_store(Look look) {
    node_.stop();
    store::Settings settings;
    settings.directory = node_.settings().store.directory;
    const auto store = store::Store::open(settings);
    return look(*store);
  }

  void expect_no_fault() {
    const auto said =
        test::aonode({"db", "verify", "--store", node_.settings().store.directory.string()});
    EXPECT_EQ(said.code, 0) << said.out << said.err;
  }

  FakeArweave arweave_;
  test::RunningNode node_;
  std::string last_;
};

TEST_F(RetentionFlow, results_of_settled_slots_are_removed_and_the_same_when_they_are_read_again) {
  const ProcessId counter = counted();
  const auto before = results(counter);
  settle();
  wait_for_pruned();
  EXPECT_EQ(results(counter), before);
  EXPECT_EQ(test::metric(node_, "aonode_replay_divergences_total"), "0");

  node_.restart();
  EXPECT_EQ(result(counter, 1), before[1]);
  node_.push(counter, "Add");
  EXPECT_EQ(test::shown_count(node_, counter), std::to_string(kSlots));
  EXPECT_EQ(test::metric(node_, "aonode_replay_divergences_total"), "0");
  in_store([&](const store::Store& store) {
    const process::Records records(store);
    EXPECT_EQ(records.kept_from(counter), Slot{kSlots - kKept});
    EXPECT_FALSE(records.outcome_bytes(counter, Slot{kSlots - kKept - 1}));
    EXPECT_TRUE(records.outcome_bytes(counter, Slot{kSlots - kKept}));
  });
  expect_no_fault();
}

TEST_F(RetentionFlow, nothing_is_removed_that_no_block_has) {
  const ProcessId counter = counted();
  ASSERT_TRUE(eventually([&] { return state_of_last() == "accepted"; }));
  arweave_.mine();  // one block is not the two that are wanted
  ASSERT_TRUE(eventually(
      [&] { return node_.get("/" + last_ + "/settlement")["bundle"].contains("height"); }));
  in_store([&](const store::Store& store) {
    EXPECT_EQ(process::Records(store).kept_from(counter), Slot{0});
  });
  node_.restart();
  settle();
  ASSERT_TRUE(eventually([&] { return pruned("outcomes") != "0"; }));
}

TEST_F(RetentionFlow, fewer_are_kept_when_the_settings_say_so_later) {
  keep_results(0);
  const ProcessId counter = counted();
  settle();
  for (const std::size_t kept : {10, 5}) {
    keep_results(kept);
    EXPECT_TRUE(eventually([&] { return pruned("outcomes") != "0"; }));
    in_store([&](const store::Store& store) {
      EXPECT_EQ(process::Records(store).kept_from(counter), Slot{kSlots - kept});
    });
  }
}

TEST_F(RetentionFlow, a_stream_from_an_old_place_says_what_it_cannot_tell) {
  const ProcessId counter = counted();
  settle();
  wait_for_pruned();
  test::EventReader events(node_.port(), "/" + counter.text() + "/events?kinds=result", "21.0.0");
  const auto lost = events.next();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->name, "lost");
  EXPECT_EQ(lost->data["code"], "results-pruned");
  const auto next = events.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->data["slot"], kSlots - kKept);
}

TEST_F(RetentionFlow, the_stream_of_a_message_whose_result_is_gone_says_so_and_ends) {
  const ProcessId counter = node_.spawn(test::kCounter);
  const std::string first = node_.push(counter, "Add")["id"];
  for (std::uint64_t i = 2; i < kSlots; ++i)
    last_ = node_.push(counter, "Add")["id"];
  settle();
  wait_for_pruned();
  test::EventReader events(node_.port(), "/" + first + "/events");
  const auto heard = events.until("end");
  ASSERT_GE(heard.size(), 2u);
  EXPECT_EQ(heard[heard.size() - 2].name, "lost");
  EXPECT_EQ(heard[heard.size() - 2].data["code"], "results-pruned");
  EXPECT_EQ(node_.get("/~peer@1.0/trace?id=" + first)["pruned"], true);
}

TEST_F(RetentionFlow, the_checkpoint_of_a_process_that_is_idle_and_settled_is_removed) {
  node_.settings().retention.checkpoint_idle_max = 24h;
  node_.restart();
  const ProcessId counter = counted();
  settle();
  const auto has_checkpoint = [&] {
    return in_store([&](const store::Store& store) {
      return process::Checkpoints(store).find(counter).has_value();
    });
  };
  EXPECT_TRUE(has_checkpoint()) << "it was not idle for long";
  node_.restart();
  node_.clock().shift(25h);
  ASSERT_TRUE(eventually([&] { return pruned("checkpoints") == "1"; }));
  node_.push(counter, "Add");
  EXPECT_EQ(test::shown_count(node_, counter), std::to_string(kSlots));
  EXPECT_EQ(test::metric(node_, "aonode_replay_divergences_total"), "0");
}

TEST_F(RetentionFlow, the_checkpoint_of_a_process_that_is_not_settled_is_kept) {
  node_.settings().retention.checkpoint_idle_max = 24h;
  node_.restart();
  const ProcessId settled = counted();
  settle();
  arweave_.choose_faults(
      [](const MessageId&, std::size_t) { return FakeArweave::Fault::kRefused; });
  const ProcessId waiting = counted();
  node_.clock().shift(25h);
  ASSERT_TRUE(eventually([&] { return pruned("checkpoints") == "1"; }));
  in_store([&](const store::Store& store) {
    EXPECT_FALSE(process::Checkpoints(store).find(settled));
    EXPECT_TRUE(process::Checkpoints(store).find(waiting));
  });
}

}  // namespace
}  // namespace ao
