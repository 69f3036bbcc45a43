// The command line, run inside the test.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "command_line.hpp"

namespace ao::test {

struct Said {
  int code;
  std::string out;
  std::string err;
};

// `aonode` with these arguments.
inline Said aonode(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "aonode");
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = app::run_command_line(static_cast<int>(argv.size()), argv.data());
  std::string out = testing::internal::GetCapturedStdout();
  return {code, std::move(out), testing::internal::GetCapturedStderr()};
}

}  // namespace ao::test
