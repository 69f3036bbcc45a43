// Names, and processes of the node's own.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "ao/codec/httpsig.hpp"
#include "counter.hpp"
#include "signed_post.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::code_of;

constexpr std::string_view kLedger = R"(
Balances = Balances or { alice = 100 }
Handlers.add('Add', 'Add', function(msg)
  Balances.alice = Balances.alice + tonumber(msg.Quantity)
  Send({ device = 'patch@1.0', balance = Balances })
end)
)";

class NamesFlow : public testing::Test {
 protected:
  NamesFlow() {
    std::ofstream(programs_.path() / "ledger.lua") << kLedger;
    std::ofstream(programs_.path() / "broken.lua") << "this is no Lua";
  }

  node::Settings settings() const {
    node::Settings settings;
    settings.names.local = {"home=" + std::string(43, 'A'), "greeting=hello"};
    settings.names.process_folder = programs_.path();
    return settings;
  }

  using Order = std::pair<Bytes, http::Headers>;  // as whoever sees it can send it again

  static Order signed_order(const crypto::Key& key, const std::string& target, message::Map said) {
    said.set("path", target);
    const auto form = codec::to_signed_http_form(codec::commit(said, key).value()).value();
    http::Headers headers;
    for (const auto& [field, text] : form.fields)
      headers.add(field, *text.bytes());
    return {form.body, headers};
  }

  http::Response send(const std::string& target, const Order& order) {
    return node_.fetch("POST", target, order.first, order.second);
  }

  http::Response register_name(const crypto::Key& key, const std::string& name,
                               const std::string& value) {
    return send(kRegister, signed_order(key, kRegister, {{"key", name}, {"value", value}}));
  }

  std::string looked_up(const std::string& name) {
    const auto answer = node_.fetch("GET", "/~local-name@1.0/lookup?key=" + name);
    return answer.status == 200 ? answer.body : code_of(answer);
  }

  static constexpr const char* kRegister = "/~local-name@1.0/register";
  static constexpr const char* kRemove = "/~local-name@1.0/remove";
  test::Folder programs_;
  test::RunningNode node_{settings()};
};

TEST_F(NamesFlow, the_settings_say_what_names_stand_for) {
  EXPECT_EQ(node_.text("/~local-name@1.0/lookup?key=greeting"), "hello");
  EXPECT_EQ(node_.text("/~name@1.0/greeting"), "hello");
  EXPECT_EQ(node_.text("/~name@1.0/home&load=false"), std::string(43, 'A'));
  EXPECT_EQ(code_of(node_.fetch("GET", "/~name@1.0/home")), "message-unknown");
  EXPECT_EQ(code_of(node_.fetch("GET", "/~local-name@1.0/lookup?key=nobody")), "name-unknown");
  EXPECT_EQ(code_of(node_.fetch("GET", "/~name@1.0/nobody")), "name-unknown");
}

TEST_F(NamesFlow, the_operator_registers_names_and_they_outlive_the_node) {
  const auto key = node_.key();
  const ProcessId process = node_.spawn("");
  const auto answer = register_name(*key, "shop", process.text());
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "Registered.");
  node_.restart();
  EXPECT_EQ(node_.text("/~local-name@1.0/lookup?key=shop"), process.text());
  EXPECT_EQ(node_.text("/~name@1.0/shop/type"), "Process");
  EXPECT_EQ(node_.text("/~name@1.0/shop/slot/current"), "0");
}

