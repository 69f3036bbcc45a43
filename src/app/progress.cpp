// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "ao/base/log.hpp"

namespace ao::app {
namespace {

constexpr std::chrono::milliseconds kDrawEvery{100};
constexpr std::chrono::seconds kLogEvery{10};
constexpr int kBarWidth = 30;

std::string clock_text(std::chrono::seconds time) {
  const auto seconds = time.count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit)
    size /= 1024;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, 1, ',');
  return text;
}

ProgressLine::ProgressLine(std::string what, Unit unit, bool quiet)
    : what_(std::move(what)),
      unit_(unit),
      quiet_(quiet),
      to_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (is_drawn_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressLine::tell(std::uint64_t done, std::uint64_t total) {
  const auto now = Clock::now();
  if (!began_) {
    began_ = told_ = now;
    done_at_first_ = done;
  }
  const Clock::duration pause = to_terminal_ ? Clock::duration(kDrawEvery) : kLogEvery;
  if (quiet_ || now - told_ < pause) return;
  told_ = now;
  const std::chrono::duration<double> took = now - *began_;
  const double rate = static_cast<double>(done - done_at_first_) / took.count();
  const std::uint64_t left = total > done ? total - done : 0;
  const std::chrono::seconds seconds_left(
      rate > 0 ? static_cast<std::int64_t>(static_cast<double>(left) / rate) : 0);
  const int percent =
      total == 0 ? 0 : static_cast<int>(std::min<std::uint64_t>(99, done * 100 / total));
  const auto a_second = static_cast<std::uint64_t>(rate);
  const std::string rate_text =
      (unit_ == Unit::kBytes ? bytes_text(a_second) : count_text(a_second)) + "/s";
  if (to_terminal_) return draw(percent, rate_text, clock_text(seconds_left));
  log::info(what_, {{"percent", percent},
                    {"rate", rate_text},
                    {"seconds_left", static_cast<std::int64_t>(seconds_left.count())}});
}

void ProgressLine::draw(int percent, const std::string& rate, const std::string& left) {
  const int full = percent * kBarWidth / 100;
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i)
    bar += i < full ? "█" : "░";
  std::cerr << fmt::format("\r\033[K{} {} {:3} %  {}  {} left", what_, bar, percent, rate, left)
            << std::flush;
  is_drawn_ = true;
}

}  // namespace ao::app
