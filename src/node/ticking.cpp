// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ticking.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"

namespace ao::node {

using message::OwnItem;
using Milliseconds = std::chrono::milliseconds;

namespace {

constexpr std::size_t kTasksAtOnce = 256;
constexpr Milliseconds kSleepMax{1'000};     // until the clock is looked at again
constexpr std::uint64_t kSetBackMs = 1'000;  // less is no setting but a correction
constexpr std::uint64_t kPutOffMs = 1'000;   // of a tick that could not be scheduled now

Timestamp later(Timestamp time, std::uint64_t milliseconds) {
  return Timestamp{time.milliseconds + milliseconds};
}

}  // namespace

Ticking::Ticking(const cron::Limits& limits, store::Store& store, schedule::Schedule& schedule,
                 Accept& accept, const crypto::Key& key, const Clock& clock, async::Pool& cpu,
                 Metrics& metrics, Announce scheduled)
    : limits_(limits),
      store_(store),
      schedule_(schedule),
      accept_(accept),
      key_(key),
      self_(key.address()),
      clock_(clock),
      cpu_(cpu),
      metrics_(metrics),
      scheduled_(std::move(scheduled)),
      records_(store),
      strand_(boost::asio::make_strand(cpu.executor())),
      tasks_(limits),
      timer_(strand_) {}

void Ticking::resume() {
  cron::Crontab(store_).read_all([this](cron::Task task) { tasks_.load(std::move(task)); });
  count_ = tasks_.size();
  seen_ = Timestamp{~std::uint64_t{0}};  // it may have been set back while nobody looked
  group_.spawn(strand_, run());
  for (const ProcessId& process : schedule_.log().awaiting_tasks())
    announce(process);
}

void Ticking::announce(const ProcessId& spawned) {
  boost::asio::post(strand_, [this, spawned] {
    if (!stopping_ && taken_up_.insert(spawned).second) group_.spawn(strand_, take_up(spawned));
  });
}

Task<> Ticking::run() {
  while (!stopping_) {
    const Timestamp now = clock_.now();
    Result<bool> ticked = false;
    const bool has_room = store_.shortage().empty() && store_.failure().empty();
    try {
      if (seen_.milliseconds > later(now, kSetBackMs).milliseconds) {
        const auto turned = co_await turn_back(now);
        if (!turned) ticked = std::unexpected(turned.error());
      }
      seen_ = now;
      if (ticked && has_room) ticked = co_await tick_due(now);
    } catch (const store::Unreadable& error) {
      ticked = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    if (!ticked) log::warn("scheduled tasks wait", {{"reason", ticked.error().text}});
    if (ticked && *ticked) continue;
    co_await wait(now, has_room && ticked.has_value());
  }
}

Task<> Ticking::wait(Timestamp now, bool has_room) {
  auto time = kSleepMax;
  const auto next = tasks_.next_due();
  if (next && has_room)
    time = *next <= now ? Milliseconds(0)
                        : std::min(time, Milliseconds(next->milliseconds - now.milliseconds));
  if (stopping_) co_return;
  timer_.expires_after(time);
  co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

// True when something was due, and more may be.
Task<Result<bool>> Ticking::tick_due(Timestamp now) {
  due_count_ = tasks_.due_count(now);
  std::vector<Due> round;
  std::vector<std::pair<std::size_t, Timestamp>> ticks;  // of which of the round, and when due
  for (const cron::Task* task : tasks_.due(now, kTasksAtOnce)) {
    round.push_back(planned(*task, now));
    round.back().first_item = ticks.size();
    for (const Timestamp due : round.back().plan.ticks)
      ticks.emplace_back(round.size() - 1, due);
  }
  if (round.empty()) co_return false;
  std::vector<Result<OwnItem>> items;
  items.reserve(ticks.size());
  auto sign = [&] {
    for (const auto& [index, due] : ticks)
      items.push_back(cron::tick(round[index].task, due, key_));
    return true;
  };
  co_await async::run_on(cpu_.executor(), sign);
  const auto placed = co_await schedule(std::move(items));
  store::Batch batch;
  for (const Due& due : round)
    settle(due, placed, now, batch);
  if (!batch.empty()) {
    AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  }
  due_count_ = tasks_.due_count(now);
  co_return true;
}

Ticking::Due Ticking::planned(const cron::Task& task, Timestamp now) const {
  const Slot evaluated = records_.evaluated(task.process);
  cron::Backlog backlog;
  backlog.last_waits = task.history.last_slot && *task.history.last_slot >= evaluated;
  if (task.rule.overlap == cron::Overlap::kQueue)
    backlog.waiting =
        schedule_.log().count(task.process).value_or(evaluated.number) - evaluated.number;
  return Due{task, tasks_.plan(task, backlog, now)};
}

Task<std::vector<Ticking::Placed>> Ticking::schedule(std::vector<Result<OwnItem>> items) {
  auto placed = co_await accept_.schedule_own(std::move(items));
  for (const Placed& one : placed)
    if (one) scheduled_(*one);
  co_return placed;
}

void Ticking::settle(const Due& due, const std::vector<Placed>& placed, Timestamp now,
                     store::Batch& batch) {
  cron::Report report;
  for (std::size_t i = 0; i < due.plan.ticks.size(); ++i) {
    const Placed& one = placed[due.first_item + i];
    if (!one && is_temporary(one.error())) {
      log::warn("a tick waits", {{"task", due.task.id.text()}, {"reason", one.error().text}});
      return tasks_.put_off(due.task.id, later(now, kPutOffMs));
    }
    report.error = one ? std::string() : one.error().text;
    if (!one) continue;
    ++report.scheduled;
    report.slot = one->slot;
  }
  for (std::size_t i = 0; i < due.plan.ticks.size(); ++i) {
    const Placed& one = placed[due.first_item + i];
    metrics_.ticked(!one ? one.error().code : one->is_new ? "scheduled" : "again");
  }
  metrics_.ticks_missed(due.plan.missed);
  metrics_.ticks_skipped(due.plan.skipped);
  if (const auto settled = tasks_.settle(due.plan, report)) change(*settled, batch);
}

Task<Result<>> Ticking::turn_back(Timestamp now) {
  store::Batch batch;
  for (const cron::Change& one : tasks_.after_set_back(now))
    change(one, batch);
  if (batch.empty()) co_return Result<>();
  auto written = co_await store_.commit(std::move(batch));
  co_return written;
}

void Ticking::change(const cron::Change& change, store::Batch& batch) {
  tasks_.apply(change);
  cron::Crontab::write(change, batch);
  count_ = tasks_.size();
}

Task<> Ticking::take_up(ProcessId spawned) {
  try {
    const auto spawn =
        schedule_.log().awaits_tasks(spawned) ? schedule_.log().spawn(spawned) : std::nullopt;
    if (spawn) {
      const auto definition = message::Definition::of(spawn->body());
      Orders orders;
      for (const message::Tags& fields : cron::orders_in_definition(definition.tags)) {
        orders.push_back(read(definition, fields, {}, spawn->timestamp()));
        if (!orders.back())
          log::warn("a definition asks for a task that is refused",
                    {{"process", spawned.text()}, {"reason", orders.back().error().text}});
      }
      store::Batch batch;
      schedule::Log::mark_tasks_set(spawned, batch);
      const auto done =
          co_await carry_out(spawned, std::move(orders), "definition", std::move(batch));
      if (!done)
        log::warn("tasks of a definition wait for the next start",
                  {{"process", spawned.text()}, {"reason", done.error().text}});
    }
  } catch (const store::Unreadable& error) {
    log::warn("tasks of a definition wait for the next start",
              {{"process", spawned.text()}, {"reason", error.what()}});
  }
  taken_up_.erase(spawned);
}

Result<cron::Order> Ticking::read(const message::Definition& process, const message::Tags& fields,
                                  Bytes data, Timestamp at) const {
  if (process.scheduler != self_.text && !process.trusts(self_))
    return fail(ErrorKind::kDenied, "cron-untrusted",
                fmt::format("process {} names this node, {}, neither as its scheduler nor as an "
                            "authority: it would not believe its ticks",
                            process.id.text(), self_.text));
  return cron::Order::from(fields, std::move(data), limits_.interval_least, at);
}

Result<TaskId> Ticking::obey(const ProcessId& process, const Result<cron::Order>& order,
                             const std::string& set_by, store::Batch& batch) {
  if (!order) return std::unexpected(order.error());
  AO_TRY(made, tasks_.change(process, *order, set_by));
  change(made, batch);
  return made.task.id;
}

Task<std::vector<Result<TaskId>>> Ticking::judge(ProcessId process, Orders orders) {
  using Results = std::vector<Result<TaskId>>;
  auto work = [this, process, orders = std::move(orders)]() -> Task<Results> {
    cron::Limits limits = limits_;
    const auto of_process = tasks_.of(process);
    limits.total_max -= std::min(limits.total_max, tasks_.size() - of_process.size());
    cron::Tasks tried(limits);
    for (const cron::Task* task : of_process)
      tried.load(*task);
    Results results;
    for (const auto& order : orders) {
      auto made = order ? tried.change(process, *order, {}) : std::unexpected(order.error());
      if (made) tried.apply(*made);
      if (made) {
        results.emplace_back(made->task.id);
      } else {
        results.emplace_back(std::unexpected(made.error()));
      }
    }
    co_return results;
  };
  auto judging = work();
  auto results =
      co_await boost::asio::co_spawn(strand_, std::move(judging), boost::asio::use_awaitable);
  co_return results;
}

Task<Result<std::vector<Result<TaskId>>>> Ticking::carry_out(ProcessId process, Orders orders,
                                                             std::string set_by,
                                                             store::Batch batch) {
  using Results = std::vector<Result<TaskId>>;
  auto work = [this, process, orders = std::move(orders), set_by = std::move(set_by),
               batch = std::move(batch)]() mutable -> Task<Result<Results>> {
    Results results;
    for (const auto& order : orders)
      results.push_back(obey(process, order, set_by, batch));
    timer_.cancel();
    if (!batch.empty()) {
      AO_CO_CHECK(co_await store_.commit(std::move(batch)));
    }
    co_return results;
  };
  auto working = work();
  auto results =
      co_await boost::asio::co_spawn(strand_, std::move(working), boost::asio::use_awaitable);
  co_return results;
}

Task<std::optional<cron::Task>> Ticking::find(TaskId id) {
  auto work = [this, id]() -> Task<std::optional<cron::Task>> {
    const cron::Task* task = tasks_.find(id);
    if (task == nullptr) co_return std::nullopt;
    co_return *task;
  };
  auto looking = work();
  auto found =
      co_await boost::asio::co_spawn(strand_, std::move(looking), boost::asio::use_awaitable);
  co_return found;
}

Task<std::vector<cron::Task>> Ticking::list(std::optional<ProcessId> process, std::size_t most) {
  auto work = [this, process, most]() -> Task<std::vector<cron::Task>> {
    std::vector<cron::Task> copies;
    for (const cron::Task* task : process ? tasks_.of(*process) : tasks_.all(most))
      if (copies.size() < most) copies.push_back(*task);
    co_return copies;
  };
  auto looking = work();
  auto found =
      co_await boost::asio::co_spawn(strand_, std::move(looking), boost::asio::use_awaitable);
  co_return found;
}

void Ticking::stop() {
  auto halt = [this] {
    stopping_ = true;
    timer_.cancel();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  group_.join();
}

}  // namespace ao::node
