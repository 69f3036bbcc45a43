// What a node schedules comes to Arweave, whatever the bundler does meanwhile.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/codec/httpsig.hpp"
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

class SettlementFlow : public testing::Test {
 protected:
  SettlementFlow() { settle_with({arweave_.url()}); }

  void settle_with(std::vector<std::string> bundlers) {
    auto& settings = node_.settings().settlement;
    settings.bundler_urls = std::move(bundlers);
    test::settle_quickly(settings);
    node_.restart();
  }

  json info() { return node_.get("/~settlement@1.0/info"); }
  json place(const std::string& id) { return node_.get("/" + id + "/settlement"); }

  void push(const ProcessId& process, int count) {
    for (int i = 0; i < count; ++i)
      messages_.push_back(node_.push(process, "Add")["id"]);
  }

  // Blocks come until nothing waits.
  void settle() {
    const auto is_done = [&] {
      arweave_.mine();
      if (!messages_.empty() && place(messages_.back())["state"] != "confirmed") return false;
      const json now = info();
      return now["backlog-messages"] == 0 && now["backlog-bytes"] == 0;
    };
    ASSERT_TRUE(eventually(is_done)) << info().dump() << node_.text("/~settlement@1.0/bundles");
  }

  // Every message, and its assignment, is there once, under its own id, and the node says so.
  void expect_all_confirmed() {
    for (const std::string& complaint : arweave_.complaints())
      ADD_FAILURE() << complaint;
    std::map<std::string, std::size_t> times;
    for (const auto& [id, kept] : arweave_.items()) {
      EXPECT_GT(kept.height, 0u);
      const auto item = message::DataItem::parse(kept.bytes);
      ASSERT_TRUE(item);
      const auto bundle = message::read_bundle(item->data());
      ASSERT_TRUE(bundle);
      for (const auto& one : *bundle)
        ++times[std::string(one.item.id().text())];
    }
    for (const std::string& id : messages_) {
      const json at = place(id);
      ASSERT_EQ(at["state"], "confirmed") << at;
      EXPECT_EQ(times[id], 1u) << id;
      EXPECT_EQ(times[at["assignment"]], 1u) << at;
      EXPECT_GT(at["bundle"]["height"], 0);
    }
  }

  FakeArweave arweave_;
  test::RunningNode node_;
  std::vector<std::string> messages_;
};

TEST_F(SettlementFlow, everything_is_confirmed_under_its_own_id_with_the_module_of_the_process) {
  const ProcessId first = node_.spawn(test::kCounter);
  const ProcessId second = node_.spawn("");
  messages_ = {std::string(first.text()), std::string(second.text())};
  push(first, 5);
  push(second, 3);
  settle();
  expect_all_confirmed();
  const std::string text = node_.text("/" + first.text() + "/settlement");
  const json whole = json::parse(text);
  EXPECT_EQ(whole["slots"], 6);
  EXPECT_EQ(whole["slots-confirmed"], 6);
  bool has_module = false;
  for (const auto& [id, kept] : arweave_.items()) {
    const auto item = message::DataItem::parse(kept.bytes);
    const auto bundle = message::read_bundle(item->data());
    for (const auto& one : *bundle)
      has_module = has_module || one.item.data().find("Handlers.add") != BytesView::npos;
  }
  EXPECT_TRUE(has_module);
  EXPECT_EQ(info()["bundles"]["confirmed"], arweave_.items().size());
}

TEST_F(SettlementFlow, it_takes_the_confirmations_that_the_settings_want) {
  const ProcessId process = node_.spawn("");
  messages_ = {std::string(process.text())};
  ASSERT_TRUE(eventually([&] { return place(messages_[0])["state"] == "accepted"; }));
  arweave_.mine();
  ASSERT_TRUE(eventually([&] { return place(messages_[0])["bundle"].contains("height"); }));
  EXPECT_EQ(place(messages_[0])["state"], "accepted") << "one block is not two";
  arweave_.forget_blocks(1);
  arweave_.mine();
  arweave_.mine();
  ASSERT_TRUE(eventually([&] { return place(messages_[0])["state"] == "confirmed"; }));
}

