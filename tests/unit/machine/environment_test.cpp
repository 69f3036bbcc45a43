// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::List;
using message::Map;
using message::Value;

std::string answer(const std::string& body, const Value& argument = nullptr) {
  auto instance = open_instance();
  return text_of(ask(*instance, body, argument).value);
}

TEST(Environment, has_these_names_and_no_others) {
  const std::string names = answer(R"(
    local names = {}
    for name, held in pairs(_G) do
      if type(held) == 'table' and held ~= _G then
        for field in pairs(held) do names[#names + 1] = name .. '.' .. field end
      else names[#names + 1] = name end
    end
    table.sort(names)
    return table.concat(names, ' '))");
  EXPECT_EQ(names,
            "_G _VERSION asked assert collectgarbage coroutine.close coroutine.create "
            "coroutine.isyieldable coroutine.resume coroutine.running coroutine.status "
            "coroutine.wrap coroutine.yield debug.traceback error getmetatable "
            "host.base64url_decode host.base64url_encode host.decimal host.gas_used "
            "host.json_decode host.json_encode host.own_traceback host.pack_fields host.pack_texts "
            "host.random_seed "
            "host.sha256 host.sorted_texts host.traceback host.unpack_map host.unpack_texts ipairs "
            "load math.abs "
            "math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor "
            "math.fmod math.huge math.log math.max math.maxinteger math.min math.mininteger "
            "math.modf math.pi math.rad math.random math.randomseed math.sin math.sqrt math.tan "
            "math.tointeger math.type math.ult next pairs pcall rawequal rawget rawlen rawset "
            "select setmetatable string.byte string.char string.find string.format string.gmatch "
            "string.gsub string.len string.lower string.match string.pack string.packsize "
            "string.rep string.reverse string.sub string.unpack string.upper table.concat "
            "table.insert table.move table.pack table.remove table.sort table.unpack tonumber "
            "tostring type utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len "
            "utf8.offset xpcall");
}

TEST(Environment, loads_text_and_never_bytecode) {
  EXPECT_EQ(answer("return load('return 6 * 7')()  .. ''"), "42");
  EXPECT_EQ(answer("return select(2, load('\\27Lua', 'n', 'b'))"),
            "attempt to load a binary chunk (mode is 't')");
  EXPECT_EQ(answer("return select(2, load('\\27Lua'))"),
            "attempt to load a binary chunk (mode is 't')");
  EXPECT_EQ(answer("local i = 0 return load(function() i = i + 1 return ({'return ', "
                   "'\"read\"'})[i] end)()"),
            "read");
}

TEST(Environment, tells_why_a_source_was_not_loaded_as_text) {
  constexpr auto kDeep = "return select(2, load('x = ' .. ('('):rep(1000)))";
  EXPECT_NE(answer(kDeep).find("C stack overflow"), std::string::npos) << answer(kDeep);
  EXPECT_EQ(answer("return select(2, load(function() error('unread', 0) end))"), "unread");
  // Of the chunk itself, which the host loads.
  auto instance = open_instance();
  const Evaluation deep = instance->load({"deep", "x = " + std::string(1000, '(')}, kAmple);
  EXPECT_EQ(deep.ending, Ending::kRaised);
  EXPECT_NE(text_of(deep.value).find("C stack overflow"), std::string::npos) << text_of(deep.value);
}

TEST(Environment, has_no_finalizers_and_no_weak_tables) {
  EXPECT_EQ(answer("return select(2, pcall(setmetatable, {}, {__gc = print}))"), "(no text)");
  EXPECT_EQ(answer("return select(2, pcall(setmetatable, {}, {__gc = next}))"),
            "'__gc' is not available");
  EXPECT_EQ(answer("return select(2, pcall(setmetatable, {}, {__mode = 'k'}))"),
            "'__mode' is not available");
  // Set later, they do nothing.
  EXPECT_EQ(answer(R"(
    local meta = {}
    local weak = setmetatable({}, meta)
    meta.__mode, meta.__gc = 'kv', function() error('collected') end
    for i = 1, 100 do weak[i] = {} end
    for i = 1, 50000 do local garbage = {i} end
    local n = 0 for _ in pairs(weak) do n = n + 1 end
    return tostring(n))"),
            "100");
}

TEST(Environment, guards_the_metatable_of_strings) {
  EXPECT_EQ(answer("return tostring(getmetatable('')) .. ('x'):upper()"), "falseX");
}

TEST(Environment, closes_variables_and_runs_coroutines_as_stock_lua_does) {
  EXPECT_EQ(answer(R"(
    local log = {}
    do local c <close> = setmetatable({}, {__close = function() log[#log + 1] = 'closed' end}) end
    local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)
    log[#log + 1] = co(1); log[#log + 1] = co(21)
    return table.concat(log, ' '))"),
            "closed 2 42");
}

TEST(Environment, prints_numbers_as_stock_lua_does) {
  EXPECT_EQ(answer("return table.concat({2^53, 1e15, 1e100, 3.0, -0.0, 0.1 + 0.2, 7 // 2, "
                   "string.format('%5.2f|%x|%q', 3.14159, 255, 1/3)}, ' ')"),
            "9.007199254741e+15 1e+15 1e+100 3.0 -0.0 0.3 3  3.14|ff|0x1.5555555555555p-2");
}

TEST(Environment, compares_strings_by_their_bytes) {
  EXPECT_EQ(
      answer("return tostring('a' < 'b') .. tostring('Z' < 'a') .. tostring('a\\0b' < 'a\\0c') .. "
             "tostring('a' < 'a\\0') .. tostring('\\xff' < 'a') .. tostring('' < 'a')"),
      "truetruetruetruefalsetrue");
}

TEST(HostDigest, matches_known_answers) {
  EXPECT_EQ(answer("return (host.sha256('abc'):gsub('.', function(c) return "
                   "('%02x'):format(c:byte()) end))"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HostBase64url, encodes_and_decodes_strictly) {
  EXPECT_EQ(
      answer(
          "return host.base64url_encode('\\xfb\\xff\\xfe') .. ' ' .. host.base64url_encode('a') .. "
          "' ' .. host.base64url_decode('aGVsbG8')"),
      "-__- YQ hello");
  for (const char* bad : {"a", "YR", "YQ==", "Y Q", "Y+"})
    EXPECT_EQ(answer("return tostring(pcall(host.base64url_decode, x))", bad).substr(0, 5), "false")
        << bad;
  EXPECT_EQ(answer(R"(
    for n = 0, 70 do
      local s = {} for i = 1, n do s[i] = string.char((i * 37 + n) % 256) end
      s = table.concat(s)
      assert(host.base64url_decode(host.base64url_encode(s)) == s)
    end
    return 'same')"),
            "same");
}

TEST(HostRandom, is_seeded_by_the_host_alone) {
  EXPECT_EQ(answer("host.random_seed('s') local a = math.random(1 << 50) host.random_seed('s') "
                   "return tostring(a == math.random(1 << 50))"),
            "true");
  EXPECT_EQ(answer("host.random_seed(1, 2) local a = math.random(1 << 50) math.randomseed(1, 2) "
                   "return tostring(a == math.random(1 << 50))"),
            "true");
}

TEST(HostGas, grows_as_work_is_done) {
  EXPECT_EQ(answer("local a = host.gas_used() for i = 1, 1000 do end "
                   "local d = host.gas_used() - a return tostring(d >= 1000 and d < 1100)"),
            "true");
}

TEST(HostTraceback, works_as_debug_traceback) {
  EXPECT_NE(answer("return debug.traceback('here')").find("here\nstack traceback:\n\ttest:1: in"),
            std::string::npos);
  EXPECT_EQ(answer("return debug.traceback({}) and tostring(debug.traceback(12) == 12)"), "false");
}

TEST(HostJson, writes_canonical_text) {
  EXPECT_EQ(
      answer("return host.json_encode({b = {1, 2.0, 1e100, -0.5}, a = 'q\"\\\\\\n\\1\\xc3\\xa9', "
             "c = {}, [3] = true, ['1'] = {x = {y = 0.1}}})"),
      "{\"1\":{\"x\":{\"y\":0.1}},\"3\":true,\"a\":\"q\\\"\\\\\\n\\u0001\xc3\xa9\","
      "\"b\":[1,2.0,1e+100,-0.5],\"c\":[]}");
  EXPECT_EQ(answer("return host.json_encode(math.mininteger) .. host.json_encode('') .. "
                   "host.json_encode(nil) .. host.json_encode(false)"),
            "-9223372036854775808\"\"nullfalse");
}

TEST(HostJson, refuses_what_json_has_no_form_for) {
  for (const char* bad :
       {"0/0", "1/0", "next", "{[1.5] = 1}", "{[{}] = 1}", "{a = {next}}",
        "{[1] = 1, ['1'] = 1, z = 1}", "(function() local t = {} t.t = t return t end)()"})
    EXPECT_EQ(answer(std::string("local ok, e = pcall(host.json_encode, ") + bad +
                     ") return tostring(ok) .. e:sub(1, 5)"),
              "falsejson:")
        << bad;
}

TEST(HostJson, reads_what_it_wrote) {
  const Value value =
      Map{{"list", List{1, 2.5, "three", true, List{Map{{"x", -7}}}}}, {"text", "\t\"\\/\x01"}};
  auto instance = open_instance();
  EXPECT_EQ(ask(*instance, "return host.json_decode(host.json_encode(x))", value).value, value);
}

TEST(HostJson, reads_escapes_and_numbers) {
  auto instance = open_instance();
  EXPECT_EQ(ask(*instance, "return host.json_decode(x)",
                " { \"a\" : \"\\u00e9\\ud83d\\ude00\\n\\/\" , \"b\":[ 1,1.0,-1e2,"
                "9223372036854775807,9223372036854775808 , null ,2 ],\"\":{} } ")
                .value,
            Value(Map{{"", List{}},
                      {"a", "\xc3\xa9\xf0\x9f\x98\x80\n/"},
                      {"b", Map{{"1", 1},
                                {"2", 1.0},
                                {"3", -100.0},
                                {"4", std::int64_t{9223372036854775807}},
                                {"5", 9223372036854775808.0},
                                {"7", 2}}}}));
}

TEST(HostJson, refuses_malformed_text_and_says_where) {
  const std::string deep(70, '[');
  for (const std::string& bad : {std::string(""),
                                 std::string("{"),
                                 std::string("[1,]"),
                                 std::string("{\"a\"}"),
                                 std::string("{a:1}"),
                                 std::string("01"),
                                 std::string("1."),
                                 std::string("1e"),
                                 std::string("-"),
                                 std::string("+1"),
                                 std::string("\"\n\""),
                                 std::string("\"\\x\""),
                                 std::string("\"\\ud800\""),
                                 std::string("\"\\u12\""),
                                 std::string("\"abc"),
                                 std::string("tru"),
                                 std::string("1 2"),
                                 std::string("NaN"),
                                 std::string("1e999"),
                                 std::string("[1}"),
                                 std::string("\0", 1),
                                 deep}) {
    EXPECT_EQ(answer("local ok, e = pcall(host.json_decode, x) "
                     "return tostring(ok) .. e:match('^json: .* at byte %d+$'):sub(1, 5)",
                     bad),
              "falsejson:")
        << bad;
  }
  EXPECT_EQ(answer("return select(2, pcall(host.json_decode, '[1,,2]'))"),
            "json: a value was expected at byte 3");
}

}  // namespace
}  // namespace ao::machine
