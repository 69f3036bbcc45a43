// nginx before a node, with a configuration and a folder of its own, on loopback.
//
// One connection to the node serves all clients in turn: who could leave something on it would be
// answered in another's place. It has two doors: as nginx comes, and with what makes it pass on
// more.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ao::test {

class ReverseProxy {
 public:
  // Throws std::runtime_error when nginx is not installed or does not start.
  ReverseProxy(const std::filesystem::path& folder, const std::filesystem::path& node_socket);
  ~ReverseProxy();
  ReverseProxy(const ReverseProxy&) = delete;
  ReverseProxy& operator=(const ReverseProxy&) = delete;

  std::uint16_t strict_port() const { return strict_port_; }
  std::uint16_t lenient_port() const { return lenient_port_; }

  // A line for each request that it took for one: target, status, and the node's status or "-".
  std::vector<std::string> requests() const;

 private:
  std::filesystem::path folder_;
  std::uint16_t strict_port_;
  std::uint16_t lenient_port_;
  pid_t pid_ = -1;
};

}  // namespace ao::test