TEST_F(SettlementFlow, a_gateway_that_knows_blocks_alone_is_understood) {
  arweave_.set_keyed_by_block(true);
  push(node_.spawn(""), 3);
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementFlow, each_fault_of_the_bundler_ends_in_the_same_item_confirmed) {
  std::map<MessageId, Fault> chosen;
  std::size_t next = 0;
  arweave_.choose_faults([&](const MessageId& item, std::size_t before) {
    if (before > 0) return Fault::kNone;
    const auto [found, is_new] = chosen.try_emplace(item, Fault::kNone);
    if (is_new) found->second = static_cast<Fault>(++next % FakeArweave::kFaults);
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
  EXPECT_GE(arweave_.faults().size(), FakeArweave::kFaults);
}

TEST_F(SettlementFlow, what_was_said_to_be_taken_and_is_nowhere_is_sent_again) {
  std::atomic<bool> loses = true;
  arweave_.choose_faults(
      [&](const MessageId&, std::size_t) { return loses ? Fault::kLost : Fault::kNone; });
  push(node_.spawn(""), 1);
  ASSERT_TRUE(eventually([&] {
    const auto offers = arweave_.offers();
    return !offers.empty() && offers.begin()->second > 2;
  }));
  const MessageId id = arweave_.offers().begin()->first;
  loses = false;
  settle();
  EXPECT_TRUE(arweave_.items().contains(id)) << "the id changed on the way";
  expect_all_confirmed();
}

TEST_F(SettlementFlow, a_restart_in_each_state_changes_nothing) {
  const ProcessId process = node_.spawn("");
  arweave_.set_down(true);
  push(process, 1);
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["state"] == "sent"; }));
  const std::string sent = place(messages_.back())["bundle"]["id"];
  node_.restart();
  EXPECT_EQ(place(messages_.back())["bundle"]["id"], sent);

  arweave_.choose_faults([](const MessageId&, std::size_t before) {
    return before == 0 ? Fault::kSilentAfterTaken : Fault::kNone;
  });
  arweave_.set_down(false);
  ASSERT_TRUE(eventually([&] { return !arweave_.items().empty(); }));
  node_.restart();  // before anything was answered
  ASSERT_TRUE(eventually([&] { return place(messages_.back())["state"] == "accepted"; }));
  node_.restart();
  EXPECT_EQ(place(messages_.back())["state"], "accepted");
  settle();
  node_.restart();
  EXPECT_EQ(place(messages_.back())["state"], "confirmed");
  push(process, 1);
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementFlow, another_bundler_is_asked_when_one_is_down) {
  FakeArweave down;
  down.set_down(true);
  node_.settings().gateway.urls = {arweave_.url()};
  settle_with({down.url(), arweave_.url()});
  push(node_.spawn(""), 2);
  settle();
  expect_all_confirmed();
  EXPECT_EQ(place(messages_.front())["bundle"]["bundler"], arweave_.url());
  EXPECT_GT(info()["bundlers"][0]["failures"], 0);
}

TEST_F(SettlementFlow, what_was_scheduled_and_kept_before_it_was_switched_on_is_settled_too) {
  settle_with({});
  EXPECT_EQ(info()["on"], false);
  const ProcessId process = node_.spawn(test::kCounter);
  push(process, 4);
  EXPECT_EQ(place(messages_[0])["state"], "waiting");
  settle_with({arweave_.url()});
  settle();
  expect_all_confirmed();
}

