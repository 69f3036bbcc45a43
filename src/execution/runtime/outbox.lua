-- What a process wants sent: fields given by Lua code become tags, data, patches.
--
-- The order of tags is part of the outcome of a slot: the protocol's own first, then fields sorted
-- by name, then the entries of Tags (a list keeps its order).
--
-- On its way to the node a message is its texts packed into one: target, anchor, data, then the names
-- and values of its tags in turn. While it is put together they are a list.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local titles, title = runtime.titles, runtime.title
local host = runtime.host
local pack_texts, pack_fields, decimal = host.pack_texts, host.pack_fields, host.decimal
local type, setmetatable = type, setmetatable
local outbox = {}
runtime.outbox = outbox

local kDepthMax = 60  -- of a patch
local kAnchorDigits = 32
local kLearnedMax = 1024
local kTarget <const>, kAnchor <const>, kData <const>, kFirstTag <const> = 1, 2, 3, 4

-- The field `name` however it is spelled; legacy code writes Target, hyper code target. Where every
-- message passes, this is written out.
local lower = {}
for _, name in ipairs({ "Target", "Data", "Anchor", "Tags", "Device", "Method" }) do
  lower[name] = string.lower(name)
end

local function field(fields, name)
  local value = fields[name]
  if value == nil then return fields[lower[name] or string.lower(name)] end
  return value
end
outbox.field = field

local envelope = {}  -- fields that are no tags
for _, name in ipairs({ "Target", "Data", "Anchor", "Tags", "From", "Owner", "Id", "TagArray" }) do
  envelope[name] = true
end

-- What a process asks of its scheduled tasks goes through the outbox like a message: its fields are
-- for the node, its Tags for the messages that the task will bring.
local function tag_prefix(fields)
  local device = fields.Device
  if device == nil then device = fields.device end
  return device == "cron@1.0" and "Cron-Tag-" or ""
end

local function tag_text(name, value, level)
  local text = runtime.scalar_text(value)
  if text then return text end
  local what = type(value) == "number" and "not a finite number" or "a " .. type(value)
  error('the tag "' .. tostring(name) .. '" is ' .. what .. ", which has no text form", level)
end

-- Appends the user's tags to `list`, which holds `count` texts, and returns how many it holds then.
-- Names in `refused` stay what the runtime says.
local function add_tags(list, count, fields, refused, level)
  local keys = runtime.sorted_keys(fields)
  for i = 1, #keys do
    local name = keys[i]
    if type(name) == "string" then
      local key = titles[name] or title(name)
      if not envelope[key] and not refused[key] then
        local value = fields[name]
        local kind = type(value)
        if kind ~= "function" then
          if kind ~= "string" then value = tag_text(name, value, level + 1) end
          list[count + 1], list[count + 2] = name, value
          count = count + 2
        end
      end
    end
  end
  local given = fields.Tags
  if given == nil then given = fields.tags end
  if given == nil then return count end
  if type(given) ~= "table" then error("Tags must be a table, got " .. type(given), level) end
  local is_list = #given > 0
  local prefix = tag_prefix(fields)
  for _, key in ipairs(runtime.sorted_keys(given)) do
    local name, value = key, given[key]
    if is_list and type(key) == "number" then
      if type(value) ~= "table" then error("a tag must be {name=, value=}", level) end
      name, value = value.name, value.value
    end
    if type(name) ~= "string" then error("the name of a tag must be a text", level) end
    if not refused[title(name)] then
      list[count + 1], list[count + 2] = prefix .. name, tag_text(name, value, level + 1)
      count = count + 2
    end
  end
  return count
end

-- Whether one of the tags from the text `first` on is `name`, in any spelling.
local function has_tag(list, first, name)
  for i = first, #list, 2 do
    if title(list[i]) == name then return true end
  end
  return false
end

-- Data as text; a table travels as JSON, and the second result tells.
local function data_text(data)
  if data == nil then return "", false end
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

-- `list` has the tags of the protocol; all others, the anchor and the data come from `fields`.
local function complete(list, count, fields, number, refused, level)
  local data, is_json = fields.Data, false
  if data == nil then data = fields.data end
  if data ~= nil then list[kData], is_json = data_text(data) end
  local first = count + 1
  count = add_tags(list, count, fields, refused, level + 1)
  if is_json and not has_tag(list, first, "Content-Type") then
    list[count + 1], list[count + 2] = "Content-Type", "application/json"
  end
  local anchor = fields.Anchor
  if anchor == nil then anchor = fields.anchor end
  list[kAnchor] = anchor ~= nil and runtime.scalar_text(anchor) or decimal(number, kAnchorDigits)
end

-- Of the names of fields that messages had: whether they become tags. Messages whose fields are all
-- known and plain texts are packed at once. Bounded, since strangers may choose names.
local becomes_tag, learned = {}, 0

