// Paths that are evaluated message after message.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/running_node.hpp"

namespace ao {
namespace {

using nlohmann::json;

class ResolveFlow : public testing::Test {
 protected:
  std::string code_of(const std::string& target) {
    const auto answer = node_.fetch("GET", target);
    EXPECT_GE(answer.status, 400u) << target << ": " << answer.body;
    return json::parse(answer.body)["error"]["code"];
  }

  http::Response post(const std::string& target, const Bytes& body,
                      const std::vector<http::Headers::Field>& fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields)
      headers.add(name, value);
    return node_.fetch("POST", target, body, headers);
  }

  std::string posted(const std::string& target, const Bytes& json_body) {
    const auto answer = post(target, json_body, {{"content-type", "application/json"}});
    EXPECT_EQ(answer.status, 200u) << target << ": " << answer.body;
    return answer.body;
  }

  http::Response get_if_none_match(const std::string& target, const std::string& tags) {
    http::Headers headers;
    headers.add("if-none-match", tags);
    return node_.fetch("GET", target, {}, headers);
  }

  // The id of an item that is kept here.
  std::string kept(const Bytes& data, const Bytes& type) {
    message::Draft draft;
    draft.tags = {{"Content-Type", type}};
    draft.data = data;
    const auto item = test::sign(draft, node_.client());
    EXPECT_EQ(node_.fetch("POST", "/tx", Bytes(item.bytes())).status, 200u);
    return item.id().text();
  }

  test::RunningNode node_;
};

TEST_F(ResolveFlow, a_path_is_a_message_that_answers) {
  EXPECT_EQ(node_.text("/~message@1.0&hello=world/hello"), "world");
  EXPECT_EQ(node_.text("/hello?hello=world"), "world");
  EXPECT_EQ(node_.get("/~message@1.0&a=1&b=2/keys"), (json{"a", "b"}));
  EXPECT_EQ(node_.text("/~message@1.0&n+integer=5/n"), "5");
  EXPECT_EQ(node_.text("/~message@1.0&n+integer=5/N"), "5");
  EXPECT_EQ(node_.text("/~message@1.0&a=x/set&a=y&b=z/a"), "y");
  EXPECT_EQ(node_.get("/~message@1.0&a=x&b=y/remove&item=a/keys"), (json{"b"}));
  EXPECT_EQ(node_.text("/~message@1.0&a=x/get&key=a"), "x");
  EXPECT_EQ(node_.text("/~message@1.0&a=1/verify"), "false");
}

// spec: golden ids of small messages.
TEST_F(ResolveFlow, ids_are_those_of_the_reference) {
  EXPECT_EQ(node_.text("/~message@1.0&a=b/id"), "UfSqKA58Hwk99Jg5fsYGY4iKDfnnUAW9MQdMv2-Fw40");
  EXPECT_EQ(node_.text("/~message@1.0&a+integer=1/id"),
            "np3stvTlJELQLgarP2Iw5NuN6oFI_iMfrglyWWsK3ME");
}

TEST_F(ResolveFlow, paths_within_paths_are_evaluated_first) {
  EXPECT_EQ(node_.text("/~message@1.0&a=(/~message@1.0&b=deep/b)/a"), "deep");
  EXPECT_EQ(node_.text("/(~message@1.0&c=bracketed)/c"), "bracketed");
}

TEST_F(ResolveFlow, codecs_write_messages_down) {
  EXPECT_EQ(node_.get("/~message@1.0&a=b/~json@1.0/serialize"), (json{{"a", "b"}}));
  EXPECT_EQ(node_.text("/~message@1.0&a=b/~flat@1.0/serialize"), "a: b\n");
  const auto fields = node_.fetch("GET", "/~message@1.0&a=b&accept-codec=httpsig@1.0");
  EXPECT_EQ(*fields.headers.find("a"), "b");
  EXPECT_NE(fields.headers.find("signature-input"), nullptr);
}

// spec: C10.
TEST_F(ResolveFlow, messages_within_are_links_or_whole_as_is_asked) {
  const std::string target = "/~message@1.0&m+map=%7B%22a%22:%22b%22%7D&accept-codec=httpsig@1.0";
  const auto linked = node_.fetch("GET", target);
  EXPECT_NE(linked.headers.find("m+link"), nullptr);
  const auto whole = node_.fetch("GET", target + "&accept-bundle=true");
  EXPECT_EQ(whole.headers.find("m+link"), nullptr);
  EXPECT_NE(whole.body.find("name=\"m\""), std::string::npos) << whole.body;
  EXPECT_NE(whole.headers.find("signature-input"), nullptr);
}

// What an id names never changes, and neither does what became of a slot.
TEST_F(ResolveFlow, who_has_an_answer_that_stays_is_not_sent_it_again) {
  const ProcessId process = node_.spawn("");
  const std::string id = node_.push(process, "Eval", "return 1")["id"];
  const std::string path = "/" + process.text();
  for (const std::string& target : {"/" + id, path + "~process@1.0/compute/results=1",
                                    path + "/compute&slot=1/results/output/data"}) {
    const auto first = node_.fetch("GET", target);
    ASSERT_NE(first.headers.find("etag"), nullptr) << target;
    const std::string tag = *first.headers.find("etag");
    const auto again = get_if_none_match(target, "\"other\", W/" + tag);
    EXPECT_EQ(again.status, 304u) << target;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(*again.headers.find("etag"), tag);
    EXPECT_EQ(get_if_none_match(target, "\"other\"").body, first.body);
  }
  for (const char* changing : {"/now/results/output/data", "/slot", "/compute/results/output/data"})
    EXPECT_EQ(node_.fetch("GET", path + changing).headers.find("etag"), nullptr) << changing;
  EXPECT_EQ(node_.fetch("GET", path + "/compute&slot=9/results").headers.find("etag"), nullptr);
}

// spec: G, apply.
TEST_F(ResolveFlow, a_path_that_stands_in_a_message_is_evaluated) {
  EXPECT_EQ(posted("/~apply@1.0/body", R"({"body": "/~meta@1.0/build/node"})"), "aonode");
  EXPECT_EQ(posted("/~apply@1.0/pair&base=data-container&request=data-path",
                   R"({"data-container": {"relevant": "DATA"}, "data-path": "relevant"})"),
            "DATA");
  EXPECT_EQ(node_.text("/~message@1.0&p=%2F~meta@1.0%2Fbuild%2Fnode/base:p~apply@1.0"), "aonode");
  EXPECT_EQ(code_of("/~apply@1.0/nothing"), "key-absent");
  const auto endless = post("/~apply@1.0/a", R"--({"a": "/~apply@1.0/a?a=(/~apply@1.0/a)"})--",
                            {{"content-type", "application/json"}});
  EXPECT_GE(endless.status, 400u) << endless.body;
}

// spec: G, stack: devices one after the other, and each of the same.
TEST_F(ResolveFlow, a_stack_asks_its_devices) {
  const std::string stack =
      R"("device": "stack@1.0", "device-stack": ["message@1.0", "dedup@1.0"])";
  EXPECT_EQ(posted("/m/set/n", R"({"m": {)" + stack + R"(, "n": 1}, "2.n": 7})"), "7");
  EXPECT_EQ(
      posted("/m/set/keys", R"({"m": {)" + stack + R"(, "n": 1}, "2.body": "x", "2.mode": "map"})"),
      R"(["1"])");
  const std::string seen = node_.text("/~message@1.0&body=x/id");
  const std::string after =
      R"("device": "stack@1.0", "device-stack": ["dedup@1.0", "message@1.0"])";
  EXPECT_EQ(posted("/m/set/n", R"({"m": {)" + after + R"(, "dedup": [")" + seen +
                                   R"("], "n": 1}, "2.n": 7, "2.body": "x"})"),
            "1");
  EXPECT_EQ(code_of("/~stack@1.0/key"), "argument-missing");
  const auto within =
      post("/m/a", R"({"m": {"device": "stack@1.0", "device-stack": ["stack@1.0"]}})",
           {{"content-type", "application/json"}});
  EXPECT_GE(within.status, 400u) << "a stack of itself has an end: " << within.body;
}