TEST_F(SettlementFlow, a_backlog_that_is_too_old_is_told) {
  EXPECT_FALSE(node_.get("/readyz").contains("warning"));
  arweave_.set_down(true);
  push(node_.spawn(""), 1);
  ASSERT_TRUE(eventually([&] { return info()["backlog-messages"] == 2; }));
  node_.clock().shift(7h);
  ASSERT_TRUE(eventually([&] { return node_.get("/readyz").contains("warning"); }));
  EXPECT_EQ(node_.get("/readyz")["status"], "ready");
  const std::string metrics = node_.text("/metrics");
  for (const char* name :
       {"aonode_settlement_backlog_messages 2", "aonode_settlement_backlog_bytes ",
        "aonode_settlement_oldest_unconfirmed_seconds 25", "aonode_settlement_bundles{state="})
    EXPECT_NE(metrics.find(name), std::string::npos) << name;
  arweave_.set_down(false);
  settle();
  ASSERT_TRUE(eventually([&] { return !node_.get("/readyz").contains("warning"); }));
}

TEST_F(SettlementFlow, the_operator_and_nobody_else_has_a_bundle_sent_at_once) {
  node_.settings().settlement.rules.resend_after = 1h;
  node_.restart();
  std::atomic<bool> loses = true;
  arweave_.choose_faults(
      [&](const MessageId&, std::size_t) { return loses ? Fault::kLost : Fault::kNone; });
  push(node_.spawn(""), 1);
  ASSERT_TRUE(eventually([&] { return place(messages_[0])["state"] == "accepted"; }));
  loses = false;
  const test::Folder folder;
  const std::string own = folder.path() / "own.json", other = folder.path() / "other.json";
  ASSERT_TRUE(node_.key()->save(own));
  ASSERT_TRUE(crypto::Key::new_ed25519()->save(other));
  const auto retry = [&](const std::string& key, const std::string& bundle) {
    return test::aonode({"settlement", "retry", bundle, "--node", url_of(node_), "--key", key});
  };
  const auto denied = retry(other, "all");
  EXPECT_EQ(denied.code, 1);
  EXPECT_NE(denied.err.find("retry-denied"), std::string::npos) << denied.err;
  EXPECT_NE(retry(own, "77").err.find("bundle-unknown"), std::string::npos);
  EXPECT_NE(retry(own, "x").err.find("retry-malformed"), std::string::npos);
  const auto listed = test::aonode({"settlement", "list", "--node", url_of(node_)});
  EXPECT_NE(listed.out.find("accepted"), std::string::npos) << listed.out << listed.err;
  EXPECT_EQ(retry(own, "all").code, 0);
  settle();
  expect_all_confirmed();
  EXPECT_NE(retry(own, "0").err.find("bundle-confirmed"), std::string::npos);
  const auto status = test::aonode({"settlement", "status", "--node", url_of(node_)});
  EXPECT_NE(status.out.find("backlog   0 messages"), std::string::npos) << status.out;
  const auto one =
      test::aonode({"settlement", "status", "--id=" + messages_[0], "--node", url_of(node_)});
  EXPECT_NE(one.out.find("confirmed"), std::string::npos) << one.out;
}

TEST_F(SettlementFlow, what_is_not_here_has_no_place) {
  EXPECT_EQ(node_.fetch("GET", "/" + MessageId().text() + "/settlement").status, 404u);
  EXPECT_EQ(node_.fetch("GET", "/~settlement@1.0/item?id=x").status, 400u);
  EXPECT_EQ(node_.fetch("GET", "/~settlement@1.0/bundles?from=x").status, 400u);
  EXPECT_EQ(node_.fetch("GET", "/~settlement@1.0/else").status, 404u);
}

class SettledFlow : public SettlementFlow {
 protected:
  SettledFlow() {
    node_.settings().settlement.rules.bundle_bytes_max = 4 << 10;  // several bundles
    node_.restart();
    process_ = node_.spawn(test::kCounter);
    push(process_, 20);
    push(node_.spawn(""), 3);
    settle();
  }

