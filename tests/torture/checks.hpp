// Counts what held and what did not, and says so at once.
//
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace ao::test {

class Checks {
 public:
  // One check; `complaints` say what is wrong with it, of which the first few are printed.
  void expect(const std::string& what, const std::vector<std::string>& complaints);
  void expect(const std::string& what, bool holds, const std::string& otherwise = {});

  // The last line of every programme. True when nothing failed.
  bool summarise() const;

  std::size_t failed() const;

 private:
  mutable std::mutex mutex_;
  std::size_t passed_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace ao::test
