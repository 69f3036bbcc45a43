// Payment: what requests cost, who pays, what is never paid twice.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/codec/httpsig.hpp"
#include "counter.hpp"
#include "signed_fetch.hpp"

namespace ao {
namespace {

using nlohmann::json;

node::Settings paid(std::size_t price) {
  node::Settings settings;
  api::Hook hook;
  hook.device = "p4@1.0";
  settings.gate.hooks.push_back(hook);
  settings.gate.payment.pricing = "simple-pay@1.0";
  settings.gate.payment.price = price;
  return settings;
}

class PaymentFlow : public testing::Test {
 protected:
  explicit PaymentFlow(const node::Settings& settings = paid(10)) : node_(settings) {}

  http::Response ask(const crypto::Key& key, const std::string& target,
                     const std::string& method = "GET") {
    return signed_fetch(node_, key, method, target);
  }

  std::string top_up(const crypto::Key& account, int amount, const std::string& reference,
                     const crypto::Key* by = nullptr) {
    const auto operator_key = node_.key();
    const auto answer = ask(by != nullptr ? *by : *operator_key,
                            "/~simple-pay@1.0/topup?recipient=" + account.address().text +
                                "&amount=" + std::to_string(amount) + "&reference=" + reference,
                            "POST");
    return answer.status == 200 ? answer.body : code_of(answer);
  }

  std::string balance(const crypto::Key& account) {
    return node_.text("/~p4@1.0/balance&address=" + account.address().text);
  }

  static std::string code_of(const http::Response& answer) {
    return json::parse(answer.body)["error"]["code"];
  }

  http::Response push(const ProcessId& process, const Bytes& item) {
    http::Headers headers;
    headers.set("content-type", "application/ans104");
    return node_.fetch("POST", "/" + process.text() + "~process@1.0/push", item, headers);
  }

  Bytes message(const ProcessId& process, const std::string& action) {
    auto draft = test::message_draft(process, action);
    draft.anchor = Bytes(31, 'n') + static_cast<char>('a' + ++anchors_);
    return Bytes(test::sign(draft, *alice_).bytes());
  }

  ProcessId spawned_for(const crypto::Key& payer) {
    const auto draft = test::spawn_draft("aos", node_.address());
    const auto item = test::sign(draft, payer);
    const auto answer = node_.fetch("POST", "/schedule", Bytes(item.bytes()));
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return process_named_by(item.id());
  }

