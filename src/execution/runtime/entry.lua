-- The two functions that the node calls: __boot once for a process, __evaluate for every message.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local env, ao, handlers = runtime.env, runtime.ao, runtime.handlers
local host = runtime.host

local kInboxMax = 10000

local kind
local accept = {}

-- Failures ---------------------------------------------------------------------------------------

local noted_trace

-- A handler that waited fails inside another one: its own stack is the one to show.
function runtime.note_traceback(thread)
  if not noted_trace and host.own_traceback then noted_trace = host.own_traceback(thread) end
end

-- The lines of a traceback that are the process's own.
local function own_lines(trace)
  local lines = {}
  for line in string.gmatch(trace, "[^\n]+") do
    local ours = string.find(line, "^%s*runtime/") or string.find(line, "^%s*%[C%]") or
                 string.find(line, "^%s*%(%.%.%.tail calls%.%.%.%)") or
                 string.find(line, "^stack traceback")
    if not ours then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

local function failed(thread, problem)
  -- A call in tail position leaves no line of the process to blame; ours would only puzzle.
  local text = string.gsub(runtime.error_text(problem), "^runtime/[%w_]+%.lua:%d+: ", "")
  local name = handlers.running()
  if name and string.sub(text, 1, 9) ~= 'handler "' then
    text = 'handler "' .. name .. '": ' .. text
  end
  runtime.note_traceback(thread)
  local trace = noted_trace and own_lines(noted_trace) or ""
  if trace ~= "" then text = text .. "\n" .. trace end
  return { error = text, output = { data = runtime.take_printed() } }
end

-- Evaluation -------------------------------------------------------------------------------------

local function short(text)
  text = tostring(text)
  return #text > 12 and string.sub(text, 1, 3) .. "..." .. string.sub(text, -3) or text
end

-- What nobody handles waits in the Inbox, where the owner can look at it.
local function keep(msg)
  local inbox = env.Inbox
  if type(inbox) ~= "table" then
    inbox = {}
    env.Inbox = inbox
  end
  inbox[#inbox + 1] = msg
  if #inbox > kInboxMax then table.remove(inbox, 1) end
  local what = msg.Action and "Action = " .. tostring(msg.Action) or
               "Data = " .. short(type(msg.Data) == "string" and msg.Data or "a table")
  runtime.print("New Message From " .. short(msg.From) .. ": " .. what)
end

local function default_handler()
  for _, entry in ipairs(handlers.list) do
    if entry.name == "_default" then return entry.handle end
  end
end

local function boot_process(msg)
  local on_boot = msg["On-Boot"]
  if on_boot == "Data" then
    runtime.evaluate_code(msg.Data, "boot")
  elseif on_boot then
    runtime.print("On-Boot: only Data is supported, not " .. tostring(on_boot))
  end
  handlers.evaluate(msg, ao.env)
end

-- Returns whether the answer is one of Eval, which consoles show without being asked to.
local function dispatch(msg, is_process)
  if is_process then
    boot_process(msg)
  elseif ao.isAssignment(msg) and not ao.isAssignable(msg) then
    runtime.print("Assignment is not trusted by this process: " .. short(msg.Id) .. " to " ..
                  short(msg.Target))
  elseif msg.Action == "Eval" and msg.From == env.Owner then
    runtime.evaluate_code(msg.Data, "eval")
    return true
  elseif not handlers.evaluate(msg, ao.env) then
    local default = default_handler()
    if default then default(msg, ao.env) else keep(msg) end
  end
  return false
end

-- Messages are evaluated in a coroutine, so that a handler can wait for another message in the
-- middle. One coroutine serves message after message until a handler waits in it; then it is that
-- handler's, and the next message gets a new one.
local kDone = {}
local worker, was_eval

local function work(msg, is_process)
  local self = coroutine.running()
  while true do
    local eval = dispatch(msg, is_process)
    if worker ~= self then return end
    was_eval = eval
    msg, is_process = coroutine.yield(kDone)
  end
end

function accept.runtime(facts)
  local msg, is_process = runtime.message(facts)
  env.Nonce = msg.Nonce
  local current = worker or coroutine.create(work)
  worker, was_eval = current, false
  local ok, signal = coroutine.resume(current, msg, is_process)
  if not ok then
    worker = nil
    return failed(current, signal)
  end
  if signal ~= kDone then worker = nil end
  local outcome = ao.take_outbox()
  outcome.output = { data = runtime.take_printed(), prompt = runtime.current_prompt() }
  if not was_eval then outcome.output.print = true end
  return outcome
end

-- Modules of the other conventions run in a coroutine of the call, for the sake of the traceback.
local function in_coroutine(convention)
  return function(facts)
    local thread = coroutine.create(convention)
    local ok, outcome = coroutine.resume(thread, runtime.named_facts(facts))
    if not ok then return failed(thread, outcome) end
    if coroutine.status(thread) ~= "dead" then
      return { error = "the module yielded instead of returning" }
    end
    if outcome.output == nil then outcome.output = { data = runtime.take_printed() } end
    return outcome
  end
end
accept.compute = in_coroutine(runtime.conventions.compute)
accept.handle = in_coroutine(runtime.conventions.handle)

-- The node's side --------------------------------------------------------------------------------

-- The globals that the runtime shares with a module, from the facts of the process.
local function introduce(process, module)
  runtime.facts = process
  process.authorities = process.authorities or {}
  runtime.module_facts = module or { id = process.module, owner = "", tags = {} }
  ao.id, ao._module = process.id, process.module or ""
  ao.authorities = runtime.copy(process.authorities)
  ao.env = runtime.conventions.legacy_environment()
  for _, described in next, ao.env do
    described.TagArray = described.Tags
    described.Tags = runtime.tag_map(described.Tags)
  end
  env.Owner = process.from_process or process.owner
  env.Name = process.name or "aos"
end

local function is_legacy()
  for _, tag in ipairs(runtime.facts.tags) do
    if string.lower(tag.name) == "variant" then return tag.value == "ao.TN.1" end
  end
  return false
end

-- A module that has both is called as the process's Variant says.
local function kind_of_module()
  local process = env.process
  local has_handle = type(env.handle) == "function"
    or type(process) == "table" and type(process.handle) == "function"
  if type(env.compute) == "function" and not (has_handle and is_legacy()) then return "compute" end
  return has_handle and "handle" or "runtime"
end

-- A module that brings a library of its own takes ours, while it loads, for its own from before an
-- update. What it has brought is what it gets, with what only the node can give.
local function take_own_library()
  local own = env.package.loaded[".ao"]
  if own == ao or type(own) ~= "table" then return end
  if own.event == nil then own.event = ao.event end
  env.ao = own
  if env.Send == ao.send then env.Send = own.send end
  if env.Spawn == ao.spawn then env.Spawn = own.spawn end
end

function __boot(argument)
  introduce(argument.process, argument.module)
  runtime.seed_random_from("boot")
  local module = argument.module
  if module and module.source then
    local chunk, problem = load(module.source, "=" .. (module.name or module.id), "t", env)
    if not chunk then error(problem, 0) end
    chunk()
    take_own_library()
  end
  kind = kind_of_module()
  return { kind = kind }
end

function __evaluate(facts)
  noted_trace = nil
  runtime.begin(facts)
  return accept[kind](facts)
end

-- From here on only the functions above know the runtime.
__runtime = nil
