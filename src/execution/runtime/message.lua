-- The message a handler is given: the node's facts, the sender's tags, and its answers.
--
-- Facts (Id, From, Owner, Timestamp, …) come first: a tag of the same name is found in Tags only, so
-- that no sender can lie about them. Any spelling of a field reads it: msg.Action, msg.action.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local titles, title = runtime.titles, runtime.title

-- Tags that are not lifted to fields, because they would be mistaken for facts or for content.
local not_lifted = { Tags = true, TagArray = true, Trusted = true }
for _, name in ipairs({ "From", "Owner", "Anchor", "Target", "Data", "Read-Only", "Cron", "Id" }) do
  not_lifted[name] = true
end
for name in next, runtime.protocol_tags do not_lifted[name] = true end

local any_spelling = {
  __index = function(tags, name)
    if type(name) ~= "string" then return nil end
    return rawget(tags, title(name))
  end,
}

-- Tags as a map in one spelling; of several with one name the first wins.
local function tag_map(list)
  local map = {}
  for i = 1, #list do
    local tag = list[i]
    local name = titles[tag.name] or title(tag.name)
    if map[name] == nil then map[name] = tag.value end
  end
  return setmetatable(map, any_spelling)
end
runtime.tag_map = tag_map

local function overlay(answer, fields)
  for key, value in next, fields do
    if type(key) == "string" and key ~= "Tags" and key ~= "tags" then
      -- One spelling, so that a field given here replaces the one it overlays.
      local name = title(key)
      answer[answer[name] ~= nil and name or key] = value
    end
  end
  local tags = fields.Tags or fields.tags
  if tags ~= nil then answer.Tags = tags end
end

-- Conversations: the reply to what carries X-Reference carries it on, else names the Reference.
local function reply_to(msg, fields)
  if type(fields) == "string" then fields = { Data = fields } end
  if type(fields) ~= "table" then error("reply takes a table, got " .. type(fields), 3) end
  local answer = {}
  overlay(answer, fields)
  local given = answer.Target or answer.target
  answer.target = nil
  answer.Target = msg["Reply-To"] or given or msg.From
  if runtime.outbox.field(answer, "X-Reference") == nil then
    answer["X-Reference"] = msg["X-Reference"] or msg.Reference
  end
  if runtime.outbox.field(answer, "X-Origin") == nil then answer["X-Origin"] = msg["X-Origin"] end
  return runtime.ao.send(answer)
end

local forward_drops = { Reference = true, ["Reply-To"] = true, ["X-Reference"] = true,
                        ["X-Origin"] = true, ["Content-Type"] = false }
for name in next, runtime.protocol_tags do forward_drops[name] = true end

local function forward_to(msg, target, fields)
  if type(target) ~= "string" then
    error("forward takes the target first, got " .. type(target), 3)
  end
  local copy = {
    Target = target,
    Data = msg.Data,
    ["Reply-To"] = msg["Reply-To"] or msg.From,
    ["X-Reference"] = msg["X-Reference"] or msg.Reference,
    ["X-Origin"] = msg["X-Origin"] or msg.From,
  }
  local replaced = {}
  for key in next, fields or {} do
    if type(key) == "string" then replaced[title(key)] = true end
  end
  local tags = {}
  for _, tag in ipairs(msg.TagArray) do
    local name = title(tag.name)
    if not forward_drops[name] and not replaced[name] then tags[#tags + 1] = tag end
  end
  copy.Tags = tags
  if fields then overlay(copy, fields) end
  return runtime.ao.send(copy)
end

-- The methods of a message are made when first asked for: most handlers want one or none.
local methods = {
  reply = function(msg) return function(fields) return reply_to(msg, fields) end end,
  forward = function(msg)
    return function(target, fields) return forward_to(msg, target, fields) end
  end,
  -- Waits for the next message of the same sender in this conversation.
  receive = function(msg)
    return function(spec)
      return runtime.handlers.receive(spec or { From = msg.From })
    end
  end,
}

local message_meta = {
  __index = function(msg, name)
    if type(name) ~= "string" then return nil end
    local make = methods[name]
    if make then
      local method = make(msg)
      rawset(msg, name, method)
      return method
    end
    return rawget(msg, title(name))
  end,
}
runtime.message_meta = message_meta

local function is_json(tags)
  local kind = tags["Content-Type"]
  return type(kind) == "string" and string.find(kind, "^application/json") ~= nil
end

-- `given` is the message as the node hands it to __evaluate.
function runtime.message(given)
  local list = given.tags or {}
  local tags = tag_map(list)
  if given.from_process == nil then
    -- Whoever signed this has no right to speak for a process.
    tags["From-Process"] = nil
    tags["From-Module"] = nil
  end
  local msg = {
    Id = given.id,
    Owner = given.owner,
    From = given.from,
    Target = given.target or "",
    Anchor = given.anchor,
    Data = given.data or "",
    Timestamp = given.timestamp,
    Nonce = given.slot,
    Slot = given.slot,
    Epoch = given.epoch or 0,
    ["Block-Height"] = given.block_height,
    ["Block-Timestamp"] = given.block_timestamp,
    ["Hash-Chain"] = given.hash_chain,
    Module = runtime.facts.module,
    Cron = given.cron or nil,
    ["Read-Only"] = given.read_only or nil,
    ["From-Process"] = given.from_process,
    Trusted = given.trusted or nil,
    TagArray = list,
    Tags = tags,
  }
  for name, value in next, tags do
    if msg[name] == nil and not not_lifted[name] then msg[name] = value end
  end
  if is_json(tags) and msg.Data ~= "" then
    local decoded, data = pcall(runtime.host.json_decode, msg.Data)
    if decoded and data ~= nil then msg.Data = data end
  end
  return setmetatable(msg, message_meta)
end
