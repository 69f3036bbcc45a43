// Processes and messages that are signed over HTTP fields: scheduled, run, stored, proven and
// exported like data items.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"
#include "support/commands.hpp"
#include "support/running_node.hpp"

namespace ao {
namespace {

using message::Map;
using nlohmann::json;
using test::aonode;

class HttpSignedFlow : public testing::Test {
 protected:
  http::Response post(const std::string& path, const Map& message, const crypto::Key& key) {
    const auto form = codec::sign_http_form(message, key, codec::Form::kBundled).value();
    http::Headers headers;
    for (const auto& [name, value] : form.fields)
      headers.add(name, *value.bytes());
    return node_.fetch("POST", path, form.body, headers);
  }

  ProcessId spawn() {
    const auto answer = post("/~process@1.0/schedule",
                             Map{{"device", "process@1.0"},
                                 {"type", "Process"},
                                 {"module", "aos"},
                                 {"scheduler", node_.address().text},
                                 {"random-seed", "1"}},
                             *key_);
    EXPECT_EQ(answer.status, 200u) << answer.body;
    const auto* process = answer.headers.find("process");
    return *ProcessId::from_text(process != nullptr ? *process : "");
  }

  http::Response send(const ProcessId& process, Map message) {
    message.set("type", "Message");
    message.set("target", process.text());
    return post('/' + process.text() + "/schedule", message, *key_);
  }

  static std::string field(const http::Response& response, const char* name) {
    const auto* value = response.headers.find(name);
    return value != nullptr ? *value : "";
  }

  json results(const ProcessId& process, int slot) {
    return node_.get('/' + process.text() + "~process@1.0/compute/results=" + std::to_string(slot));
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  test::Folder folder_;
  test::RunningNode node_;
};

TEST_F(HttpSignedFlow, a_message_is_scheduled_and_run_for_its_signer) {
  const ProcessId process = spawn();
  const auto answer = send(process, Map{{"action", "Eval"}, {"data", "return Owner"}});
  ASSERT_EQ(answer.status, 200u) << answer.body;
  EXPECT_EQ(field(answer, "slot"), "1");
  EXPECT_NE(field(answer, "ao-types").find("slot=\"integer\""), std::string::npos);
  EXPECT_EQ(results(process, 1)["raw"]["Output"]["data"], key_->address().text);
}

TEST_F(HttpSignedFlow, the_answer_is_signed_by_the_node) {
  const auto answer = send(spawn(), Map{{"data", "x"}});
  codec::Request said;
  for (const auto& one : answer.headers)
    said.form.fields.set(lower_case(one.name), one.value);
  said.form.body = answer.body;
  const auto read = codec::read_request(said, Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  ASSERT_TRUE(read->is_signed());
  EXPECT_EQ(read->commitments.front().committer, node_.address());
  EXPECT_EQ(message::Value(read->tabm).text("slot"), "1");
}

TEST_F(HttpSignedFlow, the_same_message_again_gets_the_same_slot) {
  const ProcessId process = spawn();
  EXPECT_EQ(field(send(process, Map{{"data", "once"}}), "slot"), "1");
  EXPECT_EQ(field(send(process, Map{{"data", "once"}}), "slot"), "1");
  EXPECT_EQ(field(send(process, Map{{"data", "other"}}), "slot"), "2");
}

TEST_F(HttpSignedFlow, an_unsigned_message_is_refused) {
  const ProcessId process = spawn();
  http::Headers headers;
  headers.add("target", process.text());
  headers.add("type", "Message");
  const auto answer = node_.fetch("POST", '/' + process.text() + "/schedule", "x", headers);
  EXPECT_EQ(answer.status, 400u) << answer.body;
  EXPECT_EQ(node_.text('/' + process.text() + "/slot/current"), "0");
}

TEST_F(HttpSignedFlow, it_is_there_after_a_restart_and_proven_by_verify) {
  const ProcessId process = spawn();
  send(process, Map{{"action", "Eval"}, {"data", "Kept = 41"}});
  node_.restart();
  send(process, Map{{"action", "Eval"}, {"data", "return Kept + 1"}});
  EXPECT_EQ(results(process, 2)["raw"]["Output"]["data"], "42");
  const auto store = node_.settings().store.directory.string();
  node_.stop();
  const auto verified = aonode({"db", "verify", "--store", store});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(HttpSignedFlow, it_travels_in_a_bundle_that_every_reader_knows) {
  const ProcessId process = spawn();
  send(process, Map{{"action", "Eval"}, {"data", "return 6 * 7"}});
  const std::string scheduler = node_.address().text;
  const std::string bundle = (folder_.path() / "all.bundle").string();
  const std::string fresh = (folder_.path() / "store").string();
  node_.stop();
  const auto& own = node_.settings().store.directory;
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own.string()}).code, 0);
  const auto imported =
      aonode({"db", "import", bundle, "--store", fresh, "--scheduler", scheduler});
  ASSERT_EQ(imported.code, 0) << imported.out << imported.err;
  EXPECT_EQ(aonode({"db", "verify", "--store", fresh}).code, 0);
  node_.settings().store.directory = fresh;
  node_.restart();
  EXPECT_EQ(results(process, 1)["raw"]["Output"]["data"], "42");
}

TEST_F(HttpSignedFlow, it_is_read_key_by_key_as_it_was_signed) {
  const auto answer = send(spawn(), Map{{"action", "Note"}, {"count", 3}, {"data", "x"}});
  const std::string id = field(answer, "id");
  EXPECT_EQ(node_.text('/' + id + "/count"), "3");
  EXPECT_EQ(node_.text('/' + id + "/data"), "x");
  EXPECT_EQ(node_.get('/' + id + "/committers"), json{key_->address().text});
  EXPECT_EQ(node_.text('/' + id + "/id"), id);
}

// A module that a client scheduled instead of uploading it.
TEST_F(HttpSignedFlow, a_scheduled_message_can_be_a_module) {
  const auto kept = send(spawn(), Map{{"content-type", "application/lua"}, {"data", "Loaded = 7"}});
  const auto answer = post(
      "/~process@1.0/schedule",
      Map{{"type", "Process"}, {"module", field(kept, "id")}, {"scheduler", node_.address().text}},
      *key_);
  const auto process = ProcessId::from_text(field(answer, "process"));
  ASSERT_TRUE(process) << answer.body;
  send(*process, Map{{"action", "Eval"}, {"data", "return Loaded"}});
  EXPECT_EQ(results(*process, 1)["raw"]["Output"]["data"], "7");
}

}  // namespace
}  // namespace ao
