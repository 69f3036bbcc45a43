// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection_counts.hpp"

#include <gtest/gtest.h>

#include "proxies.hpp"

namespace ao::http {
namespace {

Network address(const char* text) {
  return network_of(boost::asio::ip::make_address(text));
}

TEST(ConnectionCounts, limit_all_connections_together) {
  Limits limits;
  limits.connections_max = 2;
  ConnectionCounts counts(limits);
  EXPECT_TRUE(counts.enter(address("10.0.0.1")));
  EXPECT_TRUE(counts.enter(address("10.0.0.2")));
  const auto refused = counts.enter(address("10.0.0.3"));
  ASSERT_FALSE(refused);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  counts.leave(address("10.0.0.1"));
  EXPECT_TRUE(counts.enter(address("10.0.0.3")));
}

TEST(ConnectionCounts, limit_each_address) {
  Limits limits;
  limits.connections_per_address_max = 1;
  ConnectionCounts counts(limits);
  EXPECT_TRUE(counts.enter(address("10.0.0.1")));
  EXPECT_FALSE(counts.enter(address("10.0.0.1")));
  EXPECT_TRUE(counts.enter(address("10.0.0.2")));
  counts.leave(address("10.0.0.1"));
  EXPECT_TRUE(counts.enter(address("10.0.0.1")));
}

TEST(ConnectionCounts, take_the_64_of_ipv6_as_one_address) {
  Limits limits;
  limits.connections_per_address_max = 1;
  ConnectionCounts counts(limits);
  EXPECT_TRUE(counts.enter(address("2001:db8:0:1::1")));
  EXPECT_FALSE(counts.enter(address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(counts.enter(address("2001:db8:0:2::1")));
}

TEST(ConnectionCounts, count_who_has_no_network_among_all_only) {
  Limits limits;
  limits.connections_max = 3;
  limits.connections_per_address_max = 1;
  ConnectionCounts counts(limits);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(counts.enter(std::nullopt));
  EXPECT_FALSE(counts.enter(std::nullopt));
  counts.leave(std::nullopt);
  EXPECT_TRUE(counts.enter(address("10.0.0.1")));
}

}  // namespace
}  // namespace ao::http