  std::unique_ptr<crypto::Key> alice_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> bob_ = crypto::Key::new_ed25519();
  test::RunningNode node_;
  int anchors_ = 0;
};

// spec: the vector of simple-pay.
TEST_F(PaymentFlow, a_request_costs_its_messages_and_an_operator_tops_up) {
  EXPECT_EQ(top_up(*alice_, 100, "first"), "100");
  EXPECT_EQ(ask(*alice_, "/~simple-pay@1.0/balance").body, "100") << "taken when it is answered";
  EXPECT_EQ(balance(*alice_), "80");
  EXPECT_EQ(top_up(*alice_, 100, "second"), "180");
  EXPECT_EQ(ask(*alice_, "/~p4@1.0/balance").body, "180");
  EXPECT_EQ(balance(*alice_), "180") << "free";
}

TEST_F(PaymentFlow, who_has_too_little_is_told_the_price) {
  const auto unsigned_one = node_.fetch("GET", "/~message@1.0&a=b/a");
  EXPECT_EQ(unsigned_one.status, 402u);
  EXPECT_EQ(code_of(unsigned_one), "payment-required");
  EXPECT_EQ(json::parse(unsigned_one.body)["error"]["price"], 20);
  top_up(*alice_, 15, "t");
  const auto poor = ask(*alice_, "/~message@1.0&a=b/a");
  EXPECT_EQ(poor.status, 402u);
  const json error = json::parse(poor.body)["error"];
  EXPECT_EQ(error["code"], "account-low");
  EXPECT_EQ(error["price"], 20);
  EXPECT_EQ(error["balance"], 15);
  EXPECT_EQ(balance(*alice_), "15");
}

TEST_F(PaymentFlow, what_is_refused_costs_nothing) {
  top_up(*alice_, 100, "t");
  EXPECT_EQ(ask(*alice_, "/~nosuch@1.0/key").status, 404u);
  EXPECT_EQ(balance(*alice_), "100");
  EXPECT_EQ(ask(*alice_, "/~message@1.0&a=b/a").body, "b");
  EXPECT_EQ(balance(*alice_), "80");
}

TEST_F(PaymentFlow, paths_within_paths_are_paid_for_and_hide_in_no_free_one) {
  top_up(*alice_, 100, "t");
  EXPECT_EQ(ask(*alice_, "/~message@1.0&a=(/~message@1.0&b=deep/b)/a").body, "deep");
  EXPECT_EQ(balance(*alice_), "60");
  EXPECT_EQ(node_.fetch("GET", "/~meta@1.0/info").status, 200u);
  EXPECT_EQ(node_.fetch("GET", "/~meta@1.0/info&a=(/~message@1.0&b=c/b)").status, 402u);
  EXPECT_EQ(node_.fetch("GET", "/~meta@1.0/info/address~message@1.0").status, 402u);
  for (const char* target : {"/healthz", "/readyz", "/metrics", "/~peer@1.0/location"})
    EXPECT_EQ(node_.fetch("GET", target).status, 200u) << target;
}

TEST_F(PaymentFlow, what_was_signed_pays_for_one_request) {
  top_up(*alice_, 100, "t");
  const auto fields = signature_fields(*alice_, "GET", "/~message@1.0&a=b/a");
  EXPECT_EQ(node_.fetch("GET", "/~message@1.0&a=b/a", {}, fields).status, 200u);
  const auto again = node_.fetch("GET", "/~message@1.0&a=b/a", {}, fields);
  EXPECT_EQ(again.status, 409u);
  EXPECT_EQ(code_of(again), "payment-used");
  EXPECT_EQ(node_.fetch("GET", "/~message@1.0&a=c/a", {}, fields).status, 400u)
      << "it is no signature of another path";
  EXPECT_EQ(balance(*alice_), "80");
}

TEST_F(PaymentFlow, the_operator_pays_nothing_and_alone_tops_up) {
  EXPECT_EQ(ask(*node_.key(), "/~message@1.0&a=b/a").body, "b");
  EXPECT_EQ(top_up(*alice_, 100, "t", alice_.get()), "top-up-denied");
  EXPECT_EQ(balance(*alice_), "0");
  const auto signed_elsewhere = signature_fields(*node_.key(), "POST", "/~message@1.0/keys");
  const std::string target =
      "/~simple-pay@1.0/topup?recipient=" + alice_->address().text + "&amount=1&reference=stolen";
  EXPECT_GE(node_.fetch("POST", target, {}, signed_elsewhere).status, 400u);
  EXPECT_EQ(balance(*alice_), "0");
}

TEST_F(PaymentFlow, a_message_pays_once_however_often_it_comes) {
  top_up(*alice_, 100, "t");
  const ProcessId process = spawned_for(*alice_);
  EXPECT_EQ(balance(*alice_), "80") << "/schedule is two messages";
  const Bytes item = message(process, "Hello");
  EXPECT_EQ(push(process, item).status, 200u);
  EXPECT_EQ(balance(*alice_), "60");
  EXPECT_EQ(push(process, item).status, 200u);
  EXPECT_EQ(balance(*alice_), "60") << "it is here";
  const auto refused = node_.fetch("POST", "/" + ProcessId().text() + "~process@1.0/push", item);
  EXPECT_EQ(refused.status, 400u) << refused.body;
  EXPECT_EQ(balance(*alice_), "60");
}

TEST_F(PaymentFlow, a_message_that_is_refused_gets_its_money_back) {
  top_up(*alice_, 100, "t");
  const ProcessId nowhere = *ProcessId::from_bytes(Bytes(32, 'n'));
  EXPECT_EQ(push(nowhere, message(nowhere, "Hello")).status, 404u);
  EXPECT_EQ(balance(*alice_), "100");
  const auto history =
      json::parse(ask(*alice_, "/~simple-pay@1.0/history/~json@1.0/serialize").body);
  ASSERT_EQ(history.size(), 3u) << history;
  EXPECT_EQ(history[0]["kind"], "return");
  EXPECT_EQ(history[1]["kind"], "charge");
  EXPECT_EQ(history[2]["reference"], "t");
  const std::string of_alice = "/~simple-pay@1.0/history&address=" + alice_->address().text;
  EXPECT_EQ(ask(*node_.key(), of_alice).status, 200u);
  top_up(*bob_, 100, "b");
  EXPECT_EQ(code_of(ask(*bob_, of_alice)), "history-denied");
}

// An item is not signed for a path, so that who has somebody's item spends nothing of his.
TEST_F(PaymentFlow, somebody_elses_message_pays_for_no_read) {
  top_up(*alice_, 100, "t");
  const ProcessId process = spawned_for(*alice_);
  const Bytes item = message(process, "Hello");
  http::Headers headers;
  headers.set("content-type", "application/ans104");
  const auto answer = node_.fetch("POST", "/~message@1.0&a=b/a", item, headers);
  EXPECT_EQ(answer.status, 402u) << answer.body;
  EXPECT_EQ(balance(*alice_), "80");
}

// What such a path does is not what the item was signed for, and the item is known to all.
TEST_F(PaymentFlow, an_item_that_is_here_opens_no_path_that_does_something_else) {
  top_up(*alice_, 100, "t");
  const ProcessId process = spawned_for(*alice_);
  const Bytes item = message(process, "Hello");
  EXPECT_EQ(push(process, item).status, 200u);
  const std::string path = "/" + process.text() + "~process@1.0/";
  const std::string id = message::DataItem::parse(item)->id().text();
  for (const std::string& target :
       {path + "push?slot=1", "/?process-id=" + process.text() + "&assign=" + id})
    EXPECT_EQ(node_.fetch("POST", target, item).status, 402u) << target;
  EXPECT_EQ(node_.fetch("POST", path + "as=execution/compute", item).status, 409u) << "no dry run";
  EXPECT_EQ(balance(*alice_), "60");
}

TEST_F(PaymentFlow, a_message_in_fields_pays_as_well) {
  top_up(*alice_, 100, "t");
  const ProcessId process = spawned_for(*alice_);
  const message::Map said{{"action", "Hello"},
                          {"data-protocol", "ao"},
                          {"target", process.text()},
                          {"type", "Message"},
                          {"variant", "ao.N.1"}};
  const auto form = codec::to_signed_http_form(codec::commit(said, *alice_).value()).value();
  http::Headers headers;
  for (const auto& [name, value] : form.fields)
    headers.add(name, *value.bytes());
  for (int i = 0; i < 2; ++i) {
    const auto answer =
        node_.fetch("POST", "/" + process.text() + "~process@1.0/push", form.body, headers);
    EXPECT_EQ(answer.status, 200u) << answer.body;
    EXPECT_EQ(balance(*alice_), "60");
  }
}

TEST_F(PaymentFlow, balances_and_references_outlast_a_start) {
  top_up(*alice_, 100, "t");
  const auto fields = signature_fields(*alice_, "GET", "/~message@1.0&a=b/a");
  EXPECT_EQ(node_.fetch("GET", "/~message@1.0&a=b/a", {}, fields).status, 200u);
  node_.restart();
  EXPECT_EQ(balance(*alice_), "80");
  EXPECT_EQ(node_.fetch("GET", "/~message@1.0&a=b/a", {}, fields).status, 409u);
  EXPECT_EQ(top_up(*alice_, 100, "t"), "80") << "it counted before";
  EXPECT_EQ(top_up(*alice_, 50, "t"), "top-up-taken");
}

// Whatever comes at the same time, an account spends what it has and no more.
TEST_F(PaymentFlow, many_at_once_never_overdraw) {
  constexpr int kThreads = 8, kEach = 20;
  top_up(*alice_, 1'010, "t");  // for 50 requests of 20
  std::atomic<int> answered = 0, refused = 0, other = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        const auto answer = ask(*alice_, "/~message@1.0&a=b/a");
        ++(answer.status == 200 ? answered : answer.status == 402 ? refused : other);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(refused, kThreads * kEach - 50);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(balance(*alice_), "10");
  node_.restart();
  EXPECT_EQ(balance(*alice_), "10");
}

class FaffFlow : public PaymentFlow {
 protected:
  FaffFlow() : PaymentFlow(node::Settings()) {
    node_.stop();
    api::Hook hook;
    hook.device = "p4@1.0";
    node_.settings().gate.hooks = {hook};
    node_.settings().gate.payment.pricing = "faff@1.0";
    node_.settings().gate.payment.allow = {alice_->address().text};
    node_.restart();
  }
};

// spec: the vector of p4 with faff.
TEST_F(FaffFlow, addresses_of_the_list_are_served_and_others_are_not) {
  const std::string target = "/greeting?greeting=Hello,%20world!";
  EXPECT_EQ(ask(*alice_, target).body, "Hello, world!");
  const auto other = ask(*bob_, target);
  EXPECT_EQ(other.status, 403u);
  EXPECT_EQ(code_of(other), "payer-not-allowed");
  EXPECT_EQ(code_of(node_.fetch("GET", target)), "payer-not-allowed") << "nobody is not on it";
  EXPECT_EQ(ask(*node_.key(), target).status, 200u);
}

TEST_F(FaffFlow, alone_it_is_a_hook_too) {
  node_.settings().gate.hooks.front().device = "faff@1.0";
  node_.settings().gate.payment.pricing.clear();
  node_.restart();
  EXPECT_EQ(ask(*alice_, "/~message@1.0&a=b/a").body, "b");
  EXPECT_EQ(ask(*bob_, "/~message@1.0&a=b/a").status, 403u);
}

class PricedByPathFlow : public PaymentFlow {
 protected:
  PricedByPathFlow() : PaymentFlow(node::Settings()) {
    process_ = node_.spawn("");
    node_.push(process_, "Eval", R"(
      Handlers.add("price", "Price", function(msg)
        local asked = msg.Data
        local path = asked.request.path
        msg.reply({ Price = path:find("dear") and "infinity" or path:find("free") and "0" or "7" })
      end))");
    node_.stop();
    api::Hook hook;
    hook.device = "p4@1.0";
    node_.settings().gate.hooks = {hook};
    node_.settings().gate.payment.pricing =
        "/" + process_.text() + "~process@1.0/compute&Action=Price";
    node_.restart();
  }

  ProcessId process_;
};

TEST_F(PricedByPathFlow, a_process_says_what_a_request_costs) {
  EXPECT_EQ(top_up(*alice_, 10, "t"), "10");
  EXPECT_EQ(node_.text("/~message@1.0&free=b/free"), "b");
  EXPECT_EQ(ask(*alice_, "/~message@1.0&a=b/a").body, "b");
  EXPECT_EQ(balance(*alice_), "3");
  const auto dear = ask(*alice_, "/~message@1.0&dear=b/dear");
  EXPECT_EQ(dear.status, 403u) << dear.body;
  EXPECT_EQ(code_of(dear), "price-refused");
  EXPECT_EQ(ask(*alice_, "/~message@1.0&a=b/a").status, 402u);
}

}  // namespace
}  // namespace ao
