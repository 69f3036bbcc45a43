-- Values as text for people: print, Dump, and the answers of Eval.
--
-- No address and no order of a hash table ever shows: the same value prints the same everywhere.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local format, rep, concat = string.format, string.rep, table.concat

local kDepthMax = 32
local kPrintedMax = 65536  -- bytes kept of what one message prints

local words = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil " ..
                          "not or repeat return then true until while", "%a+") do
  words[word] = true
end

local function quoted(text)
  return '"' .. string.gsub(text, '[%c"\\]', function(byte)
    if byte == "\n" then return "\\n" end
    if byte == '"' or byte == "\\" then return "\\" .. byte end
    return format("\\%d", string.byte(byte))
  end) .. '"'
end

local function is_list(value)
  local count = 0
  for _ in next, value do count = count + 1 end
  return count == #value
end

local write

local function write_key(key)
  if type(key) == "string" and string.find(key, "^[%a_][%w_]*$") and not words[key] then
    return key
  end
  return "[" .. write(key, "", kDepthMax, {}) .. "]"
end

local function write_table(value, indent, depth, open)
  local text = runtime.scalar_text(value)
  if text then return text end
  if next(value) == nil then return "{}" end
  if open[value] then return "{...}" end
  if depth >= kDepthMax then return "{...}" end
  open[value] = true
  local inner = indent .. "  "
  local lines = {}
  if is_list(value) then
    for i = 1, #value do lines[i] = inner .. write(value[i], inner, depth + 1, open) end
  else
    for i, key in ipairs(runtime.sorted_keys(value)) do
      lines[i] = inner .. write_key(key) .. " = " .. write(value[key], inner, depth + 1, open)
    end
  end
  open[value] = nil
  return "{\n" .. concat(lines, ",\n") .. "\n" .. indent .. "}"
end

function write(value, indent, depth, open)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "table" then return write_table(value, indent, depth, open) end
  if kind == "function" or kind == "thread" or kind == "userdata" then return "<" .. kind .. ">" end
  return tostring(value)
end

-- Like a Lua constructor, keys sorted; a text at the top is itself, without quotes.
function runtime.stringify(value)
  if type(value) == "string" then return value end
  return write(value, "", 0, {})
end

function runtime.dump(value) return write(value, "", 0, {}) end

local printed = { lines = {}, bytes = 0, cut = false }

function runtime.print(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = runtime.stringify((select(i, ...))) end
  local line = concat(parts, "\t")
  if printed.cut then return end
  if printed.bytes + #line > kPrintedMax then
    line = string.sub(line, 1, kPrintedMax - printed.bytes) ..
           format("\n(cut after %d bytes)", kPrintedMax)
    printed.cut = true
  end
  printed.bytes = printed.bytes + #line + 1
  printed.lines[#printed.lines + 1] = line
end

-- What was printed since the last call.
function runtime.take_printed()
  if printed.bytes == 0 then return "" end
  local text = concat(printed.lines, "\n")
  printed.lines, printed.bytes, printed.cut = {}, 0, false
  return text
end

runtime.colors = {
  red = "\27[31m", green = "\27[32m", blue = "\27[34m", yellow = "\27[33m", gray = "\27[90m",
  reset = "\27[0m",
}
