// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection_counts.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(ConnectionCounts, limit_all_connections_together) {
  Limits limits;
  limits.connections_max = 2;
  ConnectionCounts counts(limits);
  EXPECT_TRUE(counts.enter(address("10.0.0.1")));
  EXPECT_TRUE(counts.enter(address("10.0.0.2")));
  EXPECT_FALSE(counts.enter(address("10.0.0.3")));
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

}  // namespace
}  // namespace ao::http