// Each of four paths asks twelve times for the next one: 20,000 evaluations of one request.
TEST_F(ResolveFlow, paths_that_ask_for_many_others_have_an_end) {
  const ProcessId process = node_.spawn("");
  const std::string shown = "/" + process.text() + "/now/p";
  std::string patch = "p4 = '/~message@1.0&x=end/x'";
  for (int level = 3; level >= 0; --level) {
    const std::string next = shown + std::to_string(level + 1);
    std::string path = "/~message@1.0";
    for (int i = 0; i < 12; ++i)
      path += "&k" + std::to_string(i) + "=(/~apply@1.0/p&p=(" + next + "))";
    patch += ", p" + std::to_string(level) + " = '" + path + "/k1'";
  }
  node_.push(process, "Eval", "Send({ device = 'patch@1.0', " + patch + " })");
  EXPECT_EQ(node_.text("/~apply@1.0/p&p=(" + shown + "4)"), "end");
  EXPECT_EQ(node_.text("/~apply@1.0/p&p=(" + shown + "3)"), "end");
  EXPECT_EQ(code_of("/~apply@1.0/p&p=(" + shown + "0)"), "path-steps");
}

// Arweave's path manifests.
TEST_F(ResolveFlow, a_manifest_names_items) {
  const std::string page = kept("<h1>hello</h1>", "text/html");
  const std::string manifest =
      kept(R"({"manifest": "arweave/paths", "version": "0.1.0", "index": {"path": "index.html"},
               "paths": {"index.html": {"id": ")" +
               page + R"("}, "a/b": {"id": ")" + page + R"("}}})",
           "application/x.arweave-manifest+json");
  for (const char* path : {"", "/", "/index.html", "/a/b"}) {
    const auto answer = node_.fetch("GET", "/" + manifest + "~manifest@1.0" + path);
    EXPECT_EQ(answer.body, "<h1>hello</h1>") << path;
    EXPECT_EQ(*answer.headers.find("content-type"), "text/html");
  }
  EXPECT_EQ(code_of("/" + manifest + "~manifest@1.0/nothing"), "manifest-path");
  EXPECT_EQ(code_of("/" + page + "~manifest@1.0/index.html"), "manifest-malformed");
}

