-- What a process wants sent: fields given by Lua code become tags, data, patches.
--
-- The order of tags is part of the outcome of a slot: the protocol's own first, then fields sorted
-- by name, then the entries of Tags (a list keeps its order).
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local titles, title = runtime.titles, runtime.title
local outbox = {}
runtime.outbox = outbox

local kDepthMax = 60  -- of a patch

-- The field `name` however it is spelled; legacy code writes Target, hyper code target.
local function field(fields, name)
  local value = fields[name]
  if value == nil then return fields[string.lower(name)] end
  return value
end
outbox.field = field

local envelope = {}  -- fields that are no tags
for _, name in ipairs({ "Target", "Data", "Anchor", "Tags", "From", "Owner", "Id", "TagArray" }) do
  envelope[name] = true
end

local function tag_text(name, value, level)
  local text = runtime.scalar_text(value)
  if text then return text end
  local what = type(value) == "number" and "not a finite number" or "a " .. type(value)
  error('the tag "' .. tostring(name) .. '" is ' .. what .. ", which has no text form", level)
end

-- Appends the user's tags to `tags`. Names in `refused` stay what the runtime says.
local function add_tags(tags, fields, refused, level)
  local keys, count = runtime.sorted_keys(fields), #tags
  for i = 1, #keys do
    local name = keys[i]
    if type(name) == "string" then
      local key = titles[name] or title(name)
      local value = fields[name]
      if not envelope[key] and not refused[key] and type(value) ~= "function" then
        if type(value) ~= "string" then value = tag_text(name, value, level + 1) end
        count = count + 1
        tags[count] = { name = name, value = value }
      end
    end
  end
  local given = field(fields, "Tags")
  if given == nil then return end
  if type(given) ~= "table" then error("Tags must be a table, got " .. type(given), level) end
  local is_list = #given > 0
  for _, key in ipairs(runtime.sorted_keys(given)) do
    local name, value = key, given[key]
    if is_list and type(key) == "number" then
      if type(value) ~= "table" then error("a tag must be {name=, value=}", level) end
      name, value = value.name, value.value
    end
    if type(name) ~= "string" then error("the name of a tag must be a text", level) end
    if not refused[title(name)] then
      tags[#tags + 1] = { name = name, value = tag_text(name, value, level + 1) }
    end
  end
end

-- Data as text; a table travels as JSON, and the second result tells.
local function data_text(data)
  if data == nil then return "" end
  local text = runtime.scalar_text(data)
  if text then return text end
  return runtime.host.json_encode(data), true
end

local function refusals(...)
  local refused = {}
  for name in next, runtime.protocol_tags do refused[name] = true end
  for i = 1, select("#", ...) do refused[(select(i, ...))] = true end
  return refused
end
local message_refusals, spawn_refusals = refusals("Reference"), refusals("Reference", "Module")

-- Marks records made here, whose tags need no second look.
local built = {}

local function build(fields, reference, tags, refused, level)
  local data, is_json = data_text(field(fields, "Data"))
  tags[#tags + 1] = { name = "Reference", value = reference }
  local user_start = #tags + 1
  add_tags(tags, fields, refused, level + 1)
  if is_json then
    local typed = false
    for i = user_start, #tags do typed = typed or title(tags[i].name) == "Content-Type" end
    if not typed then tags[#tags + 1] = { name = "Content-Type", value = "application/json" } end
  end
  local anchor = runtime.scalar_text(field(fields, "Anchor")) or
                 string.format("%032d", tonumber(reference))
  return setmetatable({ Data = data, Anchor = anchor, Tags = tags }, built)
end

-- A message record: {Target, Data, Anchor, Tags = list of {name, value}}.
function outbox.message(fields, reference, level)
  local target = field(fields, "Target")
  if target ~= nil and type(target) ~= "string" then
    error("Target must be a text, got " .. type(target), level)
  end
  local tags = {
    { name = "Data-Protocol", value = "ao" },
    { name = "Variant", value = "ao.N.1" },
    { name = "Type", value = "Message" },
  }
  local record = build(fields, reference, tags, message_refusals, level + 1)
  record.Target = target or ""
  return record
end

-- A spawn record: {Data, Anchor, Tags}. A child without a scheduler or authorities gets its
-- parent's, without which nobody could order or trust its messages.
function outbox.spawn(module, fields, reference, level)
  local tags = {
    { name = "Data-Protocol", value = "ao" },
    { name = "Variant", value = "ao.N.1" },
    { name = "Type", value = "Process" },
    { name = "Module", value = module },
  }
  local record = build(fields, reference, tags, spawn_refusals, level + 1)
  local has = {}
  for _, tag in ipairs(record.Tags) do has[title(tag.name)] = true end
  local facts = runtime.facts
  if not has.Scheduler and facts.scheduler and facts.scheduler ~= "" then
    tags[#tags + 1] = { name = "Scheduler", value = facts.scheduler }
  end
  if not has.Authority then
    for _, authority in ipairs(facts.authorities) do
      tags[#tags + 1] = { name = "Authority", value = authority }
    end
  end
  return record
end

-- AO keys have no case and are kept in lower case, except ids, which have.
local function patch_key(key)
  if type(key) ~= "string" then return runtime.scalar_text(key) end
  if #key == 43 and string.find(key, "^[%w_-]+$") then return key end
  return string.lower(key)
end

-- Where in the patch the copying is: one key for each depth, read only when something is refused.
local trail = {}

local function refuse_patch(problem, depth)
  local keys = {}
  for i = 1, depth do keys[i] = tostring(trail[i]) end
  error("a patch " .. problem .. " (at " .. table.concat(keys, "/") .. ")", 0)
end

local function patch_value(value, depth)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then return value end
  if kind ~= "table" then refuse_patch("cannot hold a " .. kind, depth) end
  if depth > kDepthMax then refuse_patch("nests deeper than " .. kDepthMax, depth) end
  local text = runtime.scalar_text(value)
  if text then return text end
  local copy = {}
  local is_list = #value > 0
  for key, inner in next, value do
    trail[depth + 1] = key
    local named = is_list and type(key) == "number" and key or patch_key(key)
    if named == nil then refuse_patch("has a key that is no text", depth + 1) end
    copy[named] = patch_value(inner, depth + 1)
  end
  return copy
end

function outbox.is_patch(fields)
  local device, method = field(fields, "Device"), field(fields, "Method")
  return device == "patch@1.0" or
         type(method) == "string" and string.upper(method) == "PATCH" and device == nil
end

local patch_skips = { device = true, method = true, path = true, target = true, tags = true }

-- The fields of a patch without what made it one.
function outbox.patch(fields)
  local patch = {}
  for key, value in next, fields do
    local name = patch_key(key)
    if name and not patch_skips[name] and type(value) ~= "function" then
      trail[1] = name
      patch[name] = patch_value(value, 1)
    end
  end
  return patch
end

-- The protocol's own tags for a record made without this runtime, where it has none itself.
local function complete(tags, kind)
  local has = {}
  for _, tag in ipairs(tags) do has[title(tag.name)] = true end
  for _, tag in ipairs({ { "Data-Protocol", "ao" }, { "Variant", "ao.N.1" }, { "Type", kind } }) do
    if not has[tag[1]] then tags[#tags + 1] = { name = tag[1], value = tag[2] } end
  end
end

-- A record of any convention, in any spelling, as the node reads it; `kind` is its Type.
function outbox.outgoing(record, kind)
  if getmetatable(record) == built then
    return { target = record.Target or "", anchor = record.Anchor, data = record.Data,
             tags = record.Tags }
  end
  if type(record) ~= "table" then error("an outgoing message is a " .. type(record), 0) end
  local tags = {}
  add_tags(tags, record, {}, -1)  -- no line of ours in the text
  complete(tags, kind)
  local data, is_json = data_text(field(record, "Data"))
  if is_json then tags[#tags + 1] = { name = "Content-Type", value = "application/json" } end
  return {
    target = runtime.scalar_text(field(record, "Target")) or "",
    anchor = runtime.scalar_text(field(record, "Anchor")) or "",
    data = data,
    tags = tags,
  }
end
