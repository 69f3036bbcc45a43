// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/lua_grammar.hpp"

#include <algorithm>
#include <array>

namespace ao::test {
namespace {

using Form = std::string_view;

constexpr int kDepthMax = 6;
constexpr int kModuleSize = 60;

constexpr Form kPrelude = R"(
local tostring, type, select, pcall, concat = tostring, type, select, pcall, table.concat
local told_texts, count = {}, 0
function note(...)
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    local text = type(v) == "string" and v or tostring(v)
    if count < 300 then
      count = count + 1
      told_texts[count] = #text > 80 and text:sub(1, 80) .. #text or text
    end
  end
end
function try(f, ...) note(pcall(f, ...)) end
local turns = 0
function count_down()
  turns = turns + 1
  return turns % 16 == 0
end
local kept = {}
function keep(f, x)
  for i = 1, 200 do kept[i] = f(i * x) end
end
function told()
  local text = concat(told_texts, "|")
  told_texts, count = {}, 0
  return text
end
g0, g1, g2, g3 = 0, {}, {"one", "two", three = 3}, "text"
g4, g5, g6 = function(x) return x end, 1.5, {}
g7 = coroutine.wrap(function(...) while true do note(coroutine.yield(...)) end end)
for i = 1, 12 do g6[{}] = i g6["key" .. i] = g6 end
)";

// What a `$` and a letter stand for:
//   e expression   b block       t table, or what is taken for one   f function   v variable
//   i integer      n small one   s text   p pattern   q format   o operator   m metamethod
//   l a text of statements       r number with a fraction      c calculation with one
constexpr std::array<Form, 10> kVariables{"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "x", "y"};
constexpr std::array<Form, 5> kTables{"g1", "g2", "g6", "x", "g3"};
constexpr std::array<Form, 14> kIntegers{"0",
                                         "1",
                                         "2",
                                         "3",
                                         "-1",
                                         "7",
                                         "63",
                                         "255",
                                         "1 << 53",
                                         "1e308",
                                         "5e-324",
                                         "-(1 << 31)",
                                         "math.maxinteger",
                                         "math.mininteger"};
constexpr std::array<Form, 8> kSmall{"1", "2", "3", "4", "5", "8", "13", "40"};
constexpr std::array<Form, 14> kTexts{"''",
                                      "'a'",
                                      "'one two  three'",
                                      "'0x10'",
                                      "'1e2'",
                                      "' 12 '",
                                      "'\\0\\255'",
                                      "'äöü€'",
                                      "'a.b-c%d'",
                                      "('ab'):rep($n)",
                                      "'nan'",
                                      "('x'):rep(41)",
                                      "('k' .. $n)",
                                      "string.char($n, $n)"};
constexpr std::array<Form, 12> kPatterns{"'.'",      "'%a+'",       "'(%w)(%w*)'", "'^%s*(.-)%s*$'",
                                         "'[%d.]+'", "'%f[%w]%w+'", "'.-'",        "'(.)%1'",
                                         "'%b()'",   "'[^a-m]'",    "'()'",        "$s"};
constexpr std::array<Form, 12> kFormats{"'%s'",     "'%5.1f'", "'%q'", "'%d'",    "'%g'", "'%a'",
                                        "'%-10s|'", "'%x'",    "'%i'", "'%.14g'", "'%c'", "'%p'"};
constexpr std::array<Form, 21> kOperators{"+",  "-",  "*", "/",  "//", "%",  "^",
                                          "..", "==", "<", "<=", "~=", ">",  "and",
                                          "or", "&",  "|", "~",  "<<", ">>", ">="};
constexpr std::array<Form, 10> kFractions{"0.1",           "1.5",      "-2.75",  "1e22",
                                          "1e-9",          "math.pi",  "$n / 7", "$n * 1.1",
                                          "math.random()", "0.99 ^ $n"};
constexpr std::array<Form, 12> kCalculations{"math.sin",
                                             "math.cos",
                                             "math.tan",
                                             "math.asin",
                                             "math.acos",
                                             "math.atan",
                                             "math.exp",
                                             "math.log",
                                             "(function(x) return math.log(x, $n) end)",
                                             "(function(x) return math.log(x, 10) end)",
                                             "(function(x) return math.atan(x, $n) end)",
                                             "(function(x) return x ^ $r end)"};
constexpr std::array<Form, 14> kMetamethods{
    "__index", "__newindex", "__call",     "__add", "__concat", "__eq",    "__lt",
    "__len",   "__close",    "__tostring", "__unm", "__name",   "__pairs", "__metatable"};

constexpr std::array<Form, 10> kLeaves{"$v",    "$i",  "$s", "nil", "true",
                                       "false", "0.1", "{}", "0/0", "$n"};
constexpr std::array<Form, 49> kExpressions{
    "$v",
    "$i",
    "$s",
    "($e $o $e)",
    "($e $o $e)",
    "(-($e))",
    "(not $e)",
    "#$t",
    "$t[$e]",
    "{$e, $e, k = $e, [$s] = $e}",
    "{[{}] = $e, [$f] = $e, $e}",
    "$f",
    "tostring($e)",
    "tonumber($e)",
    "tonumber($s, $n)",
    "type($e)",
    "math.type($e)",
    "math.tointeger($e)",
    "math.floor($e)",
    "math.fmod($e, $e)",
    "math.sqrt($n)",
    "$c($r)",
    "($r ^ $r)",
    "string.format('%a', $c($r))",
    "math.random($n)",
    "math.random()",
    "math.ult($e, $e)",
    "string.format($q, $e)",
    "string.format($q .. $q, $e, $e)",
    "string.find($s, $p)",
    "string.gsub($s, $p, $e)",
    "string.byte($s, $n)",
    "string.sub($s, $i, $i)",
    "string.pack('<i4 z d', $n, 'z', $e)",
    "string.unpack('<i2', $s)",
    "utf8.len($s)",
    "utf8.char($n, 228, 8364)",
    "table.concat($t, $s)",
    "table.unpack($t)",
    "table.pack($e, $e).n",
    "select($n, $e, $e, $e)",
    "select('#', table.unpack($t))",
    "next($t)",
    "rawget($t, $e)",
    "rawequal($e, $e)",
    "getmetatable($e)",
    "pcall($f, $e)",
    "coroutine.isyieldable()",
    "load($l)",
};
constexpr std::array<Form, 10> kFunctions{"g4",
                                          "function(x, y) $b return $e end",
                                          "function(...) local x, y = ... $b return ... end",
                                          "tostring",
                                          "coroutine.yield",
                                          "error",
                                          "string.upper",
                                          "rawset",
                                          "note",
                                          "function(x, y) return x $o y end"};

constexpr std::array<Form, 3> kShort{"note($v)", "$v = $v", "note($i)"};
constexpr std::array<Form, 54> kStatements{
    "note($v)",
    "note($e, $e)",
    "$v = $e",
    "$v, $v = $e, $e",
    "$t[$e] = $e",
    "$t[$s] = $e",
    "$t[{}] = $e",
    "try(function() $b end)",
    "try(function() $b end)",
    "try($f, $e, $e)",
    "note(xpcall($f, $f, $e))",
    "if $e then $b else $b end",
    "for i = 1, $n do y = i $b end",
    "for i = $i, $i do note(i) break end",
    "for k, v in pairs($t) do note(k, v) end",
    "for k, v in pairs($t) do x, y = k, v $b if count_down() then break end end",
    "for i, v in ipairs($t) do note(i, v) if i > 50 then break end end",
    "for k in next, $t do $t[k] = nil end",
    "local n = 0 while $e and n < $n do n = n + 1 $b end",
    "repeat local z = $e $b until z or true",
    "do local z <close> = setmetatable({}, {__close = $f}) $b end",
    "try(function() goto out $b ::out:: end)",
    "do local z = $e $v = function(x) z = z or x $b return z end end",
    "table.insert($t, $e)",
    "table.insert($t, $n, $e)",
    "note(table.remove($t))",
    "note(table.remove($t, $n))",
    "table.move($t, 1, $n, $n, {})",
    "table.sort($t)",
    "table.sort($t, function(x, y) return tostring(x) < tostring(y) end)",
    "table.sort($t, function(x, y) return $e end)",
    "setmetatable($t, {$m = $f, $m = $e})",
    "setmetatable($t, {$m = $t, $m = $f})",
    "$v = setmetatable({}, {$m = $f, $m = $f})",
    "setmetatable($t, nil)",
    "math.randomseed($i)",
    "note(math.random($n), math.random(0), math.random())",
    "$v = coroutine.create($f)",
    "$v = coroutine.wrap($f)",
    "note(coroutine.resume($v, $e))",
    "note(coroutine.status($v))",
    "note(coroutine.close($v))",
    "coroutine.yield($e, $e)",
    "for w in string.gmatch($s, $p) do note(w) end",
    "note(string.gsub($s, $p, $f))",
    "error($e)",
    "note(load($l))",
    "try(load($l))",
    "note(collectgarbage('count'))",
    "$v = ('long'):rep(1000 * $n)",
    "for i = 1, 200 do $t['grown' .. i] = {i} end",
    "for i = 1, 200 do $t[i] = i * $e end",
    "keep($c, $r)",
    "note(string.format('%a %a', $c($r), $r ^ $r))",
};
// Rare, since nothing comes after them.
constexpr std::array<Form, 4> kEndless{
    "while true do $b end", "local s = 'x' while true do s = s .. s end",
    "local t = {} while true do t = {t} end", "local function f() return 1 + f() end f()"};
constexpr std::array<Form, 20> kProcessStatements{
    "Send({Target = $s, Action = $s, Data = tostring($e), Key = $i})",
    "Send({Target = ao.id, Data = $e, Tags = {A = $e, B = $s}})",
    "Send({device = 'patch@1.0', key$n = $e})",
    "Send({device = 'patch@1.0', map = {a = $e, b = {$e, $e}}})",
    "if x then msg.reply({Data = tostring($e)}) end",
    "Spawn(ao._module, {Data = $s, Tags = {N = $n}})",
    "Assign({Processes = {ao.id}, Message = $s})",
    "print($e)",
    "print($s, $e, {$e, k = $e})",
    "Handlers.add('h$n', 'Act$n', function(msg) $b end)",
    "Handlers.prepend('p$n', function(msg) return $e end, function(msg) $b end)",
    "Handlers.once('Act$n', function(msg) $b end)",
    "Handlers.remove('h$n')",
    "note(Receive({Action = 'Act1'}).Data)",
    "note(#Inbox, Owner, ao.id, Nonce)",
    "note(require('json').encode($e))",
    "note(require('json').decode($s))",
    "note(require('.bint')(256)($n) * $n)",
    "note(require('.crypto').digest.sha2_256($s).asHex())",
    "note(os.time(), os.clock(), os.date())",
};

}  // namespace

std::string_view LuaGrammar::prelude() {
  return kPrelude;
}

std::string LuaGrammar::part(char kind, int depth) {
  switch (kind) {
    case 'e':
      return grow(kExpressions, kLeaves, depth);
    case 'b':
      return block(depth);
    case 't':
      return std::string(one_of(kTables));
    case 'f':
      return left_ > 0 && depth < kDepthMax ? expand(one_of(kFunctions), depth) : "g4";
    case 'v':
      return std::string(one_of(kVariables));
    case 'i':
      return std::string(one_of(kIntegers));
    case 'n':
      return std::string(one_of(kSmall));
    case 's':
      return expand(one_of(kTexts), depth);
    case 'p':
      return expand(one_of(kPatterns), depth);
    case 'q':
      return std::string(one_of(kFormats));
    case 'o':
      return std::string(one_of(kOperators));
    case 'm':
      return std::string(one_of(kMetamethods));
    case 'r':
      return expand(one_of(kFractions), depth);
    case 'c':
      return expand(one_of(kCalculations), depth);
    default:
      break;
  }
  const std::string text = block(depth);
  const std::string equals(static_cast<std::size_t>(++long_brackets_), '=');
  return '[' + equals + "[local x, y = ... " + text + ']' + equals + ']';
}

std::string LuaGrammar::expand(std::string_view form, int depth) {
  std::string text;
  for (std::size_t at = 0; at < form.size(); ++at) {
    if (form[at] == '$' && form[at + 1] != '\'') {  // that would be a pattern's own
      text += part(form[++at], depth + 1);
    } else {
      text += form[at];
    }
  }
  return text;
}

std::string LuaGrammar::grow(Forms forms, Forms ends, int depth) {
  if (left_ <= 0 || depth >= kDepthMax) return expand(one_of(ends), kDepthMax);
  --left_;
  return expand(one_of(forms), depth);
}

std::string LuaGrammar::block(int depth) {
  std::string text;
  for (std::uint64_t more = 1 + below_(3); more > 0; --more) {
    const bool process = place_ == Place::kProcess && below_(5) == 4;
    const bool endless = left_ > 0 && below_(150) == 149;
    text += endless   ? "if count_down() then " + grow(kEndless, kShort, depth) + " end"
            : process ? grow(kProcessStatements, kShort, depth)
                      : grow(kStatements, kShort, depth);
    text += '\n';
  }
  return "do " + text + "end ";
}

std::string LuaGrammar::body(int size) {
  left_ = size;
  long_brackets_ = 0;
  std::string text;
  do {
    text += "try(function() " + block(0) + " end)\n";
  } while (left_ > 0 && below_(8) != 0);
  if (below_(6) == 5) text += block(0);  // what it raises is raised for good
  return text;
}

std::string LuaGrammar::module() {
  std::string text(prelude());
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    text += "Handlers.add('act" + number + "', 'Act" + number +
            "', function(msg) local x, y = msg, msg.Data\n" + body(kModuleSize) +
            "msg.reply({Data = told()})\nend)\n";
  }
  return text;
}

LuaGrammar::Message LuaGrammar::message() {
  const std::uint64_t kind = below_(8);
  if (kind == 6) return {"Eval", "local x, y = 1, 2 " + body(kModuleSize) + " return told()"};
  if (kind == 7) return {"Nobody", "hears this"};
  return {"Act" + std::to_string(kind % 4), std::to_string(below_(1000))};
}

}  // namespace ao::test