TEST_F(ResolveFlow, stored_messages_are_read_key_by_key) {
  const ProcessId process = node_.spawn("");
  const auto pushed = node_.push(process, "Eval", "return 1");
  const std::string message = pushed["id"];
  EXPECT_EQ(node_.text("/" + message + "/action"), "Eval");
  EXPECT_EQ(node_.text("/" + message + "/data"), "return 1");
  EXPECT_EQ(node_.text("/" + message + "/verify"), "true");
  EXPECT_EQ(node_.get("/" + message + "/committers"), (json{node_.client().address().text}));
  EXPECT_EQ(node_.text("/" + message + "/id"), message);
  EXPECT_EQ(node_.text("/~lookup@1.0/read&target=" + message + "/action"), "Eval");
  EXPECT_EQ(node_.text("/" + process.text() + "/type"), "Process");
}

TEST_F(ResolveFlow, what_a_process_shows_can_be_an_argument) {
  const ProcessId process = node_.spawn("");
  node_.push(process, "Eval", "Send({ device = 'patch@1.0', price = '42' })");
  EXPECT_EQ(node_.text("/~message@1.0&a=(/" + process.text() + "/now/price)/a"), "42");
  EXPECT_EQ(node_.text("/~message@1.0&s=(/" + process.text() + "/slot/current)/s"), "1");
}

// spec: `now/results` is of the last slot.
TEST_F(ResolveFlow, now_tells_what_became_of_the_last_slot) {
  const ProcessId process = node_.spawn("");
  node_.push(process, "Eval", "return 2 + 2");
  const std::string path = "/" + process.text();
  EXPECT_EQ(node_.text(path + "/now/results/output/data"), "4");
  EXPECT_EQ(node_.text(path + "/compute/results/output/data"), "4");
  EXPECT_EQ(node_.text(path + "/now/at-slot"), "1");
}

TEST_F(ResolveFlow, the_scheduler_tells_where_it_is) {
  const json found = node_.get("/~scheduler@1.0/location/~json@1.0/serialize");
  EXPECT_EQ(found["body"]["type"], "Scheduler-Location");
  EXPECT_EQ(node_.text("/~scheduler@1.0/status/address"), node_.address().text);
  EXPECT_EQ(code_of("/~scheduler@1.0/location&address=" + std::string(43, 'A')),
            "location-unknown");
}

// spec: C1; what HTTP says for itself is no key.
TEST_F(ResolveFlow, every_step_is_asked_with_the_keys_of_what_is_posted) {
  EXPECT_EQ(posted("/key1", R"({"key1": "Value1"})"), "Value1");
  EXPECT_EQ(posted("/~message@1.0/set/n", R"({"n": 5, "other": true})"), "5");
  EXPECT_EQ(posted("/~message@1.0&a=own/a", R"({"a": "posted"})"), "own");
  EXPECT_EQ(posted("/~message@1.0/set/k?k=asked", R"({"k": "posted"})"), "asked");
  EXPECT_EQ(posted("/~message@1.0/set/keys", R"({"1.only": "there"})"), R"(["only"])");
  EXPECT_EQ(posted("/~message@1.0&m+map=%7B%7D/m/set/n", R"({"2.n+integer": "7"})"), "7");
  const std::vector<http::Headers::Field> fields = {{"greeting", "hello"},
                                                    {"x-forwarded-for", "1"}};
  EXPECT_EQ(post("/greeting", "", fields).body, "hello");
  EXPECT_EQ(post("/keys", "", fields).body, R"(["greeting"])");
}

TEST_F(ResolveFlow, a_posted_message_in_an_unknown_codec_is_refused) {
  const auto answer = post("/a", "x", {{"codec-device", "pigeon@1.0"}});
  EXPECT_EQ(answer.status, 400u);
  EXPECT_EQ(json::parse(answer.body)["error"]["code"], "codec-unknown");
  EXPECT_EQ(post("/a", "{", {{"content-type", "application/json"}}).status, 400u);
}

TEST_F(ResolveFlow, what_is_not_there_is_said_by_name) {
  EXPECT_EQ(code_of("/~nosuch@1.0/key"), "device-unknown");
  EXPECT_EQ(code_of("/nothing"), "key-absent");
  EXPECT_EQ(code_of("/" + std::string(43, 'A') + "/data"), "message-unknown");
  EXPECT_EQ(code_of("/~message@1.0&n+integer=x/n"), "path-type");
  EXPECT_EQ(code_of("/~message@1.0&private=secret/private"), "key-absent");
  EXPECT_EQ(code_of("/~lookup@1.0/read&target=no"), "id-malformed");
}

}  // namespace
}  // namespace ao
