// The routes' view of the pipeline.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>

#include "ao/api/backend.hpp"
#include "ao/async/task_group.hpp"
#include "ao/http/server.hpp"
#include "ao/process/visible_state.hpp"
#include "caching.hpp"
#include "catalogue.hpp"
#include "informing.hpp"
#include "ledger_process.hpp"
#include "naming.hpp"
#include "pipeline.hpp"

namespace ao::node {

struct BackendSettings {
  std::string version;
  std::chrono::milliseconds push_wait{};
  std::vector<std::string> builtin_modules;
  api::EventSettings events;
  NameSettings names;
  CacheSettings cache;
  api::GateSettings gate;
};

class PipelineBackend final : public api::Backend {
 public:
  PipelineBackend(Pipeline& pipeline, store::Store& store, Metrics& metrics, const crypto::Key& key,
                  const Clock& clock, async::Pool& net, async::Pool& verify, async::Pool& cpu,
                  BackendSettings settings);

  const Address& address() const override { return address_; }
  const std::string& version() const override { return settings_.version; }

  Task<Result<api::Submitted>> submit(api::Upload upload,
                                      std::optional<ProcessId> expected) override;
  Task<Result<api::Submitted>> place(api::Upload upload,
                                     std::optional<ProcessId> expected) override;
  Task<std::vector<Result<api::Submitted>>> place_all(std::vector<api::Upload> uploads) override;
  Result<api::Trace> trace(const MessageId& message) const override;
  std::vector<outbox::DeadLetter> dead_letters(std::size_t most) const override {
    return outbox::DeadLetters(store_).list(most);
  }
  Task<Result<>> retry(api::Upload order) override;
  Task<Result<std::vector<message::Assignment>>> schedule_behind(ProcessId process,
                                                                 std::uint64_t known) override;
  api::OutcomeDigests outcome_digests(const ProcessId& process, Slot from,
                                      std::size_t count) const override;
  std::vector<api::FollowState> follows() const override { return pipeline_.following().states(); }
  Bytes location() const override { return pipeline_.peering().location(); }
  Task<Result<Bytes>> gossip(Bytes note, http::Network from) override {
    return pipeline_.peering().hear(std::move(note), from);
  }
  bool is_own(const http::Origin& origin) const override {
    return pipeline_.errands().is_own(origin);
  }
  Task<Result<std::vector<http::Response>>> run(api::Errand errand) override {
    return pipeline_.errands().run(std::move(errand));
  }
  Result<> cast(api::Errand errand) override { return pipeline_.errands().cast(std::move(errand)); }
  std::shared_ptr<const routing::Routes> routes() const override {
    return pipeline_.errands().routes();
  }
  Result<std::vector<http::Url>> destinations(const routing::Asked& asked) const override {
    return pipeline_.errands().destinations(asked);
  }
  Task<Result<>> add_route(message::Map said) override {
    return pipeline_.errands().add_route(std::move(said));
  }
  Task<Result<>> remove_route(message::Map said) override {
    return pipeline_.errands().remove_route(std::move(said));
  }
  Task<Result<api::Submitted>> assign(MessageId message, ProcessId process) override;
  Task<Result<MessageId>> keep(api::Upload upload) override;
  Task<Result<>> check(api::Upload upload) override;
  Task<Result<codec::ReadRequest>> read(codec::Request request, http::Network from) override;
  Task<Result<codec::HttpForm>> sign(message::Map message, codec::Form form) override;
  Task<Result<message::Outcome>> outcome(ProcessId process, Slot slot) override;
  Task<Result<message::Outcome>> dry_run(ProcessId process, api::Upload upload, message::Tags tags,
                                         std::optional<Slot> after) override;
  Task<Result<message::Outcome>> try_out(ProcessId process, codec::ClaimedMessage claimed) override;
  Slot outcomes_kept_from(const ProcessId& process) const override {
    return pipeline_.records().kept_from(process);
  }
  Result<std::uint64_t> slot_count(const ProcessId& process) const override;
  Result<std::uint64_t> evaluated_count(const ProcessId& process) const override;
  std::vector<message::Assignment> schedule(const ProcessId& process, Slot from,
                                            std::size_t count) const override;
  Result<message::Assignment> scheduled(const ProcessId& process,
                                        const MessageId& message) const override;
  Result<message::Assignment> scheduled(const MessageId& message) const override;
  std::optional<message::Outcome> stored_outcome(const ProcessId& process,
                                                 Slot slot) const override {
    return pipeline_.records().outcome(process, slot);
  }
  std::optional<api::Trace::Sent> settled(const message::Outcome& outcome,
                                          std::size_t index) const override;
  api::Bulletin& bulletin() const override { return pipeline_.bulletin(); }
  const api::EventSettings& event_settings() const override { return settings_.events; }
  Timestamp now() const override { return clock_.now(); }
  message::Block last_block() const override { return pipeline_.blocks().last(); }
  Task<Result<Bytes>> network_item(MessageId id, http::Network from) override {
    return pipeline_.mirror().item(id, from);
  }
  Task<Result<message::Value>> state(ProcessId process, std::vector<Bytes> path,
                                     bool wait) override;
  Task<Result<message::Value>> state_after(ProcessId process, Slot slot,
                                           std::vector<Bytes> path) override;
  Result<Bytes> item(const MessageId& id) const override;
  Task<Result<api::FoundItems>> find_items(api::ItemQuery query,
                                           api::SearchBudget& budget) override {
    return catalogue_->find(std::move(query), budget);
  }
  Task<Result<TaskId>> order_task(api::TaskOrder order) override;
  Task<Result<cron::Task>> task(TaskId task) override;
  Task<std::vector<cron::Task>> tasks(std::optional<ProcessId> process) override;
  std::optional<Bytes> local_name(BytesView name) const override {
    return naming_.local_name(name);
  }
  Task<Result<>> order_name(api::NameOrder order) override {
    return naming_.order_name(std::move(order));
  }
  Task<Result<ProcessId>> node_process(Bytes name, bool may_spawn) override {
    return naming_.node_process(std::move(name), may_spawn);
  }
  settlement::Summary settlement() const override { return pipeline_.settling().summary(); }
  Result<settlement::Place> settlement_place(const MessageId& id) const override;
  std::vector<settlement::Record> settlement_bundles(std::optional<std::uint64_t> from,
                                                     std::size_t most) const override;
  Slot settled_before(const ProcessId& process) const override {
    return pipeline_.settling().confirmed(process);
  }
  Task<Result<>> retry_settlement(api::Upload order) override;
  const api::GateSettings& gate_settings() const override { return settings_.gate; }
  api::Payments& payments() override {
    return ledger_ ? static_cast<api::Payments&>(*ledger_) : pipeline_.paying();
  }
  api::Cache& cache() const override { return *caching_; }
  api::NodeInfo& node_info() const override { return *informing_; }
  Task<std::optional<Result<message::Value>>> within(std::chrono::milliseconds time,
                                                     Task<Result<message::Value>> work) override;
  api::Readiness readiness() const override;
  Task<std::string> metrics() override;

