// The real node as a child process: started, watched, stopped and killed like an operator would.
//
// Used by the fault programmes and the benchmarks, which know the node only by its binary, its
// environment variables and HTTP. Called from one thread; the child dies with that thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace ao::test {

// Processor time of a process and of those that it started and that run: all of it to the
// nanosecond, its split to the kernel's tick.
struct CpuTime {
  double total_seconds = 0;
  double user_seconds = 0;
  double system_seconds = 0;
  std::map<std::string, double> thread_seconds;  // by the name of the threads that run now

  CpuTime since(const CpuTime& before) const;
};
CpuTime cpu_time_of(pid_t process);

// The memory of a process that is in the machine's (VmRSS), with the code that it shares.
double resident_bytes_of(pid_t process);

// A port that nobody listens on, outside of what the kernel gives to clients: on loopback a client
// that connects to a closed port of that range can meet itself.
std::uint16_t free_port();

// aonode beside the running program.
std::filesystem::path node_beside_this_program();

struct NodePlace {
  std::filesystem::path binary;
  std::filesystem::path folder;  // holds the key, the data and the log; must exist
  std::uint16_t port = 0;
  std::map<std::string, std::string> environment;  // AONODE_… beyond those of the place
};

class NodeProcess {
 public:
  // Makes the key when the folder has none. Starts nothing.
  explicit NodeProcess(NodePlace place);
  ~NodeProcess();
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  void start();

  // Until GET /readyz answers 200. False when the node ended or took longer.
  bool wait_until_ready(std::chrono::milliseconds patience);

  void kill();                                // SIGKILL, and waits until it is gone
  int stop(std::chrono::milliseconds grace);  // SIGTERM; the exit code, -1 when it had to be killed
  bool is_running();
  pid_t pid() const { return pid_; }
  CpuTime cpu_time() const { return cpu_time_of(pid_); }

  std::uint16_t port() const { return place_.port; }
  std::filesystem::path data_folder() const { return place_.folder / "data"; }
  std::filesystem::path log_file() const { return place_.folder / "node.log"; }
  std::string last_log_lines(std::size_t count) const;

 private:
  bool reap(int flags);

  NodePlace place_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace ao::test
