// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/url.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

struct Case {
  std::string text;
  std::string_view code;
};

TEST(Url, is_taken_apart) {
  const auto url = parse_url("HTTPS://Node.Example.:8443/a/b?c=%20d");
  ASSERT_TRUE(url) << url.error().text;
  EXPECT_EQ(url->origin.scheme, Scheme::kHttps);
  EXPECT_EQ(url->origin.host, "node.example");
  EXPECT_EQ(url->origin.port, 8443);
  EXPECT_FALSE(url->origin.address);
  EXPECT_EQ(url->target, "/a/b?c=%20d");
  EXPECT_EQ(url->origin.authority(), "node.example:8443");
}

TEST(Url, has_one_spelling) {
  const std::vector<std::pair<std::string, std::string>> spellings = {
      {"https://a.example", "https://a.example/"},
      {"https://a.example:443/", "https://a.example/"},
      {"http://a.example:80/", "http://a.example/"},
      {"http://a.example:443/", "http://a.example:443/"},
      {"https://A.eXample./", "https://a.example/"},
      {"https://a.example:", "https://a.example/"},
      {"https://a.example?b", "https://a.example/?b"},
      {"https://1.2.3.4./", "https://1.2.3.4/"},
      {"https://[2A00:0:0::1]/", "https://[2a00::1]/"},
      {"https://[::ffff:127.0.0.1]:8443/", "https://[::ffff:127.0.0.1]:8443/"},
      {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"},
      {"https://a_b.example/", "https://a_b.example/"},
      {"https://7.example/", "https://7.example/"},
  };
  for (const auto& [text, expected] : spellings) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << url.error().text;
    EXPECT_EQ(url->text(), expected);
    EXPECT_EQ(parse_url(url->text())->text(), expected);
  }
}

