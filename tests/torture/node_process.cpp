// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/node_process.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <deque>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "ao/crypto/key.hpp"
#include "torture/connection.hpp"

extern char** environ;

namespace ao::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kFirstPort = 20'000;
constexpr std::uint16_t kPorts = 10'000;

std::vector<std::string> environment_of(const NodePlace& place) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("AONODE_")) variables.emplace_back(*entry);
  variables.push_back("AONODE_HTTP_LISTEN=127.0.0.1:" + std::to_string(place.port));
  variables.push_back("AONODE_NODE_DATA_DIR=" + (place.folder / "data").string());
  variables.push_back("AONODE_NODE_KEY_FILE=" + (place.folder / "node-key.json").string());
  for (const auto& [name, value] : place.environment)
    variables.push_back(name + '=' + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts)
    list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

CpuTime CpuTime::since(const CpuTime& before) const {
  CpuTime passed{total_seconds - before.total_seconds, user_seconds - before.user_seconds,
                 system_seconds - before.system_seconds, thread_seconds};
  for (const auto& [name, seconds] : before.thread_seconds)
    passed.thread_seconds[name] -= seconds;
  return passed;
}

namespace {

// From the third on: the second is the name in parentheses, and may hold spaces.
std::istringstream stat_fields(const std::filesystem::path& folder) {
  const std::string stat = text_of(folder / "stat");
  return std::istringstream(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
}

std::vector<pid_t> children_of(pid_t process) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t child = std::atoi(entry.path().filename().c_str());
    std::string state;
    pid_t parent = 0;
    if (child > 0 && stat_fields(entry.path()) >> state >> parent && parent == process)
      children.push_back(child);
  }
  return children;
}

void add(CpuTime& sum, const CpuTime& more) {
  sum.total_seconds += more.total_seconds;
  sum.user_seconds += more.user_seconds;
  sum.system_seconds += more.system_seconds;
  for (const auto& [name, seconds] : more.thread_seconds)
    sum.thread_seconds[name] += seconds;
}

}  // namespace

CpuTime cpu_time_of(pid_t process) {
  const auto folder = std::filesystem::path("/proc") / std::to_string(process);
  auto fields = stat_fields(folder);
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  CpuTime time;
  fields >> time.user_seconds >> time.system_seconds;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  time.user_seconds /= ticks;
  time.system_seconds /= ticks;

  clockid_t clock{};
  timespec passed{};
  if (::clock_getcpuclockid(process, &clock) == 0) ::clock_gettime(clock, &passed);
  time.total_seconds =
      static_cast<double>(passed.tv_sec) + 1e-9 * static_cast<double>(passed.tv_nsec);
  for (const auto& thread : std::filesystem::directory_iterator(folder / "task")) {
    std::string name = text_of(thread.path() / "comm");
    name.erase(name.find_last_not_of("0123456789-\n") + 1);  // one figure for a whole pool
    time.thread_seconds[name] +=
        1e-9 * std::strtod(text_of(thread.path() / "schedstat").c_str(), nullptr);
  }
  for (const pid_t child : children_of(process))
    add(time, cpu_time_of(child));
  return time;
}

double resident_bytes_of(pid_t process) {
  const auto file = std::filesystem::path("/proc") / std::to_string(process) / "status";
  const std::string status = text_of(file);
  const std::size_t at = status.find("VmRSS:");
  if (at == std::string::npos) throw std::runtime_error("no memory in " + file.string());
  return 1024 * std::strtod(&status[at + 6], nullptr);
}

std::uint16_t free_port() {
  std::random_device random;
  for (int i = 0; i < 100; ++i) {
    const auto port = static_cast<std::uint16_t>(kFirstPort + random() % kPorts);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    if (bound) return port;
  }
  throw std::runtime_error("no free port on 127.0.0.1");
}

std::filesystem::path node_beside_this_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "aonode";
}

NodeProcess::NodeProcess(NodePlace place) : place_(std::move(place)) {
  if (!std::filesystem::exists(place_.binary))
    throw std::runtime_error("there is no node at " + place_.binary.string());
  const auto key_file = place_.folder / "node-key.json";
  if (std::filesystem::exists(key_file)) return;
  const auto saved = crypto::Key::new_ed25519()->save(key_file);
  if (!saved) throw std::runtime_error(saved.error().text);
}

NodeProcess::~NodeProcess() {
  kill();
}

void NodeProcess::start() {
  // Everything that allocates comes before the fork: this program has other threads.
  auto variables = environment_of(place_);
  std::vector<std::string> arguments{place_.binary.string(), "run"};
  const auto environment_list = pointers(variables);
  const auto argument_list = pointers(arguments);
  const std::string folder = place_.folder.string();
  const int log = ::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) throw std::runtime_error("cannot write " + log_file().string());
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    if (::chdir(folder.c_str()) == 0)
      ::execve(argument_list[0], argument_list.data(), environment_list.data());
    ::_exit(127);
  }
  ::close(log);
  if (pid_ < 0) throw std::runtime_error("cannot start another process");
}

bool NodeProcess::wait_until_ready(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  http::ClientLimits limits;
  limits.connect_timeout = 200ms;
  limits.answer_timeout = 2s;
  Connection connection(place_.port, limits);
  while (is_running() && std::chrono::steady_clock::now() < deadline) {
    const auto answer = connection.get("/readyz");
    if (answer && answer->status == 200) return true;
    std::this_thread::sleep_for(2ms);  // nothing else tells when a stranger's port opens
  }
  return false;
}

bool NodeProcess::reap(int flags) {
  if (pid_ < 0) return true;
  const pid_t ended = ::waitpid(pid_, &status_, flags);
  if (ended != pid_) return false;
  pid_ = -1;
  return true;
}

bool NodeProcess::is_running() {
  return !reap(WNOHANG);
}

void NodeProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  reap(0);
}

int NodeProcess::stop(std::chrono::milliseconds grace) {
  if (pid_ < 0) return -1;
  ::kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (is_running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill();
      return -1;
    }
    std::this_thread::sleep_for(5ms);
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

std::string NodeProcess::last_log_lines(std::size_t count) const {
  std::ifstream file(log_file());
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > count) lines.pop_front();
  }
  std::string text;
  for (const std::string& line : lines)
    text += line + '\n';
  return text;
}

}  // namespace ao::test
