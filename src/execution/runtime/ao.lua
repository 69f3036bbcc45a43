-- The `ao` table: identity of the process, and what it can ask of the node.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local outbox, utils = runtime.outbox, runtime.utils
local type, rawget, setmetatable = type, rawget, setmetatable

local ao = {
  _version = "1.0",
  id = "",
  _module = "",
  authorities = {},
  assignables = {},
  reference = 0,
  env = {},
}
runtime.ao = ao

-- What was sent and published since the last message, while nobody looks at ao.outbox: few do. In a
-- table, not in two variables of this file: what a variable that outlives a message is given stays
-- until the next full collection.
local pending = { messages = {}, patches = {} }

-- A process that reads ao.outbox finds all of it there, as records that it may change, and from
-- then until the message ends the outbox is what this table holds.
local function open_outbox()
  local box = rawget(ao, "outbox")
  if box ~= nil then return box end
  box = { Output = {}, Messages = {}, Spawns = {}, Assignments = {}, Patches = pending.patches }
  for i, packed in ipairs(pending.messages) do box.Messages[i] = outbox.message_record(packed) end
  pending.messages, pending.patches = {}, {}
  rawset(ao, "outbox", box)
  return box
end

setmetatable(ao, {
  __index = function(_, name)
    if name == "outbox" then return open_outbox() end
  end,
  __pairs = function()
    open_outbox()
    return next, ao, nil
  end,
})

local function next_reference()
  local reference = ao.reference + 1
  ao.reference = reference
  return reference
end

