// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <thread>

#include "ao/http/client.hpp"
#include "fake_resolver.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"
#include "support/authority.hpp"
#include "support/workbench.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

// Shakes hands once, as asked for, and answers one request.
class TlsServer {
 public:
  TlsServer(const std::filesystem::path& certificate, const std::filesystem::path& key,
            int version_max = TLS1_3_VERSION)
      : acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    tls_.use_certificate_chain_file(certificate.string());
    tls_.use_private_key_file(key.string(), asio::ssl::context::pem);
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls_.native_handle(), version_max);
    SSL_CTX_set_security_level(tls_.native_handle(), 0);
    thread_ = std::jthread([this] { serve(); });
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // After the answer.
  const std::string& name_asked_for() {
    thread_.join();
    return name_;
  }

 private:
  void serve() {
    asio::ssl::stream<tcp::socket> stream(acceptor_.accept(), tls_);
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    name_ = name == nullptr ? "none" : name;
    std::array<char, 4096> request;
    stream.read_some(asio::buffer(request), error);
    const std::string_view answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole?";
    asio::write(stream, asio::buffer(answer), error);
  }  // the socket closes without TLS's word for the end

  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_;
  std::string name_;
  std::jthread thread_;
};

class ClientTls : public ::testing::Test {
 protected:
  ClientTls() {
    authority_.write(authority_file_);
    issue("DNS:node.example,DNS:*.wild.example,IP:127.0.0.1");
    right_ = trusting(authority_file_);
  }

  void issue(const std::string& names, long begins_in = -60, long ends_in = 86'400) {
    authority_.issue(certificate_, key_, {names, begins_in, ends_in});
  }

  ServerSettings server_settings() const {
    ServerSettings settings;
    settings.tls_listen = "127.0.0.1:0";
    settings.tls_certificate = certificate_;
    settings.tls_key = key_;
    return settings;
  }

  // Every name is 127.0.0.1.
  static Egress trusting(const std::filesystem::path& ca_file) {
    EgressSettings settings;
    settings.ca_file = ca_file;
    Egress egress = *Egress::open(settings);
    egress.policy = EgressPolicy::unrestricted();
    egress.resolver =
        std::make_shared<FakeResolver>(std::vector<std::vector<const char*>>{{"127.0.0.1"}});
    return egress;
  }

  std::unique_ptr<Client> client(const std::string& host, std::uint16_t port,
                                 const Egress& egress) {
    ClientLimits limits;
    limits.connect_timeout = std::chrono::seconds(20);
    return Client::to(net_.executor(),
                      *parse_origin("https://" + host + ':' + std::to_string(port)), egress,
                      limits);
  }

  Result<Response> fetch(const std::string& host, std::uint16_t port) {
    const auto to = client(host, port, right_);
    return test::await(net_, to->fetch(Request()));
  }

  test::Folder folder_;
  std::filesystem::path authority_file_ = folder_.path() / "authority.pem";
  std::filesystem::path certificate_ = folder_.path() / "certificate.pem";
  std::filesystem::path key_ = folder_.path() / "key.pem";
  test::Authority authority_{"the right one"};
  Egress right_;
  async::Pool net_{"net", 2};
};

TEST_F(ClientTls, fetches_over_one_kept_connection) {
  RunningServer running(server_settings());
  const auto to = client("node.example", running.server().tls_port(), right_);
  for (int i = 0; i < 3; ++i) {
    Request request;
    request.method = "POST";
    request.body = std::string(1 << 20, 'x');
    const auto answer = test::await(net_, to->fetch(request));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->body, request.body);
    EXPECT_TRUE(to->has_connection());
  }
  EXPECT_EQ(running.server().counters().accepted, 1u);
}

TEST_F(ClientTls, opens_again_what_the_server_closed) {
  Limits limits;
  limits.idle_timeout = std::chrono::seconds(1);
  ServerSettings settings = server_settings();
  settings.limits = limits;
  RunningServer running(settings);
  const auto to = client("node.example", running.server().tls_port(), right_);
  EXPECT_TRUE(test::await(net_, to->fetch(Request())));
  while (running.server().counters().connections > 0)
    std::this_thread::sleep_for(milliseconds(20));
  EXPECT_TRUE(test::await(net_, to->fetch(Request())));
  EXPECT_EQ(running.server().counters().accepted, 2u);
}

