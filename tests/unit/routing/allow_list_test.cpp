// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/allow_list.hpp"

#include <gtest/gtest.h>

namespace ao::routing {
namespace {

bool permits(const std::vector<std::string>& prefixes, const std::string& url) {
  const auto list = AllowList::parse(prefixes);
  EXPECT_TRUE(list.has_value()) << prefixes.front();
  const auto target = parse_target(url);
  EXPECT_TRUE(target.has_value()) << url;
  return list->permits(*target);
}

std::string_view refusal_of(const std::string& url) {
  const auto target = parse_target(url);
  return target ? "" : target.error().code;
}

TEST(AllowList, a_host_ends_where_it_ends) {
  for (const char* prefix : {"https://a.example", "https://a.example/"}) {
    EXPECT_TRUE(permits({prefix}, "https://a.example/x?y=z"));
    EXPECT_TRUE(permits({prefix}, "https://A.EXAMPLE:443/"));
    EXPECT_FALSE(permits({prefix}, "https://a.example.evil/"));
    EXPECT_FALSE(permits({prefix}, "https://a.example:8443/"));
    EXPECT_FALSE(permits({prefix}, "http://a.example/"));
    EXPECT_FALSE(permits({prefix}, "https://b.a.example/"));
  }
  EXPECT_FALSE(permits({"http://a.example:80"}, "http://a.example:8080/"));
  EXPECT_FALSE(permits({"http://127.0.0.1/"}, "http://127.0.0.10/"));
}

TEST(AllowList, a_path_counts_by_whole_steps) {
  const std::vector<std::string> api = {"https://a.example/api"};
  for (const char* inside : {"/api", "/api/", "/api/x", "/api?x=y"})
    EXPECT_TRUE(permits(api, std::string("https://a.example") + inside)) << inside;
  for (const char* outside : {"/", "/ap", "/api2", "/Api", "/x/api", "/%61pi"})
    EXPECT_FALSE(permits(api, std::string("https://a.example") + outside)) << outside;
  EXPECT_TRUE(permits({"https://a.example/api/"}, "https://a.example/api/x"));
  EXPECT_FALSE(permits({"https://a.example/api/"}, "https://a.example/api"));
}

TEST(AllowList, any_of_its_prefixes_will_do_and_none_allows_nothing) {
  EXPECT_TRUE(permits({"https://a.example", "http://b.example:81"}, "http://b.example:81/x"));
  EXPECT_FALSE(AllowList::parse({})->permits(*parse_target("https://a.example/")));
}

TEST(AllowList, dots_lead_nowhere_however_they_are_written) {
  for (const char* path : {"/api/..", "/api/../x", "/./api", "/api/%2e%2E/x", "/api/.%2e/x",
                           "/api/..%2fx", "/api/..%5Cx", "/api/..;a=b/x", "/%2e"})
    EXPECT_EQ(refusal_of(std::string("https://a.example") + path), "relay-path-dots") << path;
  for (const char* path : {"/api/...", "/a..b", "/.well-known/x", "/x?y=../z"})
    EXPECT_EQ(refusal_of(std::string("https://a.example") + path), "") << path;
}

// ops/reliability.md §8: what stands for an address in another way is no host at all.
TEST(AllowList, hosts_that_are_no_hosts_are_refused) {
  EXPECT_EQ(refusal_of("http://2130706433/"), "url-host-number");
  EXPECT_EQ(refusal_of("http://0x7f.1/"), "url-host-number");
  EXPECT_EQ(refusal_of("https://a.example@evil.example/"), "url-user");
  EXPECT_EQ(refusal_of("file:///etc/passwd"), "url-scheme");
  EXPECT_EQ(refusal_of("https://a.example\\@evil.example/"), "url-user");
}

TEST(AllowList, a_prefix_that_is_none_is_refused) {
  EXPECT_EQ(AllowList::parse({"a.example"}).error().code, "url-malformed");
  EXPECT_EQ(AllowList::parse({"https://a.example/?x="}).error().code, "relay-prefix");
  EXPECT_EQ(AllowList::parse({"https://a.example/x/../y"}).error().code, "relay-path-dots");
}

TEST(AllowList, tells_what_is_written_out) {
  for (const char* inside : {"http://127.0.0.1:1/", "http://[::1]/", "http://localhost./"})
    EXPECT_TRUE(is_written_out(parse_target(inside)->origin)) << inside;
  EXPECT_FALSE(is_written_out(parse_target("http://localhost.example/")->origin));
}

}  // namespace
}  // namespace ao::routing
