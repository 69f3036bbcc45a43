// What a node schedules comes to Arweave's own nodes, and is paid for once.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "flow/eventually.hpp"
#include "flow/peers.hpp"
#include "flow/quick_settlement.hpp"
#include "support/commands.hpp"
#include "support/fake_arweave.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using test::FakeArweave;
using test::url_of;
using Fault = FakeArweave::Fault;

class SettlementNodesFlow : public testing::Test {
 protected:
  SettlementNodesFlow() {
    const json wallets =
        json::parse(test::read_file(test::source_folder() / "tests/fixtures/wallets.json"));
    const auto wallet = crypto::Key::from_jwk(wallets["rsa1"]["jwk"].dump()).value();
    EXPECT_TRUE(wallet->save(folder_.path() / "wallet.json"));
    address_ = wallet->address().text;
    settle_at({arweave_.url()});
  }

  void settle_at(std::vector<std::string> nodes) {
    auto& settings = node_.settings().settlement;
    settings.node_urls = std::move(nodes);
    settings.wallet_file = folder_.path() / "wallet.json";
    settings.spending.a_day = 1'000'000'000;
    test::settle_quickly(settings);
    node_.restart();
  }

  json info() { return node_.get("/~settlement@1.0/info"); }
  json place(const std::string& id) { return node_.get("/" + id + "/settlement"); }

  void push(const ProcessId& process, int count, const std::string& data = "") {
    for (int i = 0; i < count; ++i)
      messages_.push_back(node_.push(process, "Add", data)["id"]);
  }

