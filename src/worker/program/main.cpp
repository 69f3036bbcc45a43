// aonode-worker: runs Lua for a node, shut in. The node carries it and starts it; nobody else does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>

#include "ao/machine/instance.hpp"
#include "ao/worker/sandbox.hpp"
#include "ao/worker/service.hpp"
#include "program.hpp"

int main() {
  close(ao::worker::kProgram);
  prctl(PR_SET_NAME, "lua-worker");  // else it is called by the number of the descriptor
  ao::machine::Instance::prepare();
  if (const auto entered = ao::worker::enter_sandbox(); !entered) {
    std::fprintf(stderr, "aonode-worker: %s\n", entered.error().text.c_str());
    return 1;
  }
  ao::worker::serve(ao::worker::kSocket, ao::worker::kMemory);
  _exit(0);
}
