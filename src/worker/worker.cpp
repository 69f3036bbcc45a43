// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "ao/message/cbor.hpp"
#include "message_socket.hpp"
#include "program.hpp"

namespace ao::worker {

namespace asio = boost::asio;
using message::Value;

namespace {

constexpr unsigned kExecutable = 0x10;  // MFD_EXEC, which Debian 12's headers lack
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> unstartable(const char* what, int reason) {
  return fail(ErrorKind::kUnavailable, "worker-unstartable",
              fmt::format("{}: {}", what, std::strerror(reason)));
}

// The executable, which is a part of this one, as a file that only this process knows.
Result<int> program() {
  static const int descriptor = [] {
    int made = memfd_create("aonode-worker", MFD_CLOEXEC | kExecutable);
    if (made < 0) made = memfd_create("aonode-worker", MFD_CLOEXEC);  // a kernel before 6.3
    const BytesView image = program_image();
    std::size_t written = 0;
    while (made >= 0 && written < image.size()) {
      const ssize_t count = write(made, image.data() + written, image.size() - written);
      if (count <= 0) return -1;
      written += static_cast<std::size_t>(count);
    }
    return made;
  }();
  if (descriptor < 0) return unstartable("no memory for the worker's program", errno);
  return descriptor;
}

// Starts it with nothing but its descriptors and standard error.
Result<int> spawn(int socket, int memory) {
  AO_TRY(executable, program());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Over numbers that none of them has, so that one does not take the other's place.
  constexpr int kAside = 1'000;
  const std::array<int, 3> given{socket, memory, executable};
  for (int i = 0; i < 3; ++i)
    posix_spawn_file_actions_adddup2(&actions, given[static_cast<std::size_t>(i)], kAside + i);
  for (int i = 0; i < 3; ++i)
    posix_spawn_file_actions_adddup2(&actions, kAside + i, kSocket + i);
  posix_spawn_file_actions_addclosefrom_np(&actions, kProgram + 1);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO})
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  const std::string path = fmt::format("/proc/self/fd/{}", kProgram);
  std::string name = "aonode-worker";
  std::array<char*, 2> arguments{name.data(), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t process = 0;
  const int status =
      posix_spawn(&process, path.c_str(), &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) return unstartable("a worker cannot be started", status);
  return process;
}

std::string ending(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("it was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("it ended with code {}", WEXITSTATUS(status));
}

}  // namespace

Result<std::shared_ptr<Worker>> Worker::start(asio::any_io_executor strand,
                                              std::chrono::seconds patience) {
  AO_TRY(memory, SharedMemory::create());
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return unstartable("no socket to a worker", errno);
  auto process = spawn(ends[1], memory.descriptor());
  ::close(ends[1]);
  if (!process) {
    ::close(ends[0]);
    return std::unexpected(process.error());
  }
  Socket socket(strand, asio::local::stream_protocol(), ends[0]);
  return std::shared_ptr<Worker>(
      new Worker(strand, patience, std::move(memory), std::move(socket), *process));
}

Worker::Worker(asio::any_io_executor strand, std::chrono::seconds patience, SharedMemory memory,
               Socket socket, int process)
    : patience_(patience),
      memory_(std::move(memory)),
      socket_(std::move(socket)),
      turn_(strand, 1),
      process_(process) {}

Worker::~Worker() {
  kill();
  if (process_ != 0) waitpid(process_, nullptr, 0);
}

void Worker::kill() {
  dead_ = true;
  if (process_ != 0) ::kill(process_, SIGKILL);
}

Task<Result<Value>> Worker::call(Value request, std::optional<ImageFile> file) {
  const auto self = shared_from_this();
  ++calls_;
  boost::system::error_code none;
  co_await turn_.async_send(none, asio::use_awaitable);
  auto answer = co_await call_now(std::move(request), std::move(file));
  turn_.try_receive([](boost::system::error_code) {});
  --calls_;
  co_return answer;
}

Task<Result<Value>> Worker::call_now(Value request, std::optional<ImageFile> file) {
  if (has_ended()) {
    Error gone{ErrorKind::kBusy, "process-not-held", "the worker died meanwhile"};
    co_return std::unexpected(std::move(gone));
  }
  const Bytes asked = message::to_cbor(request);
  if (asked.size() > SharedMemory::kHalfBytes) {
    Error large{ErrorKind::kTooLarge, "worker-request-max",
                fmt::format("{} bytes are for a worker at once, over the limit of {}", asked.size(),
                            SharedMemory::kHalfBytes)};
    co_return std::unexpected(std::move(large));
  }
  memory_.put_request(asked);
  // Nothing else is on its way to it, so the socket takes the few bytes at once.
  const int handed = file ? file->descriptor() : kNoFile;
  std::optional<std::size_t> answered;
  if (send_size(socket_.native_handle(), asked.size(), handed)) answered = co_await answer_size();
  if (!answered) co_return std::unexpected(died());
  auto answer = message::from_cbor(memory_.answer(*answered));
  memory_.shrink();
  co_return answer;
}

// Also when it ended between two calls, of which none is to blame.
bool Worker::has_ended() {
  if (process_ != 0 && waitpid(process_, nullptr, WNOHANG) == process_) {
    process_ = 0;
    dead_ = true;
  }
  return dead_;
}

// Nullopt when there is none to come.
Task<std::optional<std::size_t>> Worker::answer_size() {
  asio::steady_timer watch(socket_.get_executor(), patience_);
  auto self = weak_from_this();
  watch.async_wait([self](boost::system::error_code stopped) {
    const auto worker = self.lock();
    if (stopped || !worker) return;
    worker->overdue_ = true;
    worker->kill();
  });
  std::uint64_t size = 0;
  const auto received = asio::buffer(&size, sizeof size);
  auto [failed, count] = co_await asio::async_read(socket_, received, kTuple);
  watch.cancel();
  const bool whole = !failed && size <= SharedMemory::kHalfBytes;
  std::optional<std::size_t> answered;
  if (whole) answered = size;
  co_return answered;
}

// It has closed its socket, or what it sends is no answer: the process ends, if it has not yet.
Error Worker::died() {
  kill();
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = 0;
  const std::string how =
      overdue_ ? fmt::format("it took longer than {} s", patience_.count()) : ending(status);
  return {ErrorKind::kUnavailable, "worker-died", "the worker that ran the process died: " + how};
}

}  // namespace ao::worker
