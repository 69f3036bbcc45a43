// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "route_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ao/base/ids.hpp"
#include "openapi.hpp"

namespace ao::api {
namespace {

// A target that the template stands for, with `tail` for any number of steps.
std::string target_of(std::string_view path, const std::string& tail) {
  std::string target(path);
  for (const std::string_view name : names_in(path)) {
    const bool is_id = name == "id" || name == "process" || name == "message";
    const std::string in_brackets = "{" + std::string(name) + "}";
    const std::string value = is_id                               ? std::string(43, 'A')
                              : name == "path" || name == "steps" ? tail
                                                                  : "7";
    target.replace(target.find(in_brackets), in_brackets.size(), value);
  }
  return target;
}

const Route* asked(std::string_view method, const std::string& target) {
  const auto path = Path::parse(target);
  EXPECT_TRUE(path.has_value()) << target;
  return route_for(method, *path);
}

TEST(RouteTable, takes_what_its_templates_stand_for) {
  for (const Route& route : routes())
    for (const char* tail : {"", "a/b"}) {
      const std::string target = target_of(route.path, tail);
      const Route* found = asked(route.method, target);
      ASSERT_NE(found, nullptr) << target;
      if (route.path == "/{steps}" && *tail == '\0') continue;  // that is the root
      EXPECT_EQ(found->path, route.path) << target;
    }
}

TEST(RouteTable, takes_what_clients_spell_otherwise) {
  const std::string id(43, 'A');
  const auto name = [](std::string_view method, const std::string& target) {
    const Route* route = asked(method, target);
    return route == nullptr ? std::string_view("none") : route->name;
  };
  EXPECT_EQ(name("POST", "/" + id + "/push"), "push");
  EXPECT_EQ(name("POST", "/" + id + "/push/~json@1.0/serialize"), "push");
  EXPECT_EQ(name("POST", "/" + id + "~process@1.0/push/serialize~json@1.0"), "push");
  EXPECT_EQ(name("GET", "/" + id + "~process@1.0/compute&slot=3/results"), "compute");
  EXPECT_EQ(name("GET", "/" + id + "?from-nonce=0"), "item");
  EXPECT_EQ(name("GET", "/" + id + "/balance"), "resolve");
  EXPECT_EQ(name("GET", "/~message@1.0&a=b/a"), "resolve");
  EXPECT_EQ(name("HEAD", "/healthz"), "healthz");
  EXPECT_EQ(name("POST", "/healthz"), "healthz");
  EXPECT_EQ(name("POST", "/" + id + "/events"), "none");
  EXPECT_EQ(name("POST", "/anything"), "resolve");
  EXPECT_EQ(name("DELETE", "/" + id), "none");
  EXPECT_EQ(name("PUT", "/tx"), "none");
}

TEST(RouteTable, names_parameters_that_are_known) {
  const auto is_known = [](std::string_view name) {
    return std::ranges::find(parameters(), name, &Parameter::name) != parameters().end();
  };
  std::set<std::string_view> used;
  for (const Route& route : routes()) {
    for (const std::string_view name : names_in(route.path)) {
      EXPECT_TRUE(is_known(name)) << route.path;
      used.insert(name);
    }
    for (std::string_view word : words_in(route.query)) {
      if (word.ends_with('!')) word.remove_suffix(1);
      EXPECT_TRUE(is_known(word)) << route.path << ' ' << word;
      used.insert(word);
    }
  }
  EXPECT_EQ(used.size(), parameters().size()) << "a parameter that no route has";
}

TEST(OpenApi, has_every_route_and_nothing_else) {
  const message::Map document = openapi_document("1");
  std::set<std::string> described;
  std::set<std::string> ids;
  for (const auto& [path, item] : *document.find("paths")->map())
    for (const auto& [method, operation] : *item.map()) {
      described.insert(method + ' ' + path);
      EXPECT_TRUE(ids.emplace(operation.text("operationId")).second) << path;
    }
  std::set<std::string> served;
  for (const Route& route : routes())
    EXPECT_TRUE(served.insert(lower_case(route.method) + ' ' + std::string(route.path)).second)
        << route.path << " stands twice";
  EXPECT_EQ(described, served);
}

}  // namespace
}  // namespace ao::api
