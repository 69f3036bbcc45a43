// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics.hpp"

#include <prometheus/text_serializer.h>

namespace ao::node {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30};

}  // namespace

Metrics::Metrics(const std::string& version)
    : requests_(BuildCounter()
                    .Name("aonode_http_requests_total")
                    .Help("HTTP requests answered, by route and status.")
                    .Register(registry_)),
      durations_(BuildHistogram()
                     .Name("aonode_http_request_duration_seconds")
                     .Help("From a request read to its answer made, by route.")
                     .Register(registry_)),
      accepted_(BuildCounter()
                    .Name("aonode_messages_accepted_total")
                    .Help("Messages acknowledged; kind=again were scheduled before.")
                    .Register(registry_)),
      rejected_(BuildCounter()
                    .Name("aonode_messages_rejected_total")
                    .Help("Messages refused, by the code of the error.")
                    .Register(registry_)),
      evaluations_(BuildCounter()
                       .Name("aonode_vm_evaluations_total")
                       .Help("Slots evaluated, by whether the message was handled.")
                       .Register(registry_)),
      deliveries_(BuildCounter()
                      .Name("aonode_push_attempts_total")
                      .Help("Outbox entries settled, by what became of them.")
                      .Register(registry_)),
      settlements_(BuildCounter()
                       .Name("aonode_settlement_uploads_total")
                       .Help("Bundles given to a bundler, by its answer, and those confirmed.")
                       .Register(registry_)),
      prunings_(BuildCounter()
                    .Name("aonode_pruned_total")
                    .Help("Records that are settled and kept no more, by what they are.")
                    .Register(registry_)),
      admissions_(BuildCounter()
                      .Name("aonode_admissions_total")
                      .Help("Messages that clients sent, by whether they were admitted or why not.")
                      .Register(registry_)),
      ticks_(BuildCounter()
                 .Name("aonode_cron_ticks_total")
                 .Help("Ticks of scheduled tasks, by what became of them.")
                 .Register(registry_)),
      gossip_(BuildCounter()
                  .Name("aonode_gossip_messages_total")
                  .Help("Notes of gossip with other nodes, by type and direction.")
                  .Register(registry_)),
      gossip_records_(BuildCounter()
                          .Name("aonode_gossip_records_total")
                          .Help("Records that gossip brought, by what came of them.")
                          .Register(registry_)),
      relays_(BuildCounter()
                  .Name("aonode_relays_total")
                  .Help("Clients' messages for processes of other nodes, by what came of them.")
                  .Register(registry_)),
      relayed_requests_(BuildCounter()
                            .Name("aonode_relayed_requests_total")
                            .Help("Requests that were made for clients, by what came of them.")
                            .Register(registry_)),
      fetches_(BuildCounter()
                   .Name("aonode_gateway_items_total")
                   .Help("Items that gateways were asked for, by what came of it.")
                   .Register(registry_)),
      accepted_new_(accepted_.Add({{"kind", "new"}})),
      accepted_again_(accepted_.Add({{"kind", "again"}})),
      evaluated_good_(evaluations_.Add({{"outcome", "good"}})),
      evaluated_failed_(evaluations_.Add({{"outcome", "failed"}})),
      admitted_(admissions_.Add({{"code", "admitted"}})),
      over_rate_(admissions_.Add({{"code", "client-rate"}})),
      queue_full_(admissions_.Add({{"code", "verify-queue-full"}})),
      id_conflicts_(BuildCounter()
                        .Name("aonode_message_id_conflicts_total")
                        .Help("Messages refused because their id names other bytes; always 0.")
                        .Register(registry_)
                        .Add({})),
      verification_waits_(BuildHistogram()
                              .Name("aonode_verification_wait_seconds")
                              .Help("How long messages waited for a thread to verify them.")
                              .Register(registry_)
                              .Add({}, kSeconds)),
      gas_(BuildCounter()
               .Name("aonode_vm_gas_used_total")
               .Help("Gas used by evaluations.")
               .Register(registry_)
               .Add({})),
      divergences_(BuildCounter()
                       .Name("aonode_replay_divergences_total")
                       .Help("Replayed slots whose outcome differed from the stored one.")
                       .Register(registry_)
                       .Add({})),
      replays_(BuildCounter()
                   .Name("aonode_replayed_slots_total")
                   .Help("Slots evaluated again to rebuild what was not in memory.")
                   .Register(registry_)
                   .Add({})),
      checkpoints_(BuildCounter()
                       .Name("aonode_checkpoints_total")
                       .Help("Durable images written of processes' states.")
                       .Register(registry_)
                       .Add({})),
      ticks_missed_(BuildCounter()
                        .Name("aonode_cron_times_missed_total")
                        .Help("Times of tasks that another tick stood for, or that were left out.")
                        .Register(registry_)
                        .Add({})),
      ticks_skipped_(BuildCounter()
                         .Name("aonode_cron_times_skipped_total")
                         .Help("Times of tasks at which the tick before was not evaluated yet.")
                         .Register(registry_)
                         .Add({})) {
  BuildGauge()
      .Name("aonode_build_info")
      .Help("Always 1; the labels say what is running.")
      .Register(registry_)
      .Add({{"version", version}})
      .Set(1);
}

void Metrics::request(std::string_view route, unsigned status, double seconds) {
  const std::string name(route);
  requests_.Add({{"route", name}, {"code", std::to_string(status)}}).Increment();
  durations_.Add({{"route", name}}, kSeconds).Observe(seconds);
}

void Metrics::accepted(bool is_new) {
  (is_new ? accepted_new_ : accepted_again_).Increment();
}

void Metrics::rejected(std::string_view code) {
  rejected_.Add({{"reason", std::string(code)}}).Increment();
}

// The three that come in floods are not looked up.
void Metrics::admission(std::string_view code) {
  if (code == "admitted") return admitted_.Increment();
  if (code == "client-rate") return over_rate_.Increment();
  if (code == "verify-queue-full") return queue_full_.Increment();
  admissions_.Add({{"code", std::string(code)}}).Increment();
}

void Metrics::evaluated(bool good, std::uint64_t gas) {
  (good ? evaluated_good_ : evaluated_failed_).Increment();
  gas_.Increment(static_cast<double>(gas));
}

void Metrics::delivered(std::string_view outcome) {
  deliveries_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::gossiped(std::string_view type, std::string_view direction) {
  gossip_.Add({{"type", std::string(type)}, {"direction", std::string(direction)}}).Increment();
}

void Metrics::relayed_request(std::string_view outcome) {
  relayed_requests_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::relayed(std::string_view outcome) {
  relays_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::fetched(std::string_view outcome) {
  fetches_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::gossip_record(std::string_view outcome) {
  gossip_records_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::settled(std::string_view outcome) {
  settlements_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::pruned(std::string_view what, std::uint64_t count) {
  prunings_.Add({{"what", std::string(what)}}).Increment(static_cast<double>(count));
}

void Metrics::ticked(std::string_view outcome) {
  ticks_.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::gauge(const std::string& name, const std::string& help, double value,
                    const std::map<std::string, std::string>& labels) {
  BuildGauge().Name(name).Help(help).Register(registry_).Add(labels).Set(value);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace ao::node