TEST_F(ClientTls, believes_certificates_of_the_host_alone) {
  RunningServer running(server_settings());
  const std::uint16_t port = running.server().tls_port();
  for (const char* host : {"node.example", "NODE.example.", "127.0.0.1", "a.wild.example"}) {
    const auto answer = fetch(host, port);
    EXPECT_TRUE(answer) << answer.error().text;
  }
  for (const char* host : {"other.example", "wild.example", "a.b.wild.example", "xnode.example"}) {
    const auto answer = fetch(host, port);
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, "http-untrusted");
    EXPECT_NE(answer.error().text.find("hostname mismatch"), std::string::npos)
        << answer.error().text;
  }
}

TEST_F(ClientTls, believes_no_certificate_for_another_address) {
  issue("DNS:node.example,DNS:127.0.0.1,IP:127.0.0.2");
  RunningServer running(server_settings());
  const auto answer = fetch("127.0.0.1", running.server().tls_port());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-untrusted");
  EXPECT_NE(answer.error().text.find("IP address mismatch"), std::string::npos)
      << answer.error().text;
}

TEST_F(ClientTls, believes_known_authorities_alone) {
  RunningServer running(server_settings());
  const test::Authority other("another one");
  const auto other_file = folder_.path() / "other.pem";
  other.write(other_file);
  for (const std::filesystem::path& ca_file : {other_file, std::filesystem::path()}) {
    const auto to = client("node.example", running.server().tls_port(), trusting(ca_file));
    const auto answer = test::await(net_, to->fetch(Request()));
    ASSERT_FALSE(answer) << ca_file;
    EXPECT_EQ(answer.error().code, "http-untrusted");
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(answer.error().text.find("unable to get local issuer certificate"), std::string::npos)
        << answer.error().text;
  }
}

TEST_F(ClientTls, believes_nothing_that_is_over_or_not_yet) {
  issue("DNS:node.example", -7200, -3600);
  {
    TlsServer server(certificate_, key_);
    const auto answer = fetch("node.example", server.port());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http-untrusted");
    EXPECT_NE(answer.error().text.find("expired"), std::string::npos) << answer.error().text;
  }
  issue("DNS:node.example", 3600);
  {
    TlsServer server(certificate_, key_);
    const auto answer = fetch("node.example", server.port());
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().text.find("not yet valid"), std::string::npos) << answer.error().text;
  }
}

TEST_F(ClientTls, sends_the_name_and_no_address) {
  TlsServer named(certificate_, key_);
  EXPECT_FALSE(fetch("Node.Example", named.port()));
  EXPECT_EQ(named.name_asked_for(), "node.example");
  TlsServer numbered(certificate_, key_);
  EXPECT_FALSE(fetch("127.0.0.1", numbered.port()));
  EXPECT_EQ(numbered.name_asked_for(), "none");
}

// Otherwise anybody on the way could shorten a body that ends with the connection.
TEST_F(ClientTls, takes_no_body_for_whole_whose_end_nobody_vouches_for) {
  TlsServer server(certificate_, key_);
  const auto answer = fetch("node.example", server.port());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-unreachable") << answer.error().text;
}

TEST_F(ClientTls, speaks_1_2_at_least) {
  TlsServer server(certificate_, key_, TLS1_1_VERSION);
  const auto answer = fetch("node.example", server.port());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-malformed") << answer.error().text;
}

TEST_F(ClientTls, says_that_a_server_does_not_speak_tls) {
  ScriptedServer server({"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"});
  const auto answer = fetch("node.example", server.port());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-malformed");
  EXPECT_NE(answer.error().text.find("does not speak TLS"), std::string::npos)
      << answer.error().text;
}

TEST_F(ClientTls, does_not_wait_for_a_handshake_for_ever) {
  SilentServer silent;
  ClientLimits limits;
  limits.connect_timeout = milliseconds(200);
  const auto origin = *parse_origin("https://node.example:" + std::to_string(silent.port()));
  const auto to = Client::to(net_.executor(), origin, right_, limits);
  EXPECT_EQ(test::await(net_, to->fetch(Request())).error().code, "http-timeout");
}

TEST_F(ClientTls, is_cut_in_the_middle_of_a_handshake) {
  SilentServer silent;
  const auto to = client("node.example", silent.port(), right_);
  auto answer = asio::co_spawn(net_.executor(), to->fetch(Request()), asio::use_future);
  while (!silent.was_reached())
    std::this_thread::yield();
  to->cut();
  EXPECT_EQ(answer.get().error().code, "http-stopped");
}

}  // namespace
}  // namespace ao::http
