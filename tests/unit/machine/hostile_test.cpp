// Programs that try to run for ever, to eat memory, to overflow the C stack or to catch their end:
// those of tests/fixtures/hostile, which `scripts/torture hostile-lua` runs in a process too.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <set>

#include "machine_fixture.hpp"
#include "support/hostile_programs.hpp"

namespace ao::machine {
namespace {

using test::HostileProgram;

// A sanitizer's build is some ten times slower; the bound is for a gas table that forgot a loop.
constexpr std::chrono::seconds kPatience{20};

class Hostile : public testing::TestWithParam<std::string> {};

// What they used is on record, so that one run tells whether two would be the same.
TEST_P(Hostile, ends_as_recorded_with_the_gas_that_is_recorded_and_leaves_nothing) {
  auto instance = open_instance(std::string(32, 'e'));
  const auto before = instance->state_hash();
  for (const HostileProgram& program : test::hostile_programs()) {
    if (program.kind != GetParam()) continue;
    SCOPED_TRACE(program.kind + "/" + program.name);
    const auto start = std::chrono::steady_clock::now();
    const Evaluation evaluation = test::run_bare(program, *instance);
    EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience);
    EXPECT_EQ(test::name_of(evaluation.ending), test::name_of(program.ending))
        << text_of(evaluation.value).substr(0, 200);
    EXPECT_EQ(evaluation.gas_used, program.gas);
    instance->rollback();
    EXPECT_EQ(instance->state_hash(), before);
    EXPECT_EQ(ask(*instance, "return 1").value, message::Value(1));
    instance->rollback();
  }
}

std::set<std::string> kinds() {
  std::set<std::string> kinds;
  for (const HostileProgram& program : test::hostile_programs())
    if (!program.needs_process()) kinds.insert(program.kind);
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Kind, Hostile, testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param; });

TEST(HostileMetatable, collected_under_pressure_is_harmless) {
  for (const std::uint64_t memory : {600'000u, 900'000u, 2'000'000u, 5'000'000u}) {
    auto instance = open_instance();
    const Limits limits{.gas = 5'000'000, .memory_bytes = memory, .output_bytes = 0};
    const Evaluation evaluation = instance->load(
        {"p",
         "local keep = {} for r = 1, 1e9 do local mt = {__newindex = keep} "
         "local t = setmetatable({}, mt) mt.__mode = 'v' for i = 1, 100 do t[i] = {i} end "
         "keep['k' .. r] = t end"},
        limits);
    EXPECT_NE(evaluation.ending, Ending::kReturned);
    instance->rollback();
    EXPECT_EQ(ask(*instance, "return 1").value, message::Value(1));
  }
}

}  // namespace
}  // namespace ao::machine
