// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::Value;

// Everything that stock Lua lets depend on addresses, time or the processor.
constexpr const char* kRevealing = R"(
  local out = {}
  local function note(...) for _, v in ipairs({...}) do out[#out + 1] = tostring(v) end end
  note({}, function() end, coroutine.create(function() end), print, string.rep, next)
  note(string.format('%p %p %p', {}, 'a string that is longer than forty characters, yes', next))
  local keyed = {}
  for i = 1, 40 do keyed[{}] = i end
  for i = 1, 40 do keyed['key' .. i] = i end
  for _, f in pairs(string) do keyed[f] = 0 end
  for k in pairs(keyed) do note(k) end
  note(math.random(), math.random(1 << 40), math.randomseed())
  local sorted, calls = {}, 0
  for i = 1, 3000 do
    sorted[i] = {k = (i * 7919) % 13 + (i < 1500 and i or 3000 - i) // 50, id = i}
  end
  table.sort(sorted, function(a, b) calls = calls + 1 return a.k < b.k end)
  for i = 1, 3000, 50 do note(sorted[i].id) end
  note(calls, 0/0, -(0/0), math.huge - math.huge,
       string.format('%f %g %a %5.1f', 0/0, -(0/0), 0/0, 0/0))
  note(string.pack('n', 0/0) == string.pack('n', -(0/0)))
  local holes = {nil, nil, 3} local other = {} other[3] = 3
  note(#holes, #other, collectgarbage('count'), collectgarbage())
  note(select(2, pcall(error, setmetatable({}, {__name = 'named'}))))
  return out)";

TEST(Determinism, two_instances_of_one_name_agree_on_everything) {
  const auto run = [] {
    auto instance = open_instance(std::string(32, 'p'));
    Evaluation first = ask(*instance, kRevealing);
    EXPECT_EQ(first.ending, Ending::kReturned) << text_of(first.value);
    const Evaluation second = ask(*instance, kRevealing);
    first.value = message::List{first.value, second.value,
                                Value(static_cast<std::int64_t>(instance->memory_bytes()))};
    first.gas_used += second.gas_used;
    return first;
  };
  const Evaluation once = run();
  std::string elsewhere(300'000, 'x');  // the process's own heap has changed meanwhile
  const Evaluation again = run();
  EXPECT_EQ(once.value, again.value);
  EXPECT_EQ(once.gas_used, again.gas_used);
}

TEST(Determinism, instances_of_other_names_agree_on_results_and_gas) {
  auto first = open_instance(std::string(32, 'q'));
  auto second = open_instance(std::string(32, 'r'));
  const Evaluation one = ask(*first, kRevealing);
  const Evaluation other = ask(*second, kRevealing);
  EXPECT_EQ(one.ending, Ending::kReturned);
  EXPECT_EQ(one.gas_used, other.gas_used);
}

TEST(Determinism, an_evaluation_after_a_rollback_costs_and_tells_the_same) {
  auto instance = open_instance(std::string(32, 's'));
  instance->load({"p", std::string("function revealing() ") + kRevealing + " end"}, kAmple);
  instance->commit();
  const Evaluation once = instance->call("revealing", nullptr, kAmple);
  instance->rollback();
  instance->call("revealing", nullptr,
                 Limits{.gas = 5000, .memory_bytes = 1 << 24, .output_bytes = 0});
  instance->rollback();
  const Evaluation again = instance->call("revealing", nullptr, kAmple);
  EXPECT_EQ(once.value, again.value);
  EXPECT_EQ(once.gas_used, again.gas_used);
}

TEST(Determinism, savepoints_change_nothing_that_can_be_seen) {
  const auto run = [](bool save_often) {
    auto instance = open_instance(std::string(32, 't'));
    instance->load({"p",
                    "log = {} function step(n) log[{}] = n for i = 1, n do log['k' .. i] = {} end "
                    "local o = {} for k, v in pairs(log) do o[#o + 1] = tostring(k) end "
                    "return table.concat(o, ',') end"},
                   kAmple);
    std::string all;
    std::uint64_t gas = 0;
    for (int n = 1; n < 40; ++n) {
      const Evaluation evaluation = instance->call("step", Value(n), kAmple);
      all += text_of(evaluation.value);
      gas += evaluation.gas_used;
      if (save_often) instance->commit();
    }
    return std::make_pair(all, gas);
  };
  EXPECT_EQ(run(true), run(false));
}

TEST(Determinism, equal_evaluations_leave_equal_states_at_any_address) {
  const auto state_of = [](char name, const std::string& body) {
    auto instance = open_instance(std::string(32, name));
    EXPECT_EQ(ask(*instance, body).ending, Ending::kReturned);
    return instance->state_hash();
  };
  const auto state = state_of('u', kRevealing);
  EXPECT_EQ(state_of('u', kRevealing), state);
  EXPECT_EQ(state_of('v', kRevealing), state);
  EXPECT_NE(state_of('u', std::string("state = 1 ") + kRevealing), state);
}

// Leaves bytes on the C stack for whoever forgets to initialise his own.
[[gnu::noinline]] void soil_the_stack(char with) {
  std::array<char, 64 << 10> soil;
  soil.fill(with);
  asm volatile("" : : "r"(soil.data()) : "memory");
}

TEST(Determinism, constants_true_false_and_nil_bring_nothing_of_the_c_stack_into_the_state) {
  const auto state_of = [](char soil) {
    auto instance = open_instance(std::string(32, 'w'));
    soil_the_stack(soil);
    instance->load({"p", "kept = {yes = true, no = false} kept.nothing = nil kept.also = true"},
                   kAmple);
    return instance->state_hash();
  };
  EXPECT_EQ(state_of('\x11'), state_of('\x22'));
}

TEST(Determinism, nan_is_nan_on_every_processor) {
  auto instance = open_instance();
  EXPECT_EQ(text_of(ask(*instance,
                        "return tostring(0/0) .. tostring(-(0/0)) .. string.format('%.1f', 0/0)")
                        .value),
            "nannannan");
}

TEST(Determinism, no_address_of_the_machine_is_shown) {
  auto instance = open_instance();
  const std::string shown =
      text_of(ask(*instance,
                  "return table.concat({tostring({}), tostring(print or next), "
                  "string.format('%p', next), tostring(function() end)}, ' ')")
                  .value);
  EXPECT_NE(shown.find("function: builtin (null)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("0x2000"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("0x7f"), std::string::npos) << shown;
}

}  // namespace
}  // namespace ao::machine
