// A process keeps the accounts: who asks is charged there, once, and never served for free.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/message/ledger_order.hpp"
#include "counter.hpp"
#include "signed_fetch.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::code_of;

constexpr const char* kPaid = "/~message@1.0&a=b/a";  // two messages, one each

class LedgerFlow : public testing::Test {
 protected:
  LedgerFlow() {
    keep_accounts_in(spawned(test::read_file(test::source_folder() / "docs/examples/ledger.lua")));
  }

  // While nothing costs anything.
  ProcessId spawned(const std::string& source) {
    node_.stop();
    node_.settings().gate = {};
    node_.restart();
    return node_.spawn(source);
  }

  void keep_accounts_in(const ProcessId& ledger) {
    ledger_ = ledger;
    node_.stop();
    api::Hook hook;
    hook.device = "p4@1.0";
    node_.settings().gate.hooks = {hook};
    api::PaymentSettings& payment = node_.settings().gate.payment;
    payment = {};
    payment.pricing = "simple-pay@1.0";
    payment.price = 1;
    payment.ledger = ledger.text();
    payment.pricing_timeout = std::chrono::seconds(30);
    payment.free_routes.push_back("POST /" + ledger.text() + "~process@1.0/push");
    payment.free_routes.push_back("GET /" + ledger.text() + "~process@1.0/*");
    node_.restart();
  }

  json send(const crypto::Key& from, const std::string& action, message::Tags more) {
    auto draft = test::message_draft(ledger_, action);
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, ++anchors_);
    for (message::Tag& tag : more)
      draft.tags.push_back(std::move(tag));
    return node_.push_item(ledger_, Bytes(test::sign(draft, from).bytes()));
  }

  void mint(const crypto::Key& account, int amount) {
    send(node_.client(), "Mint",
         {{"Recipient", account.address().text}, {"Quantity", std::to_string(amount)}});
  }

  http::Response ask(const crypto::Key& key, const std::string& target = kPaid) {
    return signed_fetch(node_, key, "GET", target);
  }

  http::Response push(const ProcessId& process, const Bytes& item) {
    http::Headers headers;
    headers.set("content-type", "application/ans104");
    return node_.fetch("POST", "/" + process.text() + "~process@1.0/push", item, headers);
  }

  Bytes message(const ProcessId& process) {
    auto draft = test::message_draft(process, "Hello");
    draft.anchor = Bytes(31, 'n') + static_cast<char>('a' + ++anchors_);
    return Bytes(test::sign(draft, *bob_).bytes());
  }

  std::string balance(const Address& account) {
    return node_.text("/~p4@1.0/balance&address=" + account.text);
  }
  std::string balance(const crypto::Key& account) { return balance(account.address()); }

  int slots() { return std::stoi(node_.text("/" + ledger_.text() + "~process@1.0/slot/current")); }

  std::unique_ptr<crypto::Key> alice_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> bob_ = crypto::Key::new_ed25519();
  test::RunningNode node_;
  ProcessId ledger_;
  std::uint64_t anchors_ = 1'000;
};

// spec: the vector of p4 with a ledger process.
TEST_F(LedgerFlow, who_is_sent_something_can_pay_and_the_operator_has_it) {
  mint(*alice_, 100);
  const auto poor = ask(*bob_);
  EXPECT_EQ(poor.status, 402u) << poor.body;
  EXPECT_EQ(code_of(poor), "account-low");
  EXPECT_EQ(json::parse(poor.body)["error"]["balance"], 0);
  EXPECT_EQ(json::parse(poor.body)["error"]["price"], 2);
  send(*alice_, "Transfer", {{"Recipient", bob_->address().text}, {"Quantity", "50"}});
  const auto served = ask(*bob_);
  EXPECT_EQ(served.status, 200u) << served.body;
  EXPECT_EQ(served.body, "b");
  EXPECT_EQ(balance(*bob_), "48");
  EXPECT_EQ(balance(node_.address()), "2");
  EXPECT_EQ(balance(*alice_), "50");
  EXPECT_EQ(node_.text("/" + ledger_.text() + "~process@1.0/now/balances/" + bob_->address().text),
            "48");
}

