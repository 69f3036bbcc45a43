// What the node counts, and its Prometheus text. Stages return facts; the shell counts them here.
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

namespace ao::node {

class Metrics {
 public:
  explicit Metrics(const std::string& version);

  void request(std::string_view route, unsigned status, double seconds);
  void accepted(bool is_new);
  void rejected(std::string_view code);
  void id_conflicted() { id_conflicts_.Increment(); }
  // "admitted", or the code of an error: static strings of the source, so the labels are bounded.
  void admission(std::string_view code);
  void verification_waited(double seconds) { verification_waits_.Observe(seconds); }
  void evaluated(bool good, std::uint64_t gas);
  void delivered(std::string_view outcome);
  // Of clients' messages for processes of other nodes: "relayed", or the code of an error.
  void relayed(std::string_view outcome);
  // Of requests that clients had made: "answered", "cast", or the code of an error.
  void relayed_request(std::string_view outcome);
  // Notes by "opening", "follow-up" or "answer", and "in" or "out"; records by what came of them.
  void gossiped(std::string_view type, std::string_view direction);
  void gossip_record(std::string_view outcome);
  // Of items that gateways were asked for: "fetched", or the code of an error.
  void fetched(std::string_view outcome);
  // Of bundles: "accepted", "confirmed", or the code of an error.
  void settled(std::string_view outcome);
  // What is kept no more: "outcomes" or "checkpoints".
  void pruned(std::string_view what, std::uint64_t count);
  // Of scheduled tasks: "scheduled", "again", or the code of an error.
  void ticked(std::string_view outcome);
  void ticks_missed(std::uint64_t count) { ticks_missed_.Increment(static_cast<double>(count)); }
  void ticks_skipped(std::uint64_t count) { ticks_skipped_.Increment(static_cast<double>(count)); }
  void replayed() { replays_.Increment(); }
  void checkpointed() { checkpoints_.Increment(); }
  void diverged() { divergences_.Increment(); }

  // A value read elsewhere, set just before `text`.
  void gauge(const std::string& name, const std::string& help, double value,
             const std::map<std::string, std::string>& labels = {});

  std::string text() const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Counter>& accepted_;
  prometheus::Family<prometheus::Counter>& rejected_;
  prometheus::Family<prometheus::Counter>& evaluations_;
  prometheus::Family<prometheus::Counter>& deliveries_;
  prometheus::Family<prometheus::Counter>& settlements_;
  prometheus::Family<prometheus::Counter>& prunings_;
  prometheus::Family<prometheus::Counter>& admissions_;
  prometheus::Family<prometheus::Counter>& ticks_;
  prometheus::Family<prometheus::Counter>& gossip_;
  prometheus::Family<prometheus::Counter>& gossip_records_;
  prometheus::Family<prometheus::Counter>& relays_;
  prometheus::Family<prometheus::Counter>& relayed_requests_;
  prometheus::Family<prometheus::Counter>& fetches_;
  prometheus::Counter& accepted_new_;
  prometheus::Counter& accepted_again_;
  prometheus::Counter& evaluated_good_;
  prometheus::Counter& evaluated_failed_;
  prometheus::Counter& admitted_;
  prometheus::Counter& over_rate_;
  prometheus::Counter& queue_full_;
  prometheus::Counter& id_conflicts_;
  prometheus::Histogram& verification_waits_;
  prometheus::Counter& gas_;
  prometheus::Counter& divergences_;
  prometheus::Counter& replays_;
  prometheus::Counter& checkpoints_;
  prometheus::Counter& ticks_missed_;
  prometheus::Counter& ticks_skipped_;
};

}  // namespace ao::node
