-- The first file of the runtime: the table its files share, and how values become text.
--
-- The runtime's files run with the machine's real globals; the code of a process runs with another
-- global table (environment.lua) and other tables of the libraries. So nothing a process assigns or
-- replaces is seen here. The table that methods of strings are looked up in belongs to the process,
-- which may add methods: the runtime writes string.find(s, p), never s:find(p).
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local function copy(library)
  local twin = {}
  for name, value in next, library do twin[name] = value end
  return twin
end

local process_string = string
string = copy(string)

local runtime = {
  host = host,
  copy = copy,
  process_string = process_string,
  facts = {},        -- of this process, set once by __boot
  now = 0,           -- timestamp of the message being evaluated, in milliseconds
  version = "dev",   -- what the aos command line accepts without proposing an update
}
__runtime = runtime

local sorted_texts = host.sorted_texts
local type, format = type, string.format
local math_type = math.type

-- The shortest decimal text that reads back as the same float; integral ones lose their ".0", so
-- that a quantity which went through a division is still a quantity to whoever receives it.
local function float_text(number)
  for digits = 15, 17 do
    local text = format("%." .. digits .. "g", number)
    if tonumber(text) == number then return text end
  end
end

-- The text of a scalar, as it travels in a tag; nil for what has none.
function runtime.scalar_text(value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" then
    if math_type(value) == "integer" then return format("%d", value) end
    if value ~= value or value == math.huge or value == -math.huge then return nil end
    return float_text(value)
  end
  if kind == "boolean" then return tostring(value) end
  if kind == "table" then
    local meta = getmetatable(value)
    if type(meta) == "table" and meta.__tostring then return tostring(value) end
  end
  return nil
end

-- Keys in an order that is the same everywhere: numbers first, then text.
function runtime.sorted_keys(map)
  local keys = sorted_texts(map)
  if keys then return keys end
  keys = {}
  for key in next, map do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local a_number, b_number = type(a) == "number", type(b) == "number"
    if a_number and b_number then return a < b end
    if a_number ~= b_number then return a_number end
    return tostring(a) < tostring(b)
  end)
  return keys
end

-- The error value of a process as text. Errors may be any value, tables above all.
function runtime.error_text(value)
  if type(value) == "string" then return value end
  local text = runtime.scalar_text(value)
  if text then return text end
  if type(value) == "table" and type(value.message) == "string" then return value.message end
  return runtime.stringify(value)
end

-- Names of tags and fields are told apart without case: "x-reference", "X_REFERENCE" and
-- "X-Reference" are one name, kept in the last form. The memo is bounded, since strangers choose
-- the names of tags.
local titles, title_count = {}, 0
runtime.titles = titles

function runtime.title(name)
  local known = titles[name]
  if known then return known end
  local title = string.gsub(string.gsub(name, "_", "-"), "[^-]+", function(word)
    return string.upper(string.sub(word, 1, 1)) .. string.lower(string.sub(word, 2))
  end)
  if title_count < 1024 and #name <= 64 then
    titles[name], title_count = title, title_count + 1
  end
  return title
end

-- What pushing adds: a process can neither set these nor pass them on.
runtime.protocol_tags = {
  ["Data-Protocol"] = true, Variant = true, Type = true, ["From-Process"] = true,
  ["From-Module"] = true, ["Pushed-For"] = true,
}
