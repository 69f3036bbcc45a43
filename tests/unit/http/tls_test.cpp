// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "tls.hpp"

#include <fstream>
#include <thread>

#include "ao/http/live.hpp"
#include "running_server.hpp"
#include "support/certificate.hpp"
#include "support/workbench.hpp"

namespace ao::http {
namespace {

using test::TlsPeer;
using namespace std::chrono_literals;

class Tls : public ::testing::Test {
 protected:
  Tls() { exchange("one"); }

  void exchange(const std::string& name) {
    test::write_certificate(settings_.tls_certificate, settings_.tls_key, name);
  }

  static ServerSettings settings_in(const std::filesystem::path& folder) {
    ServerSettings settings;
    settings.tls_listen = "127.0.0.1:0";
    settings.tls_certificate = folder / "certificate.pem";
    settings.tls_key = folder / "key.pem";
    return settings;
  }

  test::Folder folder_;
  ServerSettings settings_ = settings_in(folder_.path());
};

TEST_F(Tls, carries_requests_and_answers) {
  RunningServer running(settings_);
  TlsPeer peer(running.server().tls_port());
  ASSERT_TRUE(peer.is_agreed());
  EXPECT_EQ(peer.version(), "TLSv1.3");
  EXPECT_EQ(peer.protocol(), "http/1.1");
  EXPECT_EQ(peer.name_of_server(), "one");
  EXPECT_TRUE(peer.ask(post("hello"), "hello").starts_with("HTTP/1.1 200 OK\r\n"));
  const std::string large(3 << 20, 'x');
  const std::string heard = peer.ask(post(large), large);
  EXPECT_TRUE(heard.ends_with(large));
  EXPECT_NE(heard.find("x-peer: 127.0.0.1\r\n"), std::string::npos);
  EXPECT_TRUE(peer.ask(post("hello again"), "hello again").ends_with("hello again"));
  EXPECT_EQ(running.server().port(), 0) << "and nothing without TLS";
  EXPECT_EQ(running.server().counters().accepted, 1u);
}

TEST_F(Tls, is_at_least_1_2_with_ciphers_that_forget) {
  RunningServer running(settings_);
  const std::uint16_t port = running.server().tls_port();
  EXPECT_TRUE(TlsPeer(port, {.version_max = TLS1_2_VERSION}).is_agreed());
  EXPECT_FALSE(TlsPeer(port, {.version_max = TLS1_1_VERSION}).is_agreed());
  for (const char* weak : {"AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"})
    EXPECT_FALSE(TlsPeer(port, {.version_max = TLS1_2_VERSION, .ciphers = weak}).is_agreed())
        << weak;
  EXPECT_TRUE(TlsPeer(port, {.protocol = "\x02h2\x08http/1.1"}).is_agreed());
  EXPECT_TRUE(TlsPeer(port, {.protocol = ""}).is_agreed());
  EXPECT_FALSE(TlsPeer(port, {.protocol = "\x02h2"}).is_agreed()) << "no protocol in common";
}

TEST_F(Tls, shows_a_new_certificate_to_connections_from_then_on) {
  RunningServer running(settings_);
  const std::uint16_t port = running.server().tls_port();
  TlsPeer old(port);
  exchange("two");
  EXPECT_EQ(TlsPeer(port).name_of_server(), "one") << "until it is read";
  EXPECT_TRUE(running.server().reload_certificate());
  EXPECT_EQ(TlsPeer(port).name_of_server(), "two");
  EXPECT_TRUE(old.ask(post("still here"), "still here").ends_with("still here"));
}

TEST_F(Tls, keeps_the_old_pair_when_the_new_one_is_none) {
  RunningServer running(settings_);
  const auto keep = [&](const char* code) {
    const auto reloaded = running.server().reload_certificate();
    ASSERT_FALSE(reloaded);
    EXPECT_EQ(reloaded.error().code, code) << reloaded.error().text;
    TlsPeer peer(running.server().tls_port());
    EXPECT_EQ(peer.name_of_server(), "one");
  };
  const auto key = test::read_file(settings_.tls_key);
  test::write_certificate(settings_.tls_certificate, folder_.path() / "other.pem", "two");
  keep("tls-key");  // of another certificate
  std::ofstream(settings_.tls_key) << "nonsense";
  keep("tls-key");
  std::ofstream(settings_.tls_certificate) << "nonsense";
  keep("tls-certificate");
  std::filesystem::remove(settings_.tls_certificate);
  keep("tls-certificate");
}

TEST_F(Tls, names_the_file_that_is_wrong_when_it_starts) {
  std::filesystem::remove(settings_.tls_key);
  EXPECT_FALSE(Server::check(settings_));
  try {
    RunningServer running(settings_);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string_view(error.what()).find("key.pem"), std::string_view::npos);
  }
}

TEST_F(Tls, gives_up_a_handshake_that_does_not_come) {
  settings_.limits.header_timeout = 1s;
  RunningServer running(settings_);
  RawPeer silent(running.server().tls_port());
  RawPeer talker(running.server().tls_port());
  talker.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(silent.is_closed());
  talker.hear_bytes(1 << 10);  // an alert, then the end
  EXPECT_TRUE(talker.is_closed());
  EXPECT_TRUE(TlsPeer(running.server().tls_port()).is_agreed());
  EXPECT_GE(running.server().counters().handshakes_failed, 2u);
}

TEST_F(Tls, counts_its_connections_with_the_others) {
  settings_.listen = "127.0.0.1:0";
  settings_.limits.connections_per_address_max = 1;
  RunningServer running(settings_);
  TlsPeer first(running.server().tls_port());
  EXPECT_TRUE(first.is_agreed());
  EXPECT_FALSE(TlsPeer(running.server().tls_port()).is_agreed());
  RawPeer plain(running.port());
  plain.say(post("x"));
  EXPECT_EQ(plain.hear().status, 503);
}

TEST_F(Tls, carries_streams_and_web_sockets) {
  RunningServer running(settings_, [](Request request) -> Task<Response> {
    Response response;
    if (asks_for_web_socket(request)) {
      response.conversation = [](WebSocket& socket) -> Task<> {
        co_await socket.send("in a frame");
      };
    } else {
      response.stream = [](LiveStream& stream) -> Task<> {
        co_await stream.send("in a chunk");
        const auto soon = std::chrono::steady_clock::now() + 20ms;
        co_await stream.wait(soon);
        co_await stream.send(Bytes(100'000, 'c'));
      };
    }
    co_return response;
  });
  TlsPeer peer(running.server().tls_port());
  const std::string streamed = peer.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n0\r\n\r\n");
  EXPECT_NE(streamed.find("a\r\nin a chunk\r\n186a0\r\nccc"), std::string::npos);
  const std::string agreed = peer.ask(
      "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      "\x03\xe8");
  EXPECT_NE(agreed.find("\x81\x0ain a frame\x88\x02\x03\xe8"), std::string::npos) << agreed;
}

}  // namespace
}  // namespace ao::http
