// The system calls of a running process, as strace saw them, in the order in which they began and
// ended.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::test {

struct SystemCall {
  std::string name;
  std::string file;  // the path, or "socket:[…]", of its first argument, a descriptor
  Bytes data;        // all strings among its arguments
  long result = -1;
  std::size_t began = 0;  // moments, numbered over all threads
  std::size_t ended = 0;
};

// Attached from its making to `detach`. Throws std::runtime_error when it cannot attach.
class Tracer {
 public:
  Tracer(pid_t process, const std::vector<std::string>& calls, std::filesystem::path output);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  std::vector<SystemCall> detach();  // the calls that ended

 private:
  void stop();

  pid_t strace_ = -1;
  const std::filesystem::path output_;
};

std::vector<SystemCall> parse_trace(std::istream& lines);

}  // namespace ao::test
