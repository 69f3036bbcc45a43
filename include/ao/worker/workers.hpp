// The worker processes: where Lua runs, so that a program that breaks out of it, or breaks it, has
// neither keys nor sockets nor files, and costs the node a retry.
//
// A process is in the memory of one worker at a time; a worker runs one batch after the other. What
// a worker answers is checked as far as it can be: it can only spoil the outcomes of the processes
// that it holds. A worker that dies, lies or takes too long is replaced, and what it held is built
// again when it is needed. Owned by `node`; used on the strand that it was given.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <unordered_map>

#include "ao/async/task.hpp"
#include "ao/execution/evaluator.hpp"

namespace ao::worker {

struct Settings {
  execution::Settings execution;
  std::size_t workers = 1;
  std::size_t processes_max = 1000;   // in the memory of all workers together
  std::chrono::seconds patience{60};  // for one answer; a batch ends itself long before
};

// What a process is made from.
struct Recipe {
  message::DataItem spawn;
  std::optional<message::DataItem> module;
};

// An outcome, and the bytes that it is stored as.
struct Evaluated {
  message::Outcome outcome;
  Bytes stored;
};

class Worker;

class Workers {
 public:
  // Throws std::runtime_error when no worker can be started.
  Workers(const Settings& settings, boost::asio::any_io_executor strand);
  ~Workers();

  // The next slot that the process expects; nullopt when no worker holds it.
  std::optional<Slot> next(const ProcessId& process) const;

  // Builds a process before its first slot; returns that slot. Errors of this and the calls below:
  // kUnavailable "worker-died" when the worker died of it, "worker-unstartable" when there is none;
  // kBusy "process-not-held" when it is to be opened once more first; those of Evaluator::create.
  Task<Result<Slot>> open(ProcessId process, Recipe recipe);

  // The outcomes of the batch's first slots, at least one; how many is up to the worker.
  Task<Result<std::vector<Evaluated>>> run(ProcessId process,
                                           std::vector<message::Assignment> batch);

  Task<Result<message::Outcome>> dry_run(ProcessId process, message::DataItem message,
                                         message::Tags tags, Timestamp now);

  // Drops a process from memory.
  Task<> close(ProcessId process);

  std::size_t size() const { return workers_.size(); }
  std::size_t held() const { return seats_.size(); }
  std::uint64_t evicted() const { return evicted_; }
  std::uint64_t deaths() const { return deaths_; }

 private:
  using Order = std::list<ProcessId>;  // the least recently used last
  struct Seat {
    std::shared_ptr<Worker> worker;
    Slot next;
    Order::iterator place;
  };

  std::shared_ptr<Worker> least_busy();
  Result<std::shared_ptr<Worker>> start();
  Task<Result<message::Value>> ask(std::shared_ptr<Worker> worker, message::Value request);
  Task<Result<message::Value>> ask(ProcessId process, message::Value request);
  void forget(const ProcessId& process);
  void bury(const std::shared_ptr<Worker>& worker);
  Task<> make_room();

  Settings settings_;
  boost::asio::any_io_executor strand_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::unordered_map<ProcessId, Seat> seats_;
  Order order_;
  std::uint64_t evicted_ = 0;
  std::uint64_t deaths_ = 0;
};

}  // namespace ao::worker
