-- The message a handler is given: the node's facts, the sender's tags, and its answers.
--
-- Facts (Id, From, Owner, Timestamp, …) come first: a tag of the same name is found in Tags only, so
-- that no sender can lie about them. Any spelling of a field reads it: msg.Action, msg.action.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local titles, title = runtime.titles, runtime.title
local unpack_map = runtime.host.unpack_map
local type, setmetatable, rawget, next = type, setmetatable, rawget, next

-- What the node tells of a message is a list, in this order (argument.cpp). The tags in it are packed
-- texts, names and values in turn.
local kSlot <const>, kTimestamp <const> = 1, 2
local kBlockHeight <const>, kBlockTimestamp <const>, kHashChain <const> = 3, 4, 5
local kIsProcess <const>, kReadOnly <const>, kTrusted <const> = 6, 7, 8
local kId <const>, kOwner <const>, kFrom <const>, kFromProcess <const> = 9, 10, 11, 12
local kTarget <const>, kAnchor <const>, kData <const>, kTags <const> = 13, 14, 15, 16
local kCron <const> = 17

-- Tags that are not lifted to fields, because they would be mistaken for facts or for content.
local not_lifted = { Tags = true, TagArray = true, Trusted = true }
for _, name in ipairs({ "From", "Owner", "Anchor", "Target", "Data", "Read-Only", "Cron", "Id" }) do
  not_lifted[name] = true
end
for name in next, runtime.protocol_tags do not_lifted[name] = true end

local function read_any_spelling(tags, name)
  if type(name) ~= "string" then return nil end
  return rawget(tags, title(name))
end
local any_spelling = { __index = read_any_spelling }

-- Tags as a map in one spelling; of several with one name the first wins.
function runtime.tag_map(list)
  local map = {}
  for i = 1, #list do
    local tag = list[i]
    local name = titles[tag.name] or title(tag.name)
    if map[name] == nil then map[name] = tag.value end
  end
  return setmetatable(map, any_spelling)
end

local function tag_list(packed)
  local flat, list = runtime.host.unpack_texts(packed), {}
  for i = 1, #flat, 2 do list[#list + 1] = { name = flat[i], value = flat[i + 1] } end
  return list
end

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

local function commitments(id, committer)
  return {
    [id] = {
      type = "rsa-pss-sha512", alg = "rsa-pss-sha512",  -- programs look for either name
      committer = committer,
      ["commitment-device"] = "ans104@1.0",
    },
  }
end
runtime.commitments = commitments

-- Tags under lower-case names; the first of a name wins.
function runtime.lower_fields(list)
  local fields = {}
  for _, tag in ipairs(list) do
    local name = string.lower(tag.name)
    if fields[name] == nil then fields[name] = tag.value end
  end
  return fields
end

-- What programs of the other spelling look into: all of a message in lower case, its tags first.
function runtime.body(tags, facts)
  local body = runtime.lower_fields(tags)
  body["from-process"], body["from-module"] = facts.from_process, nil
  for _, tag in ipairs(tags) do
    if string.lower(tag.name) == "content-type" then body["Content-Type"] = tag.value end
  end
  body.data, body.target = facts.data, facts.target
  body.from, body.owner, body.id = facts.from, facts.owner, facts.id
  body.anchor = facts.anchor
  body.commitments = commitments(facts.id, facts.owner)
  body.Tags = tags
  return body
end

-- What of a message is made when first asked for, since most handlers want one or none. No tag hides
-- these names.
local parts = {
  -- The tags as they came, which the metatable of Tags keeps.
  TagArray = function(msg)
    local meta = getmetatable(rawget(msg, "Tags"))
    return type(meta) == "table" and meta.packed and tag_list(meta.packed) or nil
  end,
  body = function(msg)
    return runtime.body(msg.TagArray, {
      from_process = rawget(msg, "From-Process"), data = msg.Data, target = msg.Target,
      from = msg.From, owner = msg.Owner, id = msg.Id, anchor = msg.Anchor,
    })
  end,
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
    local make = parts[name]
    if make then
      local part = make(msg)
      rawset(msg, name, part)
      return part
    end
    return rawget(msg, title(name))
  end,
  __pairs = function(msg)
    local _ = msg.TagArray
    return next, msg, nil
  end,
}
runtime.message_meta = message_meta

local function is_json(tags)
  local kind = tags["Content-Type"]
  return kind ~= nil and string.find(kind, "^application/json") ~= nil
end

-- The message that a handler is given, and whether it is the one that made the process.
function runtime.message(facts)
  local packed = facts[kTags]
  local tags = unpack_map(packed, titles, title)
  local from_process = facts[kFromProcess]
  if from_process == nil then
    -- Whoever signed this has no right to speak for a process.
    tags["From-Process"] = nil
    tags["From-Module"] = nil
  end
  local msg = {
    Id = facts[kId],
    Owner = facts[kOwner],
    From = facts[kFrom],
    Target = facts[kTarget],
    Anchor = facts[kAnchor],
    Data = facts[kData],
    Timestamp = facts[kTimestamp],
    Nonce = facts[kSlot],
    Slot = facts[kSlot],
    Epoch = 0,
    ["Block-Height"] = facts[kBlockHeight],
    ["Block-Timestamp"] = facts[kBlockTimestamp],
    ["Hash-Chain"] = facts[kHashChain],
    Module = runtime.facts.module,
    ["Read-Only"] = facts[kReadOnly] or nil,
    ["From-Process"] = from_process,
    Trusted = facts[kTrusted] or nil,
    Cron = facts[kCron] or nil,
    Tags = tags,
  }
  for name, value in next, tags do
    if msg[name] == nil and not not_lifted[name] then msg[name] = value end
  end
  if is_json(tags) and msg.Data ~= "" then
    local decoded, data = pcall(runtime.host.json_decode, msg.Data)
    if decoded and data ~= nil then msg.Data = data end
  end
  setmetatable(tags, { __index = read_any_spelling, packed = packed })
  return setmetatable(msg, message_meta), facts[kIsProcess]
end

-- The same facts by name, as the other conventions start from.
function runtime.named_facts(facts)
  return {
    slot = facts[kSlot], timestamp = facts[kTimestamp], block_height = facts[kBlockHeight],
    block_timestamp = facts[kBlockTimestamp], hash_chain = facts[kHashChain], read_only = facts[kReadOnly],
    id = facts[kId], owner = facts[kOwner], from = facts[kFrom],
    from_process = facts[kFromProcess], target = facts[kTarget], cron = facts[kCron],
    anchor = facts[kAnchor], data = facts[kData], tags = tag_list(facts[kTags]),
  }
end

-- What a message decides for whatever runs because of it: the time, and the random numbers.
function runtime.begin(facts)
  runtime.now = facts[kTimestamp]
  runtime.seed_random_from(facts[kSlot])
end
