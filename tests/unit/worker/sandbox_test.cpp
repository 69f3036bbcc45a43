// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/sandbox.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ao::worker {
namespace {

// Each in a process of its own.
using Attempt = std::pair<const char*, void (*)()>;

std::string name_of(const testing::TestParamInfo<Attempt>& attempt) {
  return attempt.param.first;
}

class SandboxDeathTest : public testing::TestWithParam<Attempt> {
 protected:
  static void try_in_sandbox(void (*forbidden)()) {
    if (!enter_sandbox()) _exit(7);
    forbidden();
    _exit(0);
  }
};

TEST_P(SandboxDeathTest, ends_who_tries) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(try_in_sandbox(GetParam().second), testing::KilledBySignal(SIGSYS), "");
}

void* map(int protection) {
  return mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Of, SandboxDeathTest,
    testing::Values(Attempt("to_speak", [] { static_cast<void>(socket(AF_INET, SOCK_STREAM, 0)); }),
                    Attempt("to_multiply", [] { static_cast<void>(syscall(SYS_fork)); }),
                    Attempt("to_become_another", [] { execl("/bin/true", "true", nullptr); }),
                    Attempt("to_end_others", [] { kill(getppid(), 0); }),
                    Attempt("to_look_into_others", [] { ptrace(PTRACE_ATTACH, getppid(), 0, 0); }),
                    Attempt("to_remove_files", [] { static_cast<void>(unlink("/tmp/not-there")); }),
                    Attempt("to_write_code", [] { map(PROT_WRITE | PROT_EXEC); }),
                    Attempt("to_make_code_of_data",
                            [] {
                              mprotect(map(PROT_READ | PROT_WRITE), 4096, PROT_READ | PROT_EXEC);
                            })),
    name_of);

// Under a sanitizer files may be opened, since it reads symbols to report.
#if !defined(__SANITIZE_ADDRESS__)
INSTANTIATE_TEST_SUITE_P(
    Plain, SandboxDeathTest,
    testing::Values(Attempt("to_read_files",
                            [] { static_cast<void>(syscall(SYS_open, "/etc/passwd", 0)); })),
    name_of);
#endif

TEST(SandboxRoomDeathTest, lets_who_computes_have_memory_and_end) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto compute = [] {
    if (!enter_sandbox()) _exit(7);
    for (int i = 0; i < 100; ++i)
      std::vector<char>(1 << 20, 'x').swap(*new std::vector<char>);
    _exit(map(PROT_READ) != MAP_FAILED ? 3 : 4);
  };
  EXPECT_EXIT(compute(), testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace ao::worker
