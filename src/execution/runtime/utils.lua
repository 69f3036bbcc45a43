-- Utils: the small functional vocabulary of aos programs, and the matching of messages.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local utils = { _version = "1.0" }
runtime.utils = utils

local function need(value, kind, what, level)
  if type(value) ~= kind then
    error(what .. " must be a " .. kind .. ", got " .. type(value), (level or 2) + 1)
  end
end

-- Collects arguments until there are `arity` of them. Lua cannot be asked how many a function takes
-- here, so the arity is 2 unless told.
function utils.curry(fn, arity)
  need(fn, "function", "the first argument of curry")
  arity = arity or 2
  if arity < 2 then return fn end
  return function(...)
    local given = table.pack(...)
    if given.n >= arity then return fn(...) end
    return utils.curry(function(...)
      local all = { n = given.n, table.unpack(given, 1, given.n) }
      for i = 1, select("#", ...) do all[given.n + i] = (select(i, ...)) end
      return fn(table.unpack(all, 1, given.n + select("#", ...)))
    end, arity - given.n)
  end
end

utils.concat = utils.curry(function(first, second)
  need(first, "table", "the first argument of concat")
  need(second, "table", "the second argument of concat")
  local all = table.move(first, 1, #first, 1, {})
  return table.move(second, 1, #second, #all + 1, all)
end, 2)

utils.reduce = utils.curry(function(fn, initial, list)
  need(fn, "function", "the first argument of reduce")
  need(list, "table", "the third argument of reduce")
  local result = initial
  for i = 1, #list do
    if result == nil then result = list[i] else result = fn(result, list[i], i) end
  end
  return result
end, 3)

utils.map = utils.curry(function(fn, list)
  need(fn, "function", "the first argument of map")
  need(list, "table", "the second argument of map")
  local mapped = {}
  for i = 1, #list do mapped[i] = fn(list[i], i) end
  return mapped
end, 2)

utils.filter = utils.curry(function(fn, list)
  need(fn, "function", "the first argument of filter")
  need(list, "table", "the second argument of filter")
  local kept = {}
  for i = 1, #list do
    if fn(list[i]) then kept[#kept + 1] = list[i] end
  end
  return kept
end, 2)

-- Of a map too, in the order of its keys.
utils.find = utils.curry(function(fn, list)
  need(fn, "function", "the first argument of find")
  need(list, "table", "the second argument of find")
  for _, key in ipairs(runtime.sorted_keys(list)) do
    if fn(list[key]) then return list[key] end
  end
end, 2)

utils.propEq = utils.curry(function(name, value, object) return object[name] == value end, 3)
utils.prop = utils.curry(function(name, object) return object[name] end, 2)

utils.includes = utils.curry(function(value, list)
  need(list, "table", "the second argument of includes")
  for i = 1, #list do
    if list[i] == value then return true end
  end
  return false
end, 2)

function utils.reverse(list)
  need(list, "table", "the argument of reverse")
  local reversed = {}
  for i = #list, 1, -1 do reversed[#reversed + 1] = list[i] end
  return reversed
end

function utils.compose(...)
  local functions = { ... }
  return function(value)
    for i = #functions, 1, -1 do value = functions[i](value) end
    return value
  end
end

function utils.keys(map)
  need(map, "table", "the argument of keys")
  return runtime.sorted_keys(map)
end

function utils.values(map)
  need(map, "table", "the argument of values")
  local values = {}
  for i, key in ipairs(runtime.sorted_keys(map)) do values[i] = map[key] end
  return values
end

function utils.capitalize(text)
  if type(text) ~= "string" then return text end
  return string.upper(string.sub(text, 1, 1)) .. string.lower(string.sub(text, 2))
end

utils.normalize = runtime.title
utils.Tab = function(msg) return msg.Tags end

-- "-" alone does not make a text a pattern: names of actions are full of it.
local kMagic = "[%^%$%(%)%%%.%[%]%*%+%?]"

-- Whether `value` is what `pattern` asks for: "_" anything, a text itself or a Lua pattern, a
-- function of (value, msg), a table any of its entries.
function utils.matchesPattern(pattern, value, msg)
  if not pattern then return false end
  if pattern == "_" then return true end
  local kind = type(pattern)
  if kind == "string" then
    if value == pattern then return true end
    if not string.find(pattern, kMagic) then return false end
    return type(value) == "string" and string.find(value, pattern) ~= nil
  end
  if kind == "function" then return not not pattern(value, msg) end
  if kind == "table" then
    for _, key in ipairs(runtime.sorted_keys(pattern)) do
      if utils.matchesPattern(pattern[key], value, msg) then return true end
    end
    return false
  end
  return pattern == value
end

-- Whether a message is what `spec` asks for: a text is its Action, a table holds patterns for
-- fields or tags that must all match, a function answers itself.
function utils.matchesSpec(msg, spec)
  local kind = type(spec)
  if kind == "string" then return msg.Action == spec end
  if kind == "function" then return spec(msg) end
  if kind ~= "table" then return false end
  local tags = msg.Tags
  for key, pattern in next, spec do
    local field = msg[key]
    local tag = tags and tags[key]
    if not field and not tag then return false end
    local matched = field and utils.matchesPattern(pattern, field, msg) or
                    tag and tag ~= field and utils.matchesPattern(pattern, tag, msg)
    if not matched then return false end
  end
  return true
end
