// Whether a sender keeps to the least rate, judged once a window. Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace ao::http {

class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Pace(std::size_t bytes_per_second_min, std::chrono::seconds window, Time start)
      : bytes_per_window_min_(bytes_per_second_min * static_cast<std::size_t>(window.count())),
        window_(window),
        window_end_(start + window) {}

  Time window_end() const { return window_end_; }

  // At the end of a window or later; `bytes` is all that came so far. When the pace was kept, the
  // next window begins.
  bool is_kept(std::size_t bytes, Time now) {
    if (bytes - bytes_before_ < bytes_per_window_min_) return false;
    bytes_before_ = bytes;
    window_end_ = now + window_;
    return true;
  }

 private:
  std::size_t bytes_per_window_min_;
  std::chrono::seconds window_;
  Time window_end_;
  std::size_t bytes_before_ = 0;
};

}  // namespace ao::http
