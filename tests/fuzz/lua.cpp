// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/machine/instance.hpp"
#include "ao/message/cbor.hpp"
#include "fuzz/fuzz.hpp"
#include "support/lua_grammar.hpp"

namespace ao::machine {
namespace {

using test::LuaGrammar;

// A raised error takes microseconds of a sanitizer's build, which looks at the whole C stack: as
// much gas as keeps a loop of them below the fuzzer's seconds.
constexpr Limits kLimits{.gas = 50'000, .memory_bytes = 4 << 20, .output_bytes = 64 << 10};

// Chooses by the bytes of an input, and 0 after its end.
class Choices {
 public:
  explicit Choices(BytesView bytes) : bytes_(bytes) {}

  std::uint64_t below(std::uint64_t limit) {
    const std::uint64_t size = limit > 256 ? 2 : 1;
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < size && at_ < bytes_.size(); ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return value % limit;
  }

  bool are_left() const { return at_ < bytes_.size(); }

 private:
  BytesView bytes_;
  std::size_t at_ = 0;
};

// What an input is: chunks to load, one after the other.
std::vector<std::string> chunks_of(BytesView input) {
  constexpr std::size_t kChunksMax = 4;
  std::vector<std::string> chunks;
  if (input.starts_with('L')) {  // plain text
    chunks.emplace_back(input.substr(1));
    return chunks;
  }
  Choices choices(input);
  LuaGrammar grammar(LuaGrammar::Place::kInstance,
                     [&](std::uint64_t limit) { return choices.below(limit); });
  while (choices.are_left() && chunks.size() < kChunksMax)
    chunks.push_back("function asked(x, y) " + grammar.body(40) + " return told() end");
  return chunks;
}

struct Trace {
  std::vector<Evaluation> evaluations;
  std::vector<crypto::Digest256> states;
};

void keep(Instance& instance, Evaluation evaluation, Trace& trace) {
  AO_ASSERT(evaluation.gas_used <= kLimits.gas);
  if (evaluation.ending == Ending::kReturned) {
    instance.commit();
  } else {
    const bool had_a_state = !trace.states.empty();
    const crypto::Digest256 before = had_a_state ? trace.states.back() : crypto::Digest256{};
    instance.rollback();
    AO_ASSERT(!had_a_state || instance.state_hash() == before);
  }
  AO_ASSERT(instance.memory_bytes() <= kLimits.memory_bytes);
  trace.evaluations.push_back(std::move(evaluation));
  trace.states.push_back(instance.state_hash());
}

Trace run(BytesView name, const std::vector<std::string>& chunks) {
  auto made = Instance::create(name);
  AO_ASSERT(made.has_value());
  Instance& instance = **made;
  Trace trace;
  keep(instance, instance.load({"prelude", std::string(LuaGrammar::prelude())}, kLimits), trace);
  for (const std::string& chunk : chunks) {
    keep(instance, instance.load({"chunk", chunk}, kLimits), trace);
    message::Map argument{{"data", chunk.substr(0, 50)}, {"list", message::List{1, 2.5, true}}};
    for (int call = 0; call < 2; ++call)
      keep(instance, instance.call("asked", argument, kLimits), trace);
  }
  return trace;
}

void expect_same(const Trace& one, const Trace& other) {
  AO_ASSERT(one.evaluations.size() == other.evaluations.size());
  for (std::size_t i = 0; i < one.evaluations.size(); ++i) {
    AO_ASSERT(one.evaluations[i].ending == other.evaluations[i].ending);
    AO_ASSERT(one.evaluations[i].gas_used == other.evaluations[i].gas_used);
    AO_ASSERT(message::to_cbor(one.evaluations[i].value) ==  // where NaN equals itself
              message::to_cbor(other.evaluations[i].value));
    AO_ASSERT(one.evaluations[i].traceback == other.evaluations[i].traceback);
    AO_ASSERT(one.states[i] == other.states[i]);
  }
}

}  // namespace

// The input is Lua text behind an `L`, or else choices of the grammar.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto chunks = chunks_of(fuzz::view(data, size));
  const Trace once = run(std::string(32, 'a'), chunks);
  const Trace again = run(std::string(32, 'b'), chunks);  // at another address
  expect_same(once, again);
  return 0;
}

}  // namespace ao::machine
