// Payment across kill -9 of the node, a process of its own here.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "ao/http/client.hpp"
#include "signed_fetch.hpp"
#include "support/workbench.hpp"
#include "torture/node_process.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kSettings = R"([payment]
pricing = "simple-pay@1.0"
price = 10

[[hooks]]
on = "request"
device = "p4@1.0"
)";

// The node with a settings file, which the environment goes before.
fs::path node_with_settings(const fs::path& folder) {
  std::ofstream(folder / "node.toml") << kSettings;
  const fs::path script = folder / "node.sh";
  std::ofstream(script) << "#!/bin/sh\nexec " << test::node_beside_this_program().string()
                        << " --config " << (folder / "node.toml").string() << '\n';
  fs::permissions(script, fs::perms::owner_all);
  return script;
}

class PaymentKillFlow : public testing::Test {
 protected:
  PaymentKillFlow()
      : node_({node_with_settings(folder_.path()), folder_.path(), test::free_port(), {}}) {}

  void start() {
    node_.start();
    ASSERT_TRUE(node_.wait_until_ready(60s)) << node_.last_log_lines(20);
  }

  std::optional<http::Response> ask(const std::string& method, const std::string& target,
                                    http::Headers headers = {}, Bytes body = {}) {
    auto client =
        http::Client::to(pool_.executor(), "http://127.0.0.1:" + std::to_string(node_.port()));
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.body = std::move(body);
    auto response = test::await(pool_, (*client)->fetch(std::move(request)));
    if (!response) return std::nullopt;
    return std::move(*response);
  }

  bool is_taken(const Bytes& item) {
    const auto answer = ask("POST", "/schedule", {}, item);
    return answer && answer->status == 200;
  }

  // Sends until it is killed or done; true for those that were acknowledged.
  std::vector<bool> send(const std::vector<Bytes>& items, std::size_t kill_after) {
    constexpr std::size_t kSenders = 4;
    std::vector<char> taken(items.size(), 0);
    std::atomic<std::size_t> count = 0;
    std::vector<std::thread> senders;
    for (std::size_t sender = 0; sender < kSenders; ++sender)
      senders.emplace_back([&, sender] {
        for (std::size_t i = sender; i < items.size(); i += kSenders)
          if ((taken[i] = is_taken(items[i]))) ++count;
      });
    while (count < kill_after)
      std::this_thread::yield();
    node_.kill();
    for (std::thread& sender : senders)
      sender.join();
    return {taken.begin(), taken.end()};
  }

  std::string balance(const crypto::Key& account) {
    const auto answer = ask("GET", "/~p4@1.0/balance&address=" + account.address().text);
    return answer ? answer->body : "no answer";
  }

  test::Folder folder_;
  async::Pool pool_{"ask", 1};
  test::NodeProcess node_;
};

TEST_F(PaymentKillFlow, every_message_is_paid_for_exactly_once) {
  constexpr int kKills = 3;
  constexpr std::size_t kMessages = 40;
  start();
  const auto alice = crypto::Key::new_ed25519();
  const auto own = crypto::Key::load(folder_.path() / "node-key.json").value();
  const std::string target =
      "/~simple-pay@1.0/topup?recipient=" + alice->address().text + "&amount=10000&reference=first";
  const auto topped = ask("POST", target, signature_fields(*own, "POST", target));
  ASSERT_EQ(topped->body, "10000");
  const auto spawn = test::sign(test::spawn_draft("aos", own->address()), *alice);
  ASSERT_TRUE(is_taken(Bytes(spawn.bytes())));
  const ProcessId process = process_named_by(spawn.id());

  std::uint64_t made = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    std::vector<Bytes> items;
    for (std::size_t i = 0; i < kMessages; ++i) {
      auto draft = test::message_draft(process, "Hello");
      draft.anchor = Bytes(24, 'p');
      put_u64be(draft.anchor, ++made);
      items.emplace_back(test::sign(draft, *alice).bytes());
    }
    const auto taken = send(items, 5 + static_cast<std::size_t>(kill) * 3);
    start();
    for (std::size_t i = 0; i < items.size(); ++i)
      if (!taken[i]) {
        ASSERT_TRUE(is_taken(items[i]));
      }
    for (const Bytes& item : items)
      ASSERT_TRUE(is_taken(item));
    EXPECT_EQ(balance(*alice), std::to_string(10'000 - 20 * (1 + made)));
    const auto slot =
        ask("GET", "/" + process.text() + "~process@1.0/slot/current",
            signature_fields(*own, "GET", "/" + process.text() + "~process@1.0/slot/current"));
    EXPECT_EQ(slot->body, std::to_string(made));
  }
}

}  // namespace
}  // namespace ao
