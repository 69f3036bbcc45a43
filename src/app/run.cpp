// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ao/base/log.hpp"
#include "ao/node/node.hpp"
#include "setup.hpp"

namespace ao::app {
namespace {

constexpr std::chrono::seconds kLookPeriod{5};

// When a file was written, and which it is: certificates are often exchanged behind a link.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t seconds = 0, nanoseconds = 0;

  bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

// What the main thread does while the node serves: it waits for SIGTERM or SIGINT, and has the
// certificate read again on SIGHUP and when its files change. A second SIGTERM, while the node
// drains, ends the process at once: nothing acknowledged is lost by that, only answers.
class Watch {
 public:
  explicit Watch(const http::ServerSettings& http)
      : set_(context_, SIGTERM, SIGINT, SIGHUP), timer_(context_) {
    if (!http.tls_listen.empty()) files_ = {http.tls_certificate, http.tls_key};
    stamps_ = stamps();
  }

  void run(node::Node& node) {
    await_signal(node);
    if (!files_.empty()) look_later(node);
    context_.run();
    std::signal(SIGTERM, [](int) { std::_Exit(130); });
    std::signal(SIGINT, [](int) { std::_Exit(130); });
  }

 private:
  void await_signal(node::Node& node) {
    set_.async_wait([this, &node](const boost::system::error_code&, int signal) {
      if (signal != SIGHUP) return context_.stop();
      reload(node);
      await_signal(node);
    });
  }

  void look_later(node::Node& node) {
    timer_.expires_after(kLookPeriod);
    timer_.async_wait([this, &node](const boost::system::error_code&) {
      if (stamps() != stamps_) reload(node);
      look_later(node);
    });
  }

  void reload(node::Node& node) {
    stamps_ = stamps();
    node.reload_certificate();
  }

  std::vector<Stamp> stamps() const {
    std::vector<Stamp> found;
    for (const std::filesystem::path& file : files_)
      found.push_back(stamp_of(file));
    return found;
  }

  boost::asio::io_context context_;
  boost::asio::signal_set set_;
  boost::asio::steady_timer timer_;
  std::vector<std::filesystem::path> files_;
  std::vector<Stamp> stamps_;  // of what was read last
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

// A body of many megabytes goes back to the machine when it was handled. Left to itself the
// allocator takes such sizes for usual after the first, and keeps room for them.
void give_large_memory_back() {
  constexpr int kLargeBytes = 256 << 10;
  ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

}  // namespace

int run_node(const node::Settings& settings) {
  log::start(settings.log.level, settings.log.format);
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  give_large_memory_back();
  auto key = crypto::Key::load(settings.node.key_file);
  if (!key) throw std::runtime_error(key.error().text);
  Watch watch(settings.http);
  const SystemClock clock;
  const auto node = node::Node::start(settings, std::move(*key), clock);
  log::info("serving", {{"address", node->address().text},
                        {"listen", listening(settings.http)},
                        {"port", node->port()},
                        {"data_dir", settings.node.data_dir.string()}});
  watch.run(*node);
  log::info("stopping: answering what was begun");
  node->stop();
  log::info("stopped");
  return 0;
}

}  // namespace ao::app