TEST_F(NamesFlow, nobody_else_does) {
  const auto answer = register_name(node_.client(), "shop", "mine");
  EXPECT_EQ(answer.status, 403u);
  EXPECT_EQ(code_of(answer), "name-denied");
  EXPECT_EQ(code_of(node_.fetch("POST", "/~local-name@1.0/register?key=shop&value=mine")),
            "name-denied");
  const auto key = node_.key();
  EXPECT_EQ(code_of(register_name(*key, "greeting", "mine")), "name-fixed");
  EXPECT_EQ(code_of(register_name(*key, "no name", "x")), "name-malformed");
  EXPECT_EQ(code_of(register_name(*key, std::string(43, 'A'), "x")), "name-malformed");
  EXPECT_EQ(code_of(register_name(*key, "long", std::string(1'025, 'x'))), "name-value");
  EXPECT_EQ(code_of(node_.fetch("GET", "/~local-name@1.0/lookup?key=shop")), "name-unknown");
}

// A name that was moved or taken away stays so, whoever saw the orders before.
TEST_F(NamesFlow, an_order_that_was_carried_out_cannot_be_sent_again) {
  const auto key = node_.key();
  const Order first = signed_order(*key, kRegister, {{"key", "shop"}, {"value", "old"}});
  const Order second = signed_order(*key, kRegister, {{"key", "shop"}, {"value", "new"}});
  const Order removal = signed_order(*key, kRemove, {{"key", "shop"}});
  EXPECT_EQ(send(kRegister, first).status, 200u);
  EXPECT_EQ(send(kRegister, first).status, 200u) << "the answer was lost";
  EXPECT_EQ(send(kRegister, second).status, 200u);
  const auto again = send(kRegister, first);
  EXPECT_EQ(again.status, 409u);
  EXPECT_EQ(code_of(again), "name-order-used");
  EXPECT_EQ(looked_up("shop"), "new");
  EXPECT_EQ(send(kRemove, removal).body, "Removed.");
  EXPECT_EQ(looked_up("shop"), "name-unknown");
  node_.restart();
  EXPECT_EQ(code_of(send(kRegister, first)), "name-order-used");
  EXPECT_EQ(code_of(send(kRegister, second)), "name-order-used");
  EXPECT_EQ(looked_up("shop"), "name-unknown");
}

TEST_F(NamesFlow, orders_with_numbers_go_forward_only) {
  const auto key = node_.key();
  const auto numbered = [&](const char* value, const char* number) {
    return signed_order(*key, kRegister, {{"key", "shop"}, {"value", value}, {"number", number}});
  };
  EXPECT_EQ(send(kRegister, numbered("old", "1")).status, 200u);
  EXPECT_EQ(send(kRegister, numbered("new", "5")).status, 200u);
  EXPECT_EQ(code_of(send(kRegister, numbered("old", "1"))), "name-order-used");
  EXPECT_EQ(code_of(send(kRegister, numbered("old", "5"))), "name-order-used");
  EXPECT_EQ(send(kRegister, numbered("old", "6")).status, 200u);
  EXPECT_EQ(looked_up("shop"), "old");
  EXPECT_EQ(code_of(register_name(*key, "shop", "new")), "name-order-used");
  for (const char* number : {"0", "-1", "x", "9223372036854775808"})
    EXPECT_EQ(code_of(send(kRegister, numbered("new", number))), "name-number") << number;
  const Order removal = signed_order(*key, kRemove, {{"key", "shop"}, {"number", "7"}});
  EXPECT_EQ(send(kRemove, removal).status, 200u);
  EXPECT_EQ(code_of(send(kRegister, numbered("old", "6"))), "name-order-used");
  EXPECT_EQ(looked_up("shop"), "name-unknown");
}

TEST_F(NamesFlow, nobody_else_removes_names) {
  const auto key = node_.key();
  EXPECT_EQ(register_name(*key, "shop", "mine").status, 200u);
  const Order order = signed_order(node_.client(), kRemove, {{"key", "shop"}});
  EXPECT_EQ(code_of(send(kRemove, order)), "name-denied");
  EXPECT_EQ(looked_up("shop"), "mine");
}

// What was signed for one path is worth nothing on another.
TEST_F(NamesFlow, a_signature_that_does_not_cover_the_path_registers_nothing) {
  const auto key = node_.key();
  const message::Map said{{"key", "shop"}, {"value", "mine"}};
  const auto form = codec::to_signed_http_form(codec::commit(said, *key).value()).value();
  http::Headers headers;
  for (const auto& [field, text] : form.fields)
    headers.add(field, *text.bytes());
  EXPECT_EQ(code_of(node_.fetch("POST", "/~local-name@1.0/register", form.body, headers)),
            "name-denied");
}

// Two signers say together only what both cover: the number of the order would be gone.
TEST_F(NamesFlow, a_second_signer_takes_nothing_out_of_an_order) {
  const std::string path = "/~local-name@1.0/register";
  const message::Map fewer{{"path", path}, {"key", "shop"}, {"value", "somewhere"}};
  message::Map all = fewer;
  all.set("number", 7);
  const SignedPost post =
      signed_twice(codec::commit(all, *node_.key()), codec::commit(fewer, node_.client()));
  EXPECT_EQ(code_of(send_post(node_, path, post)), "name-denied");
  EXPECT_EQ(node_.fetch("GET", "/~local-name@1.0/lookup?key=shop").status, 404u);
  EXPECT_EQ(send_post(node_, path, signed_post(*node_.key(), path, all)).status, 200u);
  EXPECT_EQ(node_.text("/~local-name@1.0/lookup?key=shop"), "somewhere");
}

TEST_F(NamesFlow, a_node_process_is_spawned_once_and_stays) {
  const std::string path = "/ledger~node-process@1.0";
  EXPECT_EQ(code_of(node_.fetch("GET", path + "/slot/current?spawn=false")), "name-unknown");
  EXPECT_EQ(node_.text(path + "/slot/current"), "0");
  const std::string process = node_.text(path + "/slot/process");
  auto draft = test::message_draft(*ProcessId::from_text(process), "Add");
  draft.tags.push_back({"Quantity", "5"});
  const auto pushed =
      node_.fetch("POST", path + "/push", Bytes(test::sign(draft, node_.client()).bytes()));
  EXPECT_EQ(pushed.status, 200u) << pushed.body;
  EXPECT_EQ(node_.text(path + "/now/balance/alice"), "105");
  node_.restart();
  EXPECT_EQ(node_.text(path + "/slot/process&spawn=false"), process);
  EXPECT_EQ(node_.text("/" + process + "/authority"), node_.address().text);
  EXPECT_EQ(node_.text("/" + process + "/now/balance/alice"), "105");
}

TEST_F(NamesFlow, many_who_ask_at_once_get_one_process) {
  std::vector<std::string> processes(8);
  std::vector<std::thread> threads;
  for (std::string& process : processes)
    threads.emplace_back([&] { process = node_.text("/ledger~node-process@1.0/slot/process"); });
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& process : processes)
    EXPECT_EQ(process, processes.front());
}

TEST_F(NamesFlow, a_node_process_needs_a_program) {
  EXPECT_EQ(code_of(node_.fetch("GET", "/nobody~node-process@1.0/now")), "name-unknown");
  EXPECT_EQ(code_of(node_.fetch("GET", "/..%2Fledger~node-process@1.0/now")), "name-malformed");
  EXPECT_EQ(node_.text("/broken~node-process@1.0/slot/current"), "0");
  const json result = node_.get("/broken~node-process@1.0/compute/results=0");
  EXPECT_NE(result["error"].get<std::string>().find("broken"), std::string::npos) << result;
}

}  // namespace
}  // namespace ao
