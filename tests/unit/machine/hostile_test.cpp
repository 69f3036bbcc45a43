// Programs that try to run for ever, to eat memory, to overflow the C stack or to catch their end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

constexpr Limits kMessage{.gas = 5'000'000, .memory_bytes = 32 << 20, .output_bytes = 1 << 20};

// A sanitizer's build is some ten times slower; the bound is for a gas table that forgot a loop.
constexpr std::chrono::seconds kPatience{20};

// What the programs expect to find and a process has not.
constexpr const char* kStandIns =
    "print = function(...) end os = {clock = function() return 0 end} CAP = 8 << 20\n"
    "io = {write = function(...) end}\n";

struct Ran {
  Ending ending;
  std::uint64_t gas;
  std::string text;
};

Ran run_once(const std::string& source, const Limits& limits) {
  auto instance = open_instance(std::string(32, 'e'));
  instance->load({"stand-ins", kStandIns}, kAmple);
  const auto start = std::chrono::steady_clock::now();
  const Evaluation evaluation = instance->load({"hostile", source}, limits);
  EXPECT_LT(std::chrono::steady_clock::now() - start, kPatience) << source.substr(0, 200);
  EXPECT_LE(evaluation.gas_used, limits.gas);
  instance->rollback();
  EXPECT_EQ(ask(*instance, "return 1").value, message::Value(1));
  return {evaluation.ending, evaluation.gas_used, text_of(evaluation.value)};
}

Ran run_twice(const std::string& source, const Limits& limits = kMessage) {
  const Ran once = run_once(source, limits);
  const Ran again = run_once(source, limits);
  EXPECT_EQ(once.ending, again.ending) << source.substr(0, 200);
  EXPECT_EQ(once.gas, again.gas) << source.substr(0, 200);
  EXPECT_EQ(once.text, again.text) << source.substr(0, 200);
  return once;
}

void expect_all_end_as(Ending ending, std::initializer_list<const char*> sources,
                       const Limits& limits = kMessage) {
  for (const char* source : sources)
    EXPECT_EQ(run_twice(source, limits).ending, ending) << source;
}

TEST(Hostile, every_seed_program_ends_within_its_gas_and_the_same_way) {
  int programs = 0;
  const std::filesystem::path folder = std::filesystem::path(AO_SOURCE_DIR) / "tests/fixtures/lua";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path().filename().string());
    run_twice(source);
    ++programs;
  }
  EXPECT_GE(programs, 20);
}

TEST(Hostile, nothing_catches_the_end_of_gas) {
  expect_all_end_as(
      Ending::kOutOfGas,
      {"while true do end", "goto a ::a:: goto a", "repeat until false",
       "while true do pcall(function() while true do end end) end",
       "while true do xpcall(function() while true do end end, function() while true do end end) "
       "end",
       "while true do coroutine.wrap(function() while true do end end)() end",
       "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
       "local function f() while true do coroutine.wrap(function() for i = 1, 150 do end end)() "
       "end end f()",
       "do local c <close> = setmetatable({}, {__close = function() while true do end end}) end",
       "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) "
       "while true do pcall(function() return t[1] end) end",
       "while true do error_caught = pcall(error) end",
       "local function f() return pcall(f) and 1 + f() end error(f())",
       "local function f() return f() end f()", "for _ in function() return 1 end do end",
       "local s = ('x'):rep(100) while true do s:gsub('.', function() while true do end end) end",
       "table.sort({3, 2, 1}, function() while true do end end)",
       "load(function() while true do end end)",
       "tostring(setmetatable({}, {__tostring = function() while true do end end}))"});
}

TEST(Hostile, work_inside_library_functions_is_paid_for) {
  expect_all_end_as(
      Ending::kOutOfGas,
      {"local s = ('a'):rep(100000) s:find('.-b')",
       "local s = ('a'):rep(1000) s:find('.-.-.-b')",
       "local s = ('a'):rep(20000) while true do s:match('a*a*a*b') end",
       "local s = ('a'):rep(100000) while true do s:find(('a'):rep(50000) .. 'b', 1, true) end",
       "local c = '[' .. ('a'):rep(100000) .. ']' local s = ('b'):rep(1000) while true do "
       "s:find(c) end",
       "local s = ('('):rep(100000) while true do s:find('%b()') end",
       "local s = ('x'):rep(1 << 20) while true do local t = s < (s .. 'y') end",
       "local s, t = ('x'):rep(1 << 20), ('x'):rep(1 << 19) t = t .. t while s == t do end",
       "while true do ('x'):rep(1e9, '') end",
       "while true do (''):rep(1 << 60) end",
       "local s = ('x'):rep(1 << 20) while true do s:upper() end",
       "local s = ('1'):rep(1 << 20) while true do tonumber(s) end",
       "local s = (' '):rep(1 << 20) .. '1' while true do local n = s + 1 end",
       "while true do string.format('%99.99f', 1e308) end",
       "local s = ('\\1'):rep(100000) while true do string.format('%q', s) end",
       "while true do local x = 1e308 % 5e-324 end",
       "while true do math.fmod(1e308, 5e-324) end",
       "local s = ('x'):rep(1 << 20) while true do utf8.len(s) end",
       "local s = ('\\x80'):rep(1 << 20) while true do utf8.offset(s, 0, #s) end",
       "local f = ('b'):rep(1 << 20) while true do string.packsize(f) end",
       "local s = ('x'):rep(1 << 20) while true do pcall(string.unpack, 'z', s) end",
       "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) end",
       "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.remove(t, 1) end",
       "table.move({}, 1, math.maxinteger - 1, 2)",
       "local t = {} for i = 1, 1e5 do t[i] = i end for i = 1, 1e5 do t[i] = nil end while true do "
       "next(t) end",
       "local t = {} for i = 1, 1e5 do t[i] = true end while true do t.a = 1 t.b = 2 t.a = nil t.b "
       "= nil t.c = 1 t.d = 2 t.c = nil t.d = nil end",
       "local function f(...) while true do local n = select('#', ...) end end f(table.unpack({}, "
       "1, 60000))",
       "local t = {} while true do table.unpack(t, 1, 100000) end",
       "while true do ('x'):byte(1, -1) local a = ('x'):rep(100000):byte(1, 100000) end",
       "local s = ('x'):rep(1 << 20) local t = {} while true do t[s .. #t] = nil local v = t[s .. "
       "'y'] end",
       "local s = 'return ' .. ('a or '):rep(100000) .. 'a' while true do load(s) end",
       "local p = {} for i = 1, 5000 do p[i] = 'goto l' .. i end for i = 1, 5000 do p[#p + 1] = "
       "'::l' .. i .. '::' end "
       "local s = table.concat(p, ' ') while true do load(s) end",
       "local function deep(n) if n == 0 then while true do pcall(error, 'x', 1 << 30) end end "
       "deep(n - 1) return 1 end deep(10000)",
       "local m = next for i = 1, 10000 do m = setmetatable({}, {__call = m}) end while true do "
       "pcall(m, {}) end",
       "local t = {} for i = 1, 1000 do t = setmetatable({}, {__index = t}) end while true do "
       "local v = t.x end",
       "local s = ('x'):rep(1 << 20) while true do host.sha256(s) end",
       "local s = ('x'):rep(1 << 20) while true do host.base64url_encode(s) end",
       "local s = '[' .. ('1,'):rep(1 << 18) .. '1]' while true do host.json_decode(s) end",
       "local t = {} for i = 1, 1e4 do t['k' .. i] = i end while true do host.json_encode(t) end"});
}

