// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "proxies.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

Peer address(const char* text) {
  return boost::asio::ip::make_address(text);
}

std::string client(const Peer& peer, std::vector<std::pair<const char*, const char*>> fields,
                   ProxyField field = ProxyField::kXForwardedFor) {
  const auto proxies = Proxies::parse({"10.0.0.0/8", "::1", "2001:db8:7::/48"}, field);
  Headers headers;
  for (const auto& [name, value] : fields)
    headers.add(name, value);
  const Peer named = proxies->client(peer, headers);
  return named ? named->to_string() : "unix";
}

constexpr const char* kFor = "X-Forwarded-For";

TEST(Proxies, are_believed_only_when_they_are_trusted) {
  EXPECT_EQ(client(address("203.0.113.9"), {{kFor, "198.51.100.1"}}), "203.0.113.9");
  EXPECT_EQ(client(address("10.1.2.3"), {{kFor, "198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(client(address("2001:db8:7:1::5"), {{kFor, "198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(client(address("2001:db8:8::5"), {{kFor, "198.51.100.1"}}), "2001:db8:8::5");
  EXPECT_EQ(client(std::nullopt, {{kFor, "198.51.100.1"}}), "unix") << "not trusted here";
}

TEST(Proxies, name_the_last_address_that_is_none_of_theirs) {
  const Peer proxy = address("10.0.0.1");
  EXPECT_EQ(client(proxy, {{kFor, "6.6.6.6, 198.51.100.1, 10.9.9.9"}}), "198.51.100.1");
  EXPECT_EQ(client(proxy, {{kFor, "6.6.6.6"}, {"x-forwarded-for", "198.51.100.1"}}), "198.51.100.1")
      << "lines are one list";
  EXPECT_EQ(client(proxy, {{kFor, "10.0.0.2,10.0.0.3"}}), "10.0.0.2") << "all are trusted";
  EXPECT_EQ(client(proxy, {}), "10.0.0.1");
}

TEST(Proxies, stop_at_what_is_no_address) {
  const Peer proxy = address("10.0.0.1");
  for (const char* bad : {"unknown", "", "_hidden", "1.2.3", "[::2", "1.2.3.4 5", "host.example"}) {
    const std::string chain = "6.6.6.6, " + std::string(bad) + ", 10.0.0.2";
    EXPECT_EQ(client(proxy, {{kFor, chain.c_str()}}), "10.0.0.2") << bad;
  }
}

TEST(Proxies, may_write_ports_and_brackets) {
  const Peer proxy = address("::1");
  EXPECT_EQ(client(proxy, {{kFor, "198.51.100.1:4711"}}), "198.51.100.1");
  EXPECT_EQ(client(proxy, {{kFor, "[2001:db8::9]:4711"}}), "2001:db8::9");
  EXPECT_EQ(client(proxy, {{kFor, "2001:db8::9"}}), "2001:db8::9");
  EXPECT_EQ(client(proxy, {{kFor, "::ffff:198.51.100.1"}}), "198.51.100.1");
}

TEST(Proxies, write_forwarded_when_that_is_their_field) {
  const Peer proxy = address("10.0.0.1");
  const auto field = ProxyField::kForwarded;
  EXPECT_EQ(client(proxy, {{"Forwarded", "for=198.51.100.1;proto=https"}}, field), "198.51.100.1");
  EXPECT_EQ(
      client(proxy, {{"Forwarded", R"(for=6.6.6.6, proto=http; FOR="[2001:db8::9]:47")"}}, field),
      "2001:db8::9");
  EXPECT_EQ(client(proxy, {{"Forwarded", R"(for=6.6.6.6;by="a,b", for=198.51.100.1)"}}, field),
            "198.51.100.1");
  EXPECT_EQ(client(proxy, {{"Forwarded", "for=6.6.6.6, for=unknown"}}, field), "10.0.0.1");
  EXPECT_EQ(client(proxy, {{kFor, "6.6.6.6"}}, field), "10.0.0.1") << "only one field is read";
  EXPECT_EQ(client(proxy, {{"Forwarded", "for=6.6.6.6"}}), "10.0.0.1");
}

TEST(Proxies, are_not_outwitted_by_what_a_client_writes_before) {
  const Peer proxy = address("10.0.0.1");
  for (const std::string before :
       {"\"", "\\", "\"x", "for=\"", "for=\"6.6.6.6", "6.6.6.6;", ",,", "\"a\\\""}) {
    EXPECT_EQ(client(proxy, {{kFor, (before + ", 198.51.100.1").c_str()}}), "198.51.100.1")
        << before;
    EXPECT_EQ(client(proxy, {{"Forwarded", (before + ", for=198.51.100.1").c_str()}},
                     ProxyField::kForwarded),
              "198.51.100.1")
        << before;
  }
}

TEST(Proxies, are_networks) {
  for (const char* bad :
       {"10.0.0.0/33", "example.org", "", "10.0.0/8", "::/129", "UNIX", "1.2.3.4 "})
    EXPECT_FALSE(Proxies::parse({bad}, ProxyField::kForwarded)) << bad;
  const auto all = Proxies::parse({"0.0.0.0/0", "unix"}, ProxyField::kXForwardedFor);
  EXPECT_TRUE(all->trust(std::nullopt));
  EXPECT_TRUE(all->trust(address("203.0.113.9")));
  EXPECT_FALSE(all->trust(address("::1")));
  const auto host_bits = Proxies::parse({"10.1.2.3/8"}, ProxyField::kXForwardedFor);
  EXPECT_TRUE(host_bits->trust(address("10.200.0.1")));
}

}  // namespace
}  // namespace ao::http