  // A bundle of several chunks.
  void push_much() { push(node_.spawn(""), 1, std::string(900'000, 'x')); }

  std::string warning() { return node_.get("/readyz").value("warning", ""); }

  bool is_settled() {
    if (!messages_.empty() && place(messages_.back())["state"] != "confirmed") return false;
    const json now = info();
    return now["backlog-messages"] == 0 && now["backlog-bytes"] == 0;
  }

  // Blocks come until nothing waits, though not so quickly that anchors grow old meanwhile.
  void settle() {
    int looks = 0;
    ASSERT_TRUE(eventually([&] {
      if (looks++ % 16 == 0) arweave_.mine();
      return is_settled();
    })) << info().dump()
        << node_.text("/~settlement@1.0/bundles");
  }

  // Every message is there under its own id, and what brought it was paid for once.
  void expect_all_confirmed() {
    for (const std::string& complaint : arweave_.complaints())
      ADD_FAILURE() << complaint;
    std::map<MessageId, std::size_t> paid;
    std::uint64_t winston = 0;
    for (const auto& [id, transaction] : arweave_.transactions()) {
      if (transaction.height == 0) continue;
      winston += transaction.reward;
      ASSERT_TRUE(transaction.item) << "the data of transaction " << id.text() << " is missing";
      ++paid[*transaction.item];
    }
    for (const auto& [item, times] : paid)
      EXPECT_EQ(times, 1u) << "bundle " << item.text();
    EXPECT_EQ(paid.size(), arweave_.items().size());
    ASSERT_TRUE(eventually([&] { return info().contains("wallet"); })) << "after a start";
    EXPECT_GE(info()["wallet"]["spent-winston"], winston);
    const auto ids = arweave_.ids_within();
    for (const std::string& id : messages_) {
      const json at = place(id);
      ASSERT_EQ(at["state"], "confirmed") << at;
      EXPECT_TRUE(ids.contains(*MessageId::from_text(id))) << id;
      EXPECT_TRUE(ids.contains(*MessageId::from_text(at["assignment"].get<std::string>())));
      EXPECT_GT(at["bundle"]["height"], 0);
    }
  }

  // Why the last message's bundle was not taken.
  std::string reason_of_last() {
    return place(messages_.back()).value("bundle", json::object()).value("reason", "");
  }

  // The transactions of the last message's bundle, as the node has them.
  std::vector<std::string> transactions_of_last() {
    std::vector<std::string> ids;
    const json bundle = place(messages_.back()).value("bundle", json::object());
    for (const json& each : bundle.value("transactions", json::array()))
      ids.push_back(each["id"]);
    return ids;
  }

  test::Folder folder_;
  FakeArweave arweave_;
  test::RunningNode node_;
  std::string address_;
  std::vector<std::string> messages_;
};

TEST_F(SettlementNodesFlow, everything_is_confirmed_in_transactions_that_the_wallet_paid) {
  const ProcessId process = node_.spawn(test::kCounter);
  messages_ = {std::string(process.text())};
  push(process, 5);
  settle();
  push_much();
  settle();
  expect_all_confirmed();
  EXPECT_GT(arweave_.chunks(), 1u) << "more than a chunk comes in chunks";
  EXPECT_EQ(info()["wallet"]["address"], address_);
  EXPECT_EQ(info()["nodes"][0]["url"], arweave_.url());
  const auto status = test::aonode({"settlement", "status", "--node", url_of(node_)});
  EXPECT_NE(status.out.find("wallet    " + address_), std::string::npos) << status.out;
  const auto one =
      test::aonode({"settlement", "status", "--id=" + messages_[0], "--node", url_of(node_)});
  EXPECT_NE(one.out.find("in transaction "), std::string::npos) << one.out;
  const std::string metrics = node_.text("/metrics");
  EXPECT_NE(metrics.find("aonode_settlement_spent_winston "), std::string::npos);
}

TEST_F(SettlementNodesFlow, what_is_there_is_proven_and_rebuilt_from_the_gateway) {
  const ProcessId process = node_.spawn(test::kCounter);
  push(process, 20);
  settle();
  const auto verified =
      test::aonode({"settlement", "verify", "--process=" + process.text(), "--gateway",
                    arweave_.url(), "--node", url_of(node_), "--quiet"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_NE(verified.out.find("verified: 21 slots"), std::string::npos) << verified.out;
  test::RunningNode fresh;
  fresh.stop();
  const auto recovered =
      test::aonode({"settlement", "recover", "--process=" + process.text(), "--gateway",
                    arweave_.url(), "--store", fresh.settings().store.directory.string(), "--quiet",
                    "--scheduler", node_.address().text});
  ASSERT_EQ(recovered.code, 0) << recovered.err;
  fresh.restart();
  EXPECT_EQ(test::shown_count(fresh, process), "20");
}

TEST_F(SettlementNodesFlow, a_stop_between_the_transaction_and_its_chunks_resumes) {
  std::atomic<bool> is_stuck = true;
  arweave_.choose_chunk_faults([&](std::size_t before) {
    return is_stuck && before > 1 ? std::string("not_joined") : std::string();
  });
  push_much();
  ASSERT_TRUE(eventually([&] { return arweave_.chunks() > 2; }));
  const auto before = transactions_of_last();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(place(messages_.back())["state"], "sent");
  for (int i = 0; i < 5; ++i)
    arweave_.mine();
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["bundle"].contains("height"); }));
  EXPECT_EQ(place(messages_.back())["state"], "sent") << "its data is not there";
  node_.restart();
  is_stuck = false;
  settle();
  EXPECT_EQ(transactions_of_last(), before) << "it was signed anew";
  expect_all_confirmed();
}

TEST_F(SettlementNodesFlow, a_restart_in_each_state_sends_the_same_transaction) {
  arweave_.choose_faults([](const MessageId&, std::size_t before) {
    return before == 0 ? Fault::kSilentAfterTaken : Fault::kNone;
  });
  push_much();
  ASSERT_TRUE(eventually([&] { return !arweave_.transactions().empty(); }));
  node_.restart();  // before anything was answered
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["state"] == "accepted"; }));
  node_.restart();
  EXPECT_EQ(place(messages_.back())["state"], "accepted");
  settle();
  node_.restart();
  EXPECT_EQ(place(messages_.back())["state"], "confirmed");
  expect_all_confirmed();
  EXPECT_EQ(transactions_of_last().size(), 1u);
}

