// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <fstream>
#include <map>
#include <random>

#include "arena.hpp"
#include "heap.hpp"
#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::Value;

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

std::string copy_of(const Heap& heap) {
  return std::string(reinterpret_cast<const char*>(&heap), heap.top());
}

class Finding : public testing::TestWithParam<Arena::Finding> {};

TEST_P(Finding, rolls_back_to_the_same_bytes) {
  auto arena = Arena::create(std::string(32, 'a'), GetParam());
  ASSERT_TRUE(arena.has_value());
  Heap* heap = Heap::make((*arena)->base());
  std::mt19937 random(7);
  const auto scribble = [&](std::size_t blocks) {
    for (std::size_t i = 0; i < blocks; ++i) {
      const std::size_t size = 1 + random() % (i % 10 == 0 ? 100'000 : 300);
      void* block = heap->resize(nullptr, 0, size, Arena::kBytes);
      std::memset(block, static_cast<int>(random() & 0xff), size);
      if (i % 3 == 0) heap->resize(block, size, 0, Arena::kBytes);
    }
  };
  for (int round = 0; round < 20; ++round) {
    scribble(200);
    const std::string before = copy_of(*heap);
    (*arena)->commit(heap->top());
    ASSERT_EQ(copy_of(*heap), before);
    scribble(400);
    ASSERT_NE(copy_of(*heap), before);
    (*arena)->rollback(heap->top());
    ASSERT_EQ(copy_of(*heap), before);
  }
}

INSTANTIATE_TEST_SUITE_P(Arena, Finding,
                         testing::Values(Arena::Finding::kPageMap, Arena::Finding::kComparison));

// Padding in what reuses a block would keep parts of it, an address of a function among them.
TEST(Heap, hands_out_zeros_whatever_was_there_before) {
  auto arena = Arena::create(std::string(32, 'z'), Arena::Finding::kPageMap);
  ASSERT_TRUE(arena.has_value());
  Heap* heap = Heap::make((*arena)->base());
  struct Block {
    char* at;
    std::size_t size;
  };
  std::vector<Block> blocks;
  std::mt19937 random(3);
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t size = 1 + random() % (i % 3 == 0 ? 60'000 : 200);
    if (blocks.size() < 40) {
      auto* const at = static_cast<char*>(heap->resize(nullptr, 0, size, Arena::kBytes));
      ASSERT_EQ(std::string(at, size), std::string(size, '\0'));
      blocks.push_back({at, size});
    } else {
      Block& block = blocks[random() % blocks.size()];
      const std::size_t smaller = 1 + random() % block.size;
      heap->resize(heap->resize(block.at, block.size, smaller, Arena::kBytes), smaller, 0,
                   Arena::kBytes);
      block = blocks.back();
      blocks.pop_back();
      continue;
    }
    std::memset(blocks.back().at, '!', size);
  }
}

TEST(Heap, hands_out_blocks_that_never_overlap_and_uses_freed_memory_again) {
  auto arena = Arena::create(std::string(32, 'h'), Arena::Finding::kPageMap);
  ASSERT_TRUE(arena.has_value());
  Heap* heap = Heap::make((*arena)->base());
  std::mt19937 random(11);
  std::map<char*, std::pair<std::size_t, char>> live;
  std::uint64_t top_after_warm_up = 0;
  for (int step = 0; step < 30'000; ++step) {
    const std::size_t choice = random() % 100;
    const std::size_t size = 1 + random() % (choice < 90 ? 200 : choice < 97 ? 5000 : 200'000);
    if (live.size() < 500) {
      auto* block = static_cast<char*>(heap->resize(nullptr, 0, size, Arena::kBytes));
      const auto after = live.lower_bound(block);
      if (after != live.end()) {
        ASSERT_LE(block + size, after->first);
      }
      if (after != live.begin()) {
        const auto before = std::prev(after);
        ASSERT_LE(before->first + before->second.first, block);
      }
      const char fill = static_cast<char>(random());
      std::memset(block, fill, size);
      live[block] = {size, fill};
    } else {
      auto chosen = live.begin();
      std::advance(chosen, static_cast<long>(random() % live.size()));
      const auto [old_size, fill] = chosen->second;
      for (std::size_t i = 0; i < old_size; ++i)
        ASSERT_EQ(chosen->first[i], fill);
      const std::size_t new_size = step % 2 == 0 ? 0 : size;
      auto* moved =
          static_cast<char*>(heap->resize(chosen->first, old_size, new_size, Arena::kBytes));
      live.erase(chosen);
      if (new_size > 0) {
        for (std::size_t i = 0; i < std::min(old_size, new_size); ++i)
          ASSERT_EQ(moved[i], fill);
        std::memset(moved, fill, new_size);
        live[moved] = {new_size, fill};
      }
    }
    if (step == 15'000) top_after_warm_up = heap->top();
  }
  EXPECT_LT(heap->top(), top_after_warm_up * 5 / 4);
  for (const auto& [block, held] : live)
    heap->resize(block, held.first, 0, Arena::kBytes);
  EXPECT_EQ(heap->used_bytes(), 0u);
}

TEST(Heap, keeps_to_a_limit) {
  auto arena = Arena::create(std::string(32, 'l'), Arena::Finding::kPageMap);
  ASSERT_TRUE(arena.has_value());
  Heap* heap = Heap::make((*arena)->base());
  void* block = heap->resize(nullptr, 0, 64 * 1024, 100'000);
  EXPECT_NE(block, nullptr);
  EXPECT_EQ(heap->resize(nullptr, 0, 64 * 1024, 100'000), nullptr);
  EXPECT_EQ(heap->resize(block, 64 * 1024, 128 * 1024, 100'000), nullptr);
  EXPECT_EQ(heap->used_bytes(), 64u * 1024);
  EXPECT_EQ(heap->resize(nullptr, 0, std::size_t{1} << 40, Arena::kBytes), nullptr);
}

TEST(Savepoint, brings_tables_closures_and_coroutines_back) {
  auto instance = open_instance();
  const Evaluation made = ask(*instance, R"(
    log, count = {}, 0
    function inc() count = count + 1; log[#log + 1] = 'n' .. count; return count end
    co = coroutine.wrap(function() local n = 0 while true do n = n + 10 coroutine.yield(n) end end)
    return inc() + co()
  )");
  ASSERT_EQ(made.value, Value(11));
  instance->commit();
  for (int i = 0; i < 3; ++i) {
    const Evaluation changed =
        ask(*instance, "local a, b = inc(), co() log = nil return a * 1000 + b");
    EXPECT_EQ(changed.value, Value(2020));
    instance->rollback();
  }
  EXPECT_EQ(ask(*instance, "return #log").value, Value(1));
  instance->commit();
  EXPECT_EQ(ask(*instance, "return inc() * 1000 + co()").value, Value(2020));
}

TEST(Savepoint, goes_back_to_a_fresh_state_when_nothing_was_committed) {
  auto instance = open_instance();
  ask(*instance, "global_here = 1");
  instance->rollback();
  EXPECT_EQ(instance->call("asked", nullptr, kAmple).ending, Ending::kRaised);
  EXPECT_EQ(ask(*instance, "return global_here == nil").value, Value(true));
}

TEST(Savepoint, a_thousand_failures_leave_memory_as_it_was) {
  auto instance = open_instance();
  ASSERT_EQ(instance
                ->load({"p", R"(
                  kept = {} for i = 1, 2000 do kept[i] = {id = i} end
                  function grow() for i = 1, 1e9 do kept[#kept + 1] = ('x'):rep(1000) .. i end end
                  function spin() while true do kept.n = (kept.n or 0) + 1 end end
                  function fail() kept.broken = {} error('no') end
                  function sum() local s = 0 for i = 1, #kept do s = s + kept[i].id end
                                 return s + (kept.n and 1 or 0) + (kept.broken and 1 or 0) end)"},
                       kAmple)
                .ending,
            Ending::kReturned);
  instance->commit();
  const Limits limits{.gas = 200'000, .memory_bytes = 2 << 20, .output_bytes = 1 << 10};
  const char* const functions[] = {"grow", "spin", "fail"};
  const auto fail_once = [&](int i) {
    const Evaluation evaluation = instance->call(functions[i % 3], nullptr, limits);
    EXPECT_NE(evaluation.ending, Ending::kReturned);
    instance->rollback();
  };
  for (int i = 0; i < 30; ++i)
    fail_once(i);
  const std::size_t resident = resident_bytes();
  const std::uint64_t used = instance->memory_bytes();
  for (int i = 0; i < 1000; ++i)
    fail_once(i);
  EXPECT_EQ(instance->memory_bytes(), used);
  EXPECT_LT(resident_bytes(), resident + (4u << 20));
  EXPECT_EQ(instance->call("sum", nullptr, kAmple).value, Value(2001000));
}

TEST(Savepoint, survives_fifty_thousand_calls_good_and_failing) {
  auto instance = open_instance();
  ASSERT_EQ(instance
                ->load({"p", R"(
                  total, notes = 0, {}
                  function add(n) total = total + n; notes[n % 100] = 'note ' .. n; return total end
                  function spoil(n) total = -1; notes = nil
                    local t = {} while true do t[#t+1] = n end end)"},
                       kAmple)
                .ending,
            Ending::kReturned);
  instance->commit();
  const Limits limits{.gas = 3000, .memory_bytes = 4 << 20, .output_bytes = 1 << 10};
  std::int64_t total = 0;
  for (int n = 1; n <= 50'000; ++n) {
    if (n % 2 == 0) {
      ASSERT_EQ(instance->call("spoil", Value(n), limits).ending, Ending::kOutOfGas);
      instance->rollback();
    } else {
      total += n;
      ASSERT_EQ(instance->call("add", Value(n), limits).value, Value(total));
      instance->commit();
    }
  }
  EXPECT_LT(instance->memory_bytes(), 1u << 20);
}

}  // namespace
}  // namespace ao::machine