TEST_F(LedgerFlow, what_was_signed_pays_for_one_request_also_after_a_start) {
  mint(*bob_, 10);
  const auto fields = signature_fields(*bob_, "GET", kPaid);
  EXPECT_EQ(node_.fetch("GET", kPaid, {}, fields).status, 200u);
  EXPECT_EQ(code_of(node_.fetch("GET", kPaid, {}, fields)), "payment-used");
  node_.restart();
  EXPECT_EQ(code_of(node_.fetch("GET", kPaid, {}, fields)), "payment-used");
  EXPECT_EQ(balance(*bob_), "8");
}

TEST_F(LedgerFlow, what_is_refused_costs_nothing) {
  mint(*bob_, 10);
  const int before = slots();
  EXPECT_EQ(ask(*bob_, "/~nosuch@1.0/key").status, 404u);
  EXPECT_EQ(slots(), before) << "set aside, and never charged";
  EXPECT_EQ(balance(*bob_), "10");
}

TEST_F(LedgerFlow, a_message_that_is_refused_is_charged_and_returned_each_time) {
  mint(*bob_, 10);
  const ProcessId nowhere = *ProcessId::from_bytes(Bytes(32, 'n'));
  const Bytes item = message(nowhere);
  const int before = slots();
  EXPECT_EQ(push(nowhere, item).status, 404u);
  EXPECT_EQ(balance(*bob_), "10");
  EXPECT_EQ(balance(node_.address()), "0");
  EXPECT_EQ(slots(), before + 2);
  EXPECT_EQ(push(nowhere, item).status, 404u);
  EXPECT_EQ(balance(*bob_), "10");
  EXPECT_EQ(slots(), before + 4) << "it had not paid any more";
}

TEST_F(LedgerFlow, a_message_pays_once_however_often_it_comes) {
  mint(*bob_, 10);
  const ProcessId process = [&] {
    const auto item = test::sign(test::spawn_draft("aos", node_.address()), *bob_);
    EXPECT_EQ(node_.fetch("POST", "/schedule", Bytes(item.bytes())).status, 200u);
    return process_named_by(item.id());
  }();
  EXPECT_EQ(balance(*bob_), "8");
  const Bytes item = message(process);
  EXPECT_EQ(push(process, item).status, 200u);
  EXPECT_EQ(push(process, item).status, 200u);
  EXPECT_EQ(balance(*bob_), "6");
  // As when the node was killed between the charge and the slot.
  const Bytes other = message(process);
  const message::LedgerOrder order{message::LedgerOrder::Kind::kCharge, bob_->address(),
                                   message::DataItem::parse(other)->id(), 0};
  const auto key = node_.key();
  const auto charge = test::sign(order.draft(ledger_, 2, key->address()), *key);
  EXPECT_EQ(push(ledger_, Bytes(charge.bytes())).status, 200u);
  EXPECT_EQ(balance(*bob_), "4");
  node_.restart();
  EXPECT_EQ(push(process, other).status, 200u);
  EXPECT_EQ(balance(*bob_), "4") << "it had paid";
}

TEST_F(LedgerFlow, many_at_once_never_overdraw) {
  constexpr int kThreads = 6, kEach = 4;
  mint(*bob_, 21);  // for 10 requests of 2
  std::atomic<int> answered = 0, refused = 0, other = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        const auto answer = ask(*bob_);
        ++(answer.status == 200 ? answered : answer.status == 402 ? refused : other);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(answered, 10);
  EXPECT_EQ(refused, kThreads * kEach - 10);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(balance(*bob_), "1");
  EXPECT_EQ(balance(node_.address()), "20");
}

TEST_F(LedgerFlow, the_same_request_many_times_at_once_is_served_once) {
  mint(*bob_, 100);
  const auto fields = signature_fields(*bob_, "GET", kPaid);
  std::atomic<int> answered = 0, refused = 0, other = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto answer = node_.fetch("GET", kPaid, {}, fields);
      const bool is_refused = answer.status == 409 || answer.status == 429;
      ++(answer.status == 200 ? answered : is_refused ? refused : other);
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(refused, 7);
  EXPECT_EQ(balance(*bob_), "98");
}