TEST(Url, is_refused_when_two_programs_could_read_two_places) {
  const std::string label_max(63, 'a');
  const std::vector<Case> cases = {
      {"", "url-malformed"},
      {"a.example", "url-malformed"},
      {"//a.example/", "url-malformed"},
      {"https:/a.example/", "url-malformed"},
      {"https:a.example", "url-malformed"},
      {" https://a.example/", "url-malformed"},
      {"ht\ttps://a.example/", "url-malformed"},
      {"javascript:alert(1)", "url-malformed"},
      {"https://a.example/a b", "url-malformed"},
      {"https://a.example/a\r\nX: y", "url-malformed"},
      {"https://a.example/\xc3\xa9", "url-malformed"},
      {"https://a.example/%zz", "url-malformed"},
      {"https://a.example/#a", "url-malformed"},
      {"https://a.example#@b.example/", "url-malformed"},
      {"file:///etc/passwd", "url-scheme"},
      {"ftp://a.example/", "url-scheme"},
      {"gopher://127.0.0.1:6379/_x", "url-scheme"},
      {"ws://a.example/", "url-scheme"},
      {"https://user@a.example/", "url-user"},
      {"https://user:word@a.example/", "url-user"},
      {"https://a.example@127.0.0.1/", "url-user"},
      {"https://a.example:443@127.0.0.1:8080/", "url-user"},
      {"https://@127.0.0.1/", "url-user"},
      {"https://", "url-host"},
      {"https:///", "url-host"},
      {"https://:443/", "url-host"},
      {"https://./", "url-host"},
      {"https://a.example../", "url-host"},
      {"https://.a.example/", "url-host"},
      {"https://a..example/", "url-host"},
      {"https://-a.example/", "url-host"},
      {"https://a-.example/", "url-host"},
      {"https://a.example%2eb/", "url-host"},
      {"https://%31%32%37.0.0.1/", "url-host"},
      {"https://a.example\\@127.0.0.1/", "url-user"},
      {"https://a.example\\.b/", "url-host"},
      {"https://a\texample/", "url-host"},
      {std::string("https://a\0b/", 12), "url-host"},
      {"https://b\xc3\xbc"
       "cher.example/",
       "url-host"},
      {"https://\xe2\x93\x9b\xe2\x93\x9e\xe2\x93\x92\xe2\x93\x90\xe2\x93\x9b/", "url-host"},
      {"https://127\xe3\x80\x82"
       "0.0.1/",
       "url-host"},
      {"https://" + label_max + "a.example/", "url-host"},
      {"https://" + label_max + '.' + label_max + '.' + label_max + '.' + label_max + "/",
       "url-host"},
      {"https://2130706433/", "url-host-number"},
      {"https://0x7f000001/", "url-host-number"},
      {"https://0x7f.0.0.1/", "url-host-number"},
      {"https://017700000001/", "url-host-number"},
      {"https://0177.0.0.1/", "url-host-number"},
      {"https://127.0.0.01/", "url-host-number"},
      {"https://127.1/", "url-host-number"},
      {"https://127.0.1/", "url-host-number"},
      {"https://0/", "url-host-number"},
      {"https://1.2.3.4.5/", "url-host-number"},
      {"https://256.1.1.1/", "url-host-number"},
      {"https://a.example.0x/", "url-host-number"},
      {"https://127.0.0.1.0x7f./", "url-host-number"},
      {"https://[::1/", "url-host"},
      {"https://[]/", "url-host"},
      {"https://[1.2.3.4]/", "url-host"},
      {"https://[::1]a/", "url-host"},
      {"https://[a.example]/", "url-host"},
      {"https://[v1.a]/", "url-host"},
      {"https://::1/", "url-host"},
      {"https://[fe80::1%25eth0]/", "url-zone"},
      {"https://[fe80::1%eth0]/", "url-zone"},
      {"https://a.example:0/", "url-port"},
      {"https://a.example:65536/", "url-port"},
      {"https://a.example:99999999999999999999/", "url-port"},
      {"https://a.example:0443/", "url-port"},
      {"https://a.example:+443/", "url-port"},
      {"https://a.example:-1/", "url-port"},
      {"https://a.example:443:443/", "url-port"},
      {"https://a.example:https/", "url-port"},
      {"https://a.example/" + std::string(kUrlBytesMax, 'a'), "url-bytes-max"},
  };
  for (const Case& each : cases) {
    const auto url = parse_url(each.text);
    ASSERT_FALSE(url) << each.text;
    EXPECT_EQ(url.error().code, each.code) << each.text;
    EXPECT_LT(url.error().text.size(), 500u);
    for (const char c : url.error().text)
      EXPECT_FALSE(c >= 0 && c < ' ') << "a control character in the text of " << each.text;
  }
}

TEST(Origin, is_a_url_without_a_path) {
  const auto origin = parse_origin("http://[::1]:8080/");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->host, "::1");
  EXPECT_EQ(origin->port, 8080);
  EXPECT_TRUE(origin->address->is_loopback());
  EXPECT_EQ(origin->authority(), "[::1]:8080");
  EXPECT_EQ(parse_origin("HTTP://a.example")->text(), "http://a.example");
  EXPECT_EQ(parse_origin("https://a.example/b").error().code, "url-path");
  EXPECT_EQ(parse_origin("https://a.example/?b").error().code, "url-path");
}

TEST(Url, follows_what_an_answer_says) {
  const Url url = *parse_url("https://a.example:8443/b/c?d");
  EXPECT_EQ(url.follow("https://e.example/f")->text(), "https://e.example/f");
  EXPECT_EQ(url.follow("//e.example/f")->text(), "https://e.example/f");
  EXPECT_EQ(url.follow("/f?g#h")->text(), "https://a.example:8443/f?g");
  EXPECT_EQ(url.follow("http://127.0.0.1/")->text(), "http://127.0.0.1/");
  for (const char* text : {"", "f", "?f", "../f", "#f"})
    EXPECT_EQ(url.follow(text).error().code, "url-malformed") << text;
  EXPECT_EQ(url.follow("/@e.example/")->text(), "https://a.example:8443/@e.example/");
  EXPECT_EQ(url.follow("//u@e.example/").error().code, "url-user");
  EXPECT_EQ(url.follow("file:///etc/passwd").error().code, "url-scheme");
}

}  // namespace
}  // namespace ao::http
