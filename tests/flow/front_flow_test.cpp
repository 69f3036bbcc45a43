// The front of a whole node: TLS, a Unix socket, proxies, rates, compression, CORS.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "support/certificate.hpp"
#include "support/running_node.hpp"

namespace ao {
namespace {

std::string field(const http::Response& response, std::string_view name) {
  const std::string* const value = response.headers.find(name);
  return value == nullptr ? "" : *value;
}

std::string code_of(const http::Response& response) {
  return nlohmann::json::parse(response.body)["error"]["code"];
}

TEST(FrontFlow, the_certificate_is_exchanged_while_the_node_serves) {
  const test::Folder folder;
  node::Settings settings;
  settings.http.tls_listen = "127.0.0.1:0";
  settings.http.tls_certificate = folder.path() / "certificate.pem";
  settings.http.tls_key = folder.path() / "key.pem";
  const auto exchange = [&](const std::string& name) {
    test::write_certificate(settings.http.tls_certificate, settings.http.tls_key, name);
  };
  exchange("one");
  test::RunningNode node(settings);
  const auto status = [&](const std::string& name) {
    test::TlsPeer peer(node.node().tls_port());
    EXPECT_EQ(peer.name_of_server(), name);
    return peer.ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "\"ok\"}");
  };
  EXPECT_TRUE(status("one").starts_with("HTTP/1.1 200 OK\r\n"));
  exchange("two");
  node.node().reload_certificate();
  EXPECT_TRUE(status("two").starts_with("HTTP/1.1 200 OK\r\n"));
  std::filesystem::remove(settings.http.tls_key);
  node.node().reload_certificate();
  EXPECT_TRUE(status("two").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(node.get("/healthz")["status"], "ok") << "without TLS as well";
}

TEST(FrontFlow, a_proxy_over_the_unix_socket_names_the_clients) {
  const test::Folder folder;
  node::Settings settings;
  settings.http.unix_socket = folder.path() / "ao.sock";
  settings.http.trusted_proxies = {"unix"};
  settings.admission.rates = {1, 1, 1, 10};
  test::RunningNode node(settings);
  const auto push_as = [&](const std::string& client) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, settings.http.unix_socket.c_str(), sizeof to.sun_path - 1);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const std::string wire =
        "POST /push HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: " + client +
        "\r\nContent-Length: 7\r\n\r\ngarbage";
    EXPECT_EQ(::send(socket, wire.data(), wire.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(wire.size()));
    char answer[12] = "";
    EXPECT_EQ(::recv(socket, answer, sizeof answer, MSG_WAITALL), 12);
    ::close(socket);
    return std::string(answer + 9, 3);
  };
  EXPECT_EQ(push_as("198.51.100.1"), "400");
  EXPECT_EQ(push_as("198.51.100.1"), "429") << "its one verification was taken";
  EXPECT_EQ(push_as("198.51.100.2"), "400") << "another client has its own";
}

TEST(FrontFlow, a_signer_is_held_to_its_rate_wherever_it_comes_from) {
  node::Settings settings;
  settings.admission.signers = {1, 3, 10};
  test::RunningNode node(settings);
  const auto process = node.spawn("");
  nlohmann::json answer;
  int taken = 0;
  for (; taken < 50; ++taken) {  // one a second comes back, and the machine may be slow
    answer = node.push(process, "Hi");
    if (answer.contains("error")) break;
  }
  ASSERT_TRUE(answer.contains("error"));
  EXPECT_EQ(answer["error"]["code"], "signer-rate") << answer.dump();
  EXPECT_GE(taken, 2);
  const auto other = crypto::Key::new_ed25519();
  const auto theirs = test::sign(test::message_draft(process, "Hi"), *other);
  EXPECT_EQ(node.push_item(process, theirs.bytes())["slot"], taken + 1);
  const std::string metrics = node.text("/metrics");
  EXPECT_NE(metrics.find("aonode_signers_known 2\n"), std::string::npos);
  EXPECT_NE(metrics.find("reason=\"signer-rate\"} 1\n"), std::string::npos);
}

TEST(FrontFlow, a_client_is_held_to_its_rate_of_requests) {
  node::Settings settings;
  settings.http.rate.requests_per_second = 1;
  settings.http.rate.requests_burst = 2;
  test::RunningNode node(settings);
  EXPECT_EQ(node.fetch("GET", "/healthz").status, 200u);
  EXPECT_EQ(node.fetch("GET", "/healthz").status, 200u);
  const auto refused = node.fetch("GET", "/healthz");
  EXPECT_EQ(refused.status, 429u);
  EXPECT_EQ(code_of(refused), "request-rate");
  EXPECT_EQ(field(refused, "retry-after"), "1");
}

TEST(FrontFlow, scripts_of_any_site_may_call_the_node) {
  test::RunningNode node;
  http::Headers asks;
  asks.add("origin", "https://example.org");
  asks.add("access-control-request-method", "POST");
  asks.add("access-control-request-headers", "signature, signature-input");
  asks.add("access-control-request-private-network", "true");
  const auto preflight = node.fetch("OPTIONS", "/push", {}, asks);
  EXPECT_EQ(preflight.status, 204u);
  EXPECT_EQ(field(preflight, "access-control-allow-origin"), "*");
  EXPECT_EQ(field(preflight, "access-control-allow-methods"), "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(field(preflight, "access-control-allow-headers"), "*, authorization");
  EXPECT_EQ(field(preflight, "access-control-max-age"), "86400");
  EXPECT_EQ(field(preflight, "access-control-allow-private-network"), "true");
  for (const char* target : {"/healthz", "/nonsense"}) {
    const auto answer = node.fetch("GET", target);
    EXPECT_EQ(field(answer, "access-control-allow-origin"), "*") << target;
    EXPECT_EQ(field(answer, "access-control-expose-headers"), "*") << target;
  }
}

TEST(FrontFlow, large_answers_are_compressed) {
  test::RunningNode node;
  http::Headers takes;
  takes.add("accept-encoding", "gzip;q=0.5, zstd");
  const auto plain = node.fetch("GET", "/metrics");
  const auto packed = node.fetch("GET", "/metrics", {}, takes);
  EXPECT_EQ(field(packed, "content-encoding"), "zstd");
  EXPECT_EQ(field(packed, "vary"), "accept-encoding");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);
  EXPECT_EQ(field(node.fetch("GET", "/healthz", {}, takes), "content-encoding"), "") << "is small";
}

}  // namespace
}  // namespace ao
