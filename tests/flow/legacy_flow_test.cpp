// The legacy units' answers, beyond what their published client asks in tests/clients/legacy.mjs.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/commands.hpp"
#include "support/running_node.hpp"

namespace ao {
namespace {

using nlohmann::json;

constexpr const char* kCounter = R"(
count = 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  msg.reply({ Data = tostring(count) })
end)
Handlers.add("fail", "Fail", function() error("no reason") end))";

class LegacyFlow : public testing::Test {
 protected:
  void feed(int messages) {
    process_ = node_.spawn(kCounter);
    for (int i = 0; i < messages; ++i)
      node_.push(process_, "Add");
  }

  std::string path(const std::string& front) const { return front + process_.text(); }

  json graphql(const std::string& query, const json& variables = json::object()) {
    const auto answer =
        node_.fetch("POST", "/graphql", json{{"query", query}, {"variables", variables}}.dump());
    return json::parse(answer.body);
  }

  json code_of(const http::Response& answer) { return json::parse(answer.body)["error"]["code"]; }

  // The slots of a page.
  std::vector<int> slots(const json& page) {
    std::vector<int> found;
    for (const json& edge : page["edges"]) {
      const auto text = from_any_base64(edge["cursor"].get<std::string>());
      found.push_back(std::stoi(json::parse(*text)["ordinate"].get<std::string>()));
    }
    return found;
  }

  test::RunningNode node_;
  ProcessId process_;
};