// Integers that are multiples of the size of the hash part all collide.
TEST(Hostile, colliding_keys_are_paid_for) {
  expect_all_end_as(Ending::kOutOfGas,
                    {"local t = {} for i = 1, 4000 do t[i * 4095 * 4097] = i end "
                     "while true do for i = 1, 4000 do local v = t[i * 4095 * 4097] end end"});
}

TEST(Hostile, memory_bombs_end_out_of_memory) {
  expect_all_end_as(
      Ending::kOutOfMemory,
      {"local s = 'x' while true do s = s .. s end", "('x'):rep(1 << 26)",
       "local s = ('x'):rep(1 << 20) s:gsub('.', s)",
       "local t = {} for i = 1, 100 do t[i] = ('x'):rep(1 << 20) .. i end",
       "table.concat({('x'):rep(1 << 24), ('y'):rep(1 << 24)})",
       "string.format(('%s'):rep(40), table.unpack((function() local t = {} "
       "for i = 1, 40 do t[i] = ('x'):rep(1 << 20) end return t end)()))",
       "string.pack('c1000000000', '')", "while true do pcall(string.rep, 'x', 1 << 26) end"},
      {.gas = 200'000'000, .memory_bytes = 8 << 20, .output_bytes = 0});
}

TEST(Hostile, deep_recursion_is_an_error_and_never_the_end_of_the_c_stack) {
  expect_all_end_as(
      Ending::kRaised,
      {"local function f() return 1 + f() end f()",

       "local function f(s) return (s:gsub('.', f)) end f('x')",
       "local m = {} m.__index = function(t, k) return t[k] end return setmetatable({}, m).x + 1",
       "local m = {} m.__tostring = function(t) return tostring(t) end tostring(setmetatable({}, "
       "m))",
       "local m = {} m.__concat = function(a, b) return a .. b end return setmetatable({}, m) .. 1",
       "local m = {} m.__eq = function(a, b) return a == b end error(setmetatable({}, m) == "
       "setmetatable({}, m))",
       "local function f() coroutine.wrap(f)() end f()",
       "local function f() table.sort({1, 2, 3}, f) end f()",
       "xpcall(error, error) error(select(2, xpcall(error, error)))",
       "local function h() error('again') end error(select(2, xpcall(error, h)))",
       "local m = {} m.__tostring = function() error(setmetatable({}, m)) end "
       "error(setmetatable({}, m))",
       "local s = ('('):rep(10000) error(select(2, load(s)))",
       "local s = ('{'):rep(10000) error(select(2, load(s)))",
       "local s = ('function f() '):rep(10000) error(select(2, load(s)))",
       "local s = ('a.'):rep(100) .. 'a' s = ('-'):rep(10000) .. '1' error(select(2, load('return "
       "' .. s)))",
       "local s = 'return ' .. ('1 .. '):rep(10000) .. '1' error(select(2, load(s)))",
       "error(select(2, pcall(string.match, ('x'):rep(1000), ('(x'):rep(300))))",
       "error(select(2, pcall(string.match, ('x'):rep(1000), ('x?'):rep(300))) or 'matched')",
       "local t = {} for i = 1, 10000 do t = {t} end host.json_encode(t)",
       "host.json_decode(('['):rep(10000))",
       "load(function() return load(function() error('deep') end) end) error('done')"});
}

TEST(Hostile, chains_of_closing_coroutines_end) {
  const Ran ran = run_twice(R"(
    local co
    local function link(previous)
      local c = coroutine.create(function()
        local z <close> = setmetatable({}, {__close = function()
          if previous then coroutine.close(previous) end
        end})
        coroutine.yield()
      end)
      coroutine.resume(c)
      return c
    end
    for i = 1, 2000 do co = link(co) end
    coroutine.close(co)
    error('survived'))");
  EXPECT_EQ(ran.ending, Ending::kRaised);
}

TEST(Hostile, a_metatable_collected_under_pressure_is_harmless) {
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
