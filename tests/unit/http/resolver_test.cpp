// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <thread>

#include "support/workbench.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A name server (RFC 1035) that knows a few names by their IPv4 addresses; of others it says that
// they do not exist, and of "silent.example" nothing.
class NameServer {
 public:
  using Zone = std::map<std::string, std::vector<asio::ip::address_v4>>;

  explicit NameServer(Zone zone)
      : zone_(std::move(zone)),
        socket_(context_, udp::endpoint(asio::ip::address_v4::loopback(), 0)),
        address_("127.0.0.1:" + std::to_string(socket_.local_endpoint().port())),
        thread_([this] { serve(); }) {}
  ~NameServer() {
    asio::io_context context;
    udp::socket last(context, udp::v4());
    last.send_to(asio::buffer("", 0), socket_.local_endpoint());
    thread_.join();
  }

  const std::string& address() const { return address_; }

 private:
  void serve() {
    std::array<char, 512> query;
    udp::endpoint client;
    while (const std::size_t count = socket_.receive_from(asio::buffer(query), client)) {
      const std::string answer = answer_to(std::string_view(query.data(), count));
      if (!answer.empty()) socket_.send_to(asio::buffer(answer), client);
    }
  }

  std::string answer_to(std::string_view query) const {
    std::string name;
    std::size_t at = 12;
    while (query[at] != 0) {
      const auto length = static_cast<std::size_t>(query[at]);
      name += (name.empty() ? "" : ".") + std::string(query.substr(at + 1, length));
      at += length + 1;
    }
    const std::size_t question_end = at + 5;
    const bool is_v4 = query[at + 2] == 1;
    if (name == "silent.example") return {};
    const auto known = zone_.find(name);
    const bool exists = known != zone_.end();
    std::string answer(query.substr(0, 2));
    answer += "\x81";
    answer += exists ? '\x80' : '\x83';
    const std::size_t records = exists && is_v4 ? known->second.size() : 0;
    answer += std::string("\0\1\0", 3) + static_cast<char>(records) + std::string(4, '\0');
    answer += query.substr(12, question_end - 12);
    for (std::size_t i = 0; i < records; ++i) {
      answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12);
      for (const unsigned char byte : known->second[i].to_bytes())
        answer += static_cast<char>(byte);
    }
    return answer;
  }

  Zone zone_;
  asio::io_context context_;
  udp::socket socket_;
  std::string address_;
  std::jthread thread_;
};

Result<Resolver::Addresses> resolve(Resolver& resolver, const std::string& host,
                                    Clock::duration patience = 20s) {
  async::Pool pool("net", 1);
  return test::await(pool, resolver.resolve(host, Clock::now() + patience));
}

const NameServer::Zone kZone = {
    {"one.example", {asio::ip::make_address_v4("198.51.100.7")}},
    {"many.example",
     {asio::ip::make_address_v4("198.51.100.7"), asio::ip::make_address_v4("127.0.0.1")}},
    {"empty.example", {}},
};

TEST(Resolver, asks_a_name_server) {
  NameServer server(kZone);
  const auto resolver = system_resolver(server.address());
  const auto one = resolve(*resolver, "one.example");
  ASSERT_TRUE(one) << one.error().text;
  EXPECT_EQ(*one, Resolver::Addresses{asio::ip::make_address("198.51.100.7")});
  auto many = resolve(*resolver, "many.example");
  ASSERT_TRUE(many) << many.error().text;
  std::ranges::sort(*many);
  const Resolver::Addresses all = {asio::ip::make_address("127.0.0.1"),
                                   asio::ip::make_address("198.51.100.7")};
  EXPECT_EQ(*many, all) << "all, whatever the order";
}

TEST(Resolver, says_what_is_unknown) {
  NameServer server(kZone);
  const auto resolver = system_resolver(server.address());
  for (const char* name : {"absent.example", "empty.example"}) {
    const auto found = resolve(*resolver, name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, "name-unknown") << found.error().text;
    EXPECT_NE(found.error().text.find(name), std::string::npos);
  }
  EXPECT_EQ(resolve(*system_resolver("nonsense"), "one.example").error().code, "name-failed");
}

TEST(Resolver, knows_this_machine) {
  NameServer server(kZone);
  const auto found = resolve(*system_resolver(server.address()), "localhost");
  ASSERT_TRUE(found) << found.error().text;
  for (const IpAddress& address : *found)
    EXPECT_TRUE(address.is_loopback()) << address;
}

TEST(Resolver, does_not_wait_beyond_the_deadline) {
  NameServer server(kZone);
  const auto begun = Clock::now();
  const auto found = resolve(*system_resolver(server.address()), "silent.example", 200ms);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, "name-timeout");
  EXPECT_GE(Clock::now() - begun, 200ms);
  EXPECT_LT(Clock::now() - begun, 4s) << "c-ares alone would wait for longer";
}

TEST(Resolver, ends_when_it_is_cancelled) {
  NameServer server(kZone);
  const auto resolver = system_resolver(server.address());
  asio::io_context context;
  asio::cancellation_signal signal;
  bool has_ended = false;
  asio::co_spawn(context, resolver->resolve("silent.example", Clock::now() + 1h),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](const std::exception_ptr&,
                                        const Result<Resolver::Addresses>&) { has_ended = true; }));
  asio::steady_timer soon(context, 50ms);
  soon.async_wait(
      [&](const boost::system::error_code&) { signal.emit(asio::cancellation_type::terminal); });
  context.run_for(20s);
  EXPECT_TRUE(has_ended);
}

TEST(Resolver, looks_up_many_names_at_once) {
  NameServer server(kZone);
  const auto resolver = system_resolver(server.address());
  async::Pool pool("net", 2);
  std::vector<std::future<Result<Resolver::Addresses>>> found;
  for (int i = 0; i < 50; ++i) {
    auto strand = asio::make_strand(pool.executor());
    found.push_back(asio::co_spawn(strand, resolver->resolve("one.example", Clock::now() + 20s),
                                   asio::use_future));
  }
  for (auto& each : found)
    EXPECT_TRUE(each.get());
}

}  // namespace
}  // namespace ao::http
