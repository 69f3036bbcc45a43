// Requests that a node makes for others: relay@1.0, with origins on the loopback.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "eventually.hpp"
#include "relay_origin.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::Origin;
using test::RelayFlow;

// ---- call --------------------------------------------------------------------------------------

TEST_F(RelayFlow, a_call_answers_what_was_answered) {
  settings_.relay.allow = {origin_.url()};
  const json said = told({{"relay-path", origin_.url() + "/echo?x=y"}});
  EXPECT_EQ(said["method"], "GET");
  EXPECT_EQ(said["target"], "/echo?x=y");
  EXPECT_EQ(said["body"], "");

  const json posted = told({{"relay-path", origin_.url() + "/echo"},
                            {"relay-method", "POST"},
                            {"relay-body", "hello"},
                            {"content-type", "text/x"}});
  EXPECT_EQ(posted["method"], "POST");
  EXPECT_EQ(posted["body"], "hello");
  EXPECT_EQ(posted["fields"]["content-type"], "text/x");

  const auto failed =
      relay({{"relay-path", origin_.url() + "/status/503"}, {"relay-method", "GET"}});
  EXPECT_EQ(failed.status, 503u);
  EXPECT_EQ(failed.body, "origin");
  EXPECT_EQ(*failed.headers.find("content-type"), "text/plain");
}

TEST_F(RelayFlow, the_answer_is_a_message_and_its_keys_can_be_asked_for) {
  settings_.relay.allow = {origin_.url()};
  const json message = node().get(
      "/~relay@1.0/call/~json@1.0/serialize?relay-path=" + origin_.url() + "/status/404");
  EXPECT_EQ(message, (json{{"body", "origin"}, {"content-type", "text/plain"}, {"status", 404}}));
  EXPECT_EQ(node().text("/~relay@1.0/call/status?relay-path=" + origin_.url() + "/status/404"),
            "404");
  std::string encoded = origin_.url() + "/status/201";
  for (std::size_t at = 0; (at = encoded.find('/', at)) != encoded.npos;)
    encoded.replace(at, 1, "%2F");
  EXPECT_EQ(node().text("/~relay@1.0&relay-path=" + encoded + "/call/body"), "origin");
  const auto signed_answer =
      node().fetch("GET", "/~relay@1.0/call?relay-path=" + origin_.url() + "/status/200");
  EXPECT_NE(signed_answer.headers.find("signature"), nullptr);
}

TEST_F(RelayFlow, the_method_is_the_requests_own_when_none_is_said) {
  settings_.relay.allow = {origin_.url()};
  const std::string path = "/~relay@1.0/call?relay-path=" + origin_.url() + "/echo";
  EXPECT_EQ(node().get(path)["method"], "GET");
  EXPECT_EQ(json::parse(node().fetch("POST", path).body)["method"], "POST");
  EXPECT_EQ(node().get(path + "&method=DELETE")["method"], "DELETE");
  EXPECT_EQ(refusal({{"relay-path", origin_.url()}, {"relay-method", "CONNECT"}}, 400),
            "relay-method");
}

TEST_F(RelayFlow, a_peer_is_asked_for_a_path) {
  settings_.relay.allow = {origin_.url()};
  EXPECT_EQ(told({{"relay-path", "/echo"}, {"peer", origin_.url()}})["target"], "/echo");
  EXPECT_EQ(refusal({{"relay-path", "/echo"}, {"peer", "http://127.0.0.1:1"}}, 403),
            "relay-denied");
  EXPECT_EQ(refusal({{"relay-path", origin_.url()}, {"peer", origin_.url()}}, 400), "relay-path");
  EXPECT_EQ(refusal({{"peer", origin_.url()}}, 400), "relay-path");
  EXPECT_EQ(refusal({{"relay-path", "//127.0.0.1/"}}, 400), "relay-path");
}

// ---- where it may lead -------------------------------------------------------------------------

TEST_F(RelayFlow, nobody_is_reached_unless_the_operator_says_so) {
  const json said = {{"relay-path", origin_.url() + "/echo"}};
  const auto answer = relay(said);
  EXPECT_EQ(answer.status, 403u);
  EXPECT_EQ(json::parse(answer.body)["error"]["code"], "relay-denied");
  EXPECT_NE(answer.body.find("[relay] allow"), std::string::npos) << answer.body;
  EXPECT_EQ(origin_.asked("/echo"), 0);
}

