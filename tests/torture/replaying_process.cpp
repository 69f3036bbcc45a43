// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/replaying_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "ao/message/cbor.hpp"
#include "ao/message/json.hpp"
#include "support/workbench.hpp"

extern char** environ;

namespace ao::test {
namespace {

constexpr std::size_t kThreads = 3;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts)
    list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> variables_of(const Surroundings& surroundings) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    if (!surroundings.environment.contains(std::string(variable.substr(0, variable.find('=')))))
      variables.emplace_back(variable);
  }
  for (const auto& [name, value] : surroundings.environment)
    variables.push_back(name + '=' + value);
  return variables;
}

std::string lines_of(std::size_t number, const std::vector<SlotTrace>& traces, bool tell) {
  std::string lines;
  for (const SlotTrace& trace : traces) {
    const auto digest = crypto::sha256(message::to_cbor(trace.outcome.value()));
    lines += fmt::format("schedule {} slot {} {} {}\n", number, trace.outcome.slot.number,
                         hex(crypto::view(digest)), hex(crypto::view(trace.state)));
    if (tell) lines += "  " + message::to_json(trace.outcome.legacy()) + '\n';
  }
  return lines;
}

}  // namespace

ReplayingProcess::ReplayingProcess(Surroundings surroundings,
                                   const std::filesystem::path& schedules)
    : surroundings_(std::move(surroundings)),
      told_(schedules.parent_path() / (surroundings_.name + ".txt")) {
  auto variables = variables_of(surroundings_);
  std::vector<std::string> arguments{
      surroundings_.binary.string(), "replay", "--schedules", schedules.string(), "--manner",
      surroundings_.manner};
  const auto variable_list = pointers(variables);
  const auto argument_list = pointers(arguments);
  const int out = ::open(told_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (out < 0) throw std::runtime_error("cannot write " + told_.string());
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!surroundings_.randomised_addresses) ::personality(ADDR_NO_RANDOMIZE);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execve(argument_list[0], argument_list.data(), variable_list.data());
    ::_exit(127);
  }
  ::close(out);
  if (pid_ < 0) throw std::runtime_error("cannot start another process");
}

ReplayingProcess::~ReplayingProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::vector<std::string> ReplayingProcess::wait() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (status != 0)
    throw std::runtime_error(fmt::format("replaying in '{}' ended with status {}: see {}",
                                         surroundings_.name, status, told_.string()));
  std::vector<std::string> lines;
  std::ifstream file(told_);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("schedule ")) lines.push_back(line);
  return lines;
}

void replay_file(const std::filesystem::path& schedules, const std::string& words) {
  const Manner manner = Manner::from_text(words);
  const bool tell = words.find("tell") != words.npos;
  const auto all = message::from_cbor(read_file(schedules));
  if (!all || all->list() == nullptr) throw std::runtime_error("no schedules in that file");
  const message::List& list = *all->list();

  std::vector<std::string> lines(list.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < list.size(); i = next++)
      lines[i] = lines_of(i, replay(RecordedSchedule::from(list[i]), manner), tell);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; manner.other_threads && i < kThreads; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& some : lines)
    fmt::print("{}", some);
}

void write_schedules(const std::vector<RecordedSchedule>& schedules,
                     const std::filesystem::path& file) {
  message::List list;
  for (const RecordedSchedule& schedule : schedules)
    list.push_back(schedule.value());
  std::ofstream out(file, std::ios::binary);
  out << message::to_cbor(list);
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace ao::test
