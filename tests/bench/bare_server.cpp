// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_server.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "ao/async/task_group.hpp"
#include "ao/http/server.hpp"
#include "torture/connection.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

[[noreturn]] void serve(std::uint16_t port, std::size_t body_bytes) {
  http::Response answer;
  answer.headers.set("content-type", "application/json");
  answer.body = '"' + std::string(std::max<std::size_t>(body_bytes, 2) - 2, 'x') + '"';
  async::Pool net("net", 1);
  const auto server =
      http::Server::listen(net, "127.0.0.1:" + std::to_string(port), http::Limits{},
                           [&answer](http::Request) -> Task<http::Response> { co_return answer; });
  async::TaskGroup serving;
  serving.spawn(net.executor(), server->run());
  while (true)
    ::pause();
}

}  // namespace

BareServer::BareServer(std::size_t body_bytes) : port_(test::free_port()), pid_(::fork()) {
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
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
