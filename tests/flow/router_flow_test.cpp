// Where paths without an origin are relayed to: router@1.0, with origins on the loopback.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_origin.hpp"

namespace ao {
namespace {

using message::Map;
using nlohmann::json;
using test::Origin;
using test::route_of;

class RouterFlow : public test::RelayFlow {};

// ---- routes ------------------------------------------------------------------------------------

TEST_F(RouterFlow, paths_without_an_origin_go_where_the_routes_say) {
  Map node_map{{"prefix", origin_.url() + "/cu"}};
  ASSERT_TRUE(settings_.relay.routes.add(
      route_of(Map{{"template", "^/result/"}, {"node", std::move(node_map)}})));
  const std::string target =
      "/result/" + std::string(43, 'A') + "?process-id=" + std::string(43, 'A');
  EXPECT_EQ(told({{"relay-path", target}})["target"], "/cu" + target) << "it is not here";
  EXPECT_EQ(refusal({{"relay-path", "/graphql"}}, 404), "routes-no-match");
  EXPECT_EQ(node().text("/~router@1.0/routes/1/node/prefix"), origin_.url() + "/cu");
  EXPECT_EQ(node().text("/~router@1.0/match/template?route-path=/result/x"), "^/result/");
  EXPECT_EQ(node().text("/~router@1.0/route&route-path=%2Fresult%2Fx"),
            origin_.url() + "/cu/result/x");
  EXPECT_EQ(node().text("/~router@1.0/route?route-path=https://a.example/x"),
            "https://a.example/x");
  EXPECT_EQ(refusal({{"relay-path", origin_.url() + "/cu/result/x"}}, 403), "relay-denied")
      << "a route allows its paths, and not its origin";
}

TEST_F(RouterFlow, a_template_sees_the_method_and_the_keys) {
  ASSERT_TRUE(settings_.relay.routes.add(route_of(Map{
      {"template", Map{{"method", "POST"}, {"kind", "x"}}}, {"node", origin_.url() + "/echo"}})));
  EXPECT_EQ(told({{"relay-path", "/a"}, {"relay-method", "POST"}, {"kind", "x"}})["method"],
            "POST");
  EXPECT_EQ(refusal({{"relay-path", "/a"}, {"kind", "x"}}, 404), "routes-no-match");
}

TEST_F(RouterFlow, a_process_that_is_here_is_answered_here) {
  ASSERT_TRUE(settings_.relay.routes.add(
      route_of(Map{{"template", "^/results/"}, {"node", origin_.url() + "/echo"}})));
  const ProcessId process = node().spawn("");
  EXPECT_TRUE(told({{"relay-path", "/results/" + process.text()}}).contains("edges"));
  EXPECT_EQ(told({{"relay-path", "/results/" + std::string(43, 'A')}})["name"], "origin");
}

TEST_F(RouterFlow, the_operator_adds_routes_that_last) {
  ASSERT_TRUE(settings_.relay.routes.add(
      route_of(Map{{"template", "^/x"}, {"node", "https://first.example"}, {"priority", 10}})));
  Map route{{"template", "^/x/y"}, {"node", origin_.url() + "/echo"}, {"priority", 15}};
  EXPECT_EQ(post_route(route).body, "Route added.");
  EXPECT_EQ(post_route(route).body, "Route added.");
  EXPECT_EQ(node().text("/~router@1.0/routes/2/node"), origin_.url() + "/echo");
  node().restart();
  const json routes = node().get("/~router@1.0/routes/~json@1.0/serialize");
  ASSERT_EQ(routes.size(), 2u) << routes;
  EXPECT_EQ(routes[1].value("priority", 0), 15) << routes;

  Map removal = route;
  removal.set("action", "remove");
  EXPECT_EQ(post_route(removal).body, "Route removed.");
  EXPECT_EQ(node().get("/~router@1.0/routes").size(), 1u);
  EXPECT_EQ(post_route(removal).status, 404u);
  EXPECT_EQ(post_route(route).status, 409u) << "as if somebody repeated the order";
  node().restart();
  EXPECT_EQ(post_route(route).status, 409u);
  EXPECT_EQ(node().get("/~router@1.0/routes").size(), 1u);
}

TEST_F(RouterFlow, nobody_else_adds_routes) {
  const Map route{{"template", "^/x"}, {"node", origin_.url()}};
  const auto stranger = signed_post(route, node().client(), "/~router@1.0/routes");
  EXPECT_EQ(stranger.status, 403u) << stranger.body;
  EXPECT_EQ(json::parse(stranger.body)["error"]["code"], "routes-denied");
  const auto unsigned_post =
      relay({{"template", "^/x"}, {"node", origin_.url()}}, "/~router@1.0/routes");
  EXPECT_EQ(unsigned_post.status, 403u) << unsigned_post.body;
  EXPECT_EQ(node().get("/~router@1.0/routes").size(), 0u);
  EXPECT_EQ(post_route({{"node", "nowhere"}}).status, 400u);
}

// ---- several nodes -----------------------------------------------------------------------------

class MultirequestFlow : public test::RelayFlow {
 protected:
  Map route_to(const std::vector<std::string>& urls, Map more = {}) {
    message::List nodes;
    for (const std::string& url : urls)
      nodes.emplace_back(url);
    more.set("nodes", std::move(nodes));
    return more;
  }