  test::Said verify(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{
        "settlement",  "verify",       "--process=" + process_.text(),
        "--gateway",   arweave_.url(), "--node",
        url_of(node_), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::aonode(arguments);
  }

  test::Said recover(const std::filesystem::path& store, std::vector<std::string> more) {
    std::vector<std::string> arguments{
        "settlement",   "recover",      "--process=" + process_.text(),
        "--gateway",    arweave_.url(), "--store",
        store.string(), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::aonode(arguments);
  }

  // A bundle that holds something of the process.
  MessageId a_bundle() {
    for (const auto& [id, kept] : arweave_.items())
      for (const auto& tag : kept.tags)
        if (tag.name == "Process" && tag.value == process_.text()) return id;
    throw std::runtime_error("no bundle names the process");
  }

  ProcessId process_;
};

TEST_F(SettledFlow, what_a_gateway_has_is_proven_and_is_what_the_node_has) {
  EXPECT_GT(arweave_.items().size(), 3u);
  const auto said = verify();
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("verified: 21 slots"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("as the node has them"), std::string::npos) << said.out;
}

TEST_F(SettledFlow, what_a_gateway_altered_or_lost_is_noticed) {
  arweave_.alter(a_bundle(), [this](Bytes& bytes) {
    const auto outer = message::DataItem::parse(bytes);
    const auto bundle = message::read_bundle(outer->data());
    for (const auto& one : *bundle)
      if (one.item.tag("Process") == process_.text()) bytes[bytes.find(one.item.signature())] ^= 1;
  });
  const auto altered = verify();
  EXPECT_EQ(altered.code, 1);
  const bool is_in_the_middle = altered.err.find("is in none of the bundles") != std::string::npos;
  const bool is_at_the_end =
      altered.err.find("21 slots confirmed, the gateway has ") != std::string::npos;
  EXPECT_TRUE(is_in_the_middle || is_at_the_end) << altered.err;
}

TEST_F(SettledFlow, a_new_node_rebuilds_the_process_from_the_gateway_alone) {
  test::RunningNode fresh;
  const std::string stranger = fresh.address().text;
  fresh.stop();
  const auto store = fresh.settings().store.directory;
  const auto foreign = recover(store, {"--scheduler", stranger});
  EXPECT_EQ(foreign.code, 1) << "another scheduler has signed it";
  const auto said = recover(store, {"--scheduler", node_.address().text});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("with its module"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("imported: 21 messages and 1 other items"), std::string::npos)
      << said.out;
  fresh.restart();
  EXPECT_EQ(test::shown_count(fresh, process_), "20");
  const std::string slot = "/" + process_.text() + "~process@1.0/compute=20";
  EXPECT_EQ(fresh.text(slot), node_.text(slot));
}

TEST_F(SettledFlow, what_was_signed_over_http_fields_comes_back_too) {
  const message::Map said{
      {"type", "Message"}, {"target", process_.text()}, {"action", "Add"}, {"data", "over HTTP"}};
  const auto form = codec::sign_http_form(said, node_.client(), codec::Form::kBundled).value();
  http::Headers headers;
  for (const auto& [name, value] : form.fields)
    headers.add(name, *value.bytes());
  const auto answer = node_.fetch("POST", "/" + process_.text() + "/schedule", form.body, headers);
  ASSERT_EQ(answer.status, 200u) << answer.body;
  push(process_, 1);
  settle();
  EXPECT_EQ(verify().code, 0);
  test::RunningNode fresh;
  fresh.stop();
  const auto said_of =
      recover(fresh.settings().store.directory, {"--scheduler", node_.address().text});
  ASSERT_EQ(said_of.code, 0) << said_of.err;
  fresh.restart();
  EXPECT_EQ(test::shown_count(fresh, process_), "22");
}

TEST_F(SettledFlow, the_store_is_whole_after_all_of_it) {
  node_.stop();
  const auto verified =
      test::aonode({"db", "verify", "--store", node_.settings().store.directory.string()});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace ao
