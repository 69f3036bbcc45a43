// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/machine/instance.hpp"

#include <limits>

#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::List;
using message::Map;
using message::Value;

TEST(Instance, returns_what_the_function_returned) {
  auto instance = open_instance();
  const Evaluation evaluation = ask(*instance, "return {a = 1, b = x.c}", Map{{"c", "d"}});
  EXPECT_EQ(evaluation.ending, Ending::kReturned);
  EXPECT_EQ(evaluation.value, Value(Map{{"a", 1}, {"b", "d"}}));
  EXPECT_GT(evaluation.gas_used, 0u);
}

TEST(Instance, gives_every_kind_of_value_back_as_it_came) {
  auto instance = open_instance();
  const Value values = List{true,
                            false,
                            std::numeric_limits<std::int64_t>::min(),
                            0.1,
                            1e300,
                            2.0,
                            Bytes("\0\xff\x80", 3),
                            List{1, "two", List{3}},
                            Map{{"", "empty"}, {Bytes("\0k", 2), Map{{"deep", List{1}}}}},
                            List{}};
  const Evaluation evaluation = ask(*instance, "return x", values);
  EXPECT_EQ(evaluation.ending, Ending::kReturned);
  EXPECT_EQ(evaluation.value, values);
}

TEST(Instance, keeps_integers_and_floats_apart) {
  auto instance = open_instance();
  const Evaluation evaluation =
      ask(*instance, "return {math.type(x[1]), math.type(x[2]), 7 // 2, 7 / 7}", List{3, 3.0});
  EXPECT_EQ(evaluation.value, Value(List{"integer", "float", 3, 1.0}));
}

TEST(Instance, sees_a_sequence_however_it_was_built) {
  auto instance = open_instance();
  EXPECT_EQ(ask(*instance, "local t = {} for i = 5, 1, -1 do t[i] = i end return t").value,
            Value(List{1, 2, 3, 4, 5}));
  EXPECT_EQ(ask(*instance, "return {[1] = 'a', [3] = 'c', k = true}").value,
            Value(Map{{"1", "a"}, {"3", "c"}, {"k", true}}));
  EXPECT_EQ(ask(*instance, "return {}").value, Value(List{}));
  EXPECT_EQ(ask(*instance, "return nil").value, Value(nullptr));
}

TEST(Instance, names_what_cannot_leave_lua_by_its_path) {
  auto instance = open_instance();
  const auto refusal = [&](const char* body) {
    const Evaluation evaluation = ask(*instance, body);
    EXPECT_EQ(evaluation.ending, Ending::kRaised);
    return text_of(evaluation.value);
  };
  EXPECT_EQ(refusal("return {a = {1, print or error}}"),
            "the returned value.a[2] is a function, which is no data");
  EXPECT_EQ(refusal("return {[{}] = 1}"),
            "the returned value has a key that is a table: only strings and integers can be keys");
  EXPECT_EQ(refusal("return {[1.5] = 1}"),
            "the returned value has a key that is a float: only strings and integers can be keys");
  EXPECT_EQ(refusal("return {[7] = 1, ['7'] = 2}"),
            "the returned value has the key 7 both as a number and as a string");
  EXPECT_NE(refusal("local t = {} t.t = t return t").find("nested deeper than 64"),
            std::string::npos);
}

TEST(Instance, refuses_more_output_than_allowed) {
  auto instance = open_instance();
  const Limits limits{.gas = 1'000'000, .memory_bytes = 1 << 24, .output_bytes = 1000};
  EXPECT_EQ(ask(*instance, "return ('x'):rep(984)", nullptr, limits).ending, Ending::kReturned);
  const Evaluation longer = ask(*instance, "return ('x'):rep(985)", nullptr, limits);
  EXPECT_EQ(longer.ending, Ending::kRaised);
  EXPECT_EQ(text_of(longer.value), "the returned value is over the limit of 1000 bytes");
  const Evaluation wider =
      ask(*instance, "local t = {} for i = 1, 10 do t = {t, t} end return t", nullptr, limits);
  EXPECT_EQ(wider.ending, Ending::kRaised);
}

TEST(Instance, tells_where_an_error_was_raised) {
  auto instance = open_instance();
  ASSERT_EQ(instance
                ->load({"program.lua",
                        "local function inner() error('broken') end\n"
                        "function outer() inner() end"},
                       kAmple)
                .ending,
            Ending::kReturned);
  const Evaluation evaluation = instance->call("outer", nullptr, kAmple);
  EXPECT_EQ(evaluation.ending, Ending::kRaised);
  EXPECT_EQ(text_of(evaluation.value), "program.lua:1: broken");
  EXPECT_NE(evaluation.traceback.find("in upvalue 'inner'"), std::string::npos);
  EXPECT_NE(evaluation.traceback.find("program.lua:2:"), std::string::npos);
  EXPECT_EQ(evaluation.traceback.find("0x"), std::string::npos);
}

