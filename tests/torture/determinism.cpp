// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include "support/lua_grammar.hpp"
#include "support/workbench.hpp"
#include "torture/new_folder.hpp"
#include "torture/programme.hpp"
#include "torture/replaying_process.hpp"

namespace ao::test {
namespace {

constexpr std::size_t kTogether = 100;  // schedules in one file, replayed by one round of processes
constexpr std::size_t kMessagesMax = 16;
constexpr const char* kReference = "reference";

// A random process and its messages.
RecordedSchedule random_schedule(const crypto::Key& key, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  LuaGrammar grammar(LuaGrammar::Place::kProcess,
                     [&random](std::uint64_t limit) { return random() % limit; });
  ScheduleRecorder recorder(key, grammar.module());
  for (std::uint64_t left = 4 + random() % (kMessagesMax - 3); left > 0; --left) {
    const LuaGrammar::Message message = grammar.message();
    recorder.add(message.action, message.data);
  }
  return recorder.take();
}

// The published examples, with the messages that one expects and some that one does not.
RecordedSchedule example_schedule(const crypto::Key& key, const std::string& name,
                                  std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto file = test::source_folder() / "docs/examples" / name;
  ScheduleRecorder recorder(key, read_file(file));
  constexpr std::array kActions{"Info",    "Balance", "Balances", "Transfer", "Mint",
                                "Deposit", "Swap",    "Withdraw", "Eval"};
  for (std::size_t i = 0; i < kMessagesMax; ++i) {
    const std::string action = kActions[random() % kActions.size()];
    recorder.add(action, action == "Eval" ? fmt::format("x = (x or 0) + {} return x", random() % 9)
                                          : std::to_string(random() % 1000));
  }
  return recorder.take();
}

std::string without_state(const std::string& line) {
  return line.substr(0, line.rfind(' '));
}

class DeterminismProgramme {
 public:
  DeterminismProgramme(const Options& options, Checks& checks)
      : options_(options), checks_(checks), folder_(new_folder("determinism")) {}

  void run() {
    for (const Surroundings& place : all_surroundings())
      differences_[place.name];
    for (std::size_t first = 0; first < options_.count && !differs(); first += kTogether)
      play_round(first, std::min(kTogether, options_.count - first));
    fmt::print("{} schedules, {} slots, of which {} failed, in {} surroundings\n", schedules_,
               slots_, failed_slots_, differences_.size());
    for (const auto& [name, complaints] : differences_)
      checks_.expect("the same outcomes and states: " + name, complaints);
    checks_.expect("most slots ran, and some failed",
                   failed_slots_ > 0 && failed_slots_ < slots_ / 2 + 1);
    if (differs()) {
      fmt::print("kept for study: {}\n", folder_.string());
    } else {
      std::filesystem::remove_all(folder_);
    }
  }

 private:
  static std::filesystem::path this_program() {
    return std::filesystem::read_symlink("/proc/self/exe");
  }

  Surroundings reference() const {
    Surroundings place;
    place.name = kReference;
    place.binary = this_program();
    place.randomised_addresses = false;
    place.manner = "tell";
    return place;
  }

  // Whatever differs from the reference; each also has other addresses.
  std::vector<Surroundings> all_surroundings() const {
    const auto here = this_program();
    std::vector<Surroundings> all;
    all.push_back({"environment",
                   here,
                   {{"LC_ALL", "de_DE.UTF-8"},
                    {"LANG", "tr_TR.UTF-8"},
                    {"TZ", "Pacific/Apia"},
                    {"HOME", "/nonexistent"},
                    {"PADDING", std::string(10'000, 'x')}},
                   true,
                   ""});
    all.push_back({"threads-and-malloc",
                   here,
                   {{"MALLOC_PERTURB_", "165"},
                    {"MALLOC_ARENA_MAX", "1"},
                    {"MALLOC_MMAP_THRESHOLD_", "4096"}},
                   true,
                   "threads"});
    all.push_back({"older-processor",
                   here,
                   {{"GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"}},
                   true,
                   ""});
    all.push_back({"rebuilt-every-third-slot", here, {}, true, "rebuild"});
    all.push_back({"put-to-rest-every-third-slot", here, {}, true, "rest"});
    all.push_back({"dry-runs-between", here, {{"MALLOC_PERTURB_", "90"}}, true, "dry-runs"});
    if (!options_.other.empty()) all.push_back({"other-build", options_.other, {}, true, ""});
    if (!options_.sabotage.empty()) all.push_back({"sabotaged", here, {}, true, options_.sabotage});
    return all;
  }

  void play_round(std::size_t first, std::size_t count) {
    const auto file = folder_ / fmt::format("schedules-{}.cbor", first);
    std::vector<RecordedSchedule> schedules;
    for (std::size_t i = first; i < first + count; ++i) {
      const std::uint64_t seed = options_.seed * 1'000'003 + i;
      schedules.push_back(i % 50 == 48   ? example_schedule(*key_, "token.lua", seed)
                          : i % 50 == 49 ? example_schedule(*key_, "dex.lua", seed)
                                         : random_schedule(*key_, seed));
    }
    write_schedules(schedules, file);

    std::vector<std::unique_ptr<ReplayingProcess>> others;
    ReplayingProcess right(reference(), file);
    for (Surroundings& place : all_surroundings())
      others.push_back(std::make_unique<ReplayingProcess>(std::move(place), file));
    const auto expected = right.wait();
    for (const auto& other : others)
      compare(expected, other->wait(), differences_[other->surroundings().name]);

    schedules_ += count;
    slots_ += expected.size();
    count_failures(right.told());
    if (!differs()) std::filesystem::remove(file);
  }

  static void compare(const std::vector<std::string>& expected, const std::vector<std::string>& got,
                      std::vector<std::string>& complaints) {
    if (expected.size() != got.size())
      complaints.push_back(fmt::format("{} slots instead of {}", got.size(), expected.size()));
    std::set<std::string> known;  // what follows a first difference of a schedule is no news
    for (std::size_t i = 0; i < std::min(expected.size(), got.size()); ++i) {
      if (expected[i] == got[i]) continue;
      const std::string schedule = expected[i].substr(0, expected[i].find(" slot"));
      const std::string what = without_state(expected[i]) == without_state(got[i])
                                   ? "another state: "
                                   : "another outcome: ";
      if (known.insert(what + schedule).second) complaints.push_back(what + expected[i]);
    }
  }

  void count_failures(const std::filesystem::path& told) {
    std::ifstream file(told);
    for (std::string line; std::getline(file, line);)
      failed_slots_ += line.find("\"Error\":") != std::string::npos;
  }

  bool differs() const {
    return std::ranges::any_of(differences_, [](const auto& one) { return !one.second.empty(); });
  }

  const Options& options_;
  Checks& checks_;
  std::filesystem::path folder_;
  std::unique_ptr<crypto::Key> key_ = constant_key();
  std::map<std::string, std::vector<std::string>> differences_;
  std::size_t schedules_ = 0;
  std::size_t slots_ = 0;
  std::size_t failed_slots_ = 0;
};

}  // namespace

void run_determinism(const Options& options, Checks& checks) {
  DeterminismProgramme(options, checks).run();
}

}  // namespace ao::test
