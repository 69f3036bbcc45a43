// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ao/base/log.hpp"
#include "ao/node/node.hpp"

namespace ao::app {
namespace {

// Blocks until SIGTERM or SIGINT. A second one, while the node drains, ends the process at once:
// nothing acknowledged is lost by that, only answers.
class Signals {
 public:
  Signals() : set_(context_, SIGTERM, SIGINT) {}

  void wait() {
    set_.async_wait([](const boost::system::error_code&, int) {});
    context_.run();
    std::signal(SIGTERM, [](int) { std::_Exit(130); });
    std::signal(SIGINT, [](int) { std::_Exit(130); });
  }

 private:
  boost::asio::io_context context_;
  boost::asio::signal_set set_;
};

// Each connection and each process in memory has a descriptor, and the usual soft limit is 1024.
// The workers get what this process has.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log::warn("the limit of open files stays as it is", {{"reason", std::strerror(errno)}});
}

}  // namespace

int run_node(const node::Settings& settings) {
  log::start(settings.log.level, settings.log.format);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  auto key = crypto::Key::load(settings.node.key_file);
  if (!key) throw std::runtime_error(key.error().text);
  Signals signals;
  const SystemClock clock;
  const auto node = node::Node::start(settings, std::move(*key), clock);
  log::info("serving", {{"address", node->address().text},
                        {"listen", settings.http.listen},
                        {"port", node->port()},
                        {"data_dir", settings.node.data_dir.string()}});
  signals.wait();
  log::info("stopping: answering what was begun");
  node->stop();
  log::info("stopped");
  return 0;
}

}  // namespace ao::app
