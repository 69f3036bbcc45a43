// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "path.hpp"

#include <gtest/gtest.h>

namespace ao::api {
namespace {

TEST(Path, takes_steps_devices_and_pairs_apart) {
  const auto path =
      Path::parse("/PID~process@1.0/compute&slot+integer=3/results/outbox/1?k=v&flag");
  ASSERT_TRUE(path);
  ASSERT_EQ(path->steps.size(), 5u);
  EXPECT_EQ(path->steps[0].key, "PID");
  EXPECT_EQ(path->steps[0].device, "process@1.0");
  EXPECT_EQ(path->steps[1].key, "compute");
  EXPECT_EQ(*path->steps[1].find("Slot"), "3");
  EXPECT_EQ(path->steps[4].key, "1");
  EXPECT_EQ(*path->find(4, "k"), "v");
  EXPECT_EQ(*path->find(0, "flag"), "true");
  EXPECT_EQ(path->find(0, "absent"), nullptr);
}

TEST(Path, a_step_with_a_value_is_short_for_itself_and_a_pair) {
  const auto path = Path::parse("/P/compute/results=7");
  EXPECT_EQ(path->steps[2].key, "results");
  EXPECT_EQ(*path->steps[2].find("results"), "7");
  EXPECT_EQ(*Path::parse("/~process@1.0/as=execution")->steps[1].find("as"), "execution");
}

TEST(Path, decodes_once_and_after_taking_apart) {
  EXPECT_EQ(Path::parse("/a%2Fb")->steps[0].key, "a/b");
  EXPECT_EQ(Path::parse("/a%252Fb")->steps[0].key, "a%2Fb");
  EXPECT_EQ(*Path::parse("/c&x=a%26b%3Dc")->steps[0].find("x"), "a&b=c");
  EXPECT_EQ(*Path::parse("/c&x=a=b")->steps[0].find("x"), "a=b");
}

TEST(Path, ignores_empty_segments_and_pairs) {
  EXPECT_EQ(Path::parse("//a///b/")->steps.size(), 2u);
  EXPECT_TRUE(Path::parse("/")->steps.empty());
  EXPECT_TRUE(Path::parse("/a&&&")->steps[0].pairs.empty());
}

// What such a value was meant, changed with the brackets of the values behind it.
TEST(Path, a_value_whose_first_bracket_has_no_half_is_text_whatever_follows) {
  const auto alone = Path::parse("/p&a=(x(y)&b=c").value();
  ASSERT_EQ(alone.steps[0].pairs.size(), 2u);
  EXPECT_FALSE(alone.steps[0].pairs[0].is_path);
  EXPECT_EQ(alone.steps[0].pairs[0].value, "(x(y)");
  const auto two = Path::parse("/p&a=(x)(y)&b=(c)").value();
  EXPECT_FALSE(two.steps[0].pairs[0].is_path);
  EXPECT_EQ(two.steps[0].pairs[0].value, "(x)(y)");
  EXPECT_TRUE(two.steps[0].pairs[1].is_path);
  EXPECT_EQ(two.steps[0].pairs[1].value, "c");
}

TEST(Path, refuses_bad_escapes_and_endless_segments) {
  for (const char* bad : {"/%", "/%4", "/%zz", "/a&k=%1", "/a?k=%"})
    EXPECT_EQ(Path::parse(bad).error().code, "path-malformed") << bad;
  EXPECT_TRUE(Path::parse("/" + std::string(4096, 'a')));
  EXPECT_FALSE(Path::parse("/" + std::string(4097, 'a')));
}

TEST(Path, names_the_place_of_a_bad_escape_and_repeats_nothing_that_is_not_text) {
  const auto path = Path::parse("/key/\xff%4");
  ASSERT_FALSE(path);
  EXPECT_NE(path.error().text.find("character 6 "), std::string::npos) << path.error().text;
  EXPECT_TRUE(is_utf8(path.error().text));
  EXPECT_NE(Path::parse("/a?k=v%").error().text.find("character 6 "), std::string::npos);
}

}  // namespace
}  // namespace ao::api