local function learn(fields)
  for name in next, fields do
    if type(name) == "string" and becomes_tag[name] == nil and learned < kLearnedMax and #name <= 64 then
      local key = title(name)
      if key ~= "Tags" then
        becomes_tag[name], learned = not envelope[key] and not message_refusals[key], learned + 1
      end
    end
  end
end

-- A message whose reference is `number`, packed; the reference as a text, and the target.
function outbox.message(fields, number, level)
  local target = fields.Target
  if target == nil then target = fields.target end
  if target == nil then target = "" end
  if type(target) ~= "string" then
    error("Target must be a text, got " .. type(target), level)
  end
  local reference = decimal(number)
  local data = fields.Data
  if data == nil then data = fields.data end
  if data == nil then data = "" end
  if type(data) == "string" and fields.Anchor == nil and fields.anchor == nil then
    local packed = pack_fields(becomes_tag, fields, target, decimal(number, kAnchorDigits), data,
                               "Data-Protocol", "ao", "Variant", "ao.N.1", "Type", "Message",
                               "Reference", reference)
    if packed then return packed, reference, target end
  end
  local list = { target, "", "", "Data-Protocol", "ao", "Variant", "ao.N.1", "Type", "Message",
                 "Reference", reference }
  complete(list, #list, fields, number, message_refusals, level + 1)
  learn(fields)
  return pack_texts(list), reference, target
end

-- The list of a spawn, and its reference. A child without a scheduler or authorities gets its parent's, without which
-- nobody could order or trust its messages.
function outbox.spawn(module, fields, number, level)
  local reference = decimal(number)
  local list = { "", "", "", "Data-Protocol", "ao", "Variant", "ao.N.1", "Type", "Process",
                 "Module", module, "Reference", reference }
  complete(list, 13, fields, number, spawn_refusals, level + 1)
  local facts = runtime.facts
  local has_scheduler = has_tag(list, kFirstTag, "Scheduler")
  local has_authority = has_tag(list, kFirstTag, "Authority")
  local function add(name, value)
    list[#list + 1] = name
    list[#list + 1] = value
  end
  if not has_scheduler and facts.scheduler and facts.scheduler ~= "" then
    add("Scheduler", facts.scheduler)
  end
  if not has_authority then
    for _, authority in ipairs(facts.authorities) do add("Authority", authority) end
  end
  return list, reference
end

-- Marks records made here, whose tags need no second look.
local built = {}

-- A list as those find it who look into ao.outbox: {Data, Anchor, Tags = {{name, value}}}, and in
-- that of a message its Target.
function outbox.record(list)
  local tags = {}
  for i = kFirstTag, #list, 2 do
    tags[#tags + 1] = { name = list[i], value = list[i + 1] }
  end
  return setmetatable({ Data = list[kData], Anchor = list[kAnchor], Tags = tags }, built)
end

function outbox.message_record(packed)
  local list = host.unpack_texts(packed)
  local record = outbox.record(list)
  record.Target = list[kTarget]
  return record
end

local function text_of(value) return type(value) == "string" and value or "" end

-- A record made here packed again, whatever the process did to it.
local function packed_record(record)
  local list = { text_of(record.Target), text_of(record.Anchor), text_of(record.Data) }
  local tags = record.Tags
  for _, tag in ipairs(type(tags) == "table" and tags or {}) do
    if type(tag) ~= "table" then tag = {} end
    list[#list + 1] = text_of(tag.name)
    list[#list + 1] = text_of(tag.value)
  end
  return pack_texts(list)
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
  local device = fields.Device
  if device == nil then device = fields.device end
  if device ~= nil then return device == "patch@1.0" end
  local method = fields.Method
  if method == nil then method = fields.method end
  if method == nil then return false end
  return type(method) == "string" and string.upper(method) == "PATCH"
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

-- A record of any convention, in any spelling, packed; `kind` is its Type. It gets those tags of
-- the protocol that it has not itself.
function outbox.outgoing(record, kind)
  if getmetatable(record) == built then return packed_record(record) end
  if type(record) ~= "table" then error("an outgoing message is a " .. type(record), 0) end
  local list = { runtime.scalar_text(field(record, "Target")) or "",
                 runtime.scalar_text(field(record, "Anchor")) or "", "" }
  add_tags(list, #list, record, {}, -1)  -- no line of ours in the text
  for _, tag in ipairs({ { "Data-Protocol", "ao" }, { "Variant", "ao.N.1" }, { "Type", kind } }) do
    if not has_tag(list, kFirstTag, tag[1]) then
      list[#list + 1] = tag[1]
      list[#list + 1] = tag[2]
    end
  end
  local is_json
  list[kData], is_json = data_text(field(record, "Data"))
  if is_json then
    list[#list + 1] = "Content-Type"
    list[#list + 1] = "application/json"
  end
  return pack_texts(list)
end
