// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cstring>
#include <stdexcept>

#include "ao/base/log.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

// The most that the kernel keeps of what a connection received and nobody read yet. Left to itself
// it keeps many megabytes of each, and is out of memory for all when some hundreds of them do not
// stop sending.
constexpr int kUnreadBytes = 256 << 10;

constexpr std::chrono::milliseconds kRetryDelay{50};  // no descriptors left: some will be closed
constexpr int kPendingMax = 64;                       // let in together

[[noreturn]] void cannot_listen(const std::string& where, const std::string& why) {
  throw std::runtime_error("http cannot listen on " + where + ": " + why);
}

void check(const error_code& error, const std::string& where) {
  if (error) cannot_listen(where, error.message());
}

tcp::endpoint resolve(const Strand& strand, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) cannot_listen(address, "it is not HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(strand);
  error_code error;
  const auto found =
      resolver.resolve(host, address.substr(colon + 1), tcp::resolver::passive, error);
  check(error, address);
  if (found.empty()) cannot_listen(address, "it has no address");
  return found.begin()->endpoint();
}

Peer peer_of(const asio::generic::stream_protocol::endpoint& endpoint) {
  const auto* const name = endpoint.data();
  if (name->sa_family != AF_INET && name->sa_family != AF_INET6) return std::nullopt;
  tcp::endpoint peer;
  std::memcpy(peer.data(), name, std::min(endpoint.size(), peer.capacity()));
  return without_mapping(peer.address());
}

// Removes a socket file that a process left behind.
void remove_stale(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) cannot_listen(file.string(), "it exists and is no socket");
  asio::io_context context;
  stream_protocol::socket probe(context);
  error_code error;
  probe.connect(stream_protocol::endpoint(file.string()), error);
  if (!error) cannot_listen(file.string(), "another process does");
  if (error != asio::error::connection_refused) check(error, file.string());
  ::unlink(file.c_str());
}

}  // namespace

std::unique_ptr<Listener> Listener::on_tcp(Strand strand, const std::string& address) {
  std::unique_ptr<Listener> listener(new Listener(strand));
  const tcp::endpoint endpoint = resolve(strand, address);
  auto& acceptor = listener->acceptor_;
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  check(error, address);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  check(error, address);
  acceptor.set_option(asio::socket_base::receive_buffer_size(kUnreadBytes), error);
  check(error, address);
  acceptor.bind(endpoint, error);
  check(error, address);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  check(error, address);
  const auto bound = acceptor.local_endpoint();
  tcp::endpoint local;
  std::memcpy(local.data(), bound.data(), std::min(bound.size(), local.capacity()));
  listener->port_ = local.port();
  return listener;
}

std::unique_ptr<Listener> Listener::on_unix(Strand strand, const fs::path& file, std::size_t mode) {
  const std::string where = file.string();
  constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
  if (where.size() > kPathBytesMax)
    cannot_listen(
        where, "the path of a Unix socket has at most " + std::to_string(kPathBytesMax) + " bytes");
  remove_stale(file);
  std::unique_ptr<Listener> listener(new Listener(strand));
  auto& acceptor = listener->acceptor_;
  error_code error;
  acceptor.open(stream_protocol(), error);
  check(error, where);
  // The file is made with the mode of the socket, so it is never wider than asked for; the second
  // call is for what the umask took away.
  ::fchmod(acceptor.native_handle(), static_cast<mode_t>(mode));
  acceptor.bind(stream_protocol::endpoint(where), error);
  check(error, where);
  struct stat status {};
  if (::chmod(where.c_str(), static_cast<mode_t>(mode)) != 0 ||
      ::lstat(where.c_str(), &status) != 0)
    cannot_listen(where, std::strerror(errno));
  listener->file_ = file;
  listener->inode_ = status.st_ino;
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  check(error, where);
  return listener;
}

Task<> Listener::run(Admit admit) {
  co_await asio::this_coro::throw_if_cancelled(false);
  error_code ignored;
  acceptor_.non_blocking(true, ignored);
  while (acceptor_.is_open()) {
    error_code error;
    asio::generic::stream_protocol::endpoint name;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto strand = asio::make_strand(strand_.get_inner_executor());
    Socket socket = co_await acceptor_.async_accept(strand, name, token);
    if (!error) {
      admit(std::move(socket), peer_of(name));
      admit_pending(admit);
    } else if (acceptor_.is_open()) {
      log::warn("http accept failed", {{"error", error.message()}});
      timer_.expires_after(kRetryDelay);
      co_await timer_.async_wait(token);
    }
  }
}

// In a flood a turn of the executor is long: were one let in at each, the last would wait for as
// many turns as there are before it.
void Listener::admit_pending(const Admit& admit) {
  for (int i = 0; i < kPendingMax && acceptor_.is_open(); ++i) {
    error_code error;
    asio::generic::stream_protocol::endpoint name;
    Socket socket(asio::make_strand(strand_.get_inner_executor()));
    acceptor_.accept(socket, name, error);
    if (error) return;  // nobody waits; what else it may be the next wait for one tells
    admit(std::move(socket), peer_of(name));
  }
}

void Listener::close() {
  if (!acceptor_.is_open()) return;
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  struct stat status {};
  if (!file_.empty() && ::lstat(file_.c_str(), &status) == 0 && status.st_ino == inode_)
    ::unlink(file_.c_str());
}

}  // namespace ao::http
