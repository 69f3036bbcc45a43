// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_server.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "ao/async/task_group.hpp"
#include "ao/http/server.hpp"
#include "torture/connection.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

std::string body_of(std::size_t bytes) {
  return '"' + std::string(std::max<std::size_t>(bytes, 2) - 2, 'x') + '"';
}

namespace asio = boost::asio;
namespace beast = boost::beast;

Task<> answer_all(asio::ip::tcp::socket socket, std::string body) {
  beast::flat_buffer buffer;
  const auto token = asio::as_tuple(asio::use_awaitable);
  for (;;) {
    beast::http::request<beast::http::string_body> request;
    const auto [read_error, read] =
        co_await beast::http::async_read(socket, buffer, request, token);
    if (read_error) co_return;
    beast::http::response<beast::http::string_body> response(beast::http::status::ok, 11);
    response.set(beast::http::field::content_type, "application/json");
    response.body() = body;
    response.prepare_payload();
    const auto [write_error, written] = co_await beast::http::async_write(socket, response, token);
    if (write_error) co_return;
  }
}

Task<> accept_all(asio::ip::tcp::acceptor& acceptor, async::TaskGroup& serving, std::string body) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(asio::ip::tcp::no_delay(true));
    serving.spawn(acceptor.get_executor(), answer_all(std::move(socket), body));
  }
}

[[noreturn]] void serve_with_beast(std::uint16_t port, std::size_t body_bytes) {
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), port}, true);
  async::TaskGroup serving;
  serving.spawn(context.get_executor(), accept_all(acceptor, serving, body_of(body_bytes)));
  context.run();
  std::abort();
}

[[noreturn]] void serve(std::uint16_t port, std::size_t body_bytes) {
  http::Response answer;
  answer.headers.set("content-type", "application/json");
  answer.body = body_of(body_bytes);
  async::Pool net("net", 1);
  http::ServerSettings settings;
  settings.listen = "127.0.0.1:" + std::to_string(port);
  const auto server = http::Server::listen(
      net, net, settings, [&answer](http::Request) -> Task<http::Response> { co_return answer; });
  async::TaskGroup serving;
  serving.spawn(net.executor(), server->run());
  while (true)
    ::pause();
}

}  // namespace

BareServer::BareServer(std::size_t body_bytes, Kind kind)
    : port_(test::free_port()), pid_(::fork()) {
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (kind == Kind::kBeast) serve_with_beast(port_, body_bytes);
    serve(port_, body_bytes);
  }
  test::Connection connection(port_);
  for (int i = 0; i < 1'000; ++i) {
    if (connection.get("/")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  throw std::runtime_error("the bare server does not answer");
}

BareServer::~BareServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace ao::bench
