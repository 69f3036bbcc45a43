// The Lua tests of the runtime (tests/lua), each case in a fresh state of the real machine.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "ao/machine/instance.hpp"
#include "runtime_files.hpp"
#include "support/workbench.hpp"

namespace ao::execution {
namespace {

using machine::Ending;
using machine::Evaluation;
using machine::Instance;
using machine::Limits;
using message::Map;
using message::Value;

constexpr Limits kLimits{.gas = 20'000'000'000, .memory_bytes = 512 << 20, .output_bytes = 4 << 20};

Bytes file_text(const std::string& path) {
  std::ifstream file(test::source_folder() / path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string failure_of(const Evaluation& evaluation) {
  if (evaluation.ending == Ending::kReturned) return {};
  if (evaluation.ending != Ending::kRaised) return "abandoned: out of gas or memory";
  return Bytes(*evaluation.value.bytes()) + "\n" + evaluation.traceback;
}

// What every case starts from: the runtime, the harness and the file's cases, none of them run.
void load_cases(Instance& instance, const std::string& file) {
  for (const RuntimeFile& part : runtime_files())
    ASSERT_EQ(failure_of(instance.load({std::string(part.name), Bytes(part.source)}, kLimits)), "");
  for (const std::string& name : {std::string("harness"), file}) {
    const machine::Chunk chunk{name + ".lua", file_text("tests/lua/" + name + ".lua")};
    ASSERT_FALSE(chunk.source.empty()) << name;
    ASSERT_EQ(failure_of(instance.load(chunk, kLimits)), "");
  }
  instance.commit();
}

class RuntimeTest : public testing::TestWithParam<const char*> {};

TEST_P(RuntimeTest, passes_its_cases) {
  auto created = Instance::create(Bytes(32, GetParam()[0]));
  ASSERT_TRUE(created) << created.error().text;
  Instance& instance = **created;
  ASSERT_NO_FATAL_FAILURE(load_cases(instance, GetParam()));
  const Evaluation listed = instance.call("case_names", Map{}, kLimits);
  ASSERT_EQ(failure_of(listed), "");
  const message::List& names = *listed.value.list();
  ASSERT_FALSE(names.empty());
  instance.rollback();

  Map files;
  for (const char* example :
       {"docs/examples/dex.lua", "docs/examples/ledger.lua", "docs/examples/token.lua"})
    files.set(example, file_text(example));
  std::int64_t assertions = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Map argument{{"files", files}, {"index", static_cast<std::int64_t>(i + 1)}};
    const Evaluation ran = instance.call("run_case", argument, kLimits);
    EXPECT_EQ(failure_of(ran), "") << *names[i].bytes();
    if (ran.ending == Ending::kReturned) assertions += *ran.value.find("assertions")->integer();
    instance.rollback();
  }
  RecordProperty("assertions", std::to_string(assertions));
  EXPECT_GE(assertions, static_cast<std::int64_t>(names.size()));
}

INSTANTIATE_TEST_SUITE_P(Lua, RuntimeTest,
                         testing::Values("handlers", "messages", "eval", "bint", "conventions",
                                         "trust", "examples"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace ao::execution