  void set_route(const Map& said) { ASSERT_TRUE(settings_.relay.routes.add(route_of(said))); }

  Origin second_{"second"};
};

TEST_F(MultirequestFlow, the_next_is_asked_when_one_fails) {
  set_route(
      route_to({"http://127.0.0.1:1/", origin_.url() + "/status/500", second_.url() + "/echo"},
               Map{{"accept-status", "200"}}));
  EXPECT_EQ(told({{"relay-path", "/x"}})["name"], "second");
  EXPECT_EQ(origin_.asked("/status/500"), 1);
}

TEST_F(MultirequestFlow, nobody_is_asked_when_there_is_enough) {
  set_route(route_to({origin_.url() + "/echo", second_.url() + "/echo"}));
  EXPECT_EQ(told({{"relay-path", "/x"}})["name"], "origin");
  EXPECT_EQ(second_.asked("/echo"), 0);
  const json both = told({{"relay-path", "/x"}, {"multirequest-stop-after", false}});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(json::parse(both[1]["body"].get<std::string>())["name"], "second");
}

TEST_F(MultirequestFlow, as_many_answers_as_are_wanted_are_a_list) {
  set_route(
      route_to({origin_.url() + "/status/404", origin_.url() + "/echo", second_.url() + "/echo"},
               Map{{"parallel", true}, {"responses", 2}, {"accept-status", "200"}}));
  const json both = told({{"relay-path", "/x"}});
  ASSERT_EQ(both.size(), 2u) << both;
  EXPECT_EQ(both[0]["status"], 200);
}

TEST_F(MultirequestFlow, one_that_is_silent_holds_up_nobody_who_is_asked_at_once) {
  set_route(
      route_to({origin_.url() + "/silent", second_.url() + "/echo"}, Map{{"parallel", true}}));
  EXPECT_EQ(told({{"relay-path", "/x"}})["name"], "second");
}

TEST_F(MultirequestFlow, the_whole_ends_in_time) {
  settings_.relay.timeout = std::chrono::milliseconds(300);
  set_route(route_to({origin_.url() + "/silent", second_.url() + "/silent"}));
  EXPECT_EQ(refusal({{"relay-path", "/x"}}, 504), "relay-timeout");
  EXPECT_EQ(second_.asked("/silent"), 0);
}

TEST_F(MultirequestFlow, that_none_is_good_is_said) {
  set_route(route_to({origin_.url() + "/status/500", "http://127.0.0.1:1/"},
                     Map{{"accept-status", "200"}, {"parallel", true}}));
  EXPECT_EQ(refusal({{"relay-path", "/x"}}, 503), "no-viable-responses");
  EXPECT_EQ(refusal({{"relay-path", "/x"}, {"multirequest-responses", 0}}, 400), "route-malformed");
}

}  // namespace
}  // namespace ao
