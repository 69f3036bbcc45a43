// What named signers write, and what is read of it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/codec/ids.hpp"
#include "ao/store/store.hpp"
#include "counter.hpp"
#include "signed_post.hpp"

namespace ao {
namespace {

using message::Map;
using message::Value;
using nlohmann::json;
using test::code_of;

const std::string kWrite = "/~cache@1.0/write";
const std::string kRead = "/~cache@1.0/read?target=";

class CacheFlow : public testing::Test {
 protected:
  CacheFlow() {
    node::Settings settings;
    settings.cache.writers = {writer_->address().text};
    settings.cache.message_bytes_max = 64 << 10;
    settings.cache.bytes_max = 128 << 10;
    node_.emplace(settings);
  }

  static message::DataItem item_of(const crypto::Key& key, Bytes data, message::Tags tags = {}) {
    message::Draft draft;
    draft.tags = std::move(tags);
    draft.data = std::move(data);
    return test::sign(draft, key);
  }

  http::Response write(const message::DataItem& item) {
    http::Headers headers;
    headers.add("content-type", "application/ans104");
    return node_->fetch("POST", kWrite, Bytes(item.bytes()), headers);
  }

  http::Response write(const crypto::Key& key, Map said) {
    return send_post(*node_, kWrite, signed_post(key, kWrite, std::move(said)));
  }

  http::Response link(const crypto::Key& key, const std::string& source, const std::string& name) {
    const std::string target = "/~cache@1.0/link";
    return send_post(*node_, target,
                     signed_post(key, target, {{"destination", name}, {"source", source}}));
  }

  static std::string id_of(const http::Response& answer) {
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return json::parse(answer.body)["path"];
  }

  json read(const std::string& target) { return node_->get(kRead + target); }

