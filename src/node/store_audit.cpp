// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/store_audit.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <future>

#include "ao/async/pool.hpp"
#include "ao/cron/crontab.hpp"
#include "ao/outbox/forwards.hpp"
#include "ao/payment/ledger.hpp"
#include "ao/process/audit.hpp"
#include "ao/process/follows.hpp"
#include "ao/settlement/journal.hpp"
#include "homes.hpp"
#include "item_indexing.hpp"

namespace ao::node {
namespace {

constexpr std::uint64_t kSlotsAtOnce = 256;
constexpr std::size_t kJobsWaiting = 8;  // for each thread
constexpr unsigned kFirstBytes = 256;

struct Job {
  std::uint64_t weight;
  std::function<void(Findings&)> work;
};

schedule::AuditSettings with_followed(const store::Store& store, schedule::AuditSettings settings) {
  for (const ProcessId& process : process::Follows(store).list())
    if (auto scheduler = Homes::known(store, process))
      settings.followed.emplace(process, std::move(*scheduler));
  return settings;
}

class StoreAudit {
 public:
  StoreAudit(const store::Store& store, const Census& census, const StoreAuditSettings& settings)
      : store_(store),
        census_(census),
        settings_(settings),
        schedule_(store, with_followed(store, settings.schedule)),
        process_(store),
        records_(store) {}

  Findings run(const Progress& progress) {
    for (const auto& [process, count] : census_.processes)
      add_process(process, count);
    add_shards();
    jobs_.push_back({keys('f'), [this](Findings& findings) {
                       outbox::Forwards(store_).audit(outcome_of(), findings);
                     }});
    jobs_.push_back(
        {keys('A'), [this](Findings& findings) { payment::Ledger::audit(store_, findings); }});
    jobs_.push_back(
        {keys('G'), [this](Findings& findings) { ItemIndexing::audit(store_, findings); }});
    jobs_.push_back(
        {keys('g'), [this](Findings& findings) { settlement::Journal(store_).audit(findings); }});
    for (unsigned byte = 0; byte < kFirstBytes; ++byte)
      add_first_byte(static_cast<unsigned char>(byte));
    return run_jobs(progress);
  }

 private:
  std::uint64_t keys(char table) const { return census_.tables.at(table).keys; }

  void add_process(const ProcessId& process, const ProcessCount& count) {
    const schedule::Log log(store_);
    const std::uint64_t scheduled = log.count(process).value_or(count.slots);
    jobs_.push_back({0, [this, process, scheduled](Findings& findings) {
                       schedule_.check_head(process, findings);
                       schedule_.check_twins(process, findings);
                       schedule_.check_unevaluated(process, records_.evaluated(process),
                                                   Slot{scheduled}, findings);
                       process_.check_cursor(process, scheduled, findings);
                       process_.check_visible_state(process, findings);
                       process_.check_past_state(process, findings);
                       check_outbox(process, findings);
                       cron::Crontab(store_).audit(process, findings);
                     }});
    // A head that counts what never was would be told slot by slot.
    const std::uint64_t end = std::min(scheduled, count.slots + kSlotsAtOnce);
    for (std::uint64_t from = 0; from < end; from += kSlotsAtOnce)
      add_slots(process, Slot{from}, Slot{std::min(from + kSlotsAtOnce, end)});
  }

  void add_slots(const ProcessId& process, Slot from, Slot end) {
    jobs_.push_back({end.number - from.number, [this, process, from, end](Findings& findings) {
                       const auto messages = schedule_.check_slots(process, from, end, findings);
                       process_.check_outcomes(process, from, messages, findings);
                     }});
  }

  void add_shards() {
    std::map<store::Shard, std::vector<ProcessId>> processes;
    for (std::size_t number = 0; number < store::kShards; ++number)
      processes[{static_cast<std::uint8_t>(number)}];
    for (const auto& [process, count] : census_.processes)
      processes[store_.logs().shard_of(process)].push_back(process);
    for (auto& [shard, ids] : processes)
      jobs_.push_back({keys('l') / store::kShards,
                       [this, shard, of_shard = std::move(ids)](Findings& findings) {
                         schedule_.check_shard(shard, of_shard, findings);
                       }});
  }

  void add_first_byte(unsigned char byte) {
    const std::uint64_t weight = (keys('i') + keys('d')) / kFirstBytes;
    jobs_.push_back({weight, [this, byte](Findings& findings) {
                       schedule_.check_index(byte, findings);
                       process_.check_items(byte, settings_.schedule.signatures, findings);
                     }});
  }

  outbox::OutcomeOf outcome_of() const {
    return [this](const ProcessId& of, Slot slot) -> outbox::StoredOutcome {
      if (slot < records_.kept_from(of)) return {true, std::nullopt};
      if (slot >= records_.evaluated(of)) return {};
      return {false, records_.outcome(of, slot)};
    };
  }

  void check_outbox(const ProcessId& process, Findings& findings) const {
    outbox::audit(store_, process, outcome_of(), findings);
  }

  Findings run_job(const Job& job) const {
    Findings findings(settings_.findings_kept_max);
    try {
      job.work(findings);
    } catch (const std::exception& error) {  // the store, which names itself
      findings.add(error.what());
    }
    return findings;
  }

  // In the order of the jobs, whichever thread is quicker.
  Findings run_jobs(const Progress& progress) {
    std::uint64_t total = 0;
    for (const Job& job : jobs_)
      total += job.weight;
    Findings all(settings_.findings_kept_max);
    std::deque<std::pair<std::uint64_t, std::future<Findings>>> running;
    std::uint64_t done = 0;
    const auto take_first = [&] {
      all.add(running.front().second.get());
      done += running.front().first;
      running.pop_front();
      progress(done, total);
    };
    async::Pool pool("audit", settings_.threads);
    for (const Job& job : jobs_) {
      if (running.size() >= kJobsWaiting * settings_.threads) take_first();
      running.emplace_back(job.weight,
                           boost::asio::post(pool.executor(), boost::asio::use_future([this, &job] {
                                               return run_job(job);
                                             })));
    }
    while (!running.empty())
      take_first();
    return all;
  }

  const store::Store& store_;
  const Census& census_;
  const StoreAuditSettings& settings_;
  schedule::Audit schedule_;
  process::Audit process_;
  process::Records records_;
  std::vector<Job> jobs_;
};

}  // namespace

Findings audit_store(const store::Store& store, const Census& census,
                     const StoreAuditSettings& settings, const Progress& progress) {
  return StoreAudit(store, census, settings).run(progress);
}

}  // namespace ao::node
