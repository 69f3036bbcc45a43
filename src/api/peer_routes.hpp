// What other nodes of this program ask (docs/peers.md).
//
//   GET  /~peer@1.0/location      the signed record of where this node is reached (an ANS-104 item)
//   GET  /~peer@1.0/item?id=ID    the signed bytes of a process, message or module
//   POST /~peer@1.0/messages      an ANS-104 bundle of messages for processes of this node;
//                                 {"results": [{"slot": 7, "assignment", "timestamp"} or
//                                 {"error": {"again", "code", "message"}}, …]}, in their order
//   POST /~peer@1.0/gossip        a note (ao/peers/note.hpp), answered with another
//
//   GET  /~peer@1.0/schedule?process=ID&known=N   for who follows a process: the last of the N
//   slots
//                                 that it has, and what is behind it, a bundle of messages, each
//                                 with its assignment behind it
//   GET  /~peer@1.0/outcomes?process=ID&from=N&count=M   {"from", "outcomes": [SHA-256, …]}
//
// and what operators and developers ask of it:
//
//   GET  /~peer@1.0/trace?id=MESSAGE   what became of a message, and of what came of it
//   GET  /~peer@1.0/follows            the processes of other nodes that this one follows
//   GET  /~peer@1.0/dead-letters       what no node took, the first 1,000
//   POST /~peer@1.0/retry              sends one once more; an ANS-104 item of this node's key with
//                                      the tags Type: Retry, Sender, Slot, Index
//
// Nobody is believed for being a peer: every message is admitted and paced like a client's.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hyperbeam.hpp"

namespace ao::api {

bool is_for_peers(const Path& path);

Task<http::Response> answer_as_peer(Backend& backend, Asked asked);

}  // namespace ao::api
