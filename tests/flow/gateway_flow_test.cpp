// What the network has and the node does not: modules and items from gateways that fail and lie.
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
using message::DataItem;
using nlohmann::json;
using test::code_of;
using test::eventually;
using test::FakeArweave;
using test::shown;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

class GatewayFlow : public testing::Test {
 protected:
  GatewayFlow() { start({arweave_.url()}); }

  void start(std::vector<std::string> urls) {
    auto& settings = node_.settings().gateway;
    settings.urls = std::move(urls);
    settings.block_interval = 0ms;  // so that what is counted was asked for by a test
    settings.request_timeout = 5s;
    node_.restart();
  }

  DataItem module(const std::string& source = test::kCounter) {
    auto draft = test::module_draft(source, "test.lua");
    draft.tags.push_back({"Number", std::to_string(++number_)});
    return test::sign(draft, *author_);
  }

  http::Response spawn(const std::string& module) {
    auto draft = test::spawn_draft(module, node_.address());
    draft.tags.push_back({"Number", std::to_string(++number_)});
    return post(test::sign(draft, *author_));
  }

  http::Response post(const DataItem& item) {
    http::Headers headers;
    headers.set("content-type", "application/ans104");
    headers.set("codec-device", "ans104@1.0");
    return node_.fetch("POST", "/push", item.bytes(), std::move(headers));
  }

  static ProcessId process_of(const http::Response& response) {
    const std::string* process = response.headers.find("process");
    return *ProcessId::from_text(process == nullptr ? "" : *process);
  }

  // A module that is fetched runs as one that was uploaded.
  void expect_counts(const http::Response& spawned) {
    ASSERT_EQ(spawned.status, 200u) << spawned.body;
    const ProcessId process = process_of(spawned);
    node_.push(process, "Add");
    node_.push(process, "Add");
    EXPECT_EQ(test::shown_count(node_, process), "2");
  }

  FakeArweave arweave_;
  test::RunningNode node_;
  std::unique_ptr<crypto::Key> author_ = crypto::Key::new_ed25519();
  std::atomic<int> number_ = 0;
};

TEST_F(GatewayFlow, a_module_that_a_spawn_names_is_fetched_and_kept) {
  const DataItem item = module();
  arweave_.publish(item);
  const auto spawned = spawn(item.id().text());
  expect_counts(spawned);
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
  arweave_.set_down(true);
  node_.restart();
  node_.push(process_of(spawned), "Add");
  EXPECT_EQ(test::shown_count(node_, process_of(spawned)), "3");
  expect_counts(spawn(item.id().text()));
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
}

TEST_F(GatewayFlow, a_module_of_nobody_is_refused_and_that_is_remembered) {
  const std::string unknown = module().id().text();
  const auto refused = spawn(unknown);
  EXPECT_EQ(refused.status, 400u) << refused.body;
  EXPECT_EQ(code_of(refused), "module-unknown");
  EXPECT_TRUE(contains(refused.body, "the gateways were asked")) << refused.body;
  EXPECT_EQ(spawn(unknown).status, 400u);
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
}

TEST_F(GatewayFlow, a_forged_module_is_refused_and_not_kept) {
  const DataItem item = module();
  arweave_.publish(item);
  arweave_.alter(item.id(), [](Bytes& bytes) { bytes.back() = '#'; });
  const auto refused = spawn(item.id().text());
  EXPECT_EQ(refused.status, 400u) << refused.body;
  EXPECT_EQ(code_of(refused), "module-unknown");
  EXPECT_TRUE(contains(refused.body, "is not taken")) << refused.body;
  EXPECT_EQ(node_.fetch("GET", "/" + item.id().text()).status, 404u);
  // Another item under its id is none either, and says that this gateway lies.
  const DataItem wanted = module();
  arweave_.publish_as(wanted.id(), module("other = 1").bytes());
  const auto forged = spawn(wanted.id().text());
  EXPECT_EQ(forged.status, 400u) << forged.body;
  EXPECT_EQ(test::metric(node_, "aonode_gateways_failing"), "1");
}