TEST_F(SettlementNodesFlow, each_fault_of_the_node_ends_in_one_transaction_in_a_block) {
  std::size_t next = 0;
  std::map<MessageId, Fault> chosen;
  arweave_.choose_faults([&](const MessageId& id, std::size_t) {
    const auto [found, is_new] = chosen.try_emplace(id, Fault::kNone);
    if (!is_new) return Fault::kNone;
    found->second = static_cast<Fault>(++next % FakeArweave::kFaults);
    return found->second;
  });
  const ProcessId process = node_.spawn("");
  for (std::size_t i = 0; i < FakeArweave::kFaults; ++i) {
    push(process, 1);
    const std::string id = messages_.back();
    ASSERT_TRUE(eventually([&] { return place(id)["state"] != "waiting"; }));
  }
  settle();
  expect_all_confirmed();
  EXPECT_GE(arweave_.faults().size(), 4u);
}

TEST_F(SettlementNodesFlow, a_price_over_the_limit_is_waited_for_and_told) {
  node_.settings().settlement.spending.of_one = 500;
  node_.restart();
  push(node_.spawn(""), 2);
  ASSERT_TRUE(eventually([&] { return warning().find("price_max_winston") != std::string::npos; }));
  EXPECT_EQ(node_.get("/readyz")["status"], "ready");
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["state"] == "made"; }));
  EXPECT_TRUE(arweave_.transactions().empty());
  arweave_.set_price(400);
  settle();
  expect_all_confirmed();
  ASSERT_TRUE(eventually([&] { return warning().empty(); }));
}

