// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/ambiguities.hpp"

#include <string_view>

namespace ao::test {
namespace {

using namespace std::string_literals;

// Collects them; `head` is the request line and Host of whoever says nothing else.
class Collection {
 public:
  explicit Collection(const std::string& target)
      : target_(target), line_("POST " + target + " HTTP/1.1\r\n"), head_(line_ + "Host: a\r\n") {}

  void add(const std::string& name, const std::string& wire, int status = 400) {
    list_.push_back({name, wire, status});
  }

  // Field lines after Host, without the last CRLF.
  void fields(const std::string& name, const std::string& lines, int status = 400) {
    add(name, head_ + lines + "\r\n\r\n", status);
  }

  void chunked(const std::string& name, const std::string& body, int status = 400) {
    add(name, head_ + "Transfer-Encoding: chunked\r\n\r\n" + body, status);
  }

  const std::string& target() const { return target_; }
  const std::string& line() const { return line_; }
  const std::string& head() const { return head_; }
  std::vector<Ambiguity> take() { return std::move(list_); }

 private:
  std::string target_;
  std::string line_;
  std::string head_;
  std::vector<Ambiguity> list_;
};

void add_framings(Collection& all) {
  const std::string chunked = "Transfer-Encoding: chunked";
  const std::string& head = all.head();
  all.add("Content-Length, then Transfer-Encoding",
          head + "Content-Length: 5\r\n" + chunked + "\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding, then Content-Length",
          head + chunked + "\r\nContent-Length: 5\r\n\r\n0\r\n\r\n");
  all.fields("Content-Length twice, the same", "Content-Length: 0\r\nContent-Length: 0");
  all.fields("Content-Length twice, differing", "Content-Length: 0\r\nContent-Length: 60");
  for (const char* length : {"0, 0", "+0", "-1", "0x0", "", "0 0", "1e1", "0;", "\"0\""})
    all.fields("Content-Length: "s + length, "Content-Length: "s + length);
  for (const char* coding :
       {"gzip, chunked", "chunked, gzip", "identity", "chunked, chunked", "xchunked", "chunkedx",
        "Chunked", "\"chunked\"", "chunked;q=1", ",chunked", "chunked,", "",
        "\x0b"
        "chunked",
        "chunked\x0c"})
    all.add("Transfer-Encoding: "s + coding,
            head + "Transfer-Encoding: " + coding + "\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding twice", head + chunked + "\r\n" + chunked + "\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding, the second time identity",
          head + chunked + "\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding in HTTP/1.0",
          "POST " + all.target() + " HTTP/1.0\r\nHost: a\r\n" + chunked + "\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding with a space before its colon",
          head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n");
  all.add("Transfer-Encoding with a folded value",
          head + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n");
  all.add("Content-Length with a tab before its colon", head + "Content-Length\t: 5\r\n\r\n");
}

void add_lines(Collection& all) {
  const std::string& target = all.target();
  all.add("bare LF after the request line", "POST " + target + " HTTP/1.1\nHost: a\r\n\r\n");
  all.add("bare LF after a field", all.line() + "Host: a\nX: b\r\n\r\n");
  all.add("bare LF at the end of the head", all.line() + "Host: a\r\n\n");
  all.add("bare LF twice at the end of the head", all.line() + "Host: a\n\n");
  all.fields("bare CR in a value", "X: a\rb");
  all.fields("bare CR before a hidden field", "X: a\rContent-Length: 60");
  all.fields("two CR before LF", "X: a\r");
  all.fields("NUL in a value", "X: a\0b"s);
  all.fields("NUL in a name", "X\0: a"s);
  all.fields("DEL in a value", "X: a\x7f");
  all.fields("a folded value", "X: a\r\n b");
  all.fields("a value folded with a tab", "X: a\r\n\tb");
  all.add("white space before the first field", all.line() + " Host: a\r\n\r\n");
  all.fields("a space before a colon", "X : a");
  all.fields("a tab before a colon", "X\t: a");
  all.fields("no name", ": a");
  all.fields("no colon", "X");
  all.fields("a name that is not ASCII", "X\xc3\xa9: a");
  all.fields("a name with parentheses", "X(a): b");
  all.add("two empty lines first", "\r\n\r\n" + all.head() + "\r\n");
  all.fields("Expect: something", "Expect: something", 417);
  for (const char* coding : {"gzip", "deflate", "br", "zstd", "identity, gzip", "x"})
    all.fields("Content-Encoding: "s + coding,
               "Content-Encoding: "s + coding + "\r\nContent-Length: 0", 415);
}

void add_request_lines(Collection& all) {
  const auto line = [&](const std::string& name, const std::string& text, int status = 400) {
    all.add(name, text + "\r\nHost: a\r\n\r\n", status);
  };
  const std::string& target = all.target();
  for (const char* method : {"G@T", "GE\tT", "", "(GET)", "GET:", "G\xc3\xa9T", "\"GET\""})
    line("method '"s + method + "'", method + " "s + target + " HTTP/1.1");
  line("method with NUL", "GE\0T "s + target + " HTTP/1.1");
  for (const char* path :
       {"/a b", "/\x7f",    "/\x80",  "/<a>",    "/%zz",     "/%4",           "/a#b",       "/a\\b",
        "/\"",  "/{a}",     "/a|b",   "/^",      "/`",       "healthz",       "",           "*",
        "a:80", "ftp://a/", "//\x01", "http://", "http:/a/", "http://a:b:c/", "http://u@a/"})
    line("target '"s + path + "'", "GET "s + path + " HTTP/1.1");
  line("target with NUL", "GET /\0 HTTP/1.1"s);
  line("target in absolute form, of another host", "GET http://b" + target + " HTTP/1.1");
  line("target in absolute form, of another port", "GET http://a:1" + target + " HTTP/1.1");
  line("CONNECT", "CONNECT a:80 HTTP/1.1");
  line("no version", "GET " + target);
  line("a tab after the method", "GET\t" + target + " HTTP/1.1");
  line("two spaces before the version", "GET " + target + "  HTTP/1.1");
  line("a space after the version", "GET " + target + " HTTP/1.1 ");
  for (const char* version : {"http/1.1", "HTTP/1.1x", "HTTP/1.10", "HTTP/1", "HTTP/11",
                              "HTTP/01.1", "HTTP/1,1", "HTP/1.1", "HTTP/-1.1"})
    line("version "s + version, "GET " + target + " " + version);
  for (const char* version : {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/3.1"})
    line("version "s + version, "GET " + target + " " + version, 505);
}

void add_hosts(Collection& all) {
  const auto host = [&](const std::string& name, const std::string& lines) {
    all.add(name, all.line() + lines + "\r\n");
  };
  host("no Host", "X: a\r\n");
  host("Host twice, the same", "Host: a\r\nHost: a\r\n");
  host("Host twice, differing", "Host: a\r\nHost: b\r\n");
  for (const char* value : {"", "a b", "u@a", "a:80:80", "a/b", "a, b", "a?b", "a#b", "[::1", "[]",
                            "a:123456", "a:8x", ":80", "a\\b", "<a>"})
    host("Host: "s + value, "Host: "s + value + "\r\n");
}

void add_chunks(Collection& all) {
  all.chunked("a chunk extension of 257 bytes", "0;" + std::string(256, 'x') + "\r\n\r\n");
  all.chunked("a chunk extension with a bare LF", "0;a\nb\r\n\r\n");
  all.chunked("a chunk extension with a bare CR", "0;a\rb\r\n\r\n");
  all.chunked("a chunk extension with NUL", "0;a\0b\r\n\r\n"s);
  std::string trailers;
  for (int i = 0; i < 9; ++i)
    trailers += "X: a\r\n";
  all.chunked("9 trailers", "0\r\n" + trailers + "\r\n");
  all.chunked("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n");
  all.chunked("a trailer without a colon", "0\r\nX\r\n\r\n");
  all.chunked("a trailer with a bare LF", "0\r\nX: a\n\r\n");
  for (const char* size :
       {"", " 0", "0 ", "0x0", "-1", "+0", "g", "00000000000000000", "0\t", "1_0", "0,0"})
    all.chunked("a chunk size '"s + size + "'", size + "\r\n\r\n"s);
  all.chunked("a chunk size with a bare LF", "0\n\r\n");
  all.chunked("a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n");
  all.chunked("a chunk with a bare LF after it", "1\r\na\n0\r\n\r\n");
  all.chunked("a chunk of 2^64 - 1 bytes", "ffffffffffffffff\r\n", 413);
}

}  // namespace

std::vector<Ambiguity> ambiguities(const std::string& target) {
  Collection all(target);
  add_framings(all);
  add_lines(all);
  add_request_lines(all);
  add_hosts(all);
  add_chunks(all);
  return all.take();
}

}  // namespace ao::test