TEST_F(GatewayFlow, a_transaction_of_arweave_itself_is_refused_in_words) {
  const DataItem item = module();
  arweave_.publish(item, false);
  arweave_.alter(item.id(), [](Bytes& bytes) { bytes.back() = '#'; });
  const auto refused = spawn(item.id().text());
  EXPECT_EQ(code_of(refused), "module-unknown");
  EXPECT_TRUE(contains(refused.body, "transactions of Arweave itself")) << refused.body;
  // What holds as a data item is one, whatever the gateway does not tell.
  const DataItem good = module();
  arweave_.publish(good, false);
  expect_counts(spawn(good.id().text()));
}

TEST_F(GatewayFlow, a_message_is_no_module) {
  const auto process = node_.spawn("");
  const DataItem item = test::sign(test::message_draft(process, "Add"), *author_);
  arweave_.publish(item);
  const auto refused = spawn(item.id().text());
  EXPECT_EQ(code_of(refused), "module-unknown");
  EXPECT_TRUE(contains(refused.body, "no module")) << refused.body;
}

TEST_F(GatewayFlow, of_two_gateways_the_one_that_lies_changes_nothing) {
  FakeArweave honest;
  start({arweave_.url(), honest.url()});
  const DataItem item = module(), other = module();
  honest.publish(item);
  honest.publish(other);
  arweave_.publish_as(item.id(), module("stolen = 1").bytes());
  expect_counts(spawn(item.id().text()));
  EXPECT_EQ(honest.asked("/graphql"), 1u);
  // One that does not have it, or is down, neither.
  expect_counts(spawn(other.id().text()));
  arweave_.set_down(true);
  const DataItem third = module();
  honest.publish(third);
  expect_counts(spawn(third.id().text()));
}

TEST_F(GatewayFlow, without_its_gateway_the_node_works_and_then_goes_on) {
  const DataItem item = module();
  arweave_.publish(item);
  arweave_.set_down(true);
  const auto waits = spawn(item.id().text());
  EXPECT_EQ(waits.status, 503u) << waits.body;
  EXPECT_EQ(code_of(waits), "gateway-silent");
  EXPECT_EQ(node_.fetch("GET", "/readyz").status, 200u);
  const auto process = node_.spawn(test::kCounter);
  node_.push(process, "Add");
  EXPECT_EQ(test::shown_count(node_, process), "1");
  arweave_.set_down(false);
  http::Response spawned;
  EXPECT_TRUE(eventually([&] {
    spawned = spawn(item.id().text());
    return spawned.status == 200;
  })) << spawned.body;
  expect_counts(spawned);
}

TEST_F(GatewayFlow, all_who_want_a_module_share_one_fetch) {
  const DataItem item = module();
  arweave_.publish(item);
  arweave_.set_silent(true);
  constexpr std::size_t kSpawns = 6;
  std::vector<http::Response> answers(kSpawns);
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kSpawns; ++i)
    clients.emplace_back([&, i] { answers[i] = spawn(item.id().text()); });
  EXPECT_TRUE(eventually([&] {
    return contains(node_.text("/metrics"), "aonode_admissions_total{code=\"admitted\"} 6");
  }));
  arweave_.set_silent(false);
  for (std::thread& client : clients)
    client.join();
  for (const auto& answer : answers)
    expect_counts(answer);
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
  EXPECT_EQ(arweave_.asked("/raw"), 1u);
}

TEST_F(GatewayFlow, one_who_asks_for_much_is_told_to_wait) {
  node_.settings().gateway.fetches_per_second = 1;
  node_.restart();
  http::Response refused;
  std::size_t looked_for = 0;
  for (; looked_for < 200; ++looked_for) {
    refused = spawn(module().id().text());
    if (refused.status != 400) break;
  }
  EXPECT_EQ(refused.status, 429u) << refused.body;
  EXPECT_EQ(code_of(refused), "gateway-rate");
  EXPECT_NE(refused.headers.find("retry-after"), nullptr);
  EXPECT_GE(looked_for, 4u);
  EXPECT_EQ(arweave_.asked("/graphql"), looked_for);
}