TEST_F(RelayFlow, only_what_begins_as_the_operator_wrote_is_reached) {
  settings_.relay.allow = {origin_.url() + "/status"};
  const Origin other;
  EXPECT_EQ(relay({{"relay-path", origin_.url() + "/status/200"}}).status, 200u);
  for (const std::string& url :
       {origin_.url() + "/echo", origin_.url() + "/status2", other.url() + "/status/200",
        std::string("https://127.0.0.1/status"),
        std::string("http://127.0.0.1.evil.example/status"), std::string("http://[::1]/status"),
        std::string("http://169.254.169.254/status"), std::string("http://localhost/status")})
    EXPECT_EQ(refusal({{"relay-path", url}}, 403), "relay-denied") << url;
  EXPECT_EQ(refusal({{"relay-path", origin_.url() + "/status/%2e%2e/echo"}}, 400),
            "relay-path-dots");
  EXPECT_EQ(refusal({{"relay-path", "http://2130706433/status"}}, 400), "url-host-number");
  EXPECT_EQ(refusal({{"relay-path", "file:///etc/passwd"}}, 400), "url-scheme");
  EXPECT_EQ(other.asked("/status/200"), 0);
}

// A cloud tells its machines their secrets there; nobody has an errand to it.
TEST_F(RelayFlow, link_local_addresses_are_never_reached) {
  settings_.relay.allow = {"http://169.254.169.254", "http://0.0.0.0"};
  EXPECT_EQ(refusal({{"relay-path", "http://169.254.169.254/latest"}}, 403), "egress-address");
  EXPECT_EQ(refusal({{"relay-path", "http://0.0.0.0/x"}}, 403), "egress-address");
}

TEST_F(RelayFlow, redirects_are_answered_and_not_followed) {
  settings_.relay.allow = {origin_.url()};
  const auto answer = relay({{"relay-path", origin_.url() + "/redirect"}, {"method", "GET"}});
  EXPECT_EQ(answer.status, 200u) << "who asks is not sent on either";
  EXPECT_EQ(answer.headers.find("location"), nullptr);
  EXPECT_EQ(*answer.headers.find("status"), "302");
  EXPECT_EQ(origin_.asked("/elsewhere"), 0);
  EXPECT_EQ(node().text("/~relay@1.0/call/location?relay-path=" + origin_.url() + "/redirect"),
            origin_.url() + "/elsewhere");
}

// ---- what goes out and comes in ----------------------------------------------------------------

TEST_F(RelayFlow, nothing_of_the_clients_goes_out_and_no_cookies_come_in) {
  settings_.relay.allow = {origin_.url()};
  http::Headers headers;
  headers.set("authorization", "Bearer secret");
  headers.set("cookie", "a=b");
  headers.set("x-forwarded-for", "10.0.0.1");
  const auto sent =
      node().fetch("GET", "/~relay@1.0/call?relay-path=" + origin_.url() + "/echo", {}, headers);
  const json fields = json::parse(sent.body)["fields"];
  EXPECT_EQ(fields["via"], "1.1 " + node().address().text);
  for (const auto& [name, value] : fields.items())
    EXPECT_TRUE(name == "via" || name == "host" || name == "user-agent" ||
                name == "accept-encoding")
        << name;

  const auto told = node().fetch("GET", "/~relay@1.0/call?relay-path=" + origin_.url() + "/fields");
  EXPECT_EQ(told.body, "<script>");
  EXPECT_EQ(*told.headers.find("x-told"), "a=b");
  EXPECT_EQ(*told.headers.find("content-security-policy"), "sandbox");
  EXPECT_EQ(told.headers.find("set-cookie"), nullptr);
  EXPECT_EQ(told.headers.find("strict-transport-security"), nullptr);
  const auto* cors = told.headers.find("access-control-allow-origin");
  EXPECT_TRUE(cors == nullptr || *cors == "*") << *cors;
  EXPECT_EQ(refusal({{"relay-path", origin_.url() + "/packed"}}, 400), "relay-encoding");
}

TEST_F(RelayFlow, answers_are_bounded_in_size_and_time) {
  settings_.relay.allow = {origin_.url()};
  settings_.relay.answer_bytes_max = 3'000;
  settings_.relay.timeout = std::chrono::milliseconds(300);
  EXPECT_EQ(refusal({{"relay-path", origin_.url() + "/large"}}, 413), "http-answer-bytes-max");
  const auto late = refusal({{"relay-path", origin_.url() + "/silent"}}, 504);
  EXPECT_TRUE(late == "relay-timeout" || late == "http-timeout") << late;
}

TEST_F(RelayFlow, a_client_may_have_so_many_made_a_second) {
  settings_.relay.allow = {origin_.url()};
  settings_.relay.requests_per_second = 1;
  for (int i = 0; i < 4; ++i)
    relay({{"relay-path", origin_.url() + "/echo"}});
  std::string code;
  for (int i = 0; i < 20 && code.empty(); ++i) {
    const auto answer = relay({{"relay-path", origin_.url() + "/echo"}});
    if (answer.status == 429) code = json::parse(answer.body)["error"]["code"];
  }
  EXPECT_EQ(code, "relay-rate");
}

// ---- cast --------------------------------------------------------------------------------------

