// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/egress.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/workbench.hpp"

namespace ao::http {
namespace {

std::string_view code_of(const EgressPolicy& policy, const char* address) {
  const auto permitted = policy.permits(boost::asio::ip::make_address(address));
  return permitted ? "" : permitted.error().code;
}

TEST(EgressPolicy, lets_nothing_back_inside) {
  const auto policy = *EgressPolicy::parse({});
  for (const char* address : {"0.0.0.0",
                              "0.255.255.255",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "168.63.129.16",
                              "169.254.0.1",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.0.192",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.1",
                              "192.168.255.255",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::127.0.0.1",
                              "::ffff:127.0.0.1",
                              "::ffff:8.8.8.8",
                              "::ffff:0:8.8.8.8",
                              "64:ff9b::7f00:1",
                              "64:ff9b::808:808",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:0:7f00:1::1",
                              "2001:2::1",
                              "2001:10::1",
                              "2001:20::1",
                              "2001:db8::1",
                              "2002:7f00:1::1",
                              "2002:808:808::1",
                              "3fff::1",
                              "4000::1",
                              "5f00::1",
                              "8000::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "ff02::1",
                              "ff0e::1"})
    EXPECT_EQ(code_of(policy, address), "egress-address") << address;
}

TEST(EgressPolicy, lets_everything_public_out) {
  const auto policy = *EgressPolicy::parse({});
  for (const char* address : {"1.1.1.1",
                              "8.8.8.8",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.0",
                              "168.63.129.15",
                              "169.253.255.255",
                              "169.255.0.0",
                              "172.15.255.255",
                              "172.32.0.0",
                              "191.255.255.255",
                              "192.0.1.0",
                              "192.167.255.255",
                              "192.169.0.0",
                              "198.17.255.255",
                              "198.20.0.0",
                              "203.0.112.255",
                              "203.0.114.0",
                              "223.255.255.255",
                              "2000::1",
                              "2001:200::1",
                              "2001:4860:4860::8888",
                              "2003::1",
                              "2606:4700::1111",
                              "2a00::1",
                              "3ffe::1"})
    EXPECT_EQ(code_of(policy, address), "") << address;
}

TEST(EgressPolicy, says_what_kind_of_address_it_is) {
  const auto policy = *EgressPolicy::parse({});
  const auto permitted = policy.permits(boost::asio::ip::make_address("169.254.169.254"));
  EXPECT_EQ(permitted.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(permitted.error().text,
            "this node does not go out to 169.254.169.254, which is link-local (169.254.0.0/16)");
}

TEST(EgressPolicy, makes_exceptions_of_networks) {
  EgressSettings settings;
  settings.allowed_networks = {"127.0.0.0/8", "fd00:1::/32", "10.1.2.3"};
  const auto policy = *EgressPolicy::parse(settings);
  EXPECT_EQ(code_of(policy, "127.8.9.1"), "");
  EXPECT_EQ(code_of(policy, "fd00:1:7::1"), "");
  EXPECT_EQ(code_of(policy, "10.1.2.3"), "");
  EXPECT_EQ(code_of(policy, "10.1.2.4"), "egress-address");
  EXPECT_EQ(code_of(policy, "::1"), "egress-address");
  EXPECT_EQ(code_of(policy, "::ffff:127.0.0.1"), "egress-address") << "is no IPv4 address";
  for (const char* text : {"", "127.0.0.0/33", "localhost", "10.0.0/8", "::1/129", "*"}) {
    settings.allowed_networks = {text};
    EXPECT_EQ(EgressPolicy::parse(settings).error().code, "egress-network") << text;
  }
}

TEST(EgressPolicy, knows_schemes_and_ports) {
  EgressSettings settings;
  const auto strict = *EgressPolicy::parse(settings);
  EXPECT_TRUE(strict.permits(Scheme::kHttps, 443));
  EXPECT_EQ(strict.permits(Scheme::kHttp, 80).error().code, "egress-scheme");
  EXPECT_EQ(strict.permits(Scheme::kHttps, 6379).error().code, "egress-port");
  settings.https_only = false;
  settings.ports = {8734};
  const auto loose = *EgressPolicy::parse(settings);
  EXPECT_TRUE(loose.permits(Scheme::kHttp, 8734));
  EXPECT_EQ(loose.permits(Scheme::kHttps, 443).error().code, "egress-port");
}

TEST(EgressPolicy, is_unrestricted_only_when_asked) {
  const auto policy = EgressPolicy::unrestricted();
  EXPECT_TRUE(policy.permits(Scheme::kHttp, 1));
  EXPECT_EQ(code_of(policy, "127.0.0.1"), "");
}

TEST(Egress, names_the_file_of_authorities_that_is_none) {
  const test::Folder folder;
  EgressSettings settings;
  settings.ca_file = folder.path() / "absent.pem";
  EXPECT_EQ(Egress::open(settings).error().code, "egress-ca-file");
  settings.ca_file = folder.path() / "nonsense.pem";
  std::ofstream(settings.ca_file) << "nonsense";
  const auto opened = Egress::open(settings);
  EXPECT_EQ(opened.error().code, "egress-ca-file");
  EXPECT_NE(opened.error().text.find("nonsense.pem"), std::string::npos);
}

}  // namespace
}  // namespace ao::http
