-- What the Lua tests of the runtime share. Runs in a real machine instance after the runtime's own
-- files; every case starts from the same savepoint, in a process that has just been booted.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local cases = {}
local assertions = 0
files = {}  -- name → text, given by the test program

kId = string.rep("P", 43)
kOwner = string.rep("o", 43)

function case(name, body) cases[#cases + 1] = { name = name, body = body } end

local function text(value)
  if type(value) ~= "table" then
    return type(value) == "string" and string.format("%q", value) or tostring(value)
  end
  return host.json_encode(value)
end

function equal(actual, expected, what)
  assertions = assertions + 1
  if actual ~= expected then
    error((what and what .. ": " or "") .. "got " .. text(actual) .. ", expected " .. text(expected), 2)
  end
end

function check(condition, what)
  assertions = assertions + 1
  if not condition then error(what or "the check failed", 2) end
end

function contains(actual, part)
  assertions = assertions + 1
  if type(actual) ~= "string" or not string.find(actual, part, 1, true) then
    error("got " .. text(actual) .. ", expected it to contain " .. text(part), 2)
  end
end

function fails(body, part)
  local ok, problem = pcall(body)
  assertions = assertions + 1
  if ok then error("expected an error with " .. text(part), 2) end
  if not string.find(tostring(problem), part, 1, true) then
    error("got the error " .. text(problem) .. ", expected it to contain " .. text(part), 2)
  end
end

-- A process with `source` as its module; `facts` replace facts of the process.
function boot(source, facts, name)
  local process = {
    id = kId, owner = kOwner, scheduler = "the-scheduler", module = "the-module",
    tags = { { name = "Name", value = "tester" } }, authorities = { "the-authority" },
    name = "tester",
  }
  for key, value in pairs(facts or {}) do process[key] = value end
  local module = source and { id = "the-module", owner = "the-author", tags = {}, source = source,
                              name = name or "test.lua" }
  return __boot({ process = process, module = module or nil }).kind
end

local next_slot = 1

-- In the order in which the node lists them for __evaluate.
local fact_names = { "slot", "timestamp", "block_height", "block_timestamp", "hash_chain",
                     "is_process", "read_only", "trusted", "id", "owner", "from", "from_process",
                     "target", "anchor", "data", "tags", "cron" }

-- The argument of __evaluate for a message from `from` with tags (a map) and data; `facts` replace
-- facts of the message, its list of {name, value} tags among them.
function message(from, tags, data, facts)
  local list = {}
  for name, value in pairs(tags or {}) do list[#list + 1] = { name = name, value = value } end
  table.sort(list, function(a, b) return a.name < b.name end)
  local given = {
    id = string.format("message-%d", next_slot), owner = from, from = from, target = kId, anchor = "",
    data = data or "", tags = list, timestamp = 1700000000000 + next_slot, slot = next_slot,
    block_height = 100 + next_slot, block_timestamp = 1700000000, hash_chain = "chain",
    is_process = false, trusted = false, read_only = false, cron = false,
  }
  next_slot = next_slot + 1
  for key, value in pairs(facts or {}) do given[key] = value end
  local flat = {}
  for i, tag in ipairs(given.tags) do flat[2 * i - 1], flat[2 * i] = tag.name, tag.value end
  given.tags = host.pack_texts(flat)
  local argument = {}
  for i, name in ipairs(fact_names) do argument[i] = given[name] end
  return argument
end

local function record(packed)
  local list = host.unpack_texts(packed)
  local tags = {}
  for i = 4, #list, 2 do tags[#tags + 1] = { name = list[i], value = list[i + 1] } end
  return { target = list[1], anchor = list[2], data = list[3], tags = tags }
end

-- The outcome, with records in place of the packed texts that the node reads.
function deliver(from, tags, data, facts)
  local outcome = __evaluate(message(from, tags, data, facts))
  for _, name in ipairs({ "messages", "spawns" }) do
    local records = {}
    for i, packed in ipairs(outcome[name] or {}) do records[i] = record(packed) end
    outcome[name] = records
  end
  outcome.patches, outcome.assignments = outcome.patches or {}, outcome.assignments or {}
  return outcome
end

-- Like deliver, for what must go well.
function send(from, tags, data, facts)
  local outcome = deliver(from, tags, data, facts)
  if outcome.error then error("the message failed: " .. outcome.error, 2) end
  return outcome
end

function eval(code) return deliver(kOwner, { Action = "Eval" }, code) end

-- The text that an evaluation by the owner shows.
function shown(code)
  local outcome = eval(code)
  if outcome.error then error("the evaluation failed: " .. outcome.error, 2) end
  return outcome.output.data
end

function tag(record, name)
  for _, one in ipairs(record.tags) do
    if one.name == name then return one.value end
  end
end

function case_names()
  local names = {}
  for i, one in ipairs(cases) do names[i] = one.name end
  return names
end

function run_case(argument)
  files = argument.files
  cases[argument.index].body()
  return { assertions = assertions }
end
