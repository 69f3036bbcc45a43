// What a worker process does: answers its node, one request after the other, until the node goes.
//
// Owned by the worker's program; its only thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ao::worker {

// Returns when the other end of the socket is closed, or says what no node says.
void serve(int socket, int memory);

}  // namespace ao::worker
