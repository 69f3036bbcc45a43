// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/route.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "ao/message/json.hpp"
#include "ao/routing/routes.hpp"

namespace ao::routing {
namespace {

using message::Map;

const std::string kProcess(43, 'A');

Map map_of(const std::string& json) {
  const auto value = message::from_json(json);
  EXPECT_TRUE(value && value->map()) << json;
  return *value->map();
}

Route route_of(const std::string& json) {
  auto route = Route::parse(map_of(json));
  if (!route) ADD_FAILURE() << json << ": " << route.error().text;
  return std::move(*route);
}

std::string_view refusal_of(const std::string& json) {
  const auto route = Route::parse(map_of(json));
  return route ? "" : route.error().code;
}

double none() {
  return 0;
}

std::vector<std::string> places(const Route& route, const std::string& path,
                                const Draw& draw = none) {
  const auto urls = route.destinations({path, {}}, draw);
  if (!urls) return {std::string(urls.error().code)};
  std::vector<std::string> texts;
  for (const http::Url& url : *urls)
    texts.push_back(url.text());
  return texts;
}

using Texts = std::vector<std::string>;

Draw random_draw() {
  return [random = std::make_shared<std::minstd_rand>(7)] {
    return std::uniform_real_distribution<>()(*random);
  };
}

// spec: G "Router".
TEST(Route, a_pattern_is_looked_for_in_the_path) {
  const Route route = route_of(R"({"template": "/.*/schedule", "node": "https://a.example"})");
  EXPECT_TRUE(route.matches({"/abc/schedule", {}}));
  EXPECT_TRUE(route.matches({"/a/b/c/schedule", {}}));
  EXPECT_TRUE(route.matches({"/a/schedule?x=y", {}}));
  EXPECT_FALSE(route.matches({"/a/b/c/bad-key", {}}));
  EXPECT_FALSE(route.matches({"/a?x=/b/schedule", {}}));
}

TEST(Route, keys_of_a_template_must_be_there) {
  const Route route = route_of(
      R"({"template": {"path": "^/x", "method": "POST", "n": 5}, "node": "https://a.example"})");
  const Map all = map_of(R"({"method": "POST", "n": 5, "more": true})");
  EXPECT_TRUE(route.matches({"/x/y", all}));
  EXPECT_FALSE(route.matches({"/y", all}));
  EXPECT_FALSE(route.matches({"/x", map_of(R"({"method": "GET", "n": 5})")}));
  EXPECT_FALSE(route.matches({"/x", map_of(R"({"method": "POST"})")}));
  EXPECT_TRUE(route_of(R"({"node": "https://a.example"})").matches({"/anything", {}}));
}

TEST(Route, a_node_is_a_url_or_goes_around_the_path_or_replaces_in_it) {
  EXPECT_EQ(places(route_of(R"({"node": "https://a.example/fixed?x=y"})"), "/p"),
            Texts{"https://a.example/fixed?x=y"});
  EXPECT_EQ(places(route_of(R"({"node": {"prefix": "http://127.0.0.1:6363"}})"), "/result/1?a=b"),
            Texts{"http://127.0.0.1:6363/result/1?a=b"});
  EXPECT_EQ(
      places(route_of(R"({"node": {"prefix": "https://a.example/v1/", "suffix": "/end"}})"), "/p"),
      Texts{"https://a.example/v1/p/end"});
  EXPECT_EQ(refusal_of(R"_({"node": {"match": "^/x(/.*)", "with": "https://a.example\\1"}})_"),
            "url-host");
  EXPECT_EQ(places(route_of(R"_({"node": {"match": "^/arweave(/.*)?",
                                          "with": "https://arweave.net/x\\1"}})_"),
                   "/arweave/tx/1"),
            Texts{"https://arweave.net/x/tx/1"});
}

TEST(Route, a_path_never_chooses_an_origin) {
  const Route route =
      route_of(R"({"node": {"match": "^/arweave", "with": "https://arweave.net"}})");
  EXPECT_EQ(places(route, "/arweave/tx"), Texts{"https://arweave.net/tx"});
  EXPECT_EQ(places(route, "/arweave.evil.example/tx"), Texts{"route-origin"});
  EXPECT_EQ(places(route, "/arweave:81/tx"), Texts{"route-origin"});
  EXPECT_EQ(places(route, "/arweave@evil.example/tx"), Texts{"url-user"});
  EXPECT_EQ(places(route, "/other"), Texts{"routes-no-match"});
  const Route prefix = route_of(R"({"node": {"prefix": "https://a.example"}})");
  EXPECT_EQ(places(prefix, "/../x"), Texts{"relay-path-dots"});
  EXPECT_EQ(places(prefix, ".evil.example/x"), Texts{"route-origin"});
  EXPECT_EQ(places(prefix, "/a b"), Texts{"url-malformed"});
}

TEST(Route, all_nodes_are_asked_in_their_order_or_as_many_as_are_chosen) {
  const std::string nodes = R"("nodes": ["https://a.example", "https://b.example"])";
  EXPECT_EQ(places(route_of("{" + nodes + "}"), "/"),
            (Texts{"https://a.example/", "https://b.example/"}));
  EXPECT_EQ(places(route_of(R"({"choose": 1, )" + nodes + "}"), "/"), Texts{"https://a.example/"});
  EXPECT_EQ(
      places(route_of(R"({"nodes": {"1": "https://a.example", "2": "https://b.example"}})"), "/"),
      (Texts{"https://a.example/", "https://b.example/"}));
}

// spec: By-Weight 1:99 over 1000 → first between 0.01 % and 5 %.
TEST(Route, weights_say_how_often) {
  const Route route = route_of(R"({"strategy": "By-Weight", "nodes": [
      {"prefix": "https://a.example", "weight": 1},
      {"prefix": "https://b.example", "weight": 99}]})");
  const Draw draw = random_draw();
  int first = 0;
  for (int i = 0; i < 1'000; ++i)
    first += places(route, "/", draw) == Texts{"https://a.example/"} ? 1 : 0;
  EXPECT_GT(first, 0);
  EXPECT_LT(first, 50);
}

TEST(Route, random_spreads_and_choosing_all_repeats_none) {
  const std::string nodes = R"("nodes": ["https://a.example", "https://b.example",
      "https://c.example", "https://d.example", "https://e.example"]})";
  const Draw draw = random_draw();
  const Route one = route_of(R"({"strategy": "random", )" + nodes);
  std::map<std::string, int> counts;
  for (int i = 0; i < 1'000; ++i)
    ++counts[places(one, "/", draw).front()];
  EXPECT_EQ(counts.size(), 5u);
  for (const auto& [url, count] : counts)
    EXPECT_GT(count, 120) << url;
  for (const char* strategy : {"Random", "By-Weight", "By-Base", "Nearest"}) {
    const auto all =
        places(route_of(R"({"choose": 5, "strategy": ")" + std::string(strategy) + "\", " + nodes),
               "/" + kProcess, draw);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 5u) << strategy;
  }
}

TEST(Route, the_same_base_goes_to_the_same_node) {
  std::string list;
  for (int i = 0; i < 8; ++i)
    list += (i > 0 ? ", " : "") + std::string("{\"prefix\": \"https://n") + std::to_string(i) +
            ".example\"}";
  const Route eight = route_of(R"({"strategy": "By-Base", "nodes": [)" + list + "]}");
  EXPECT_EQ(places(eight, "/" + kProcess + "~process@1.0/now"),
            (Texts{places(eight, "/x/" + kProcess + "/slot?a=b").front().substr(0, 18) + "/" +
                   kProcess + "~process@1.0/now"}));
  EXPECT_EQ(places(eight, "/result/1?process-id=" + kProcess).front().substr(0, 18),
            places(eight, "/" + kProcess).front().substr(0, 18));
  std::set<std::string> used;
  for (int i = 0; i < 100; ++i)
    used.insert(places(eight, "/item-" + std::to_string(i)).front().substr(0, 18));
  EXPECT_EQ(used.size(), 8u);
}

TEST(Route, the_nearest_wallet_is_asked) {
  const std::string near = kProcess.substr(0, 42) + "E";
  const Route route = route_of(R"({"strategy": "Nearest", "nodes": [
      {"prefix": "https://none.example"},
      {"prefix": "https://far.example", "wallet": "_)" +
                               std::string(42, 'A') + R"("},
      {"prefix": "https://near.example", "wallet": ")" +
                               near + R"("}]})");
  EXPECT_EQ(places(route, "/" + kProcess), Texts{"https://near.example/" + kProcess});
  EXPECT_EQ(places(route, "/_" + std::string(42, 'A')).front().substr(0, 19),
            "https://far.example");
}

TEST(Route, what_is_no_route_is_refused_by_the_name_of_its_fault) {
  const auto text_of = [](const std::string& json) {
    return Route::parse(map_of(json)).error().text;
  };
  EXPECT_EQ(refusal_of("{}"), "route-malformed");
  EXPECT_NE(text_of(R"({"node": "https://a.example", "stratgy": "All"})").find("'stratgy'"),
            std::string::npos);
  EXPECT_NE(text_of(R"({"node": "https://a.example", "strategy": "Best"})").find("By-Base"),
            std::string::npos);
  EXPECT_NE(text_of(R"({"node": {"prefix": "https://a.example", "wieght": 2}})").find("wieght"),
            std::string::npos);
  for (const char* json :
       {R"({"node": "https://a.example", "nodes": ["https://a.example"]})", R"({"nodes": []})",
        R"({"node": {"suffix": "/x"}})", R"({"node": {"match": "x"}})", R"({"node": 5})",
        R"({"node": {"prefix": "https://a.example", "match": "x", "with": "https://a.example"}})",
        R"({"node": {"prefix": "https://a.example", "weight": 0}})",
        R"({"node": "https://a.example", "choose": 0})",
        R"({"node": "https://a.example", "priority": "high"})",
        R"({"node": "https://a.example", "parallel": 7})",
        R"({"node": "https://a.example", "accept-status": "fine"})",
        R"({"node": "https://a.example", "template": 7})"})
    EXPECT_EQ(refusal_of(json), "route-malformed") << json;
  EXPECT_EQ(refusal_of(R"({"node": "ftp://a.example"})"), "url-scheme");
  EXPECT_EQ(refusal_of(R"({"node": "https://a.example", "template": "("})"), "route-pattern");
}

TEST(Route, patterns_are_bounded) {
  const auto with = [](const std::string& pattern) {
    return refusal_of(R"({"node": "https://a.example", "template": ")" + pattern + "\"}");
  };
  EXPECT_EQ(with(std::string(Pattern::kBytesMax, 'a')), "");
  EXPECT_EQ(with(std::string(Pattern::kBytesMax + 1, 'a')), "route-pattern-bytes-max");
  EXPECT_EQ(with("((a{1000}){1000})"), "route-pattern");
  const Route slow_elsewhere = route_of(R"({"node": "https://a.example", "template": "^/(a+)+$"})");
  EXPECT_FALSE(slow_elsewhere.matches({"/" + std::string(8'000, 'a') + "b", {}}));
}

TEST(Route, rounds_come_from_the_route_and_then_from_the_request) {
  const Route route = route_of(R"({"node": "https://a.example", "responses": 2, "parallel": true,
                                   "accept-status": "200, 404"})");
  const Rounds asked = *route.rounds().with(
      map_of(R"({"multirequest-responses": "3", "multirequest-stop-after": "false"})"),
      "multirequest-");
  EXPECT_EQ(asked.responses, 3u);
  EXPECT_TRUE(asked.parallel);
  EXPECT_FALSE(asked.stop_after);
  EXPECT_TRUE(asked.accepts(404));
  EXPECT_FALSE(asked.accepts(500));
  EXPECT_TRUE(route.rounds().with(map_of(R"({"accept-status": "All"})"))->accepts(500));
  EXPECT_FALSE(route.rounds().with(map_of(R"({"accept-status": 201})"))->accepts(200));
  EXPECT_EQ(route.rounds().with(map_of(R"({"responses": 1000})")).error().code, "route-malformed");
}

TEST(Routes, stand_in_the_order_of_their_priority) {
  Routes routes;
  for (const char* json :
       {R"({"node": "https://last.example"})",
        R"({"node": "https://second.example", "priority": 15, "template": "^/x"})",
        R"({"node": "https://first.example", "priority": 10, "template": "^/x/y"})"})
    ASSERT_TRUE(routes.add(route_of(json)));
  EXPECT_EQ(message::Value(*routes.said()[1].map()).text("node"), "https://second.example");
  EXPECT_EQ((*routes.match({"/x/y", {}}))->rounds().responses, 1u);
  const auto node_for = [&](const char* path) {
    return places(**routes.match({path, {}}), path).front();
  };
  EXPECT_EQ(node_for("/x/y"), "https://first.example/");
  EXPECT_EQ(node_for("/x"), "https://second.example/");
  EXPECT_EQ(node_for("/z"), "https://last.example/");
  EXPECT_EQ(Routes().match({"/", {}}).error().code, "routes-no-match");
}

TEST(Routes, are_bounded) {
  Routes routes;
  for (std::size_t i = 0; i < Routes::kMax; ++i)
    ASSERT_TRUE(routes.add(route_of(R"({"node": "https://a.example"})")));
  EXPECT_EQ(routes.add(route_of(R"({"node": "https://a.example"})")).error().code, "routes-max");
}

}  // namespace
}  // namespace ao::routing