TEST_F(RelayFlow, a_cast_is_answered_at_once_and_arrives) {
  settings_.relay.allow = {origin_.url()};
  const auto answer = relay({{"relay-path", origin_.url() + "/echo"}}, "/~relay@1.0/cast");
  EXPECT_EQ(answer.body, "OK");
  EXPECT_TRUE(test::eventually([&] { return origin_.asked("/echo") == 1; }));
  const auto denied = relay({{"relay-path", "https://a.example"}}, "/~relay@1.0/cast");
  EXPECT_EQ(denied.status, 403u) << denied.body;
}

TEST_F(RelayFlow, so_many_are_under_way_and_no_more) {
  settings_.relay.allow = {origin_.url()};
  settings_.relay.in_flight_max = 2;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(relay({{"relay-path", origin_.url() + "/silent"}}, "/~relay@1.0/cast").status, 200u);
  const auto more = relay({{"relay-path", origin_.url() + "/silent"}}, "/~relay@1.0/cast");
  EXPECT_EQ(more.status, 429u);
  EXPECT_EQ(json::parse(more.body)["error"]["code"], "relay-in-flight");
  EXPECT_EQ(refusal({{"relay-path", origin_.url() + "/echo"}}, 429), "relay-in-flight");
}

// ---- this node itself --------------------------------------------------------------------------

TEST_F(RelayFlow, results_of_this_node_are_answered_without_a_connection) {
  settings_.node.url = "https://node.example";
  const ProcessId process = node().spawn("");
  const std::string message = node().push(process, "Eval", "return 6 * 7")["id"];
  const std::string target = "/results/" + process.text() + "?sort=DESC&limit=1";
  const json page = node().get(target);
  ASSERT_EQ(page["edges"].size(), 1u);
  const std::string as_called = fmt::format("http://127.0.0.1:{}", node().port());
  for (const std::string& cu : {std::string(), as_called, settings_.node.url}) {
    EXPECT_EQ(told({{"relay-path", cu + target}}), page) << cu;
    EXPECT_EQ(told({{"relay-path", cu + "/result/" + message +
                                       "?process-id=" + process.text()}})["Output"]["data"],
              "42");
  }
  const json tried = told(
      {{"relay-path", as_called + "/dry-run?process-id=" + process.text()},
       {"relay-method", "POST"},
       {"relay-body", json{{"Tags", json::array({json{{"name", "Action"}, {"value", "Info"}}})},
                           {"Owner", node().client().address().text}}
                          .dump()}});
  EXPECT_TRUE(tried.contains("Messages")) << tried;
}

TEST_F(RelayFlow, nothing_else_of_this_node_is_relayed) {
  settings_.relay.allow = {"http://127.0.0.1"};
  const std::string own = fmt::format("http://127.0.0.1:{}", node().port());
  for (const char* path : {"/graphql", "/~meta@1.0/info", "/~relay@1.0/call", "/metrics", "/"})
    EXPECT_EQ(refusal({{"relay-path", own + path}}, 403), "relay-own-route") << path;
  const ProcessId process = node().spawn("");
  EXPECT_EQ(
      refusal({{"relay-path", own + "/results/" + process.text()}, {"relay-method", "POST"}}, 403),
      "relay-own-route");
}

TEST_F(RelayFlow, what_was_relayed_here_before_is_not_relayed_again) {
  settings_.relay.allow = {origin_.url()};
  http::Headers headers;
  headers.set("via", "1.0 fred, 1.1 " + node().address().text);
  const std::string path = "/~relay@1.0/call?relay-path=" + origin_.url() + "/echo";
  const auto answer = node().fetch("GET", path, {}, headers);
  EXPECT_EQ(answer.status, 403u);
  EXPECT_EQ(json::parse(answer.body)["error"]["code"], "relay-loop");
  headers.set("via", "1.0 fred");
  EXPECT_EQ(json::parse(node().fetch("GET", path, {}, headers).body)["fields"]["via"],
            "1.0 fred, 1.1 " + node().address().text);
}

// Each says that the other is asked; the one that was first hears of it.
TEST_F(RelayFlow, two_nodes_that_relay_to_each_other_come_to_an_end) {
  test::RunningNode other(settings_);
  const std::string there = fmt::format("http://127.0.0.1:{}", other.port());
  settings_.relay.allow = {there};
  const std::string back = fmt::format("http://127.0.0.1:{}/~relay@1.0/call", node().port());
  other.settings().relay.allow = {fmt::format("http://127.0.0.1:{}", node().port())};
  other.settings().http.listen = fmt::format("127.0.0.1:{}", other.port());
  other.restart();
  const auto answer = relay({{"relay-path", there + "/~relay@1.0/call?relay-path=" + back +
                                                "%3Frelay-path=" + there + "/~meta@1.0/info"},
                             {"relay-method", "GET"}});
  EXPECT_EQ(answer.status, 403u) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["error"]["code"], "relay-loop");
}

}  // namespace
}  // namespace ao