local function append(list, value) list[#list + 1] = value end

-- What Send and Spawn return: `output` is what Eval shows; onReply and receive are made when asked
-- for, since most senders never do.
local function answers(pattern)
  return {
    __index = function(sent, name)
      if name == "onReply" then
        return function(from, resolver)
          if resolver == nil then from, resolver = sent.target, from end
          return runtime.handlers.once(pattern(sent.reference, from), resolver)
        end
      end
      if name == "receive" then
        return function(from)
          return runtime.handlers.receive(pattern(sent.reference, from or sent.target))
        end
      end
    end,
  }
end

local message_answers = answers(function(reference, from)
  return { From = from, ["X-Reference"] = reference }
end)

-- Only the node itself can speak as this process, so nobody else can answer a spawn.
local spawn_answers = answers(function(reference, from)
  return function(msg)
    return msg.Action == "Spawned" and msg.From == from and
           (msg.Reference == reference or msg["X-Reference"] == reference)
  end
end)

local function sent(output, reference, target, methods)
  return setmetatable({ output = output, reference = reference, target = target }, methods)
end

-- Sends a message, or, with device = "patch@1.0", publishes state under now/.
function ao.send(fields)
  if type(fields) ~= "table" then error("Send takes a table, got " .. type(fields), 2) end
  if outbox.is_patch(fields) then
    local patch = outbox.patch(fields)
    if next(patch) ~= nil then
      append(rawget(ao, "outbox") == nil and pending.patches or open_outbox().Patches, patch)
    end
    return { output = "State published" }
  end
  local packed, reference, target = outbox.message(fields, next_reference(), 3)
  if rawget(ao, "outbox") == nil then
    local messages = pending.messages
    messages[#messages + 1] = packed
  else
    append(open_outbox().Messages, outbox.message_record(packed))
  end
  return sent("Message added to outbox", reference, target, message_answers)
end

function ao.spawn(module, fields)
  if type(module) ~= "string" or module == "" then
    error("Spawn takes the id of a module first, got " .. type(module), 2)
  end
  if fields == nil then fields = {} end
  if type(fields) ~= "table" then error("Spawn takes a table second, got " .. type(fields), 2) end
  local list, reference = outbox.spawn(module, fields, next_reference(), 3)
  append(open_outbox().Spawns, outbox.record(list))
  return sent("Spawn process request added to outbox", reference, ao.id, spawn_answers)
end

-- Asks that the message `Message` be scheduled on `Processes` too.
function ao.assign(assignment)
  if type(assignment) ~= "table" then error("Assign takes a table, got " .. type(assignment), 2) end
  local processes = outbox.field(assignment, "Processes")
  local message = outbox.field(assignment, "Message")
  if type(processes) ~= "table" then error("Assign: Processes must be a list of ids", 2) end
  if type(message) ~= "string" then error("Assign: Message must be the id of a message", 2) end
  append(open_outbox().Assignments, { Processes = processes, Message = message })
  return { output = "Assignment added to outbox" }
end

-- Whether a message speaks for its signer, or for a process through a node the process trusts. The
-- node has already removed the From-Process of every other signer.
function ao.isTrusted(msg)
  if msg.From == msg.Owner or msg.Trusted == true then return true end
  return utils.includes(msg.From, ao.authorities) or utils.includes(msg.Owner, ao.authorities)
end

function ao.isAssignment(msg)
  return msg.Target ~= nil and msg.Target ~= "" and msg.Target ~= ao.id
end

-- Accepts assignments of messages to others that match; addAssignable([name,] spec).
function ao.addAssignable(...)
  local name, spec = ...
  if select("#", ...) < 2 then name, spec = nil, name end
  if name ~= nil and type(name) ~= "string" then
    error("addAssignable: the name must be a text, got " .. type(name), 2)
  end
  if name then
    for _, known in ipairs(ao.assignables) do
      if known.name == name then
        known.pattern = spec
        return
      end
    end
  end
  append(ao.assignables, { name = name, pattern = spec })
end

function ao.removeAssignable(key)
  for i, known in ipairs(ao.assignables) do
    if i == key or known.name == key and key ~= nil then
      table.remove(ao.assignables, i)
      return
    end
  end
end

function ao.isAssignable(msg)
  for _, known in ipairs(ao.assignables) do
    local matched = utils.matchesSpec(msg, known.pattern)
    if matched and matched ~= 0 and matched ~= "skip" then return true end
  end
  return false
end

function ao.log(text) runtime.print(text) end

-- Traces of modules written for other hosts; nothing here listens.
function ao.event() return "ok" end

function ao.normalize(msg)
  for _, tag in ipairs(msg.Tags or {}) do
    local title = runtime.title(tag.name)
    if msg[title] == nil then msg[title] = tag.value end
  end
  return msg
end

function ao.sanitize(msg)
  local clean = {}
  for key, value in next, msg do
    if not runtime.protocol_tags[key] then clean[key] = value end
  end
  return clean
end

function ao.clearOutbox()
  ao.outbox = nil
  pending.messages, pending.patches = {}, {}
end

-- The result as legacy programs assemble it themselves.
function ao.result(result)
  local given = result or {}
  if given.Error then return { Error = given.Error } end
  return {
    Output = given.Output or open_outbox().Output,
    Messages = open_outbox().Messages,
    Spawns = open_outbox().Spawns,
    Assignments = open_outbox().Assignments,
  }
end

-- What a process sees of its definition in ao.env.
function ao.init(env) return env end

-- Empties the outbox into the lists of one outcome; what is empty may be absent.
function ao.take_outbox()
  local box = rawget(ao, "outbox")
  local taken = {}
  if box == nil then
    for name, list in next, pending do
      if list[1] ~= nil then taken[name], pending[name] = list, {} end
    end
    return taken
  end
  taken.messages, taken.spawns, taken.assignments = {}, {}, {}
  taken.patches = box.Patches
  for i, record in ipairs(box.Messages or {}) do
    taken.messages[i] = outbox.outgoing(record, "Message")
  end
  for i, record in ipairs(box.Spawns or {}) do
    taken.spawns[i] = outbox.outgoing(record, "Process")
  end
  for i, record in ipairs(box.Assignments or {}) do
    taken.assignments[i] = { message = record.Message, processes = record.Processes }
  end
  ao.clearOutbox()
  return taken
end
