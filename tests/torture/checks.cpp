// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/checks.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace ao::test {
namespace {

constexpr std::size_t kComplaintsShown = 5;

}  // namespace

void Checks::expect(const std::string& what, const std::vector<std::string>& complaints) {
  const std::scoped_lock lock(mutex_);
  if (complaints.empty()) {
    ++passed_;
    fmt::print("ok    {}\n", what);
  } else {
    ++failed_;
    fmt::print("FAIL  {}: {} complaints\n", what, complaints.size());
    for (std::size_t i = 0; i < std::min(complaints.size(), kComplaintsShown); ++i)
      fmt::print("        {}\n", complaints[i]);
  }
  std::fflush(stdout);
}

void Checks::expect(const std::string& what, bool holds, const std::string& otherwise) {
  std::vector<std::string> complaints;
  if (!holds) complaints.push_back(otherwise.empty() ? "it does not hold" : otherwise);
  expect(what, complaints);
}

bool Checks::summarise() const {
  const std::scoped_lock lock(mutex_);
  fmt::print("{} passed, {} failed\n", passed_, failed_);
  return failed_ == 0;
}

std::size_t Checks::failed() const {
  const std::scoped_lock lock(mutex_);
  return failed_;
}

}  // namespace ao::test
