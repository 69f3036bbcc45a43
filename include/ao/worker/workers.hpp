// The worker processes: where Lua runs, so that a program that breaks out of it, or breaks it, has
// neither keys nor sockets nor files, and costs the node a retry.
//
// A process is in the memory of one worker at a time; a worker runs one batch after the other. What
// a worker answers is checked as far as it can be: it can only spoil the outcomes of the processes
// that it holds. A worker that dies, lies or takes too long is replaced, and what it held is built
// again when it is needed. Who was not asked for longest is put to rest in a file when the memory
// is over its budget, and wakes from it, whatever its size, in less than a millisecond. Owned by
// `node`; used on the strand that it was given.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <filesystem>
#include <list>
#include <memory>
#include <unordered_map>

#include "ao/async/task.hpp"
#include "ao/worker/exchange.hpp"

namespace ao::worker {

struct Settings {
  execution::Settings execution;
  std::size_t workers = 1;
  std::size_t processes_max = 1000;                      // in the memory of all workers together
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;   // of those
  std::uint64_t resting_bytes = std::uint64_t{8} << 30;  // of those at rest, on disk
  std::filesystem::path images;       // the folder of their files, emptied at the start
  std::chrono::seconds patience{60};  // for one answer; a batch ends itself long before
};

class ImageFile;
class ImageFolder;
class Worker;

class Workers {
 public:
  // Throws std::runtime_error when no worker can be started.
  Workers(const Settings& settings, boost::asio::any_io_executor strand);
  ~Workers();

  // The next slot that the process expects; nullopt when no worker holds it.
  std::optional<Slot> next(const ProcessId& process) const;

  // Whether it would wake from a file: its recipe needs no module then.
  bool rests(const ProcessId& process) const { return resting_.contains(process); }

  // Wakes a process, or builds it before its first slot; returns the slot that it expects. Errors:
  // "image-malformed", "image-foreign" when it does not wake; it rests no more then. And of this
  // and the calls below: kUnavailable "worker-died" when the worker died of it,
  // "worker-unstartable" when there is none; kBusy "process-not-held" when it is to be opened once
  // more first; those of Evaluator::create.
  Task<Result<Slot>> open(ProcessId process, Recipe recipe);

  // The outcomes of the batch's first slots, at least one; how many is up to the worker.
  Task<Result<std::vector<Evaluated>>> run(ProcessId process,
                                           std::vector<message::Assignment> batch);

  Task<Result<message::Outcome>> dry_run(ProcessId process, message::Trial trial, Timestamp now);

  // What changed since the last call, at first everything. Until the process runs again the file
  // stays as it is, so the pages are read by whoever calls `read`, on any thread.
  struct Checkpoint;
  Task<Result<std::shared_ptr<Checkpoint>>> checkpoint(ProcessId process);
  static Result<Changes> read(const Checkpoint& checkpoint);

  // The state as it is, for other workers to wake. Until the process runs again the file stays as
  // it is.
  struct Copy;
  Task<Result<std::shared_ptr<Copy>>> copy(ProcessId process);

  // Writes the file of a process that is in no worker, or is to be opened anew, on any thread; it
  // rests once that is told. Of a copy: returns its bytes.
  Result<> write_image(const ProcessId& process, const Changes& image) const;
  Result<std::uint64_t> write_image(const ProcessId& process, const Copy& copy) const;
  void image_written(const ProcessId& process, std::uint64_t bytes);

  // What images are good for: the program of the workers.
  static BytesView build();

  // Forgets the process: it is ahead of what is stored.
  void drop(const ProcessId& process);

  std::size_t size() const { return workers_.size(); }
  std::size_t held() const { return seats_.size(); }
  std::uint64_t held_bytes() const { return seats_bytes_; }
  std::size_t resting() const { return resting_.size(); }
  std::uint64_t evicted() const { return evicted_; }
  std::uint64_t deaths() const { return deaths_; }

 private:
  using Order = std::list<ProcessId>;  // the least recently used last
  struct Seat {
    std::shared_ptr<Worker> worker;
    Slot next;
    std::uint64_t bytes;
    Order::iterator place;
  };
  struct Bed {
    std::uint64_t bytes;
    Order::iterator place;
  };

  std::shared_ptr<Worker> least_busy();
  Result<std::shared_ptr<Worker>> start();
  Task<Result<message::Value>> ask(std::shared_ptr<Worker> worker, message::Value request,
                                   std::optional<ImageFile> file);
  Task<Result<message::Value>> ask(ProcessId process, message::Value request);
  void seat(const ProcessId& process, std::shared_ptr<Worker> worker, Slot next,
            std::uint64_t bytes);
  void forget(const ProcessId& process);
  void leave(const ProcessId& process, const std::shared_ptr<Worker>& worker);
  void lay_down(const ProcessId& process);
  void forget_image(const ProcessId& process);
  void bury(const std::shared_ptr<Worker>& worker);
  Task<> make_room();
  Task<> rest(ProcessId process);

  Settings settings_;
  boost::asio::any_io_executor strand_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::unique_ptr<ImageFolder> images_;
  std::unordered_map<ProcessId, Seat> seats_;
  Order order_;
  std::uint64_t seats_bytes_ = 0;
  std::unordered_map<ProcessId, Bed> resting_;
  Order resting_order_;
  std::uint64_t resting_bytes_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t deaths_ = 0;
};

}  // namespace ao::worker
