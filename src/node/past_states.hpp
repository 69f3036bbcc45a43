// Processes as they were after past slots, in a worker of their own: what is asked of one is
// answered as if that slot were the last.
//
// A state is built from the nearest one that is kept before it (the one that is here already, the
// last checkpoint, or nothing) by evaluating the slots in between, for at most `gas_max` a
// call; what was reached stays, so the next call goes on from there. What a replay gives is
// compared with what was stored. Owned by `node`; used on its strand, of each process by one call
// at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/async/pool.hpp"
#include "metrics.hpp"
#include "recipes.hpp"

namespace ao::node {

class PastStates {
 public:
  PastStates(const worker::Settings& workers, std::uint64_t gas_max, const store::Store& store,
             const schedule::Log& log, const Recipes& recipes, Metrics& metrics, async::Pool& cpu,
             boost::asio::any_io_executor strand);

  // `after` was evaluated. Errors: kTimeout "past-pending" when that takes more gas, naming how far
  // it came; kUnavailable "replay-diverged"; those of Workers.
  Task<Result<message::Outcome>> dry_run(ProcessId process, Slot after, message::Trial trial,
                                         Timestamp now);

  // What the slot, which was evaluated, gave. Errors: the same.
  Task<Result<message::Outcome>> outcome(ProcessId process, Slot slot);

  void stop() { stopping_ = true; }  // what is under way ends soon

  std::uint64_t held_bytes() const { return workers_.held_bytes(); }

 private:
  Task<Result<>> go_to(ProcessId process, Slot end);
  Task<Result<Slot>> nearest(ProcessId process, Slot end);
  Task<Result<Slot>> open(ProcessId process);
  std::size_t affordable(const ProcessId& process, Slot next, Slot end, std::uint64_t gas) const;
  Result<std::uint64_t> gas_of(const ProcessId& process,
                               const std::vector<worker::Evaluated>& evaluated);

  const std::uint64_t gas_max_;
  const schedule::Log& log_;
  const Recipes& recipes_;
  process::Records records_;
  Metrics& metrics_;
  async::Pool& cpu_;
  worker::Workers workers_;
  bool stopping_ = false;
};

}  // namespace ao::node