  void drain() { draining_ = true; }       // any thread; /readyz says so
  void watch(const http::Server& server);  // before it serves
  void finish();                           // when nobody is served: returns with what goes on alone

 private:
  // Errors: kNotFound "process-unknown", "slot-unknown".
  Result<> check_slot(const ProcessId& process, Slot slot) const;
  // Waits until that slot is. Errors: as above; kTimeout "outcome-pending".
  Task<Result<>> evaluated(ProcessId process, Slot slot);

  // What this node's key signed, with the tag Type: Retry. Errors: those of admission;
  // "retry-denied", "retry-malformed".
  Task<Result<message::DataItem>> retry_ordered(api::Upload order);
  void count_settlement() const;
  void count_gateways() const;
  std::string metrics_now() const;

  Pipeline& pipeline_;
  store::Store& store_;
  Metrics& metrics_;
  const Clock& clock_;
  const crypto::Key& key_;
  // Gives the messages of `try_out` their form; says nothing.
  const std::unique_ptr<crypto::Key> try_key_ = crypto::Key::new_ed25519();
  async::Pool& verify_;
  async::Pool& cpu_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> metrics_strand_;
  std::chrono::steady_clock::time_point metrics_begun_{};  // these two belong to the strand
  std::string metrics_text_;
  process::VisibleState visible_;
  Address address_;
  const BackendSettings settings_;
  Naming naming_;
  std::optional<LedgerProcess> ledger_;  // when a process keeps the accounts
  const std::unique_ptr<Caching> caching_;
  const std::unique_ptr<Informing> informing_;
  std::optional<Catalogue> catalogue_;  // from `watch` on
  const http::Server* server_ = nullptr;
  std::atomic<bool> draining_ = false;
  async::TaskGroup unwatched_;  // what `within` left alone
};

}  // namespace ao::node
