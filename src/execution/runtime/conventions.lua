-- Modules with a runtime of their own: `compute(base, req, opts)` and `handle(msg, env)`.
--
-- Both get tables made for the call, except `base`, the state of a compute module, which is kept
-- from slot to slot. What they return is read into the outcome that __evaluate returns.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local outbox, ao = runtime.outbox, runtime.ao
local field = outbox.field

local conventions = {}
runtime.conventions = conventions

local function copy_tags(list)
  local copied = {}
  for i, tag in ipairs(list) do copied[i] = { name = tag.name, value = tag.value } end
  return copied
end

-- compute ----------------------------------------------------------------------------------------

local base

local function definition()
  local facts = runtime.facts
  local fields = runtime.lower_fields(facts.tags or {})
  fields.id, fields.owner = facts.id, facts.owner
  fields.scheduler, fields.module = facts.scheduler, facts.module
  fields.authority = runtime.copy(facts.authorities)
  fields["from-process"] = facts.from_process
  fields.commitments = runtime.commitments(facts.id, facts.owner)
  return fields
end

local function request(message)
  return {
    path = "compute",
    process = runtime.facts.id,
    slot = message.slot,
    epoch = 0,
    timestamp = message.timestamp,
    ["block-timestamp"] = message.block_timestamp,
    ["block-height"] = message.block_height,
    ["hash-chain"] = message.hash_chain,
    body = runtime.body(message.tags, message),
  }
end

-- The function a message asks for by its path: only what the module itself lists in `exports`.
local function entry_for(path)
  local env = runtime.env
  local exports = env.exports
  local plain = type(path) == "string" and string.find(path, "^%a[%w_]*$") and path ~= "compute"
  if plain and type(exports) == "table" then
    local listed = exports[path] == true or type(exports[path]) == "function" or
                   runtime.utils.includes(path, exports)
    local found = rawget(env, path)
    if listed and type(found) == "function" and not runtime.builtin[found] then
      return found, path
    end
  end
  return env.compute, "compute"
end