TEST_F(LegacyFlow, results_are_paged_in_both_directions) {
  feed(5);
  const json up = node_.get(path("/results/") + "?sort=ASC&limit=4");
  EXPECT_EQ(slots(up), (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(up["pageInfo"]["hasNextPage"], true);
  const std::string last = up["edges"].back()["cursor"];
  const json rest = node_.get(path("/results/") + "?sort=ASC&from=" + last);
  EXPECT_EQ(slots(rest), (std::vector{4, 5}));
  EXPECT_EQ(rest["pageInfo"]["hasNextPage"], false);

  const json down = node_.get(path("/results/") + "?sort=DESC&limit=2");
  EXPECT_EQ(slots(down), (std::vector{5, 4}));
  const std::string lowest = down["edges"].back()["cursor"];
  EXPECT_EQ(slots(node_.get(path("/results/") + "?sort=DESC&limit=2&from=" + lowest)),
            (std::vector{3, 2}));
  EXPECT_EQ(slots(node_.get(path("/results/") + "?sort=DESC&to=" + lowest)), (std::vector{5, 4}));
}

TEST_F(LegacyFlow, results_with_an_error_are_left_out) {
  feed(1);
  node_.push(process_, "Fail");
  node_.push(process_, "Add");
  EXPECT_EQ(slots(node_.get(path("/results/"))), (std::vector{0, 1, 3}));
}

TEST_F(LegacyFlow, what_is_no_cursor_is_refused) {
  feed(0);
  EXPECT_EQ(code_of(node_.fetch("GET", path("/results/") + "?from=%21")), "cursor-malformed");
  EXPECT_EQ(code_of(node_.fetch("GET", path("/results/") + "?from=e30")), "cursor-malformed");
  EXPECT_EQ(code_of(node_.fetch("GET", path("/results/") + "?sort=UP")), "sort-unknown");
  EXPECT_EQ(code_of(node_.fetch("GET", path("/results/") + "?limit=x")), "limit-malformed");
}

TEST_F(LegacyFlow, an_assigned_message_takes_a_slot_once_and_is_proven) {
  feed(1);
  const ProcessId other = node_.spawn("");
  const json page = node_.get(path("/") + "?from-nonce=0");
  const std::string message = page["edges"][0]["node"]["message"]["id"];
  const std::string target = "/?process-id=" + other.text() + "&assign=" + message;
  const auto first = node_.fetch("POST", target);
  ASSERT_EQ(first.status, 202u) << first.body;
  const auto again = node_.fetch("POST", target);
  EXPECT_EQ(json::parse(again.body)["id"], json::parse(first.body)["id"]);
  EXPECT_EQ(json::parse(first.body)["slot"], 1);
  const json seen = node_.get("/" + message + "?process-id=" + other.text());
  EXPECT_EQ(seen["message"]["target"], process_.text());
  EXPECT_EQ(node_.fetch("GET", "/result/" + message + "?process-id=" + other.text()).status, 200u);

  EXPECT_EQ(code_of(node_.fetch(
                "POST", "/?process-id=" + other.text() + "&assign=" + std::string(43, 'z'))),
            "assign-malformed");  // no id: its last character has bits that none has
  EXPECT_EQ(code_of(node_.fetch(
                "POST", "/?process-id=" + other.text() + "&assign=" + std::string(42, 'z') + "A")),
            "item-unknown");
  EXPECT_EQ(
      code_of(node_.fetch("POST", "/?process-id=" + std::string(43, 'A') + "&assign=" + message)),
      "process-unknown");
  node_.stop();
  const auto store = node_.settings().store.directory.string();
  const auto verified = test::aonode({"db", "verify", "--store", store});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(LegacyFlow, data_is_served_with_its_type_and_without_rights) {
  message::Draft draft;
  draft.tags = {{"Content-Type", "text/html"}};
  draft.data = "<script>1</script>";
  const auto item = test::sign(draft, node_.client());
  ASSERT_EQ(node_.fetch("POST", "/tx", item.bytes()).status, 200u);
  const auto page = node_.fetch("GET", "/" + item.id().text());
  EXPECT_EQ(page.body, draft.data);
  EXPECT_EQ(*page.headers.find("content-type"), "text/html");
  EXPECT_NE(page.headers.find("content-security-policy"), nullptr);
  http::Headers headers;
  headers.add("accept", "application/ans104");
  EXPECT_EQ(node_.fetch("GET", "/" + item.id().text(), {}, headers).body, item.bytes());
  EXPECT_EQ(code_of(node_.fetch("GET", "/" + std::string(43, 'A'))), "item-unknown");
}

TEST_F(LegacyFlow, a_type_that_is_no_header_value_is_not_sent) {
  message::Draft draft;
  draft.tags = {{"Content-Type", "text/html\r\nset-cookie: a=b"}};
  draft.data = "x";
  const auto item = test::sign(draft, node_.client());
  ASSERT_EQ(node_.fetch("POST", "/tx", item.bytes()).status, 200u);
  const auto page = node_.fetch("GET", "/" + item.id().text());
  EXPECT_EQ(*page.headers.find("content-type"), "application/octet-stream");
  EXPECT_EQ(page.headers.find("set-cookie"), nullptr);
}

TEST_F(LegacyFlow, graphql_finds_processes_by_owner_and_tag) {
  feed(0);
  node_.spawn("", {{"App-Name", "other"}});
  const ProcessId mine = node_.spawn("", {{"App-Name", "mine"}});
  const char* query = R"(
    # a comment
    query($owners: [String!], $names: [String!]!) {
      transactions(first: 5, owners: $owners,
                   tags: [{name: "Type", values: "Process"}, {name: "App-Name", values: $names}]) {
        pageInfo { hasNextPage } edges { node { id tags { name value } owner { address } } }
      }
    })";
  const std::string me = node_.client().address().text;
  const json found = graphql(query, {{"owners", {me, ""}}, {"names", {"mine"}}});
  const json& edges = found["data"]["transactions"]["edges"];
  ASSERT_EQ(edges.size(), 1u) << found;
  EXPECT_EQ(edges[0]["node"]["id"], mine.text());
  EXPECT_EQ(edges[0]["node"]["owner"]["address"], me);
  const json none = graphql(query, {{"owners", {""}}, {"names", {"mine"}}});
  EXPECT_TRUE(none["data"]["transactions"]["edges"].empty());
}

TEST_F(LegacyFlow, graphql_pages_and_sorts) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(node_.spawn("").text());
  const auto page = [&](const std::string& arguments) {
    const json found = graphql("{ t: transactions(" + arguments +
                               "tags: [{name: \"Type\", values: \"Process\"}]) { count } }");
    return found["data"]["t"];
  };
  EXPECT_EQ(page("")["count"], "3");
  const json first = page("sort: HEIGHT_ASC, first: 2, ");
  ASSERT_EQ(first["edges"].size(), 2u);
  EXPECT_EQ(first["edges"][0]["node"]["id"], ids[0]);
  EXPECT_EQ(first["pageInfo"]["hasNextPage"], true);
  const std::string cursor = first["edges"][1]["cursor"];
  const json rest = page("sort: HEIGHT_ASC, after: \"" + cursor + "\", ");
  ASSERT_EQ(rest["edges"].size(), 1u);
  EXPECT_EQ(rest["edges"][0]["node"]["id"], ids[2]);
  EXPECT_EQ(rest["pageInfo"]["hasNextPage"], false);
}

// A cursor is a place, so that what comes meanwhile moves nothing to another page.
TEST_F(LegacyFlow, graphql_pages_stay_where_they_are) {
  const std::string me = node_.client().address().text;
  std::vector<std::string> ids;
  const auto spawn = [&] {
    ids.push_back(node_.spawn("").text());
    node_.clock().shift(std::chrono::milliseconds(10));
  };
  const auto page = [&](const std::string& after) -> json {
    return graphql("{ transactions(owners: [\"" + me + "\", \"\"], first: 2, after: \"" + after +
                   "\", tags: [{name: \"Type\", values: [\"Process\", \"none\"]}]) { count } "
                   "}")["data"]["transactions"];
  };
  for (int i = 0; i < 5; ++i)
    spawn();
  const json first = page("");
  ASSERT_EQ(first["edges"].size(), 2u) << first;
  EXPECT_EQ(first["edges"][0]["node"]["id"], ids[4]);
  EXPECT_EQ(first["edges"][1]["node"]["id"], ids[3]);
  spawn();
  node_.restart();
  const json second = page(first["edges"][1]["cursor"]);
  ASSERT_EQ(second["edges"].size(), 2u);
  EXPECT_EQ(second["edges"][0]["node"]["id"], ids[2]);
  EXPECT_EQ(second["edges"][1]["node"]["id"], ids[1]);
  EXPECT_EQ(second["pageInfo"]["hasNextPage"], true);
  const json last = page(second["edges"][1]["cursor"]);
  ASSERT_EQ(last["edges"].size(), 1u);
  EXPECT_EQ(last["edges"][0]["node"]["id"], ids[0]);
  EXPECT_EQ(last["pageInfo"]["hasNextPage"], false);
}

TEST_F(LegacyFlow, graphql_finds_modules_by_name_and_by_any_value) {
  const auto item = test::sign(test::module_draft("return 1", "mine.lua"), node_.client());
  EXPECT_EQ(node_.fetch("POST", "/tx", Bytes(item.bytes())).status, 200u);
  for (const char* tags : {"{name: \"Name\", values: [\"mine.lua\"]}", "{name: \"Name\"}"}) {
    const json found = graphql(std::string("{ transactions(tags: [{name: \"Type\", values: "
                                           "[\"Module\"]}, ") +
                               tags + "]) { count } }");
    bool is_there = false;
    for (const json& edge : found["data"]["transactions"]["edges"])
      is_there = is_there || edge["node"]["id"] == item.id().text();
    EXPECT_TRUE(is_there) << tags << found;
  }
}

TEST_F(LegacyFlow, graphql_knows_the_node_and_its_modules) {
  const json location = graphql("query { transactions(owners: [\"" + node_.address().text +
                                "\"], tags: [{name: \"Type\", values: [\"Scheduler-Location\"]}]) "
                                "{ edges { node { id } } } }");
  const json& tags = location["data"]["transactions"]["edges"][0]["node"]["tags"];
  std::string url;
  for (const json& tag : tags)
    if (tag["name"] == "Url") url = tag["value"];
  EXPECT_EQ(url, "http://127.0.0.1:" + std::to_string(node_.port()));
  const json module = graphql(
      "{ transaction(id: \"ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s\") { id block { timestamp } "
      "} }");
  EXPECT_EQ(module["data"]["transaction"]["id"], "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s");
}

TEST_F(LegacyFlow, graphql_says_where_a_query_is_wrong) {
  for (const char* query : {"", "{", "{ transactions(", "mutation { a }", "{ a }", "{ a { ...b } }",
                            "{ transactions(ids: \"x) { id } }", "{ transaction }",
                            "{ transactions(after: \"2\") { id } }"}) {
    const json answer = graphql(query);
    EXPECT_TRUE(answer["data"].is_null()) << query;
    EXPECT_TRUE(answer["errors"][0]["extensions"]["code"].get<std::string>().starts_with("graphql"))
        << answer;
  }
}

}  // namespace
}  // namespace ao