TEST_F(GatewayFlow, a_module_over_the_limit_is_not_read) {
  node_.settings().admission.data_bytes_max = 2'000;
  node_.restart();
  const DataItem item = module(test::kCounter + std::string("\n--") + std::string(2'000, 'x'));
  arweave_.publish(item);
  const auto refused = spawn(item.id().text());
  EXPECT_EQ(code_of(refused), "module-unknown");
  EXPECT_TRUE(contains(refused.body, "admission.data_bytes_max")) << refused.body;
  EXPECT_EQ(arweave_.asked("/raw"), 0u);
}

TEST_F(GatewayFlow, what_is_here_asks_nobody) {
  const auto process = node_.spawn(test::kCounter);
  node_.push(process, "Add");
  EXPECT_EQ(test::shown_count(node_, process), "1");
  node_.push(process, "Spin");
  for (const char* what : {"/graphql", "/raw", "/info", "/block"})
    EXPECT_EQ(arweave_.asked(what), 0u) << what;
}

constexpr const char* kSpawner = R"(
Handlers.add("make", "Make", function(msg)
  Spawn(msg.Wanted, { Data = "x" })
  Send({ Target = msg.To, Action = "Note", Data = "behind" })
end)
Handlers.add("made", "Spawned", function(msg)
  Send({ device = "patch@1.0", made = msg.Process })
end)
Handlers.add("failed", "Spawn-Error", function(msg)
  Send({ device = "patch@1.0", failed = msg.Error })
end))";

TEST_F(GatewayFlow, a_process_that_spawns_waits_for_the_module_and_holds_up_no_other) {
  const DataItem item = module();
  arweave_.publish(item);
  arweave_.set_silent(true);
  const auto sink = node_.spawn(test::kSink);
  const auto spawner = node_.spawn(kSpawner), other = node_.spawn(test::kForwarder);
  node_.push(spawner, "Make", "", {{"Wanted", item.id().text()}, {"To", sink.text()}});
  ASSERT_TRUE(eventually([&] { return arweave_.asked("/graphql") == 1; }));
  for (int i = 1; i <= 10; ++i)
    node_.push(other, "Forward", "n" + std::to_string(i), {{"Count", "1"}, {"To", sink.text()}});
  EXPECT_TRUE(
      eventually([&] { return contains(node_.fetch("GET", shown(sink, "notes")).body, "n10/1"); }));
  arweave_.set_silent(false);
  std::string made;
  EXPECT_TRUE(eventually([&] {
    made = node_.fetch("GET", shown(spawner, "made")).body;
    return made.size() == 43;
  })) << made;
  node_.push(*ProcessId::from_text(made), "Add");
  EXPECT_EQ(test::wait_for(node_, shown(*ProcessId::from_text(made), "count"), "1"), "1");
  EXPECT_TRUE(contains(node_.text(shown(sink, "notes")), "behind"));
}

TEST_F(GatewayFlow, a_process_is_told_that_there_is_no_such_module) {
  const auto sink = node_.spawn(test::kSink), spawner = node_.spawn(kSpawner);
  node_.push(spawner, "Make", "",
             {{"Wanted", std::string(module().id().text())}, {"To", sink.text()}});
  std::string failed;
  EXPECT_TRUE(eventually([&] {
    failed = node_.fetch("GET", shown(spawner, "failed")).body;
    return contains(failed, "the gateways were asked");
  })) << failed;
  EXPECT_EQ(test::wait_for(node_, shown(sink, "notes"), "behind"), "behind");
}

TEST_F(GatewayFlow, items_are_fetched_for_clients_only_where_there_is_room_for_them) {
  const DataItem item = module();
  arweave_.publish(item);
  const std::string path = "/" + item.id().text();
  const auto unknown = node_.fetch("GET", path);
  EXPECT_EQ(unknown.status, 404u);
  EXPECT_EQ(code_of(unknown), "item-unknown");
  EXPECT_EQ(arweave_.asked("/graphql"), 0u);

  node_.settings().gateway.items_bytes_max = 1 << 20;
  node_.restart();
  http::Headers whole;
  whole.set("accept", "application/ans104");
  for (int i = 0; i < 2; ++i) {
    const auto found = node_.fetch("GET", path);
    ASSERT_EQ(found.status, 200u) << found.body;
    EXPECT_EQ(found.body, item.data());
    EXPECT_EQ(*found.headers.find("item-source"), "gateway");
    EXPECT_EQ(*found.headers.find("id"), item.id().text());
    EXPECT_EQ(node_.fetch("GET", path, "", whole).body, item.bytes());
  }
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
  arweave_.set_down(true);
  node_.restart();
  EXPECT_EQ(node_.fetch("GET", path).body, item.data());
  EXPECT_EQ(arweave_.asked("/graphql"), 1u);
  const auto file =
      node_.settings().store.directory.parent_path() / "network-items" / item.id().text();
  ASSERT_TRUE(std::filesystem::exists(file));
  std::filesystem::resize_file(file, 100);
  EXPECT_EQ(node_.fetch("GET", path).status, 503u) << "what the disk altered is not served";
}

TEST_F(GatewayFlow, the_cache_of_items_keeps_its_size) {
  node_.settings().gateway.items_bytes_max = 2'000;
  node_.settings().gateway.fetches_per_second = 100;
  node_.restart();
  std::vector<DataItem> items;
  for (int i = 0; i < 6; ++i) {
    items.push_back(module("x = " + std::to_string(i) + " -- " + std::string(600, 'x')));
    arweave_.publish(items.back());
    EXPECT_EQ(node_.fetch("GET", "/" + items.back().id().text()).status, 200u);
  }
  std::size_t bytes = 0, files = 0;
  const auto folder = node_.settings().store.directory.parent_path() / "network-items";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    bytes += file.file_size();
    ++files;
  }
  EXPECT_GT(files, 0u);
  EXPECT_LE(bytes, 2'000u);
  arweave_.set_down(true);
  EXPECT_EQ(node_.fetch("GET", "/" + items.back().id().text()).status, 200u);
  EXPECT_EQ(node_.fetch("GET", "/" + items.front().id().text()).status, 503u);
}

TEST_F(GatewayFlow, a_client_has_a_budget_for_items_too) {
  node_.settings().gateway.items_bytes_max = 1 << 20;
  node_.settings().gateway.fetches_per_second = 1;
  node_.restart();
  unsigned status = 404;
  for (int i = 0; i < 200 && status == 404; ++i)
    status = node_.fetch("GET", "/" + module().id().text()).status;
  EXPECT_EQ(status, 429u);
}

// ---- processes of other nodes -------------------------------------------------------------------

TEST_F(GatewayFlow, a_process_whose_node_is_down_is_found_by_its_definition_and_waited_for) {
  test::RunningNode hub, far;
  test::meet(hub, {});
  test::meet(far, {test::url_of(hub)});
  auto& egress = node_.settings().peers.egress;
  egress.https_only = false;
  egress.ports = {far.port()};
  egress.allowed_networks = {"127.0.0.0/8"};
  test::meet(node_, {test::url_of(hub)});
  ASSERT_TRUE(eventually([&] { return test::metric(node_, "aonode_peers_known") == "2"; }));
  const auto sink = far.spawn(test::kSink);
  const auto definition = DataItem::parse(far.text("/~peer@1.0/item?id=" + sink.text()));
  ASSERT_TRUE(definition);
  arweave_.publish(*definition);
  far.stop();
  const auto sender = node_.spawn(test::kForwarder);
  node_.push(sender, "Forward", "n", {{"Count", "1"}, {"To", sink.text()}});
  EXPECT_TRUE(eventually([&] {
    return test::metric(node_, "aonode_forward_routes") == "1" && arweave_.asked("/raw") == 1;
  }));
  far.restart();
  EXPECT_EQ(test::wait_for(far, shown(sink, "notes"), "n/1"), "n/1");
}

TEST_F(GatewayFlow, a_wallet_is_asked_for_once_and_nothing_waits_for_that) {
  test::RunningNode hub;
  test::meet(node_, {test::url_of(hub)});
  test::wait_for_peer(node_);
  arweave_.set_down(true);
  const auto sender = node_.spawn(test::kForwarder), sink = node_.spawn(test::kSink);
  const std::string wallet = author_->address().text;
  node_.push(sender, "Forward", "n", {{"Count", "3"}, {"To", wallet}});
  node_.push(sender, "Forward", "n", {{"Count", "1"}, {"To", sink.text()}});
  EXPECT_EQ(test::wait_for(node_, shown(sink, "notes"), "n/1"), "n/1");
  EXPECT_TRUE(eventually([&] { return test::metric(node_, "aonode_forward_routes") == "0"; }));
}

}  // namespace
}  // namespace ao
