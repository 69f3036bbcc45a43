// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "singleton.hpp"

#include <gtest/gtest.h>

#include "ao/message/json.hpp"

namespace ao::api {
namespace {

using message::Value;

const std::string kId(43, 'A');

std::string text_of(const std::vector<Call>& calls);

std::string text_of(const Argument& argument) {
  if (const auto* within = std::get_if<Subpath>(&argument)) return "res" + text_of(within->calls);
  const Value& value = std::get<Value>(argument);
  return value.bytes() != nullptr ? *value.bytes() : '<' + message::to_json(value) + '>';
}

// `{path:a,k:v}`, `as(device,{…})`, `res[…]`, and an id as it is.
std::string text_of(const Call& call) {
  if (call.resolve) return "res" + text_of(call.resolve->calls);
  if (call.is_id && call.device.empty() && call.arguments.empty()) return call.path;
  std::string text = call.path.empty() && call.device.empty() ? "" : "path:" + call.path;
  for (const auto& [key, value] : call.arguments)
    text += (text.empty() ? "" : ",") + key + ':' + text_of(value);
  text = '{' + text + '}';
  return call.device.empty() ? text : "as(" + call.device + ',' + text + ')';
}

std::string text_of(const std::vector<Call>& calls) {
  std::string text;
  for (const Call& call : calls)
    text += (text.empty() ? "" : " ") + text_of(call);
  return '[' + text + ']';
}

std::string read(const std::string& target) {
  const auto path = Path::parse(target);
  if (!path) return std::string(path.error().code);
  const auto calls = calls_of(*path);
  return calls ? text_of(*calls) : std::string(calls.error().code);
}

// spec: paths to messages. Keys that the reference takes from header fields are in the query here.
TEST(Singleton, paths_are_the_messages_of_the_reference) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/a?a=b", "[{a:b} {path:a,a:b}]"},
      {"/" + kId + "/a", "[" + kId + " {path:a}]"},
      {"/" + kId + "/a?a=b", "[" + kId + " {path:a,a:b}]"},
      {"/a/b/c?k=v", "[{k:v} {path:a,k:v} {path:b,k:v} {path:c,k:v}]"},
      {"/a/b/c?2.k=v", "[{} {path:a} {path:b,k:v} {path:c}]"},
      {"/a/b/c?2.k+integer=123", "[{} {path:a} {path:b,k:<123>} {path:c}]"},
      {"/a/b/c?2.k+resolve=/x/y/z",
       "[{} {path:a} {path:b,k:res[{} {path:x} {path:y} {path:z}]} {path:c}]"},
      {"/a/(x/y/z)/z", "[{} {path:a} res[{} {path:x} {path:y} {path:z}] {path:z}]"},
      {"/a/b&k1=v1/c&k2=v2", "[{} {path:a} {path:b,k1:v1} {path:c,k2:v2}]"},
      {"/a/b&k1=v1&k2=v2", "[{} {path:a} {path:b,k1:v1,k2:v2}]"},
      {"/p1/p2&test=1&b=(/x/y)/p3",
       "[{} {path:p1} {path:p2,b:res[{} {path:x} {path:y}],test:1} {path:p3}]"},
      {"/a/b&k=v/c", "[{} {path:a} {path:b,k:v} {path:c}]"},
      {"/a~dev@1.0/b", "[as(dev@1.0,{path:a}) {path:b}]"},
      {"/~meta@1.0/info/address", "[as(meta@1.0,{path:}) {path:info} {path:address}]"},
      {"/a&x", "[{} {path:a,x:<true>}]"},
      {"/a&n+integer=5", "[{} {path:a,n:<5>}]"},
      {"/a&f+float=1.5", "[{} {path:a,f:<1.5>}]"},
      {"/a&f+atom=true", "[{} {path:a,f:<true>}]"},
      {"/a/b?0.k=v", "[{k:v} {path:a} {path:b}]"},
      {"/a/b?1.k=v", "[{} {path:a,k:v} {path:b}]"},
      {"/a/b?n+integer=7", "[{n:<7>} {path:a,n:<7>} {path:b,n:<7>}]"},
      {"//a///b/", "[{} {path:a} {path:b}]"},
      {"/", "[]"},
      {"", "[]"},
      {"/a?x=1&x=2", "[{x:2} {path:a,x:2}]"},
      {"/a&k=", "[{} {path:a,k:}]"},
      {"/a&k=v=w", "[{} {path:a,k:v=w}]"},
      {"/a?b=c/d", "[{b:c/d} {path:a,b:c/d}]"},
      {"/a?k", "[{k:<true>} {path:a,k:<true>}]"},
      {"/(a/b)/c", "[res[{} {path:a} {path:b}] {path:c}]"},
      {"/" + kId + "~process@1.0/now", "[as(process@1.0,{path:" + kId + "}) {path:now}]"},
      {"/" + kId + "/compute&slot+integer=3/results",
       "[" + kId + " {path:compute,slot:<3>} {path:results}]"},
      {"/compute=5/results", "[{} {path:compute,compute:5} {path:results}]"},
      {"/a/b+integer=4/c", "[{} {path:a} {path:b,b:<4>} {path:c}]"},
      {"/a&k=\"v/1\"/b", "[{} {path:a,k:v/1} {path:b}]"},
      // Where this node differs knowingly: decoded once, after taking apart.
      {"/a%2Fb", "[{} {path:a/b}]"},
      {"/a%252Fb", "[{} {path:a%2Fb}]"},
      {"/a+b", "[{} {path:a+b}]"},
      {"/a?foo.bar=1", "[{foo.bar:1} {path:a,foo.bar:1}]"},
      {"/" + std::string(513, 'x'), "[{} {path:" + std::string(513, 'x') + "}]"}};
  for (const auto& [target, messages] : cases)
    EXPECT_EQ(read(target), messages) << target;
}

TEST(Singleton, what_stands_in_a_step_wins_over_the_query) {
  EXPECT_EQ(read("/a&k=mine/b?k=all"), "[{k:all} {path:a,k:mine} {path:b,k:all}]");
  EXPECT_EQ(read("/~x@1.0&k=mine/b?k=all"), "[as(x@1.0,{path:,k:mine}) {path:b,k:all}]");
}

TEST(Singleton, a_value_of_another_type_is_refused) {
  for (const char* target : {"/a&n+integer=x", "/a&n+integer=1.5", "/a&n+float=", "/a&n+list={}",
                             "/a&n+map=1", "/a?n+integer=99999999999999999999"})
    EXPECT_EQ(read(target), "path-type") << target;
}

TEST(Singleton, brackets_that_are_no_path_are_characters) {
  EXPECT_EQ(read("/a&k=f(x"), "[{} {path:a,k:f(x}]");
  EXPECT_EQ(read("/a&k=)&l=\"y"), "[{} {path:a,k:),l:\"y}]");
}

TEST(Singleton, paths_within_paths_end_somewhere) {
  std::string target = "x";
  for (int i = 0; i < 20; ++i)
    target = "(" + target + ")";
  EXPECT_EQ(read("/" + target), "path-depth");
}

}  // namespace
}  // namespace ao::api
