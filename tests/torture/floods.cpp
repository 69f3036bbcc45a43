// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/floods.hpp"

#include <fmt/format.h>

#include <thread>

#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Time = Arena::Clock::time_point;

constexpr std::uint8_t kAddress = 240;  // connections of one, a few below its limit
constexpr std::size_t kMany = 720;      // of three addresses
constexpr std::size_t kLarge = 200;     // bodies, of one

// Between two bursts. What shares a machine with its victim would else measure how the kernel
// shares the processor, and not how the node shares itself.
constexpr auto kBreath = 10ms;

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string kUnfinished = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
const std::string kPost = "POST /healthz HTTP/1.1\r\nHost: a\r\n";

bool is_before(Time end) {
  return Arena::Clock::now() < end;
}

std::uint64_t below(Arena& arena, std::uint64_t limit) {
  return arena.random() % limit;
}

// As many addresses as it takes to have so many connections.
std::vector<RawSocket> opened(const Arena& arena, std::size_t count, std::uint8_t net) {
  std::vector<RawSocket> all;
  for (std::size_t i = 0; i < count; ++i)
    all.emplace_back(arena.port, Source{net, static_cast<std::uint8_t>(1 + i / kAddress)});
  return all;
}

std::size_t slow_headers(Arena& arena, Time end) {
  auto all = opened(arena, kMany, 10);
  for (RawSocket& one : all)
    one.say(kUnfinished);
  arena.at_the_height();
  std::size_t bytes = 0;
  while (is_before(end)) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].offer("x") == 1) {
        ++bytes;
      } else {
        all[i] = RawSocket(arena.port, Source{10, static_cast<std::uint8_t>(1 + i / kAddress)});
        all[i].say(kUnfinished);
      }
    }
    std::this_thread::sleep_for(50ms);
  }
  return bytes;
}

std::size_t connections(Arena& arena, Time end) {
  const auto held = opened(arena, kAddress - 40, 11);
  std::size_t count = 0;
  while (is_before(end)) {
    auto some = opened(arena, 64, 11);  // some of them are over the limit of the address
    count += some.size();
    std::this_thread::sleep_for(kBreath);
    arena.at_the_height();
  }
  return count;
}

// Over the limits in every way, and just below them.
std::size_t header_bombs(Arena& arena, Time end) {
  std::string many = "GET /healthz HTTP/1.1\r\n";
  for (int i = 0; i < 20'000; ++i)
    many += "a:b\r\n";
  const std::string below_all = "GET /healthz HTTP/1.1\r\nHost: a\r\n" + [] {
    std::string fields;
    for (int i = 0; i < 250; ++i)
      fields += fmt::format("x-{}: {}\r\n", i, std::string(360, 'v'));
    return fields;
  }() + "\r\n";
  const std::vector<std::string> bombs{many, kUnfinished + std::string(256 << 10, 'x'),
                                       "GET /" + std::string(256 << 10, 'x'), below_all,
                                       below_all.substr(0, below_all.size() - 2)};
  std::size_t count = 0;
  while (is_before(end)) {
    auto some = opened(arena, 16, 12);
    for (RawSocket& one : some)
      one.offer(bombs[count++ % bombs.size()]);
    std::this_thread::sleep_for(kBreath);
    for (RawSocket& one : some)
      one.discard();
    arena.at_the_height();
  }
  return count;
}

std::size_t garbage(Arena& arena, Time end) {
  std::size_t count = 0;
  while (is_before(end)) {
    const auto& valid = arena.valid_requests[below(arena, arena.valid_requests.size())];
    std::string bytes = mutated(valid, arena.random);
    if (below(arena, 4) == 0) bytes += valid;
    RawSocket one(arena.port, Source{13, 1});
    one.say(bytes);
    one.end_sending();
    std::string answers;
    const bool has_ended = one.hear_all(answers);
    const bool is_http = answers.empty() || answers.starts_with("HTTP/1.1 ");
    if (!has_ended || !is_http || answers.find("HTTP/1.1 500") != std::string::npos)
      arena.complaints.push_back(fmt::format("{} is answered {}", bytes.substr(0, 400),
                                             has_ended ? answers.substr(0, 400) : "nothing"));
    ++count;
  }
  arena.at_the_height();
  return count;
}

std::size_t pipelines(Arena& arena, Time end) {
  std::string batch;
  for (int i = 0; i < 500; ++i)
    batch += kGet;
  auto all = opened(arena, 32, 14);
  std::vector<std::size_t> at(all.size(), 0);
  std::size_t bytes = 0;
  while (is_before(end)) {
    bool has_sent = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t sent = all[i].offer(std::string_view(batch).substr(at[i]));
      at[i] = (at[i] + sent) % batch.size();
      bytes += sent;
      has_sent = has_sent || sent > 0;
    }
    if (!has_sent) std::this_thread::sleep_for(1ms);  // nobody reads their answers
  }
  arena.at_the_height();
  return bytes / kGet.size();
}

