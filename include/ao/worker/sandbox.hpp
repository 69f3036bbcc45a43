// The walls around a worker process: it can compute, use memory, and speak over what it was given.
//
// Once entered there is no way out: opening a file, a socket or a process, or memory that can be
// executed, ends the process at once (SIGSYS). Linux, x86-64 and arm64.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/result.hpp"

namespace ao::worker {

// Errors: kUnavailable "worker-unstartable".
Result<> enter_sandbox();

}  // namespace ao::worker
