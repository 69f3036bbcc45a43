// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/smuggling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "support/workbench.hpp"
#include "torture/ambiguities.hpp"
#include "torture/observation.hpp"
#include "torture/raw_socket.hpp"
#include "torture/reverse_proxy.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto kPatience = 150ms;     // for an answer that may never come
constexpr auto kRestPatience = 40ms;  // and for what comes after it

// Makes the bytes around a request that is to be hidden.
struct Hiding {
  std::string name;
  std::function<std::string(const std::string&)> around;
};

std::string head(const std::string& fields) {
  return "POST /healthz HTTP/1.1\r\nHost: node\r\n" + fields + "\r\n";
}

// One reader sees a body where the other sees its end, and a request after it.
std::vector<Hiding> framings() {
  std::vector<Hiding> all;
  for (const std::string coding :
       {"Transfer-Encoding: chunked", "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked",
        "Transfer_Encoding: chunked", "Transfer-Encoding: Chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \x0b"
        "chunked",
        "Transfer-Encoding:chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked", "Transfer-Encoding:\r\n chunked",
        "X: a\rTransfer-Encoding: chunked", "X: a\nTransfer-Encoding: chunked",
        " Transfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding: \"chunked\"",
        "X-Transfer-Encoding: chunked\r\nConnection: Content-Length"}) {
    all.push_back({"length around, " + coding, [coding](const std::string& hidden) {
                     const std::string body = "0\r\n\r\n" + hidden;
                     return head(fmt::format("Content-Length: {}\r\n{}\r\n", body.size(), coding)) +
                            body;
                   }});
    all.push_back(
        {"chunk around, " + coding, [coding](const std::string& hidden) {
           const std::string chunk = fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", hidden.size(), hidden);
           return head(fmt::format("Content-Length: {}\r\n{}\r\n", chunk.find('\n') + 1, coding)) +
                  chunk;
         }});
  }
  for (const std::string lengths :
       {"Content-Length: {0}\r\nContent-Length: 0", "Content-Length: 0\r\nContent-Length: {0}",
        "Content-Length: {0}, 0", "Content-Length: 0\r\nContent_Length: {0}",
        "Content-Length : {0}", "Content-Length: +{0}", "Content-Length: 0{0}",
        "Content-Length: {0}\r\n 0", "X: a\rContent-Length: {0}", "X: a\nContent-Length: {0}"})
    all.push_back({"two lengths, " + lengths, [lengths](const std::string& hidden) {
                     return head(fmt::format(fmt::runtime(lengths), hidden.size()) + "\r\n") +
                            hidden;
                   }});
  return all;
}

std::vector<Hiding> places() {
  const auto chunked = [](const std::string& before, const std::string& after) {
    return [=](const std::string& hidden) {
      return head("Transfer-Encoding: chunked\r\n") + before + hidden + after;
    };
  };
  const auto get = [](const std::string& before, const std::string& after) {
    return [=](const std::string& hidden) { return "GET /healthz" + before + hidden + after; };
  };
  return {
      {"in a chunk extension, after a bare LF", chunked("0;a\n\r\n\r\n", "")},
      {"in a chunk extension, after CR", chunked("0;a\r", "\r\n0\r\n\r\n")},
      {"after a chunk with a bare LF", chunked("1\r\nb\n0\r\n\r\n", "")},
      {"after a chunk size with a bare LF", chunked("0\n\n", "")},
      {"in the trailers", chunked("0\r\nX: a\r\n\n", "")},
      {"after a chunk of size 0x0", chunked("0x0\r\n\r\n", "")},
      {"after a chunk size that overflows", chunked("10000000000000000\r\n\r\n", "")},
      {"in a field, after bare LFs", get(" HTTP/1.1\r\nHost: node\r\nX: a\n\n", "")},
      {"in a field, after CRs", get(" HTTP/1.1\r\nHost: node\r\nX: a\r\r", "\r\n\r\n")},
      {"in a folded field", get(" HTTP/1.1\r\nHost: node\r\nX:\r\n ", "\r\n\r\n")},
      {"in the target, after a line end in percent signs", get("?a%0d%0a%0d%0a", "")},
      {"in the target, after a bare LF", get("?a\n\n", "")},
      {"in the target, after NUL", get("?a\0"s, "")},
      {"after Expect",
       [](const std::string& hidden) {
         return head(fmt::format("Expect: 100-continue\r\nContent-Length: {}\r\n", hidden.size())) +
                hidden;
       }},
      {"after an upgrade",
       [](const std::string& hidden) {
         return "GET /healthz HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\n"
                "Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n" +
                hidden;
       }},
      {"after GET with a length",
       [](const std::string& hidden) {
         return fmt::format("GET /healthz HTTP/1.1\r\nHost: node\r\nContent-Length: {}\r\n\r\n{}",
                            hidden.size(), hidden);
       }},
      {"after HEAD with a length", [](const std::string& hidden) {
         return fmt::format("HEAD /healthz HTTP/1.1\r\nHost: node\r\nContent-Length: {}\r\n\r\n{}",
                            hidden.size(), hidden);
       }}};
}