TEST(Instance, makes_a_text_of_every_error_object) {
  auto instance = open_instance();
  EXPECT_EQ(text_of(ask(*instance, "error({})").value), "(error object is a table value)");
  EXPECT_EQ(text_of(ask(*instance, "error(nil)").value), "(error object is a nil value)");
  EXPECT_EQ(text_of(ask(*instance,
                        "error(setmetatable({}, {__tostring = function() return "
                        "'told' end}))")
                        .value),
            "told");
  const Evaluation longer = ask(*instance, "error(('x'):rep(100000), 0)");
  EXPECT_EQ(text_of(longer.value).size(), 4096u);
}

TEST(Instance, reports_source_that_does_not_compile) {
  auto instance = open_instance();
  const Evaluation evaluation = instance->load({"bad.lua", "x = = 1"}, kAmple);
  EXPECT_EQ(evaluation.ending, Ending::kRaised);
  EXPECT_EQ(text_of(evaluation.value), "bad.lua:1: unexpected symbol near '='");
}

TEST(Instance, reports_a_function_that_is_not_there) {
  auto instance = open_instance();
  EXPECT_EQ(text_of(instance->call("absent", nullptr, kAmple).value),
            "there is no global function 'absent'");
}

TEST(Instance, ends_an_endless_loop_with_exactly_its_gas) {
  auto instance = open_instance();
  const Limits limits{.gas = 123'457, .memory_bytes = 1 << 24, .output_bytes = 1 << 10};
  const Evaluation evaluation = ask(*instance, "while true do end", nullptr, limits);
  EXPECT_EQ(evaluation.ending, Ending::kOutOfGas);
  EXPECT_EQ(evaluation.gas_used, 123'457u);
}

TEST(Instance, needs_every_unit_of_the_gas_it_reports) {
  auto instance = open_instance();
  ask(*instance, "local t = {} for i = 1, 1000 do t[i] = 'k' .. i end return #t");
  instance->commit();
  const std::uint64_t used = instance->call("asked", nullptr, kAmple).gas_used;
  Limits limits = kAmple;
  limits.gas = used;
  instance->rollback();
  EXPECT_EQ(instance->call("asked", nullptr, limits).ending, Ending::kReturned);
  instance->rollback();
  limits.gas = used - 1;
  EXPECT_EQ(instance->call("asked", nullptr, limits).ending, Ending::kOutOfGas);
}

TEST(Instance, ends_a_program_that_takes_too_much_memory) {
  auto instance = open_instance();
  const Limits limits{.gas = 50'000'000, .memory_bytes = 4 << 20, .output_bytes = 1 << 10};
  const Evaluation evaluation = ask(
      *instance, "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100) .. i end", nullptr, limits);
  EXPECT_EQ(evaluation.ending, Ending::kOutOfMemory);
  EXPECT_LE(instance->memory_bytes(), limits.memory_bytes);
  instance->rollback();
  EXPECT_EQ(ask(*instance, "return 1").ending, Ending::kReturned);
}

TEST(Instance, spends_gas_on_the_argument_and_on_the_result) {
  auto instance = open_instance();
  List list;
  for (int i = 0; i < 10'000; ++i)
    list.push_back(Value(i));
  const std::uint64_t bare = ask(*instance, "return 1").gas_used;
  EXPECT_GT(ask(*instance, "return 1", list).gas_used, bare + 10'000);
  const std::uint64_t both = ask(*instance, "return x", list).gas_used;
  EXPECT_GT(both, bare + 20'000);
  instance->commit();
  Limits limits = kAmple;
  limits.gas = both - 5000;  // runs out while the result is read
  EXPECT_EQ(instance->call("asked", list, limits).ending, Ending::kOutOfGas);
  instance->rollback();
}

TEST(InstanceDeathTest, insists_on_a_rollback_after_an_abandoned_evaluation) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  auto instance = open_instance(std::string(32, 'd'));
  const Limits limits{.gas = 1000, .memory_bytes = 1 << 24, .output_bytes = 1 << 10};
  ask(*instance, "while true do end", nullptr, limits);
  EXPECT_DEATH(instance->call("asked", nullptr, kAmple), "broken invariant");
  EXPECT_DEATH(instance->commit(), "broken invariant");
}

TEST(Instance, refuses_an_address_that_is_taken) {
  auto instance = open_instance();
  auto second = Instance::create(std::string(32, 'n'));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(second.error().code, "arena-taken");
  instance.reset();
  EXPECT_TRUE(Instance::create(std::string(32, 'n')).has_value());
}

}  // namespace
}  // namespace ao::machine