  std::unique_ptr<crypto::Key> writer_ = crypto::Key::new_ed25519();
  std::optional<test::RunningNode> node_;
};

TEST_F(CacheFlow, an_item_of_a_writer_is_read_back) {
  const auto item = item_of(*writer_, "hello", {{"Content-Type", "text/plain"}, {"Kind", "note"}});
  const std::string id = id_of(write(item));
  EXPECT_EQ(id, item.id().text());
  node_->restart();
  EXPECT_EQ(node_->text("/" + id), "hello");
  EXPECT_EQ(read(id)["data"], "hello");
  EXPECT_EQ(read(id)["kind"], "note");
  EXPECT_EQ(node_->get("/~lookup@1.0/read?target=" + id)["kind"], "note");
  EXPECT_EQ(node_->text("/" + id + "/kind"), "note");
  EXPECT_EQ(id_of(write(item)), id) << "the same again";
}

TEST_F(CacheFlow, a_message_of_header_fields_is_read_back) {
  const auto answer =
      write(*writer_, {{"test-key", "test-value"}, {"count", 3}, {"data", "hello"}});
  const std::string id = id_of(answer);
  node_->restart();
  EXPECT_EQ(read(id)["test-key"], "test-value");
  EXPECT_EQ(read(id)["count"], 3);
  EXPECT_EQ(node_->text("/" + id), "hello");
}

// As the reference has it: the message is the body, and whoever knows it knows its id.
TEST_F(CacheFlow, a_message_that_nobody_signed_is_brought_by_a_writer) {
  const Map message{{"test-key", "test-value"}, {"list", message::List{1, "x"}}};
  const std::string id = id_of(write(*writer_, {{"body", message}}));
  const std::string content = codec::uncommitted_id(message)->text();
  for (const std::string& named : {id, content}) {
    json found = read(named);
    found.erase("commitments");
    EXPECT_EQ(found, (json{{"list", {1, "x"}}, {"test-key", "test-value"}})) << found;
  }
  EXPECT_EQ(node_->text("/" + content + "/test-key"), "test-value");
}

TEST_F(CacheFlow, a_message_that_another_signed_stays_his) {
  const auto author = crypto::Key::new_ed25519();
  const Map message = codec::commit({{"test-key", "test-value"}}, *author).value();
  const std::string id = id_of(write(*writer_, {{"body", message}}));
  EXPECT_EQ(id, codec::message_id(message)->text());
  EXPECT_EQ(read(id)["commitments"][id]["committer"], author->address().text);
  EXPECT_EQ(code_of(write(*author, {{"body", message}})), "cache-denied");

  Map changed = message;
  changed.set("test-key", "other");
  EXPECT_EQ(code_of(write(*writer_, {{"body", changed}})), "signature-mismatch");
}

TEST_F(CacheFlow, older_clients_read_json_with_data) {
  const std::string id = id_of(write(item_of(*writer_, "test-data", {{"Test-Key", "test-value"}})));
  http::Headers headers;
  headers.add("accept", "application/aos-2");
  for (const std::string device : {"lookup", "cache"}) {
    const auto answer = node_->fetch("GET", "/~" + device + "@1.0/read?target=" + id, {}, headers);
    ASSERT_EQ(answer.status, 200u) << answer.body;
    EXPECT_EQ(*answer.headers.find("content-type"), "application/aos-2");
    EXPECT_EQ(json::parse(answer.body)["Data"], "test-data");
    EXPECT_EQ(json::parse(answer.body)["Id"], id);
  }
  EXPECT_EQ(json::parse(node_->text(kRead + id + "&accept=application/aos-2"))["Data"],
            "test-data");
  EXPECT_EQ(code_of(node_->fetch("GET", kRead + std::string(43, 'A'), {}, headers)),
            "message-unknown");
}

TEST_F(CacheFlow, the_operator_writes_and_strangers_do_not) {
  EXPECT_EQ(write(item_of(*node_->key(), "of the operator")).status, 200u);
  const auto stranger = item_of(node_->client(), "mine");
  EXPECT_EQ(write(stranger).status, 403u);
  EXPECT_EQ(code_of(write(stranger)), "cache-denied");
  EXPECT_EQ(code_of(write(node_->client(), {{"a", "b"}})), "cache-denied");
  EXPECT_EQ(code_of(node_->fetch("POST", kWrite, R"({"a": "b"})")), "ans104-type")
      << "a body of no type is taken for an item";
  http::Headers headers;
  headers.add("content-type", "application/json");
  EXPECT_EQ(code_of(node_->fetch("POST", kWrite, R"({"a": "b"})", headers)), "cache-denied");
  EXPECT_EQ(node_->fetch("GET", "/" + stranger.id().text()).status, 404u);
}

TEST_F(CacheFlow, forged_writes_are_refused) {
  auto item = Bytes(item_of(*writer_, "hello").bytes());
  item.back() = '!';
  http::Headers headers;
  headers.add("content-type", "application/ans104");
  EXPECT_EQ(node_->fetch("POST", kWrite, item, headers).status, 400u);

  auto post = signed_post(node_->client(), kWrite, {{"a", "b"}});
  std::string input = *post.headers.find("signature-input");
  const std::string theirs = base64(node_->client().public_key());
  input.replace(input.find(theirs), theirs.size(), base64(writer_->public_key()));
  post.headers.set("signature-input", input);
  EXPECT_EQ(code_of(send_post(*node_, kWrite, post)), "signature-mismatch");
}

// What a writer signed for another path, or with another body, is no write.
TEST_F(CacheFlow, a_signature_counts_for_the_path_and_body_that_it_covers) {
  const auto elsewhere = signed_post(*writer_, "/~message@1.0/set", {{"a", "b"}});
  EXPECT_EQ(code_of(send_post(*node_, kWrite, elsewhere)), "cache-denied");

  const auto author = crypto::Key::new_ed25519();
  const Map message = codec::commit({{"test-key", "mine"}}, *author).value();
  const auto other = signed_post(*author, kWrite, {{"body", message}});
  auto post = signed_post(*writer_, kWrite, {{"a", "b"}});
  post.body = other.body;
  for (const char* name : {"content-type", "content-digest"})
    if (const std::string* field = other.headers.find(name)) post.headers.set(name, *field);
  EXPECT_EQ(code_of(send_post(*node_, kWrite, post)), "cache-denied");
  EXPECT_EQ(node_->fetch("GET", "/" + codec::message_id(message)->text()).status, 404u);
}

TEST_F(CacheFlow, what_is_written_is_bounded) {
  const auto large = item_of(*writer_, Bytes(65 << 10, 'x'));
  EXPECT_EQ(write(large).status, 413u);
  EXPECT_EQ(code_of(write(large)), "cache-message-size");
  EXPECT_EQ(write(item_of(*writer_, Bytes(60 << 10, 'x'))).status, 200u);
  EXPECT_EQ(write(item_of(*writer_, Bytes(60 << 10, 'x'))).status, 200u) << "here already";
  EXPECT_EQ(write(item_of(*writer_, Bytes(60 << 10, 'y'))).status, 200u);
  node_->restart();
  EXPECT_EQ(code_of(write(item_of(*writer_, Bytes(60 << 10, 'z')))), "cache-full");
  EXPECT_EQ(write(item_of(*writer_, "a little")).status, 200u);
}

TEST_F(CacheFlow, a_process_is_scheduled_and_not_cached) {
  const auto spawn = test::sign(test::spawn_draft("aos", node_->address()), *writer_);
  EXPECT_EQ(code_of(write(spawn)), "cache-process");
}

TEST_F(CacheFlow, writers_give_names_to_what_is_here) {
  const std::string id = id_of(write(item_of(*writer_, "one", {{"kind", "note"}})));
  EXPECT_EQ(code_of(link(node_->client(), id, "latest")), "cache-denied");
  EXPECT_EQ(code_of(node_->fetch("POST", "/~cache@1.0/link?source=" + id + "&destination=latest")),
            "cache-denied");
  EXPECT_EQ(code_of(link(*writer_, std::string(43, 'A'), "latest")), "item-unknown");
  EXPECT_EQ(code_of(link(*writer_, id, "a/b")), "cache-link");
  EXPECT_EQ(code_of(link(*writer_, id, std::string(43, 'A'))), "cache-link") << "an id";
  EXPECT_EQ(link(*writer_, id, "latest").status, 200u);
  EXPECT_EQ(link(*writer_, "latest", "newest").status, 200u);
  node_->restart();
  EXPECT_EQ(read("latest")["kind"], "note");
  EXPECT_EQ(read("newest")["data"], "one");
  const std::string next = id_of(write(item_of(*writer_, "two")));
  EXPECT_EQ(link(*writer_, next, "latest").status, 200u);
  EXPECT_EQ(read("latest")["data"], "two");
  EXPECT_EQ(code_of(node_->fetch("GET", kRead + "nothing")), "id-malformed");
}

// What is only written stays here; what is kept with POST /tx goes to Arweave.
TEST_F(CacheFlow, what_is_written_is_settled_when_it_is_kept) {
  const auto item = item_of(*writer_, "hello");
  const auto is_to_be_settled = [&] {
    node_->stop();
    const auto store = store::Store::open(node_->settings().store);
    return store->get("j" + Bytes(item.id().bytes())).has_value();
  };
  id_of(write(item));
  EXPECT_FALSE(is_to_be_settled());
  node_->restart();
  EXPECT_EQ(node_->fetch("POST", "/tx", Bytes(item.bytes())).status, 200u);
  EXPECT_EQ(node_->fetch("POST", "/tx", Bytes(item.bytes())).status, 200u);
  EXPECT_TRUE(is_to_be_settled());
  node_->restart();
  EXPECT_EQ(node_->text("/" + item.id().text()), "hello");
}

// A module that was written makes processes.
TEST_F(CacheFlow, a_module_may_be_written) {
  const auto module =
      test::sign(test::module_draft(std::string(test::kCounter), "counter.lua"), *writer_);
  const std::string id = id_of(write(module));
  const auto spawn = test::sign(test::spawn_draft(id, node_->address()), node_->client());
  EXPECT_EQ(node_->fetch("POST", "/push", Bytes(spawn.bytes())).status, 200u);
}

}  // namespace
}  // namespace ao
