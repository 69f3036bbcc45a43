// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/replay.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

using execution::Evaluator;
using message::Assignment;

constexpr std::size_t kEvery = 3;
constexpr BytesView kBuild = "this one";

int duplicate(int file) {
  return file < 0 ? file : ::fcntl(file, F_DUPFD_CLOEXEC, 0);
}

// Waits while another thread's process has the same address.
std::unique_ptr<Evaluator> new_evaluator(const execution::Settings& settings,
                                         const RecordedSchedule& schedule,
                                         int file = machine::Instance::kInMemory) {
  while (true) {
    auto made =
        Evaluator::create(settings, schedule.definition(), schedule.module, duplicate(file));
    if (made) return std::move(*made);
    if (made.error().kind != ErrorKind::kBusy) throw std::runtime_error(made.error().text);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// The process as it is after its first `slots`, in an instance that knows nothing of an earlier
// one.
std::unique_ptr<Evaluator> rebuilt(const execution::Settings& settings,
                                   const RecordedSchedule& schedule, std::size_t slots) {
  auto evaluator = new_evaluator(settings, schedule);
  for (std::size_t slot = 0; slot < slots; ++slot)
    evaluator->run(schedule.assignments[slot]);
  return evaluator;
}

// The schedule of a module that tells one process from another.
RecordedSchedule leaking(const RecordedSchedule& schedule, const std::string& leak) {
  const auto pid = std::to_string(::getpid());
  // Nothing calls string.len; os.time is called now and then.
  const std::string source = "local pid = " + std::to_string(::getpid()) + " function " +
                             (leak == "state" ? "string.len" : "os.time") + "() return pid end " +
                             Bytes(schedule.module.data());
  RecordedSchedule changed = schedule;
  changed.module = sign(module_draft(source, "module.lua"), *constant_key());
  return changed;
}

class Replay {
 public:
  Replay(const RecordedSchedule& schedule, const Manner& manner,
         const execution::Settings& settings)
      : schedule_(schedule), manner_(manner), settings_(settings) {}
  ~Replay() { ::close(file_); }

  std::vector<SlotTrace> run() {
    std::vector<SlotTrace> traces;
    evaluator_ = new_evaluator(settings_, schedule_, file_);
    for (std::size_t slot = 0; slot < schedule_.assignments.size(); ++slot) {
      if (manner_.rebuild_every > 0 && slot > 0 && slot % manner_.rebuild_every == 0) {
        evaluator_.reset();
        evaluator_ = rebuilt(settings_, schedule_, slot);
      }
      if (manner_.rest_every > 0 && slot % manner_.rest_every == 0) rest();
      const Assignment& assignment = schedule_.assignments[slot];
      if (manner_.other_threads) {
        std::thread([&] { traces.push_back(trace_of(assignment)); }).join();
      } else {
        traces.push_back(trace_of(assignment));
      }
      if (manner_.dry_runs) evaluator_->dry_run({assignment.body()}, assignment.timestamp());
    }
    return traces;
  }

 private:
  void rest() {
    evaluator_->rest(kBuild);
    evaluator_.reset();
    while (!evaluator_) {
      auto woken = Evaluator::wake(settings_, schedule_.definition(), duplicate(file_), kBuild);
      if (woken) {
        evaluator_ = std::move(*woken);
      } else if (woken.error().kind != ErrorKind::kBusy) {
        throw std::runtime_error(woken.error().text);
      }
    }
  }

  SlotTrace trace_of(const Assignment& assignment) {
    auto outcome = evaluator_->run(assignment);
    return {std::move(outcome), evaluator_->state_hash()};
  }

  const RecordedSchedule& schedule_;
  const Manner& manner_;
  const execution::Settings& settings_;
  const int file_ = ::memfd_create("ao-image", MFD_CLOEXEC);
  std::unique_ptr<Evaluator> evaluator_;
};

}  // namespace

Manner Manner::from_text(std::string_view words) {
  const auto has = [words](std::string_view word) { return words.find(word) != words.npos; };
  Manner manner;
  manner.rebuild_every = has("rebuild") ? kEvery : 0;
  manner.rest_every = has("rest") ? kEvery : 0;
  manner.dry_runs = has("dry-runs");
  manner.other_threads = has("threads");
  manner.leak = has("leak-state") ? "state" : has("leak-outcome") ? "outcome" : "";
  return manner;
}

std::vector<SlotTrace> replay(const RecordedSchedule& schedule, const Manner& manner,
                              const execution::Settings& settings) {
  if (manner.leak.empty()) return Replay(schedule, manner, settings).run();
  const RecordedSchedule changed = leaking(schedule, manner.leak);
  return Replay(changed, manner, settings).run();
}

}  // namespace ao::test