TEST_F(SettlementNodesFlow, no_more_is_spent_within_a_day_than_the_settings_say) {
  node_.settings().settlement.spending.a_day = 2'500;
  node_.restart();
  const ProcessId process = node_.spawn("");
  push(process, 1);
  settle();
  const std::size_t paid = arweave_.transactions().size();
  ASSERT_LE(paid, 2u);
  for (std::size_t i = paid; i < 2; ++i) {
    push(process, 1);
    settle();
  }
  push(process, 1);
  ASSERT_TRUE(eventually([&] { return warning().find("spend_max_winston") != std::string::npos; }));
  node_.restart();
  ASSERT_TRUE(eventually([&] { return warning().find("spend_max_winston") != std::string::npos; }))
      << "a start forgot what was spent";
  EXPECT_EQ(info()["wallet"]["spent-winston"], 2'000);
  EXPECT_EQ(arweave_.transactions().size(), 2u);
  node_.clock().shift(25h);
  settle();
  EXPECT_EQ(info()["wallet"]["spent-winston"], 1'000) << "those of yesterday count no more";
}

TEST_F(SettlementNodesFlow, an_empty_wallet_is_told_and_nothing_is_lost) {
  arweave_.set_balance(999);
  push(node_.spawn(""), 2);
  ASSERT_TRUE(
      eventually([&] { return warning().find("the wallet has 999") != std::string::npos; }));
  EXPECT_NE(warning().find(address_), std::string::npos) << warning();
  const auto status = test::aonode({"settlement", "status", "--node", url_of(node_)});
  EXPECT_NE(status.out.find("the wallet has 999"), std::string::npos) << status.out;
  EXPECT_TRUE(arweave_.transactions().empty());
  arweave_.set_balance(1'000'000);
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementNodesFlow, one_whose_anchor_is_too_old_is_replaced_when_no_block_can_have_it) {
  std::atomic<bool> loses = true;
  arweave_.choose_faults(
      [&](const MessageId&, std::size_t) { return loses ? Fault::kLost : Fault::kNone; });
  push(node_.spawn(""), 1);
  ASSERT_TRUE(eventually([&] { return transactions_of_last().size() == 1; }));
  const auto first = transactions_of_last();
  const std::uint64_t begun = arweave_.height();
  while (arweave_.height() < begun + FakeArweave::kAnchorBlocks)
    arweave_.mine();
  loses = false;
  ASSERT_TRUE(eventually([&] {
    return reason_of_last().find("it is looked for until") != std::string::npos;
  })) << place(messages_.back());
  EXPECT_EQ(transactions_of_last(), first) << "it may still be in a block";
  arweave_.mine();
  arweave_.mine();
  ASSERT_TRUE(eventually([&] { return transactions_of_last().size() == 2; }));
  EXPECT_EQ(transactions_of_last().front(), first.front()) << "the old one is kept";
  settle();
  EXPECT_EQ(transactions_of_last().size(), 2u);
  for (const auto& [id, transaction] : arweave_.transactions())
    EXPECT_NE(id.text(), first.front());
  EXPECT_TRUE(arweave_.complaints().empty());
}

TEST_F(SettlementNodesFlow, one_that_is_refused_and_nowhere_is_made_anew_with_another_price) {
  arweave_.set_price(1'000);
  arweave_.choose_faults([&](const MessageId&, std::size_t) {
    arweave_.set_price(2'000);  // before it is judged
    return Fault::kNone;
  });
  push(node_.spawn(""), 1);
  settle();
  EXPECT_GT(arweave_.offers().size(), arweave_.transactions().size()) << "none was refused";
  EXPECT_EQ(info()["wallet"]["spent-winston"], 2'000 * arweave_.transactions().size());
  EXPECT_EQ(transactions_of_last().size(), 1u) << "one that nobody has is not kept";
  expect_all_confirmed();
}

TEST_F(SettlementNodesFlow, a_block_that_was_left_behind_gives_back_what_was_in_it) {
  push(node_.spawn(""), 1);
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["state"] == "accepted"; }));
  arweave_.mine();
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["bundle"].contains("height"); }));
  arweave_.forget_blocks(1);
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementNodesFlow, a_chunk_that_can_never_be_taken_is_told) {
  std::atomic<bool> refuses = true;
  arweave_.choose_chunk_faults(
      [&](std::size_t) { return refuses ? std::string("invalid_proof") : std::string(); });
  push_much();
  ASSERT_TRUE(
      eventually([&] { return reason_of_last().find("invalid_proof") != std::string::npos; }));
  EXPECT_NE(node_.text("/metrics").find("chunk-refused"), std::string::npos);
  refuses = false;
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementNodesFlow, another_node_is_asked_when_one_is_down) {
  FakeArweave down;
  down.set_down(true);
  settle_at({down.url(), arweave_.url()});
  push_much();
  settle();
  expect_all_confirmed();
  EXPECT_GT(info()["nodes"][0]["failures"], 0);
}

TEST_F(SettlementNodesFlow, the_store_is_whole_after_all_of_it) {
  push_much();
  settle();
  node_.stop();
  const auto verified =
      test::aonode({"db", "verify", "--store", node_.settings().store.directory.string()});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(SettlementNodesFlow, a_wallet_that_cannot_pay_ends_the_start) {
  auto& settings = node_.settings().settlement;
  const auto refusal = [&](const std::filesystem::path& file) -> std::string {
    settings.wallet_file = file;
    try {
      node_.restart();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  const auto other = folder_.path() / "ed25519.json";
  ASSERT_TRUE(crypto::Key::new_ed25519()->save(other));
  EXPECT_NE(refusal(other).find("holds no RSA-4096 key"), std::string::npos);
  const auto exposed = folder_.path() / "wallet.json";
  std::filesystem::permissions(exposed, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_NE(refusal(exposed).find("[settlement] wallet_file"), std::string::npos);
  EXPECT_NE(refusal(folder_.path() / "none.json").find("[settlement] wallet_file"),
            std::string::npos);
}

}  // namespace
}  // namespace ao
