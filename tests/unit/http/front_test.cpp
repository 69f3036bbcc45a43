// What the server does before and after its handler: Unix sockets, proxies, rates, compression,
// ranges.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

#include "running_server.hpp"
#include "support/workbench.hpp"

namespace ao::http {
namespace {

using namespace std::chrono_literals;

RawPeer unix_peer(const std::filesystem::path& file) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strncpy(to.sun_path, file.c_str(), sizeof to.sun_path - 1);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return RawPeer::of(socket);
}

std::string refusal(const ServerSettings& settings) {
  try {
    RunningServer running(settings);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(UnixSocket, is_another_way_to_the_server) {
  const test::Folder folder;
  ServerSettings settings;
  settings.unix_socket = folder.path() / "ao.sock";
  settings.unix_socket_mode = 0600;
  settings.limits.connections_per_address_max = 1;
  {
    RunningServer running(settings);
    struct stat status {};
    ASSERT_EQ(::lstat(settings.unix_socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    RawPeer one = unix_peer(settings.unix_socket);
    RawPeer two = unix_peer(settings.unix_socket);
    for (RawPeer* peer : {&one, &two}) {
      peer->say(post("hello"));
      const Answer answer = peer->hear();
      EXPECT_EQ(answer.body, "hello");
      EXPECT_NE(answer.head.find("x-peer: unix\r\n"), std::string::npos);
    }
    EXPECT_EQ(running.server().counters().connections, 2u);
    EXPECT_NE(refusal(settings).find("another process does"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(settings.unix_socket)) << "a refused one removes nothing";
  }
  EXPECT_FALSE(std::filesystem::exists(settings.unix_socket));
}

TEST(UnixSocket, replaces_only_a_socket_that_is_dead) {
  const test::Folder folder;
  ServerSettings settings;
  settings.unix_socket = folder.path() / "ao.sock";
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, settings.unix_socket.c_str(), sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  ::close(dead);
  EXPECT_EQ(refusal(settings), "");
  std::ofstream(settings.unix_socket) << "precious";
  EXPECT_NE(refusal(settings).find("is no socket"), std::string::npos);
  EXPECT_EQ(test::read_file(settings.unix_socket), "precious");
  settings.unix_socket = folder.path() / std::string(120, 'x');
  EXPECT_NE(refusal(settings).find("at most 107 bytes"), std::string::npos);
  settings.unix_socket = folder.path() / "absent" / "ao.sock";
  EXPECT_NE(refusal(settings).find("ao.sock"), std::string::npos);
}

TEST(Server, needs_a_place_to_listen_on) {
  EXPECT_NE(refusal(ServerSettings{}).find("nothing to listen on"), std::string::npos);
}

TEST(Server, takes_the_clients_address_from_trusted_proxies_alone) {
  for (const bool is_trusted : {false, true}) {
    ServerSettings settings = listening_on("127.0.0.1:0");
    if (is_trusted) settings.trusted_proxies = {"127.0.0.0/8"};
    settings.limits.connections_per_address_max = 1;
    RunningServer running(settings);
    RawPeer peer(running.port());
    peer.say(post("x", "X-Forwarded-For: 6.6.6.6, 198.51.100.7\r\nForwarded: for=7.7.7.7\r\n"));
    const std::string peer_field =
        is_trusted ? "x-peer: 198.51.100.7\r\n" : "x-peer: 127.0.0.1\r\n";
    EXPECT_NE(peer.hear().head.find(peer_field), std::string::npos);
    RawPeer other(running.port());
    other.say(post("x"));
    EXPECT_EQ(other.hear().status, is_trusted ? 200 : 503) << "proxies bring many clients";
  }
}

TEST(Server, refuses_what_is_no_network) {
  ServerSettings settings = listening_on("127.0.0.1:0");
  settings.trusted_proxies = {"nonsense"};
  EXPECT_NE(refusal(settings).find("nonsense is no network"), std::string::npos);
  EXPECT_EQ(Server::check(settings).error().code, "trusted-proxy");
}

TEST(Server, holds_each_client_to_its_rate) {
  ServerSettings settings = listening_on("127.0.0.1:0");
  settings.rate = {.requests_per_second = 1, .requests_burst = 3, .clients_max = 10};
  settings.trusted_proxies = {"127.0.0.1"};
  RunningServer running(settings);
  const auto ask = [](RawPeer& peer, const char* client) {
    peer.say("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + std::string(client) + "\r\n\r\n");
    return peer.hear();
  };
  RawPeer peer(running.port());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(ask(peer, "2001:db8::1").status, 200);
  const Answer over = ask(peer, "2001:db8::2");
  EXPECT_EQ(over.status, 429) << "one /64";
  EXPECT_NE(over.head.find("retry-after: 1\r\n"), std::string::npos);
  EXPECT_NE(over.head.find("access-control-allow-origin: *\r\n"), std::string::npos);
  EXPECT_NE(over.body.find("request-rate"), std::string::npos);
  EXPECT_EQ(ask(peer, "198.51.100.7").status, 200) << "another client, the same connection";
  peer.say(post("body", "X-Forwarded-For: 2001:db8::3\r\n"));
  EXPECT_EQ(peer.hear().status, 429);
  EXPECT_TRUE(peer.is_closed()) << "rather than read the body";
  EXPECT_EQ(running.server().counters().over_rate, 2u);
}

// A client that went on asking once had the server do little but refuse it.
TEST(Server, reads_nothing_for_a_second_of_whom_it_told_to_come_back_later) {
  ServerSettings settings = listening_on("127.0.0.1:0");
  settings.rate = {.requests_per_second = 1, .requests_burst = 1, .clients_max = 10};
  RunningServer running(settings);
  const std::string ask = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  RawPeer peer(running.port());
  const auto began = std::chrono::steady_clock::now();
  peer.say(ask + ask + ask);
  EXPECT_EQ(peer.hear().status, 200);
  EXPECT_EQ(peer.hear().status, 429);
  EXPECT_EQ(peer.hear().status, 200) << "there is a token again";
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
}

Task<Response> numbers(Request) {
  Response response;
  response.headers.add("content-type", "text/plain");
  for (int i = 0; response.body.size() < 200'000; ++i)
    response.body += std::to_string(i) + '\n';
  co_return response;
}

TEST(Server, compresses_and_cuts_what_it_sends) {
  RunningServer running(listening_on("127.0.0.1:0"), numbers);
  RawPeer peer(running.port());
  const auto ask = [&](const std::string& method, const std::string& fields) {
    peer.say(method + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    return peer.hear(method == "GET");
  };
  const Answer whole = ask("GET", "");
  const Answer packed = ask("GET", "Accept-Encoding: deflate\r\nAccept-Encoding: gzip\r\n");
  EXPECT_NE(packed.head.find("content-encoding: gzip\r\n"), std::string::npos);
  EXPECT_LT(packed.body.size(), whole.body.size() / 2);
  const Answer head = ask("HEAD", "Accept-Encoding: gzip\r\n");
  EXPECT_NE(head.head.find("content-length: " + std::to_string(packed.body.size()) + "\r\n"),
            std::string::npos);
  const Answer part = ask("GET", "Range: bytes=1000-1999\r\nAccept-Encoding: gzip\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.body.substr(1'000, 1'000));
  EXPECT_EQ(ask("GET", "Range: bytes=999999-\r\n").status, 416);
}

}  // namespace
}  // namespace ao::http
