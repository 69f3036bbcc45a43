// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/sandbox.hpp"

#include <fmt/format.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <memory>

namespace ao::worker {
namespace {

// Talking to the node, memory, arenas and their savepoints, the clock, and ending.
constexpr int kAllowed[] = {
    SCMP_SYS(read),           SCMP_SYS(write),           SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),        SCMP_SYS(close),           SCMP_SYS(munmap),
    SCMP_SYS(mremap),         SCMP_SYS(madvise),         SCMP_SYS(brk),
    SCMP_SYS(memfd_create),   SCMP_SYS(ftruncate),       SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),       SCMP_SYS(futex),           SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),      SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),          SCMP_SYS(gettid),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),
#if defined(__SANITIZE_ADDRESS__)  // to report what they find
    SCMP_SYS(openat),         SCMP_SYS(readlink),        SCMP_SYS(newfstatat),
    SCMP_SYS(fstat),          SCMP_SYS(sched_yield),     SCMP_SYS(sigaltstack),
    SCMP_SYS(prctl),          SCMP_SYS(getrusage),       SCMP_SYS(lseek),
    SCMP_SYS(pipe2),
#endif
};

std::unexpected<Error> failed(const char* what, int reason) {
  return fail(ErrorKind::kUnavailable, "worker-unstartable",
              fmt::format("a worker cannot be shut in: {}: {}", what, std::strerror(reason)));
}

Result<> filter_system_calls() {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_KILL_PROCESS),
                                                                seccomp_release);
  if (!filter) return failed("no filter", ENOMEM);
  for (const int call : kAllowed)
    if (const int status = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); status != 0)
      return failed("a rule", -status);
  // Memory, but for code.
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    const auto not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const int status = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, not_executable);
    if (status != 0) return failed("a rule", -status);
  }
  if (const int status = seccomp_load(filter.get()); status != 0) return failed("load", -status);
  return {};
}

}  // namespace

Result<> enter_sandbox() {
  constexpr rlimit kNone{0, 0};
  if (setrlimit(RLIMIT_CORE, &kNone) != 0) return failed("RLIMIT_CORE", errno);
  if (setrlimit(RLIMIT_NPROC, &kNone) != 0) return failed("RLIMIT_NPROC", errno);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return failed("PR_SET_DUMPABLE", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("PR_SET_NO_NEW_PRIVS", errno);
  return filter_system_calls();
}

}  // namespace ao::worker