// Who claims to be the operator names nothing of the operator's.
TEST_F(LedgerFlow, strangers_neither_charge_nor_stand_in_the_way) {
  mint(*bob_, 10);
  const message::LedgerOrder order{message::LedgerOrder::Kind::kCharge, bob_->address(),
                                   *MessageId::from_bytes(Bytes(32, 'r')), 0};
  const int before = slots();
  auto draft = order.draft(ledger_, 5, alice_->address());
  EXPECT_EQ(push(ledger_, Bytes(test::sign(draft, *alice_).bytes())).status, 200u);
  draft.anchor = Bytes(32, 'x');
  EXPECT_EQ(push(ledger_, Bytes(test::sign(draft, *alice_).bytes())).status, 200u);
  EXPECT_EQ(slots(), before + 2) << "they are two messages";
  EXPECT_EQ(balance(*bob_), "10");
  const auto key = node_.key();
  draft = order.draft(ledger_, 5, key->address());
  EXPECT_EQ(push(ledger_, Bytes(test::sign(draft, *key).bytes())).status, 200u);
  draft.anchor = Bytes(32, 'y');
  EXPECT_EQ(push(ledger_, Bytes(test::sign(draft, *key).bytes())).status, 200u);
  EXPECT_EQ(slots(), before + 3) << "the operator's are one";
  EXPECT_EQ(balance(*bob_), "5");
}

TEST_F(LedgerFlow, a_ledger_that_is_not_there_serves_nobody) {
  keep_accounts_in(*ProcessId::from_bytes(Bytes(32, 'n')));
  const auto answer = ask(*bob_);
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(code_of(answer), "ledger-absent");
  EXPECT_EQ(node_.fetch("GET", "/~p4@1.0/balance&address=" + bob_->address().text).status, 503u);
}

// It shows a balance, and takes nothing.
TEST_F(LedgerFlow, a_ledger_that_does_not_take_the_price_serves_nobody) {
  const std::string account = bob_->address().text;
  keep_accounts_in(
      spawned("Handlers.add('show', 'Show', function(msg) Send({ device = "
              "'patch@1.0', balance = { ['" +
              account + "'] = 50 } }) end)"));
  send(*alice_, "Show", {});
  EXPECT_EQ(balance(*bob_), "50");
  const auto answer = ask(*bob_);
  EXPECT_EQ(answer.status, 402u);
  EXPECT_EQ(code_of(answer), "charge-refused");
  EXPECT_EQ(ask(*bob_).status, 402u);
}

TEST_F(LedgerFlow, a_ledger_that_does_not_answer_in_time_serves_nobody) {
  keep_accounts_in(spawned(test::kCounter));
  node_.stop();
  node_.settings().gate.payment.pricing_timeout = std::chrono::milliseconds(10);
  node_.settings().gate.payment.free_routes.push_back("POST /*");
  node_.restart();
  // Each runs until its gas is used up.
  for (int i = 0; i < 40; ++i) {
    auto draft = test::message_draft(ledger_, "Spin");
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, ++anchors_);
    const auto item = test::sign(draft, *alice_);
    EXPECT_EQ(
        node_.fetch("POST", "/" + ledger_.text() + "~process@1.0/schedule", Bytes(item.bytes()))
            .status,
        200u);
  }
  const auto answer = ask(*bob_);
  EXPECT_EQ(answer.status, 503u) << answer.body;
  EXPECT_EQ(code_of(answer), "ledger-slow");
}

TEST_F(LedgerFlow, what_the_nodes_own_accounts_have_is_asked_of_the_ledger) {
  const auto key = node_.key();
  const std::string target =
      "/~simple-pay@1.0/topup?recipient=" + bob_->address().text + "&amount=1&reference=r";
  const auto answer = signed_fetch(node_, *key, "POST", target);
  EXPECT_EQ(answer.status, 400u);
  EXPECT_EQ(code_of(answer), "ledger-elsewhere");
  mint(*bob_, 7);
  EXPECT_EQ(balance(*bob_), "7");
}

}  // namespace
}  // namespace ao