std::vector<Hiding> all_hidings() {
  auto all = framings();
  for (auto& one : places())
    all.push_back(std::move(one));
  for (const Ambiguity& one : ambiguities("/healthz"))
    all.push_back(
        {one.name, [wire = one.wire](const std::string& hidden) { return wire + hidden; }});
  return all;
}

class Smuggler {
 public:
  Smuggler(std::uint16_t node_port, const ProcessId& process)
      : process_(process), connection_(node_port), address_(connection_.text(kAsked)) {}

  std::string next_hidden() {
    ++made_;
    auto draft = message_draft(process_, "Hidden", std::to_string(made_));
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, made_);
    const auto item = sign(draft, *key_);
    return fmt::format(
        "POST {}?hidden={}- HTTP/1.1\r\nHost: node\r\ncontent-type: application/ans104"
        "\r\ncodec-device: ans104@1.0\r\ncontent-length: {}\r\n\r\n{}",
        path_of(process_, "push"), made_, item.bytes().size(), item.bytes());
  }
  std::uint64_t made() const { return made_; }

  void attack(std::uint16_t port, const std::string& bytes) {
    RawSocket socket(port, {9, 1});
    socket.say(bytes);
    socket.hear(kPatience);
    std::string ignored;
    socket.hear_all(ignored, kRestPatience);
  }

  // Two questions with different answers: one in another's place would not pass.
  std::string complaint_of_bystander(std::uint16_t port) {
    RawSocket socket(port, {9, 2});
    const std::vector<std::pair<std::string, std::string>> questions{
        {kAsked, address_}, {"/readyz", R"({"status":"ready"})"}, {kAsked, address_}};
    for (const auto& [target, expected] : questions) {
      socket.say("GET " + target + " HTTP/1.1\r\nHost: node\r\n\r\n");
      const RawAnswer answer = socket.hear();
      if (answer.status != 200 || answer.body != expected)
        return fmt::format("{} is answered {} {}", target, answer.status,
                           answer.body.substr(0, 200));
    }
    return {};
  }

  // Numbers of the hidden messages that the process got.
  std::set<std::uint64_t> arrived() {
    std::set<std::uint64_t> numbers;
    for (const Scheduled& one : read_schedule(connection_, process_))
      if (one.tag("Action") == "Hidden") numbers.insert(std::stoull(one.content.data));
    return numbers;
  }

 private:
  static constexpr const char* kAsked = "/~meta@1.0/info/address";

  ProcessId process_;
  Connection connection_;
  std::string address_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::uint64_t made_ = 0;
};

}  // namespace

void check_smuggling(std::uint16_t node_port, const std::filesystem::path& node_socket,
                     const std::filesystem::path& folder, const ProcessId& process,
                     const Options& options, Checks& checks) {
  ReverseProxy proxy(folder, node_socket);
  Smuggler smuggler(node_port, process);
  std::vector<std::string> misled;
  std::vector<std::string> names{""};
  const auto hidings = all_hidings();
  for (const std::uint16_t port : {proxy.strict_port(), proxy.lenient_port()}) {
    for (const Hiding& hiding : hidings) {
      const std::string hidden = smuggler.next_hidden();
      names.push_back(hiding.name + (port == proxy.strict_port() ? "" : ", lenient"));
      smuggler.attack(port, hiding.around(hidden));
      if (const auto wrong = smuggler.complaint_of_bystander(port); !wrong.empty())
        misled.push_back(names.back() + ": " + wrong);
    }
  }
  if (options.sabotage == "smuggle") smuggler.attack(node_port, smuggler.next_hidden());
  names.resize(smuggler.made() + 1, "past the proxy");

  const auto passed = proxy.requests();
  const auto refused_by_node = std::ranges::count_if(passed, [](const std::string& line) {
    return line.ends_with(" 400") || line.ends_with(" 415");
  });
  const auto refused_by_proxy =
      std::ranges::count_if(passed, [](const std::string& line) { return line.ends_with(" -"); });
  std::vector<std::string> smuggled;
  const auto arrived = smuggler.arrived();
  for (const std::uint64_t number : arrived) {
    const auto mark = fmt::format("?hidden={}- ", number);
    const bool was_passed_on = std::ranges::any_of(
        passed, [&](const std::string& line) { return line.find(mark) != std::string::npos; });
    if (!was_passed_on) smuggled.push_back(names[number] + ": the node saw the hidden request");
  }
  fmt::print(
      "behind nginx: {} requests with another hidden in them; nginx refused {}, the node {}; "
      "{} were two requests to both\n",
      smuggler.made(), refused_by_proxy, refused_by_node, arrived.size());
  checks.expect("behind a proxy: the node sees no request that the proxy did not", smuggled);
  checks.expect("behind a proxy: others get the answers to what they asked", misled);
  checks.expect("behind a proxy: some attacks reach the node, and some pass",
                refused_by_node > 0 && !arrived.empty(), "the attacks test nothing");
}

}  // namespace ao::test
