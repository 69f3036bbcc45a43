// From argv to a command that ran.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ao::app {

// The exit code: 0 done, 1 it failed, 2 the command line or the settings are wrong.
int run_command_line(int argc, char** argv);

}  // namespace ao::app
