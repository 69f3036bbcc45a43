// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "ao/message/cbor.hpp"
#include "support/hostile_programs.hpp"
#include "support/workbench.hpp"
#include "torture/neighbours.hpp"
#include "torture/programme.hpp"
#include "torture/replay.hpp"

namespace ao::test {
namespace {

using machine::Ending;
using machine::Evaluation;
using machine::Instance;

// docs/gas.md says 30 ns; a busy machine takes up to twice that. What a program takes besides, for
// its pages and for the rollback, is not by the unit.
constexpr double kNanosecondsPerUnitMax = 100;
constexpr double kMillisecondsBeside = 60;

constexpr execution::Settings kProcessSettings{.gas_per_message = kHostileLimits.gas,
                                               .memory_bytes = kHostileLimits.memory_bytes,
                                               .output_bytes = kHostileLimits.output_bytes};

double thread_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

std::string short_text(const std::string& text) {
  return text.substr(0, std::min<std::size_t>(text.find('\n'), 100));
}

std::string text_of(const Evaluation& evaluation) {
  return evaluation.value.bytes() != nullptr ? short_text(*evaluation.value.bytes()) : "";
}

Ending ending_of(const message::Outcome& outcome) {
  if (outcome.error.empty()) return Ending::kReturned;
  if (outcome.error.starts_with("out of gas")) return Ending::kOutOfGas;
  return outcome.error.starts_with("out of memory") ? Ending::kOutOfMemory : Ending::kRaised;
}

class HostileProgramme {
 public:
  HostileProgramme(const Options& options, Checks& checks) : options_(options), checks_(checks) {}

  void run() {
    for (const HostileProgram& program : programs_) {
      if (!program.needs_process()) run_bare_again_and_again(program);
      run_in_process(program);
    }
    report();
    std::mt19937_64 random(options_.seed);
    auto shuffled = programs_;
    std::ranges::shuffle(shuffled, random);
    check_neighbours(shuffled, options_, checks_);
  }

 private:
  static constexpr const char* kEnding = "each program ends as recorded, with the recorded gas";
  static constexpr const char* kAgain = "and the same way on every run";
  static constexpr const char* kState = "what fails leaves the state as it was";
  static constexpr const char* kNext = "the next message runs";
  static constexpr const char* kTime = "no unit of gas takes longer than it may";

  void complain(const char* check, const HostileProgram& program, const std::string& what) {
    complaints_[check].push_back(fmt::format("{}/{}: {}", program.kind, program.name, what));
  }

  // In an instance of its own each time, now at one address, now at another.
  void run_bare_again_and_again(const HostileProgram& program) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < options_.count; ++i) {
      auto made = Instance::create(std::string(32, i % 2 == 0 ? 'e' : 'f'));
      if (!made) throw std::runtime_error(made.error().text);
      Instance& instance = **made;
      const auto before = instance.state_hash();
      const double began = thread_milliseconds();
      const Evaluation evaluation = run_bare(program, instance);
      note_time(program, thread_milliseconds() - began, evaluation.gas_used);
      const std::string told = fmt::format("{}, {} gas, {}", name_of(evaluation.ending),
                                           evaluation.gas_used, text_of(evaluation));
      seen.insert(told);
      if (evaluation.ending != program.ending || evaluation.gas_used != program.gas)
        complain(kEnding, program, told);
      const bool abandoned =
          evaluation.ending == Ending::kOutOfGas || evaluation.ending == Ending::kOutOfMemory;
      if (abandoned || options_.sabotage != "forget-rollback") instance.rollback();
      if (instance.state_hash() != before) complain(kState, program, "another state");
      const Evaluation next = instance.load({"next", "assert(tostring(1) == '1')"}, kHostileLimits);
      if (next.ending != Ending::kReturned) complain(kNext, program, text_of(next));
    }
    if (seen.size() > 1)
      complain(kAgain, program, fmt::format("once {}, once {}", *seen.begin(), *seen.rbegin()));
  }

  // As a message among others: ping, the program, ping, the program, ping.
  void run_in_process(const HostileProgram& program) {
    ScheduleRecorder recorder(*key_, target_module());
    for (const bool hostile : {false, true, false, true, false})
      recorder.add(hostile ? "Run" : "Ping", hostile ? program.source : "here");
    const RecordedSchedule schedule = recorder.take();
    std::set<Bytes> seen;
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.count - 1, 2); ++i) {
      const double began = thread_milliseconds();
      const auto traces = replay(schedule, {}, kProcessSettings);
      std::uint64_t gas = 0;
      Bytes all;
      for (const SlotTrace& trace : traces) {
        gas += trace.outcome.gas_used;
        all += message::to_cbor(trace.outcome.value());
        all += crypto::view(trace.state);
      }
      note_time(program, thread_milliseconds() - began, gas);
      seen.insert(std::move(all));
      if (i == 0) check_traces(program, traces);
    }
    if (seen.size() > 1) complain(kAgain, program, "in a process it differs");
  }

  void check_traces(const HostileProgram& program, const std::vector<SlotTrace>& traces) {
    bool failed = true;
    for (const std::size_t slot : {2u, 4u}) {
      const message::Outcome& outcome = traces[slot].outcome;
      if (program.needs_process() && ending_of(outcome) != program.ending)
        complain(kEnding, program, name_of(ending_of(outcome)) + ", " + short_text(outcome.error));
      if (outcome.error.empty()) {
        failed = false;
      } else if (traces[slot].state != traces[slot - 1].state) {
        complain(kState, program, "another state, in a process");
      }
    }
    // What succeeded may have changed the process so that it no longer answers: its own choice.
    if (!failed) return;
    const message::Outcome& last = traces[5].outcome;
    if (!last.error.empty() || last.outgoing.size() != 1 || last.outgoing[0].data != "3 here")
      complain(kNext, program, "ping is answered: " + short_text(last.error));
  }

  void note_time(const HostileProgram& program, double milliseconds, std::uint64_t gas) {
    const double beyond = std::max(milliseconds - kMillisecondsBeside, 0.0);
    const double nanoseconds = 1e6 * beyond / static_cast<double>(std::max<std::uint64_t>(gas, 1));
    if (nanoseconds > kNanosecondsPerUnitMax)
      complain(kTime, program, fmt::format("{:.0f} ms for {} gas", milliseconds, gas));
    if (gas < kHostileLimits.gas / 2) return;
    const double all = 1e6 * milliseconds / static_cast<double>(gas);
    slowest_.push_back({all, program.kind + "/" + program.name});
  }

  void report() {
    std::ranges::sort(slowest_, std::greater());
    fmt::print("{} programs; nanoseconds a unit of gas: median {:.1f}, most {:.1f} ({})\n",
               programs_.size(), slowest_[slowest_.size() / 2].first, slowest_.front().first,
               slowest_.front().second);
    for (const char* check : {kEnding, kAgain, kState, kNext, kTime})
      checks_.expect(check, complaints_[check]);
  }

  const Options& options_;
  Checks& checks_;
  std::vector<HostileProgram> programs_ = hostile_programs();
  std::unique_ptr<crypto::Key> key_ = constant_key();
  std::map<std::string, std::vector<std::string>> complaints_;
  std::vector<std::pair<double, std::string>> slowest_;  // nanoseconds a unit, and of which
};

}  // namespace

void run_hostile_lua(const Options& options, Checks& checks) {
  HostileProgramme(options, checks).run();
}

}  // namespace ao::test
