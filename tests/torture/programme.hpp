// A fault programme: what breaks the node on purpose, and what must hold nevertheless.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "torture/checks.hpp"

namespace ao::test {

struct Options {
  std::size_t count = 0;  // faults; 0: as many as the programme makes by itself
  std::uint64_t seed = 0;
  std::size_t clients = 5;
  std::string sabotage;  // breaks what the programme guards, to show that it notices
  std::filesystem::path node;
  std::filesystem::path other;      // of `determinism`: another build of this program
  std::filesystem::path schedules;  // of `replay`, which `determinism` starts: what to replay
  std::string manner;               // and how
};

// SIGKILL at random moments, under load. Sabotage: "drop-wal", "lose-ack".
void run_kill(const Options& options, Checks& checks);

// SIGKILL at random moments under scheduled tasks. Sabotage: "lose-tick", "double-tick" (in what is
// read of the schedule).
void run_cron(const Options& options, Checks& checks);

// Three nodes pass money around while they are killed and the wires between them fail. Sabotage:
// "lose-transfer", "double-transfer" (in what is read of the accounts).
void run_network(const Options& options, Checks& checks);

// Peers that never answer, answer slowly, wrongly or without end, redirect, lie and flood gossip.
// Sabotage: "lose-note" (in what is read of a sink), "stall" (of the node), "grow" (of its memory).
void run_hostile_peers(const Options& options, Checks& checks);

// Messages come again: at once, later, after a SIGKILL, when their results are pruned, signed anew,
// altered, at another node, from a stranger. Sabotage: "double-slot" (in what is answered).
void run_duplicates(const Options& options, Checks& checks);

// SIGKILL at random moments while what is scheduled is brought to a bundler that is busy, fails,
// keeps silent, loses, names others, and is away for long. Sabotage: "never-again" (the node does
// not send again what was lost), "lose-bundle", "double-bundle" (in what is read of the blocks).
void run_settlement(const Options& options, Checks& checks);

// The same with Arweave nodes, which a wallet pays: transactions that are refused, lost or not
// answered, chunks that are refused, anchors that grow old. Sabotage: also "pay-twice".
void run_settlement_nodes(const Options& options, Checks& checks);

// Each acknowledgement of a node under strace comes after a sync of what it acknowledges. Sabotage:
// "drop-syncs" (they are taken out of the trace).
void run_sync_before_ack(const Options& options, Checks& checks);

// The programs of tests/fixtures/hostile: alone, as messages of a process, and at a real node.
// Sabotage: "forget-rollback", "one-thread" (of the node, for all processes).
void run_hostile_lua(const Options& options, Checks& checks);

// The HTTP server's limits, each met and exceeded; floods while an honest client calls; requests
// smuggled through nginx. Sabotage: "loose-limits" (of the node), "stall" (of the node, in floods),
// "hold" (of a connection), "smuggle".
void run_http_abuse(const Options& options, Checks& checks);

// Ten times as many messages as the node can take. Sabotage: "stall" (of the node, under the load),
// "wait-for-all" (nothing is refused), "lose-ack".
void run_overload(const Options& options, Checks& checks);

// Random processes, evaluated in surroundings that must not matter, come to the same outcomes and
// states. Sabotage: "leak-state", "leak-outcome" (one of them depends on the process id).
void run_determinism(const Options& options, Checks& checks);

// The rest is about the store and the schedule on a simulated disk, within this process.

// Power cuts at random operations of the disk, under load. Sabotage: "no-sync" (the disk does not
// sync the log), "forget-directory" (nor names).
void run_power_loss(const Options& options, Checks& checks);

// Each operation of a run fails in turn, for want of space and with an error; some syncs are slow.
// Sabotage: "swallow" (the disk fails and does not say so).
void run_nth_failure(const Options& options, Checks& checks);

// One file of a stopped store is changed: it refuses to open or to read, or everything is there.
// Sabotage: "start-anew" (what is damaged is taken for absent).
void run_corruption(const Options& options, Checks& checks);

}  // namespace ao::test
