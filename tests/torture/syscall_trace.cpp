// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/syscall_trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>

namespace ao::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kAttachPatience = std::chrono::seconds(20);

bool is_traced(const fs::path& task) {
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return !line.ends_with("\t0");
  return true;  // it has ended
}

bool is_traced(pid_t process) {
  for (const auto& task : fs::directory_iterator(fmt::format("/proc/{}/task", process)))
    if (!is_traced(task.path())) return false;
  return true;
}

// The character that begins at `at` of a text with C's escapes; `at` moves behind it.
char unescaped(std::string_view text, std::size_t& at) {
  if (text[at] != '\\' || at + 1 >= text.size()) return text[at++];
  const char kind = text[++at];
  if (kind >= '0' && kind <= '7') {
    int value = 0;
    for (int digits = 0; digits < 3 && at < text.size(); ++digits, ++at) {
      if (text[at] < '0' || text[at] > '7') break;
      value = value * 8 + (text[at] - '0');
    }
    return static_cast<char>(value);
  }
  ++at;
  constexpr std::string_view kNames = "ntrvf";
  constexpr std::string_view kMeant = "\n\t\r\v\f";
  const std::size_t name = kNames.find(kind);
  return name == std::string_view::npos ? kind : kMeant[name];
}

// Everything between quotes.
Bytes strings_in(std::string_view arguments) {
  Bytes all;
  bool quoted = false;
  for (std::size_t at = 0; at < arguments.size();) {
    if (arguments[at] == '"') {
      quoted = !quoted;
      ++at;
    } else if (quoted) {
      all.push_back(unescaped(arguments, at));
    } else {
      ++at;
    }
  }
  return all;
}

// name(3</a/path>, …) = result
std::optional<SystemCall> parse_call(std::string_view text, std::size_t began) {
  const std::size_t open = text.find('(');
  const std::size_t equals = text.rfind(" = ");
  if (open == std::string_view::npos || equals == std::string_view::npos || equals < open)
    return std::nullopt;
  SystemCall call;
  call.name = text.substr(0, open);
  call.began = began;
  const std::string_view arguments = text.substr(open + 1, equals - open - 1);
  const std::size_t less = arguments.find('<');
  const std::size_t greater = arguments.find('>', less);
  if (less != std::string_view::npos && greater != std::string_view::npos)
    call.file = arguments.substr(less + 1, greater - less - 1);
  call.data = strings_in(arguments);
  const std::string_view result = text.substr(equals + 3);
  std::from_chars(result.data(), result.data() + result.size(), call.result);
  return call;
}

}  // namespace

std::vector<SystemCall> parse_trace(std::istream& lines) {
  constexpr std::string_view kUnfinished = " <unfinished ...>";
  std::map<std::string, std::pair<std::string, std::size_t>> begun;  // of each thread
  std::vector<SystemCall> calls;
  std::size_t moment = 0;
  for (std::string line; std::getline(lines, line);) {
    ++moment;
    const std::size_t blank = line.find(' ');
    const std::size_t start = line.find_first_not_of(' ', blank);
    if (blank == std::string::npos || start == std::string::npos) continue;
    const std::string thread = line.substr(0, blank);
    std::string text = line.substr(start);
    if (text.ends_with(kUnfinished)) {
      begun[thread] = {text.substr(0, text.size() - kUnfinished.size()), moment};
      continue;
    }
    std::size_t began = moment;
    if (text.starts_with("<... ")) {
      const auto beginning = begun.find(thread);
      const std::size_t resumed = text.find("resumed>");
      if (beginning == begun.end() || resumed == std::string::npos) continue;
      text = beginning->second.first + text.substr(resumed + 8);
      began = beginning->second.second;
      begun.erase(beginning);
    }
    if (auto call = parse_call(text, began)) {
      call->ended = moment;
      calls.push_back(std::move(*call));
    }
  }
  return calls;
}

Tracer::Tracer(pid_t process, const std::vector<std::string>& calls, fs::path output)
    : output_(std::move(output)) {
  const std::string names = fmt::format("trace={}", fmt::join(calls, ","));
  const std::string target = std::to_string(process);
  strace_ = ::fork();
  if (strace_ == 0) {  // only calls that are safe after a fork of a process with threads
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execlp("strace", "strace", "-f", "-q", "-y", "-s", "4000000", "-e", names.c_str(), "-o",
             output_.c_str(), "-p", target.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + kAttachPatience;
  while (!is_traced(process)) {
    const bool ended = ::waitpid(strace_, nullptr, WNOHANG) != 0;
    if (ended) strace_ = -1;
    if (ended || std::chrono::steady_clock::now() > deadline) {
      stop();
      throw std::runtime_error("strace is not installed, or may not attach to the node");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Tracer::~Tracer() {
  stop();
}

void Tracer::stop() {
  if (strace_ <= 0) return;
  ::kill(strace_, SIGINT);  // it lets the process go on
  ::waitpid(strace_, nullptr, 0);
  strace_ = -1;
}

std::vector<SystemCall> Tracer::detach() {
  stop();
  std::ifstream lines(output_, std::ios::binary);
  return parse_trace(lines);
}

}  // namespace ao::test