std::size_t half_closed(Arena& arena, Time end) {
  std::size_t count = 0;
  while (is_before(end)) {
    auto some = opened(arena, 64, 15);
    for (std::size_t i = 0; i < some.size(); ++i) {
      some[i].say(i % 2 == 0 ? kGet : kUnfinished);
      some[i].end_sending();
    }
    for (std::size_t i = 0; i < some.size(); i += 2)
      if (const int status = some[i].hear().status; status != 200)
        arena.complaints.push_back(
            fmt::format("who sends no more after a request is answered {}", status));
    arena.at_the_height();
    count += some.size();
    std::this_thread::sleep_for(kBreath);
  }
  return count;
}

std::size_t resets(Arena& arena, Time end) {
  const std::string post = kPost + "Content-Length: 100000\r\n\r\n" + std::string(1000, 'b');
  std::size_t count = 0;
  while (is_before(end)) {
    auto some = opened(arena, 32, 16);
    for (RawSocket& one : some) {
      const auto& valid = arena.valid_requests[below(arena, arena.valid_requests.size())];
      one.offer(count % 2 == 0 ? post.substr(0, 1 + below(arena, post.size()))
                               : valid.substr(0, 1 + below(arena, valid.size())));
      ++count;
    }
    for (RawSocket& one : some)
      one.reset();
    std::this_thread::sleep_for(kBreath);
  }
  arena.at_the_height();
  return count;
}

std::size_t announced_bodies(Arena& arena, Time end) {
  auto all = opened(arena, kMany, 17);
  for (RawSocket& one : all)
    one.say(kPost + "Content-Length: 10485760\r\n\r\n");
  arena.at_the_height();
  while (is_before(end))
    std::this_thread::sleep_for(10ms);
  return all.size();
}

// All but the last byte of as many large bodies as there are connections.
std::size_t withheld_bodies(Arena& arena, Time end) {
  const std::string head = kPost + "Content-Length: 10485760\r\n\r\n";
  const std::string body((8 << 20), 'b');
  auto all = opened(arena, kLarge, 18);
  std::vector<std::size_t> sent(all.size(), 0);
  for (RawSocket& one : all)
    one.say(head);
  std::size_t bytes = 0;
  while (is_before(end)) {
    bool has_sent = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t more = all[i].offer(std::string_view(body).substr(sent[i]));
      sent[i] += more;
      bytes += more;
      has_sent = has_sent || more > 0;
    }
    std::this_thread::sleep_for(has_sent ? kBreath : 1ms);
  }
  arena.at_the_height();
  return bytes >> 20;
}

std::size_t unread_answers(Arena& arena, Time end) {
  const std::string ask = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
  auto all = opened(arena, 200, 19);
  std::size_t count = 0;
  while (is_before(end)) {
    for (RawSocket& one : all)
      if (one.offer(ask) == ask.size()) ++count;
    std::this_thread::sleep_for(50ms);
  }
  arena.at_the_height();
  return count;
}

}  // namespace

const std::vector<Flood>& floods() {
  static const std::vector<Flood> all{{"slow headers, bytes", slow_headers},
                                      {"connections", connections},
                                      {"header bombs", header_bombs},
                                      {"mutated requests", garbage},
                                      {"pipelined requests", pipelines},
                                      {"half-closed connections", half_closed},
                                      {"resets", resets},
                                      {"bodies announced and never sent", announced_bodies},
                                      {"bodies withheld at the end, MiB", withheld_bodies},
                                      {"answers never read", unread_answers}};
  return all;
}

std::string mutated(const std::string& request, std::mt19937_64& random) {
  static const std::vector<std::string> words{"\r\n",
                                              "\n",
                                              "\r",
                                              "\r\n\r\n",
                                              ":",
                                              " ",
                                              "\t",
                                              ",",
                                              ";",
                                              std::string(1, '\0'),
                                              "%",
                                              "Host: b\r\n",
                                              "\xff",
                                              "chunked",
                                              "0\r\n\r\n",
                                              "Content-Length: 5\r\n",
                                              "Transfer-Encoding: chunked\r\n",
                                              "HTTP/1.0",
                                              "Expect: 100-continue\r\n",
                                              "-1",
                                              "/../",
                                              "&="};
  std::string bytes = request;
  const auto somewhere = [&] { return bytes.empty() ? 0 : random() % bytes.size(); };
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t at = somewhere();
    switch (random() % 6) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(at, 1 + random() % 8);
        break;
      case 2:
        bytes.insert(at, words[random() % words.size()]);
        break;
      case 3:
        bytes.insert(at, bytes.substr(somewhere(), random() % 64));
        break;
      case 4:
        bytes.resize(at);
        break;
      default:
        bytes.insert(at, std::string(random() % 2000, static_cast<char>(random())));
        break;
    }
  }
  return bytes;
}

}  // namespace ao::test
