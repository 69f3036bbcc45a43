// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/reverse_proxy.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "torture/node_process.hpp"
#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;

// Debian has it where not every PATH leads.
std::filesystem::path find_nginx() {
  for (const char* place : {"/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"})
    if (std::filesystem::exists(place)) return place;
  throw std::runtime_error("nginx is not installed: scripts/deps --tests does that");
}

constexpr const char* kConfiguration = R"(
daemon off;
master_process off;
pid {0}/nginx.pid;
error_log {0}/nginx-error.log;
events {{ worker_connections 512; }}
http {{
  log_format told '$request_uri $status $upstream_status';
  access_log {0}/access.log told;
  client_body_temp_path {0}/body;
  proxy_temp_path {0}/proxy;
  fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi;
  scgi_temp_path {0}/scgi;
  upstream node {{
    server unix:{1};
    keepalive 1;
  }}
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  server {{
    listen 127.0.0.1:{2};
    location / {{ proxy_pass http://node; }}
  }}
  server {{
    listen 127.0.0.1:{3};
    ignore_invalid_headers off;
    underscores_in_headers on;
    merge_slashes off;
    proxy_request_buffering off;
    location / {{
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_pass http://node;
    }}
  }}
}}
)";

}  // namespace

ReverseProxy::ReverseProxy(const std::filesystem::path& folder,
                           const std::filesystem::path& node_socket)
    : folder_(folder), strict_port_(free_port()), lenient_port_(free_port()) {
  const std::string program = find_nginx();
  const std::string file = (folder_ / "nginx.conf").string();
  std::ofstream(file) << fmt::format(fmt::runtime(kConfiguration), folder_.string(),
                                     node_socket.string(), strict_port_, lenient_port_);
  const std::string errors = (folder_ / "nginx-error.log").string();
  const std::string prefix = folder_.string();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(nothing, STDERR_FILENO);
    ::execl(program.c_str(), "nginx", "-p", prefix.c_str(), "-c", file.c_str(), "-e",
            errors.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  for (int attempt = 0; attempt < 500; ++attempt) {
    try {
      RawSocket probe(lenient_port_);
      return;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(10ms);
    }
  }
  throw std::runtime_error("nginx does not start; see " + errors);
}

ReverseProxy::~ReverseProxy() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

std::vector<std::string> ReverseProxy::requests() const {
  std::vector<std::string> lines;
  std::ifstream file(folder_ / "access.log");
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

}  // namespace ao::test
