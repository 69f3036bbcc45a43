// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace ao::app {
namespace {

// Standard error is a terminal as long as this lives.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)), before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::grantpt(master_), 0);
    EXPECT_EQ(::unlockpt(master_), 0);
    std::array<char, 100> name{};
    EXPECT_EQ(::ptsname_r(master_, name.data(), name.size()), 0);
    const int slave = ::open(name.data(), O_RDWR | O_NOCTTY);
    EXPECT_EQ(::dup2(slave, STDERR_FILENO), STDERR_FILENO);
    ::close(slave);
  }
  ~Terminal() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // What arrived, once nothing has for a while: the kernel hands it on in its own time.
  std::string shown() const {
    std::string text;
    std::array<char, 4'096> piece{};
    pollfd arrived{master_, POLLIN, 0};
    while (::poll(&arrived, 1, 300) == 1) {
      const ssize_t size = ::read(master_, piece.data(), piece.size());
      if (size <= 0) break;
      text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  int master_;
  int before_;
};

// Half of the work in 300 ms.
void work(bool quiet) {
  ProgressLine line("proving", ProgressLine::Unit::kEntries, quiet);
  const auto tell = line.teller();
  for (std::uint64_t done = 0; done <= 3'000; done += 1'000) {
    tell(done, 6'000);
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
  }
}

TEST(Progress, draws_a_bar_with_rate_and_time_left_on_a_terminal_and_takes_it_away) {
  const Terminal terminal;
  work(false);
  const std::string shown = terminal.shown();
  EXPECT_TRUE(shown.starts_with("\r\033[Kproving ")) << shown;
  EXPECT_NE(shown.find(" 50 %"), std::string::npos) << shown;
  EXPECT_NE(shown.find("/s  0:00 left"), std::string::npos) << shown;
  EXPECT_TRUE(shown.ends_with("\r\033[K")) << shown;
}

TEST(Progress, says_nothing_when_it_is_quiet) {
  const Terminal terminal;
  work(true);
  EXPECT_EQ(terminal.shown(), "");
}

TEST(Progress, says_nothing_about_short_work_without_a_terminal) {
  testing::internal::CaptureStderr();
  work(false);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, sizes_and_counts_are_easy_to_read) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1'023), "1023 B");
  EXPECT_EQ(bytes_text(1'024), "1.0 KiB");
  EXPECT_EQ(bytes_text(10 * 1'048'576 + 524'288), "10.5 MiB");
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace ao::app
