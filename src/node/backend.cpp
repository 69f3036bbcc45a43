// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "tracing.hpp"

namespace ao::node {

namespace {

constexpr std::size_t kScheduleBytesMax = 32 << 20;

// Of one answer to a follower: it may wait for the first of what it gets, and asks again.
constexpr std::chrono::milliseconds kFollowerWait{100};  // a node that stops waits no longer
constexpr int kFollowerWaits = 20;
constexpr std::size_t kFollowerSlots = 511;
constexpr std::size_t kFollowerBytes = 4 << 20;
constexpr std::size_t kTasksListedMax = 10'000;

Error unknown(const ProcessId& process) {
  return {ErrorKind::kNotFound, "process-unknown",
          fmt::format("process {} is not scheduled on this node", process.text())};
}

api::Submitted submitted_as(const schedule::Placement& placement) {
  return {placement.process,
          placement.slot,
          placement.message,
          placement.assignment,
          placement.timestamp,
          std::nullopt,
          {},
          placement.block_height};
}

Result<message::Value> shown(const ProcessId& process, const std::vector<Bytes>& path,
                             std::optional<message::Value> found) {
  if (found) return std::move(*found);
  if (path.empty()) return message::Map();
  std::string text;
  for (const Bytes& key : path)
    text += '/' + key;
  return fail(ErrorKind::kNotFound, "state-absent",
              fmt::format("process {} shows nothing at {}", process.text(), text));
}

}  // namespace

PipelineBackend::PipelineBackend(Pipeline& pipeline, store::Store& store, Metrics& metrics,
                                 const crypto::Key& key, const Clock& clock, async::Pool& net,
                                 async::Pool& verify, async::Pool& cpu, BackendSettings settings)
    : pipeline_(pipeline),
      store_(store),
      metrics_(metrics),
      clock_(clock),
      key_(key),
      verify_(verify),
      cpu_(cpu),
      metrics_strand_(boost::asio::make_strand(verify.executor())),
      visible_(store),
      address_(key.address()),
      settings_(std::move(settings)),
      naming_(settings_.names, pipeline, store, key, net, verify),
      caching_(std::make_unique<Caching>(settings_.cache, address_, pipeline, store, clock, net,
                                         verify)),
      informing_(std::make_unique<Informing>(settings_.gate.payment, store, clock)) {
  const api::PaymentSettings& payment = settings_.gate.payment;
  if (const auto ledger = ProcessId::from_text(payment.ledger))
    ledger_.emplace(*ledger, payment.pricing_timeout, pipeline, store, key, verify, cpu);
}

void PipelineBackend::watch(const http::Server& server) {
  server_ = &server;
  catalogue_.emplace(store_, pipeline_.log(),
                     message::DataItem::parse(pipeline_.peering().location()).value(),
                     settings_.builtin_modules, cpu_);
  catalogue_->resume();
}

void PipelineBackend::finish() {
  unwatched_.join();
  if (ledger_) ledger_->stop();
  catalogue_->stop();
}

Task<Result<api::Submitted>> PipelineBackend::place(api::Upload upload,
                                                    std::optional<ProcessId> expected) {
  AO_CO_TRY(placed, co_await pipeline_.submit(std::move(upload), expected));
  auto submitted = submitted_as(placed.placement);
  submitted.node_url = std::move(placed.url);
  co_return submitted;
}

Task<Result<api::Submitted>> PipelineBackend::assign(MessageId message, ProcessId process) {
  AO_CO_TRY(placement, co_await pipeline_.assign(message, process));
  co_return submitted_as(placement);
}

Task<Result<api::Submitted>> PipelineBackend::submit(api::Upload upload,
                                                     std::optional<ProcessId> expected) {
  AO_CO_TRY(submitted, co_await place(std::move(upload), expected));
  if (!submitted.node_url.empty()) co_return std::move(submitted);
  auto outcome =
      co_await pipeline_.compute().outcome(submitted.process, submitted.slot, settings_.push_wait);
  if (outcome) submitted.outcome = std::move(*outcome);
  co_return submitted;
}

Task<std::vector<Result<api::Submitted>>> PipelineBackend::place_all(
    std::vector<api::Upload> uploads) {
  const auto placements = co_await pipeline_.submit_all(std::move(uploads));
  std::vector<Result<api::Submitted>> submitted;
  for (const auto& placement : placements) {
    if (placement) {
      submitted.emplace_back(submitted_as(*placement));
    } else {
      submitted.emplace_back(std::unexpected(placement.error()));
    }
  }
  co_return submitted;
}

Task<Result<std::vector<message::Assignment>>> PipelineBackend::schedule_behind(
    ProcessId process, std::uint64_t known) {
  const auto count = pipeline_.log().count(process);
  if (!count) co_return std::unexpected(unknown(process));
  if (*count == known) {
    const auto executor = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<boost::asio::steady_timer>(executor);
    const auto wake = [timer, executor] {
      boost::asio::post(executor, [timer] { timer->cancel(); });
    };
    const auto following = pipeline_.bulletin().follow(process, wake);
    for (int i = 0; i < kFollowerWaits && !draining_; ++i) {
      if (pipeline_.log().count(process) != known) break;
      timer->expires_after(kFollowerWait);
      co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }
  std::vector<message::Assignment> slots;
  if (known > 0) slots = pipeline_.log().read(process, Slot{known - 1}, 1, kFollowerBytes);
  auto more = pipeline_.log().read(process, Slot{known}, kFollowerSlots, kFollowerBytes);
  std::ranges::move(more, std::back_inserter(slots));
  co_return slots;
}

api::OutcomeDigests PipelineBackend::outcome_digests(const ProcessId& process, Slot from,
                                                     std::size_t count) const {
  api::OutcomeDigests found;
  found.from = std::max(from, pipeline_.records().kept_from(process));
  for (Slot slot = found.from; found.digests.size() < count; slot = slot.next()) {
    const auto outcome = pipeline_.records().outcome_bytes(process, slot);
    if (!outcome) break;
    found.digests.push_back(Bytes(crypto::view(crypto::sha256(*outcome))));
  }
  return found;
}

Result<api::Trace> PipelineBackend::trace(const MessageId& message) const {
  const Tracing tracing(store_, pipeline_.log(), pipeline_.homes(), pipeline_.peering(), key_);
  return tracing.trace(message);
}

std::optional<api::Trace::Sent> PipelineBackend::settled(const message::Outcome& outcome,
                                                         std::size_t index) const {
  const Tracing tracing(store_, pipeline_.log(), pipeline_.homes(), pipeline_.peering(), key_);
  return tracing.settled(outcome, index);
}

Task<Result<message::DataItem>> PipelineBackend::retry_ordered(api::Upload order) {
  AO_CO_TRY(admitted, co_await pipeline_.accept().admit_from_client(std::move(order)));
  Error error{ErrorKind::kDenied, "retry-denied",
              fmt::format("{} signed it, and not this node's operator, {}", admitted.signer().text,
                          address_.text)};
  if (admitted.signer() != address_) co_return std::unexpected(std::move(error));
  error = {ErrorKind::kInvalid, "retry-malformed", "it has no tag Type: Retry"};
  if (admitted.item().tag("Type") != "Retry") co_return std::unexpected(std::move(error));
  co_return admitted.item();
}

Task<Result<>> PipelineBackend::retry(api::Upload order) {
  AO_CO_TRY(item, co_await retry_ordered(std::move(order)));
  const auto origin = message::origin_in(item, "Sender", "Slot", "Index");
  Error error{ErrorKind::kInvalid, "retry-malformed",
              "it has the tags Type: Retry, Sender, Slot and Index"};
  if (!origin) co_return std::unexpected(std::move(error));
  AO_CO_CHECK(co_await pipeline_.forwarding().retry(*origin));
  co_return Result<>();
}

Task<Result<MessageId>> PipelineBackend::keep(api::Upload upload) {
  auto id = co_await pipeline_.accept().keep(std::move(upload));
  co_return id;
}

Task<Result<>> PipelineBackend::check(api::Upload upload) {
  AO_CO_CHECK(co_await pipeline_.accept().admit_from_client(std::move(upload)));
  co_return Result<>();
}

Task<Result<codec::ReadRequest>> PipelineBackend::read(codec::Request request, http::Network from) {
  auto read = co_await pipeline_.accept().read_from_client(std::move(request), from);
  co_return read;
}

// Where a signature takes milliseconds, not on the threads that serve.
Task<Result<codec::HttpForm>> PipelineBackend::sign(message::Map message, codec::Form form) {
  if (key_.type() != crypto::SignatureType::kArweave)
    co_return codec::sign_http_form(message, key_, form, Bytes(codec::kAnswerTag));
  auto work = [this, form, said = std::move(message)] {
    return codec::sign_http_form(said, key_, form, Bytes(codec::kAnswerTag));
  };
  auto made = co_await async::run_on(verify_.executor(), work);
  co_return made;
}

Result<> PipelineBackend::check_slot(const ProcessId& process, Slot slot) const {
  const auto count = pipeline_.log().count(process);
  if (!count) return std::unexpected(unknown(process));
  if (slot.number < *count) return {};
  return fail(ErrorKind::kNotFound, "slot-unknown",
              fmt::format("process {} has {} slots, there is no slot {}", process.text(), *count,
                          slot.number));
}

Task<Result<message::Outcome>> PipelineBackend::outcome(ProcessId process, Slot slot) {
  AO_CO_CHECK(check_slot(process, slot));
  auto outcome = co_await pipeline_.compute().outcome(process, slot, settings_.push_wait);
  co_return outcome;
}

Task<Result<>> PipelineBackend::evaluated(ProcessId process, Slot slot) {
  AO_CO_CHECK(check_slot(process, slot));
  auto done = co_await pipeline_.compute().evaluated(process, slot.next(), settings_.push_wait);
  co_return done;
}

Task<Result<message::Outcome>> PipelineBackend::dry_run(ProcessId process, api::Upload upload,
                                                        message::Tags tags,
                                                        std::optional<Slot> after) {
  if (!pipeline_.log().count(process)) co_return std::unexpected(unknown(process));
  AO_CO_TRY(admitted, co_await pipeline_.accept().admit_from_client(std::move(upload)));
  if (after) AO_CO_CHECK(co_await evaluated(process, *after));
  DryRun asked{message::Trial{admitted.item(), std::move(tags)}, after};
  asked.trial->block = last_block();
  auto run =
      co_await pipeline_.compute().dry_runs().run(process, std::move(asked), settings_.push_wait);
  co_return run;
}

// Nobody signed it: this node does, so that it has the form of a message, and the claim stands
// for what its signature would say.
Task<Result<message::Outcome>> PipelineBackend::try_out(ProcessId process,
                                                        codec::ClaimedMessage claimed) {
  if (!pipeline_.log().count(process)) co_return std::unexpected(unknown(process));
  message::Draft draft = std::move(claimed.draft);
  message::Claim claim;
  claim.id = claimed.id;
  claim.owner = claimed.owner;
  claim.from = claimed.from;
  claim.anchor = std::move(draft.anchor);
  draft.anchor.clear();
  draft.target = process.bytes();
  auto work = [this, &draft] { return message::DataItem::sign(draft, *try_key_); };
  AO_CO_TRY(item, co_await async::run_on(verify_.executor(), work));
  DryRun asked{message::Trial{std::move(item)}, std::nullopt};
  asked.trial->claim = std::move(claim);
  asked.trial->block = last_block();
  auto run =
      co_await pipeline_.compute().dry_runs().run(process, std::move(asked), settings_.push_wait);
  co_return run;
}

Result<std::uint64_t> PipelineBackend::slot_count(const ProcessId& process) const {
  const auto count = pipeline_.log().count(process);
  if (!count) return std::unexpected(unknown(process));
  return *count;
}

Result<std::uint64_t> PipelineBackend::evaluated_count(const ProcessId& process) const {
  AO_CHECK(slot_count(process));
  return pipeline_.records().evaluated(process).number;
}

std::vector<message::Assignment> PipelineBackend::schedule(const ProcessId& process, Slot from,
                                                           std::size_t count) const {
  return pipeline_.log().read(process, from, count, kScheduleBytesMax);
}

Result<message::Assignment> PipelineBackend::scheduled(const ProcessId& process,
                                                       const MessageId& message) const {
  if (const auto slot = pipeline_.log().slot_of(message, process))
    if (auto assignment = pipeline_.log().read(process, *slot)) return std::move(*assignment);
  return fail(ErrorKind::kNotFound, "message-unknown",
              fmt::format("message {} is not scheduled for process {} on this node", message.text(),
                          process.text()));
}

Result<message::Assignment> PipelineBackend::scheduled(const MessageId& message) const {
  if (auto assignment = pipeline_.log().find(message)) return std::move(*assignment);
  return fail(ErrorKind::kNotFound, "message-unknown",
              fmt::format("message {} is not scheduled on this node", message.text()));
}

Task<Result<message::Value>> PipelineBackend::state(ProcessId process, std::vector<Bytes> path,
                                                    bool wait) {
  const auto count = pipeline_.log().count(process);
  if (!count) co_return std::unexpected(unknown(process));
  if (wait) {
    const Slot end{*count};
    AO_CO_CHECK(co_await pipeline_.compute().evaluated(process, end, settings_.push_wait));
  }
  auto found = shown(process, path, visible_.read(process, path));
  co_return found;
}

Task<Result<message::Value>> PipelineBackend::state_after(ProcessId process, Slot slot,
                                                          std::vector<Bytes> path) {
  AO_CO_CHECK(co_await evaluated(process, slot));
  auto read = visible_.read_after(process, slot, path);
  if (!read) co_return std::unexpected(read.error());
  auto found = shown(process, path, std::move(*read));
  co_return found;
}

Result<Bytes> PipelineBackend::item(const MessageId& id) const {
  if (const auto kept = pipeline_.records().item(id)) return kept->bytes();
  if (const auto scheduled = pipeline_.log().find(id)) return scheduled->body().bytes();
  if (const auto written = caching_->item_of(id)) return item(*written);
  return fail(ErrorKind::kNotFound, "item-unknown",
              fmt::format("no process, message or module {} is on this node", id.text()));
}

Task<Result<cron::Task>> PipelineBackend::task(TaskId task) {
  auto found = co_await pipeline_.ticking().find(task);
  if (!found) {
    Error error{ErrorKind::kNotFound, "cron-task-unknown", "Task not found."};
    co_return std::unexpected(std::move(error));
  }
  co_return std::move(*found);
}

Task<std::vector<cron::Task>> PipelineBackend::tasks(std::optional<ProcessId> process) {
  auto found = co_await pipeline_.ticking().list(process, kTasksListedMax);
  co_return found;
}

Task<Result<TaskId>> PipelineBackend::order_task(api::TaskOrder order) {
  if (order.task) {
    AO_CO_TRY(known, co_await task(*order.task));
    order.process = known.process;
    order.fields.push_back({"name", known.name});
  }
  const ProcessId process = order.process.value_or(ProcessId());
  const auto spawn = pipeline_.log().spawn(process);
  if (!spawn || pipeline_.follows().contains(process)) co_return std::unexpected(unknown(process));
  const auto definition = message::Definition::of(spawn->body());
  const auto may_order = [&](const Address& signer) {
    return signer == definition.owner || signer == address_;
  };
  const auto signer = std::ranges::find_if(order.signers, may_order);
  if (signer == order.signers.end()) {
    Error error{ErrorKind::kDenied, "cron-denied",
                fmt::format("the tasks of process {} are changed by its owner, {}, or by this "
                            "node's operator, with a signed request",
                            process.text(), definition.owner.text)};
    co_return std::unexpected(std::move(error));
  }
  Ticking::Orders orders;
  orders.push_back(
      pipeline_.ticking().read(definition, order.fields, std::move(order.data), clock_.now()));
  if (orders.front()) orders.front()->is_due_at_once = order.is_due_at_once;
  std::string set_by = signer->text;
  store::Batch batch;
  AO_CO_TRY(done, co_await pipeline_.ticking().carry_out(process, std::move(orders),
                                                         std::move(set_by), std::move(batch)));
  co_return std::move(done.front());
}

api::Readiness PipelineBackend::readiness() const {
  if (const std::string failure = store_.failure(); !failure.empty()) return {false, failure, {}};
  if (const std::string shortage = store_.shortage(); !shortage.empty())
    return {false, shortage, {}};
  if (draining_) return {false, "shutting down", {}};
  const settlement::Summary settled = settlement();
  return {true, {}, settled.failure.empty() ? settled.warning : settled.failure};
}

namespace {

// On one executor, so that nothing of it is used by two at a time.
struct Race {
  explicit Race(const boost::asio::any_io_executor& executor) : timer(executor) {}

  boost::asio::steady_timer timer;
  std::optional<Result<message::Value>> value;
};

Task<> race_on(std::shared_ptr<Race> race, Task<Result<message::Value>> work) {
  try {
    race->value = co_await std::move(work);
  } catch (const store::Unreadable& error) {
    race->value = fail(ErrorKind::kUnavailable, "store-failed", error.what());
  }
  race->timer.cancel();
}

}  // namespace

Task<std::optional<Result<message::Value>>> PipelineBackend::within(
    std::chrono::milliseconds time, Task<Result<message::Value>> work) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor);
  race->timer.expires_after(time);
  unwatched_.spawn(executor, race_on(race, std::move(work)));
  if (!race->value)
    co_await race->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return std::move(race->value);
}

// Made for one after the other, and shared by all who asked before it was begun: a flood of
// questions costs one text at a time, off the net pool.

}  // namespace ao::node
