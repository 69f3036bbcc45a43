// What strangers' URLs lead to, with real sockets on the loopback.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client.hpp"
#include "fake_resolver.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"
#include "support/workbench.hpp"

namespace ao::http {
namespace {

using Answers = std::vector<std::vector<const char*>>;

class ClientEgress : public ::testing::Test {
 protected:
  // 127.0.0.1 alone stands for what is public; the rest of the loopback is what must not be
  // reached.
  Egress egress(Answers answers, std::uint16_t port) {
    EgressSettings settings;
    settings.https_only = false;
    settings.ports = {port};
    settings.allowed_networks = {"127.0.0.1"};
    resolver_ = std::make_shared<FakeResolver>(std::move(answers));
    return Egress{*EgressPolicy::parse(settings), nullptr, resolver_};
  }

  std::unique_ptr<Client> client(const std::string& origin, const Egress& egress) {
    return Client::to(net_.executor(), *parse_origin(origin), egress, ClientLimits());
  }

  std::string_view code_of(Client& client) {
    const auto answer = test::await(net_, client.fetch(Request()));
    return answer ? "" : answer.error().code;
  }

  std::shared_ptr<FakeResolver> resolver_;
  async::Pool net_{"net", 2};
};

TEST_F(ClientEgress, reaches_what_is_permitted) {
  RunningServer running;
  const auto to = client("http://a.example:" + std::to_string(running.port()),
                         egress({{"127.0.0.1"}}, running.port()));
  EXPECT_EQ(code_of(*to), "");
  EXPECT_EQ(code_of(*to), "");
  EXPECT_EQ(resolver_->asked(), 1u) << "a kept connection needs no second look";
}

// The connection goes to the very address that was judged: a name that has another one at the next
// look is judged anew, when there is a new connection.
TEST_F(ClientEgress, is_not_led_inside_by_a_name_that_changes) {
  ScriptedServer outside({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"});
  const auto to = client("http://a.example:" + std::to_string(outside.port()),
                         egress({{"127.0.0.1"}, {"127.0.0.2"}}, outside.port()));
  EXPECT_EQ(code_of(*to), "");
  EXPECT_EQ(resolver_->asked(), 1u);
  EXPECT_EQ(code_of(*to), "egress-address");
  EXPECT_EQ(resolver_->asked(), 2u);
}

TEST_F(ClientEgress, refuses_a_name_that_has_one_address_inside) {
  for (const Answers& answers :
       {Answers{{"127.0.0.1", "127.0.0.2"}}, Answers{{"127.0.0.2", "127.0.0.1"}},
        Answers{{"127.0.0.1", "::ffff:127.0.0.1"}},
        Answers{{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1",
                 "127.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.1"}}}) {
    SilentServer inside;
    const auto to =
        client("http://a.example:" + std::to_string(inside.port()), egress(answers, inside.port()));
    const auto answer = test::await(net_, to->fetch(Request()));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "egress-address");
    EXPECT_TRUE(answer.error().text.starts_with("http://a.example:")) << answer.error().text;
    EXPECT_FALSE(inside.was_reached());
  }
}

TEST_F(ClientEgress, refuses_addresses_that_stand_in_the_url) {
  SilentServer inside;
  const std::string port = ':' + std::to_string(inside.port());
  for (const char* host : {"127.0.0.2", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]",
                           "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "10.0.0.1",
                           "192.168.1.1", "[fe80::1]", "[fd00::1]"}) {
    const auto to = client("http://" + std::string(host) + port, egress({{}}, inside.port()));
    EXPECT_EQ(code_of(*to), "egress-address") << host;
  }
  EXPECT_FALSE(inside.was_reached());
}

TEST_F(ClientEgress, judges_the_names_of_this_machine_by_their_addresses) {
  SilentServer inside;
  Egress real = egress({{}}, inside.port());
  EgressSettings strict;
  strict.https_only = false;
  strict.ports = {inside.port()};
  real.policy = *EgressPolicy::parse(strict);
  real.resolver = system_resolver();
  for (const char* host : {"localhost", "localhost.", "LOCALHOST"}) {
    const auto to =
        client("http://" + std::string(host) + ':' + std::to_string(inside.port()), real);
    EXPECT_EQ(code_of(*to), "egress-address") << host;
  }
  EXPECT_FALSE(inside.was_reached());
}

TEST_F(ClientEgress, keeps_to_schemes_and_ports) {
  SilentServer inside;
  const auto elsewhere = client("http://127.0.0.1:1", egress({{"127.0.0.1"}}, inside.port()));
  EXPECT_EQ(code_of(*elsewhere), "egress-port");
  Egress strict = egress({{"127.0.0.1"}}, inside.port());
  strict.policy = *EgressPolicy::parse({});
  EXPECT_EQ(code_of(*client(inside.origin(), strict)), "egress-scheme");
  EXPECT_FALSE(inside.was_reached());
}

TEST_F(ClientEgress, follows_no_redirect_by_itself) {
  SilentServer inside;
  ScriptedServer outside(
      {"HTTP/1.1 302 Found\r\nLocation: " + inside.origin() + "/\r\nContent-Length: 0\r\n\r\n"});
  const auto to = client(outside.origin(), egress({{}}, outside.port()));
  const auto answer = test::await(net_, to->fetch(Request()));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 302u);
  EXPECT_FALSE(inside.was_reached());
}

// Nobody can change where requests go by changing what this process was started with.
TEST_F(ClientEgress, reads_no_proxy_from_the_environment) {
  SilentServer proxy;
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    ::setenv(name, proxy.origin().c_str(), 1);
  RunningServer running;
  const auto to = client(running.origin(), egress({{}}, running.port()));
  EXPECT_EQ(code_of(*to), "");
  EXPECT_FALSE(proxy.was_reached());
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    ::unsetenv(name);
}

}  // namespace
}  // namespace ao::http