-- Entries "1", "2", … in the order of their numbers, then any others by name.
local function in_order(entries)
  local numbered, named = {}, {}
  for key, entry in next, entries do
    local number = math.tointeger(tonumber(key))
    local list = number and numbered or named
    list[#list + 1] = { number or tostring(key), entry }
  end
  local function by_key(a, b) return a[1] < b[1] end
  table.sort(numbered, by_key)
  table.sort(named, by_key)
  for _, pair in ipairs(named) do numbered[#numbered + 1] = pair end
  for i, pair in ipairs(numbered) do numbered[i] = pair[2] end
  return numbered
end

local function collect(outcome, entries)
  for _, entry in ipairs(in_order(entries)) do
    if type(entry) ~= "table" then error("an outgoing message is a " .. type(entry), 0) end
    if outbox.is_patch(entry) then
      local patch = outbox.patch(entry)
      if next(patch) ~= nil then outcome.patches[#outcome.patches + 1] = patch end
    else
      outcome.messages[#outcome.messages + 1] = outbox.outgoing(entry, "Message")
    end
  end
end

local function collect_spawns(outcome, entries)
  for _, entry in ipairs(in_order(entries)) do
    outcome.spawns[#outcome.spawns + 1] = outbox.outgoing(entry, "Process")
  end
end

local function collect_assignments(outcome, entries)
  for _, entry in ipairs(in_order(entries)) do
    outcome.assignments[#outcome.assignments + 1] = {
      message = field(entry, "Message"), processes = field(entry, "Processes"),
    }
  end
end

local function output_of(given)
  local printed = runtime.take_printed()
  if type(given) ~= "table" then
    given = { data = given ~= nil and (runtime.scalar_text(given) or "") or printed, print = true }
  elseif given.data == nil and printed ~= "" then
    given = runtime.copy(given)
    given.data = printed
  end
  return given
end

-- A module that says nothing of messages may have sent them with the built-in Send.
local function empty_outcome(says_messages)
  local outcome = ao.take_outbox()
  if says_messages then outcome = {} end
  for _, name in ipairs({ "messages", "spawns", "assignments", "patches" }) do
    outcome[name] = outcome[name] or {}
  end
  return outcome
end

-- The visible state: not what belongs to this slot alone, nor what a name marks as private.
local hidden = { results = true, process = true, snapshot = true, device = true, initialized = true,
                 ["at-slot"] = true, commitments = true }

local function visible(state)
  local shown = {}
  for key, value in next, state do
    local private = hidden[key] or type(value) == "function" or
                    type(key) == "string" and string.sub(key, 1, 4) == "priv"
    if not private then shown[key] = value end
  end
  return shown
end

local function failure(problem)
  if problem == nil or problem == false or problem == "" then return nil end
  return runtime.error_text(problem)
end

function conventions.compute(message)
  if not base then base = { process = definition() } end
  base.results = nil
  local asked = request(message)
  local entry, path = entry_for(asked.body.path)
  asked.path = path
  local status, returned = entry(base, asked, {})
  if type(status) ~= "string" then status, returned = "ok", status end
  if status ~= "ok" then
    local text = failure(returned)
    return { error = text and status .. ": " .. text or status }
  end
  if type(returned) == "table" then
    base = returned
    if base.process == nil then base.process = definition() end
  end
  local results = type(base.results) == "table" and base.results or {}
  local problem = failure(results.error) or failure(results.Error)
  if problem then return { error = problem } end

  local outcome = empty_outcome(results.outbox ~= nil)
  if type(results.outbox) == "table" then collect(outcome, results.outbox) end
  local spawns = results.spawns or results.Spawns
  if type(spawns) == "table" then collect_spawns(outcome, spawns) end
  local assignments = results.assignments or results.Assignments
  if type(assignments) == "table" then collect_assignments(outcome, assignments) end
  outcome.output = output_of(results.output == nil and results.data or results.output)
  outcome.state = visible(base)
  return outcome
end

-- handle -----------------------------------------------------------------------------------------

local function legacy_message(message)
  return {
    Id = message.id, Owner = message.owner, From = message.from, Target = message.target,
    Anchor = message.anchor, Data = message.data, Tags = message.tags,
    Timestamp = message.timestamp, ["Block-Height"] = message.block_height,
    Nonce = message.slot, Epoch = 0, ["Hash-Chain"] = message.hash_chain,
    Module = runtime.facts.module, Cron = message.cron or false,
    ["Read-Only"] = message.read_only or nil,
  }
end

function conventions.legacy_environment()
  local facts, module = runtime.facts, runtime.module_facts
  return {
    Process = { Id = facts.id, Owner = facts.from_process or facts.owner,
                Tags = copy_tags(facts.tags or {}) },
    Module = { Id = module.id, Owner = module.owner, Tags = copy_tags(module.tags or {}) },
  }
end

function conventions.handle(message)
  local env = runtime.env
  local entry = type(env.handle) == "function" and env.handle or env.process.handle
  local result = entry(legacy_message(message), conventions.legacy_environment())
  if type(result) == "string" then result = runtime.host.json_decode(result) end
  if type(result) == "table" and result.response ~= nil then result = result.response end
  if type(result) == "string" then result = runtime.host.json_decode(result) end
  if type(result) ~= "table" then
    error("handle must return a result, got " .. type(result), 0)
  end
  local problem = failure(result.Error)
  if problem then return { error = problem } end

  local outcome = empty_outcome(result.Messages ~= nil)
  if result.Messages then collect(outcome, result.Messages) end
  if result.Spawns then collect_spawns(outcome, result.Spawns) end
  if result.Assignments then collect_assignments(outcome, result.Assignments) end
  for _, entry_given in ipairs(result.patches or {}) do
    outcome.patches[#outcome.patches + 1] = outbox.patch(entry_given)
  end
  outcome.output = output_of(result.Output)
  return outcome
end
