// What the routes ask of the node. Implemented by `node`; a fake in the tests of the routes.
//
// Every function may be called from any executor of the net pool, and never blocks it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/bulletin.hpp"
#include "ao/api/cache.hpp"
#include "ao/api/catalogue.hpp"
#include "ao/api/errand_backend.hpp"
#include "ao/api/event_settings.hpp"
#include "ao/api/gate_settings.hpp"
#include "ao/api/names.hpp"
#include "ao/api/node_info.hpp"
#include "ao/api/payments.hpp"
#include "ao/api/peer_backend.hpp"
#include "ao/api/settlement_source.hpp"
#include "ao/api/submission.hpp"
#include "ao/async/task.hpp"
#include "ao/codec/aos2.hpp"
#include "ao/cron/task.hpp"
#include "ao/message/assignment.hpp"
#include "ao/message/outcome.hpp"

namespace ao::api {

struct Readiness {
  bool is_ready = false;
  std::string reason;   // why not
  std::string warning;  // what an operator should know though it is ready; or empty
};

class Backend : public PeerBackend, public SettlementSource, public Names, public ErrandBackend {
 public:
  virtual const Address& address() const = 0;
  virtual const std::string& version() const = 0;

  // Schedules a signed item: a spawn, or a message for a process; with `expected`, one for that
  // process. Answers when its outcome can be read, or another node has it, whose process it is for.
  virtual Task<Result<Submitted>> submit(Upload upload, std::optional<ProcessId> expected) = 0;

  // The same, answering as soon as it is durable.
  virtual Task<Result<Submitted>> place(Upload upload, std::optional<ProcessId> expected) = 0;

  // Schedules a message of this node for another process too. Errors: "item-unknown" and others.
  virtual Task<Result<Submitted>> assign(MessageId message, ProcessId process) = 0;

  // Keeps a signed item that is not scheduled: a module.
  virtual Task<Result<MessageId>> keep(Upload upload) = 0;

  // Checks a signed item and does nothing with it.
  virtual Task<Result<>> check(Upload upload) = 0;

  // Checks the signatures of an HTTP request. Errors: of codec::read_request and the client's rate.
  virtual Task<Result<codec::ReadRequest>> read(codec::Request request, http::Network from) = 0;

  // The message as this node answers it: as header fields and a body, signed with
  // codec::kAnswerTag; messages within it as links, or whole.
  virtual Task<Result<codec::HttpForm>> sign(message::Map message, codec::Form form) = 0;

  // One that is no longer kept is evaluated again.
  virtual Task<Result<message::Outcome>> outcome(ProcessId process, Slot slot) = 0;

  // Runs a signed item without scheduling it, as if it came after that slot, or else after one that
  // was evaluated when this was asked; `tags` are added to its own.
  virtual Task<Result<message::Outcome>> dry_run(ProcessId process, Upload upload,
                                                 message::Tags tags, std::optional<Slot> after) = 0;

  // The same for a message that nobody signed: what it claims is believed, since nothing comes of
  // it.
  virtual Task<Result<message::Outcome>> try_out(ProcessId process,
                                                 codec::ClaimedMessage claimed) = 0;

  // How many slots are assigned. Errors: kNotFound "process-unknown".
  virtual Result<std::uint64_t> slot_count(const ProcessId& process) const = 0;

  // How many of them have an outcome. Errors: as above.
  virtual Result<std::uint64_t> evaluated_count(const ProcessId& process) const = 0;

  virtual std::vector<message::Assignment> schedule(const ProcessId& process, Slot from,
                                                    std::size_t count) const = 0;

  // A message of a process in its place. Errors: kNotFound "message-unknown".
  virtual Result<message::Assignment> scheduled(const ProcessId& process,
                                                const MessageId& message) const = 0;

  // The same of any process that has it.
  virtual Result<message::Assignment> scheduled(const MessageId& message) const = 0;

  // Nullopt before it is evaluated, and of a slot before the first whose outcome is kept.
  virtual std::optional<message::Outcome> stored_outcome(const ProcessId& process,
                                                         Slot slot) const = 0;

  virtual Slot outcomes_kept_from(const ProcessId& process) const = 0;
  // What became of an outgoing message, by its index; nullopt while it waits here.
  virtual std::optional<Trace::Sent> settled(const message::Outcome& outcome,
                                             std::size_t index) const = 0;

  virtual Bulletin& bulletin() const = 0;
  virtual const EventSettings& event_settings() const = 0;
  virtual Timestamp now() const = 0;

  // The network's last block, as far as this node knows it.
  virtual message::Block last_block() const = 0;

  // An item that is not here, from the gateways, as it was signed. Errors: kNotFound
  // "item-unknown"; those of who asks too much, and of gateways that do not answer.
  virtual Task<Result<Bytes>> network_item(MessageId id, http::Network from) = 0;

  // The visible state; `wait`: when everything scheduled so far is evaluated.
  // Errors: kNotFound "process-unknown", "state-absent".
  virtual Task<Result<message::Value>> state(ProcessId process, std::vector<Bytes> path,
                                             bool wait) = 0;

  // The same as it was after `slot`, when that is evaluated. Also: kNotFound "slot-unknown",
  // "state-forgotten"; kTimeout "outcome-pending".
  virtual Task<Result<message::Value>> state_after(ProcessId process, Slot slot,
                                                   std::vector<Bytes> path) = 0;

  // Modules, processes and this node's location record; of messages only those asked for by id.
  // Worked at off the net pool; the budget outlives it. Errors: kTooLarge "graphql-broad" beyond
  // that; kUnavailable "graphql-indexing" while an older store's items are being indexed.
  virtual Task<Result<FoundItems>> find_items(ItemQuery query, SearchBudget& budget) = 0;

  // Sets or changes a scheduled task; answers when that is durable. Errors: kDenied "cron-denied"
  // when neither the process's owner nor this node signed; those of cron::Order and cron::Tasks.
  virtual Task<Result<TaskId>> order_task(TaskOrder order) = 0;

  // Errors: kNotFound "cron-task-unknown".
  virtual Task<Result<cron::Task>> task(TaskId task) = 0;
  // Of one process or, up to a limit, of all.
  virtual Task<std::vector<cron::Task>> tasks(std::optional<ProcessId> process) = 0;

  virtual const GateSettings& gate_settings() const = 0;
  virtual Payments& payments() = 0;
  virtual Cache& cache() const = 0;
  virtual NodeInfo& node_info() const = 0;

  // What `work` gives, or nullopt when it takes longer. It goes on then, and gives it to nobody: it
  // owns what it works with.
  virtual Task<std::optional<Result<message::Value>>> within(std::chrono::milliseconds time,
                                                             Task<Result<message::Value>> work) = 0;

  virtual Readiness readiness() const = 0;
  virtual Task<std::string> metrics() = 0;
};

}  // namespace ao::api
