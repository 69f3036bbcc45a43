// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ao/node/census.hpp"
#include "backend.hpp"

namespace ao::node {

Task<std::string> PipelineBackend::metrics() {
  using std::chrono::steady_clock;
  auto work = [this, asked = steady_clock::now()] {
    if (metrics_begun_ < asked) {
      metrics_begun_ = steady_clock::now();
      metrics_text_ = metrics_now();
    }
    return metrics_text_;
  };
  auto text = co_await async::run_on(metrics_strand_, std::move(work));
  co_return text;
}

void PipelineBackend::count_gateways() const {
  const auto gateways = pipeline_.gateways().states();
  const auto fails = [](const Gateways::State& one) { return !one.reason.empty(); };
  metrics_.gauge("aonode_gateways_failing", "Gateways that did not answer when asked last.",
                 static_cast<double>(std::ranges::count_if(gateways, fails)));
  metrics_.gauge("aonode_block_height", "Of the network's last block that is known; 0: of none.",
                 static_cast<double>(last_block().height));
  metrics_.gauge("aonode_block_age_seconds", "Since a gateway told of the last block.",
                 static_cast<double>(pipeline_.blocks().age().count()) / 1000);
}

std::string PipelineBackend::metrics_now() const {
  const auto store = store_.counters();
  const auto compute = pipeline_.compute().counters();
  const auto set = [&](const char* name, const char* help, std::uint64_t value) {
    metrics_.gauge(name, help, static_cast<double>(value));
  };
  set("aonode_store_commits", "Batches committed since the start.", store.commits);
  set("aonode_store_syncs", "Synced writes since the start; commits share them.", store.syncs);
  set("aonode_store_written_bytes", "Bytes committed since the start.", store.bytes);
  set("aonode_store_waiting_commits", "Batches waiting for a sync.", store.waiting);
  for (const Table& table : tables())
    metrics_.gauge("aonode_store_table_bytes", "About what each kind of record takes on disk.",
                   static_cast<double>(store_.bytes_under(BytesView(&table.letter, 1))),
                   {{"table", std::string(table.name)}});
  set("aonode_inbox_waiting_processes", "Processes waiting for their turn.", compute.waiting);
  set("aonode_vm_pool_busy", "Evaluations running.", compute.in_flight);
  set("aonode_processes_live", "Processes in memory and idle.", compute.live);
  set("aonode_processes_evicted", "Processes dropped from memory since the start.",
      compute.evicted);
  set("aonode_processes_resting", "Processes at rest in files.", compute.resting);
  set("aonode_processes_live_bytes", "Memory of the processes in memory.", compute.live_bytes);
  set("aonode_copies_made", "Copies of processes for dry runs, since the start.", compute.copied);
  set("aonode_copies_live_bytes", "Memory of copies and past states of processes.",
      compute.copies_bytes);
  set("aonode_worker_deaths", "Worker processes that died or were ended since the start.",
      compute.worker_deaths);
  set("aonode_processes_quarantined", "Processes that cost two workers in a row, left alone.",
      compute.quarantined);
  if (settlement().is_known) count_settlement();
  const auto cron = pipeline_.ticking().counters();
  const auto forwards = pipeline_.forwarding().counters();
  set("aonode_peers_known", "Nodes of other operators that are known.",
      pipeline_.peering().peers().size());
  const auto gossip = pipeline_.peering().counters();
  set("aonode_gossip_records", "Location records that are known, this node's own among them.",
      gossip.records);
  set("aonode_gossip_sources_banned", "Those that are not heard for a while, for what they sent.",
      gossip.banned);
  set("aonode_peers_resting", "Those that did not answer, and are left alone for a while.",
      forwards.peers_resting);
  set("aonode_forward_routes", "Pairs of sender and target with messages for other nodes.",
      forwards.routes);
  const auto follows = pipeline_.following().states();
  const auto is_ended = [](const api::FollowState& one) { return !one.code.empty(); };
  set("aonode_followed", "Processes of other nodes that this one follows.", follows.size());
  set("aonode_followed_ended", "Those of which something was wrong, so that it does no longer.",
      static_cast<std::uint64_t>(std::ranges::count_if(follows, is_ended)));
  if (pipeline_.gateways().is_on()) count_gateways();
  set("aonode_cron_tasks", "Scheduled tasks.", cron.tasks);
  set("aonode_cron_tasks_due", "Those that were due and not yet scheduled, last looked at.",
      cron.due);
  const auto door = pipeline_.verification().counters();
  set("aonode_verify_queue_messages", "Messages waiting for their check, or in it.", door.messages);
  set("aonode_verify_queue_messages_max", "admission.verify_queue_max.", door.messages_max);
  set("aonode_verify_queue_bytes", "Their bytes.", door.bytes);
  set("aonode_verify_queue_bytes_max", "admission.verify_queue_bytes_max.", door.bytes_max);
  set("aonode_clients_known", "Clients whose rate is watched.", door.clients);
  set("aonode_clients_known_max", "admission.clients_max.", door.clients_max);
  set("aonode_signers_known", "Signers whose rate is watched.", door.signers);
  set("aonode_signers_known_max", "admission.signers_max.", door.signers_max);
  set("aonode_event_followers", "Streams of events, and requests that await a result.",
      bulletin().followers());
  if (server_ != nullptr) {
    const auto http = server_->counters();
    set("aonode_http_connections", "Connections open.", http.connections);
    set("aonode_http_connections_accepted", "Connections accepted since the start.", http.accepted);
    set("aonode_http_connections_refused", "Connections over a limit since the start.",
        http.refused);
    set("aonode_http_requests_over_rate", "Requests over http.requests_per_second.",
        http.over_rate);
    set("aonode_http_handshakes_failed", "TLS handshakes that failed since the start.",
        http.handshakes_failed);
    set("aonode_http_requests_malformed", "Requests the server refused by itself.", http.rejected);
  }
  return metrics_.text();
}

}  // namespace ao::node
