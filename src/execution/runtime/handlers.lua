-- Handlers: the list of what a process does with which message.
--
-- The list is never changed in place: adding and removing make a new one. A message therefore meets
-- exactly the handlers that stood there when it came, whatever they do to the list meanwhile (a
-- handler that removes itself, or that waits for a reply, must not hide or repeat its neighbour).
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local utils = runtime.utils
local type = type

local handlers = { _version = "1.0", list = {}, onceNonce = 0, utils = {}, coroutines = {} }
runtime.handlers = handlers

-- The name of the handler at work, for error texts. A suspended handler keeps its own.
local running = nil

function handlers.generateResolver(spec)
  if type(spec) == "function" then return spec end
  return function(msg)
    for _, key in ipairs(runtime.sorted_keys(spec)) do
      if utils.matchesSpec(msg, key) then return spec[key](msg) end
    end
  end
end

local function check(name, pattern, handle, max_runs)
  local problem
  if type(name) ~= "string" then
    problem = "the name must be a text, got " .. type(name)
  elseif type(pattern) ~= "string" and type(pattern) ~= "table" and type(pattern) ~= "function" then
    problem = "the pattern must be a text, a table or a function, got " .. type(pattern)
  elseif type(handle) ~= "function" and type(handle) ~= "table" then
    problem = "the handle must be a function, got " .. type(handle)
  elseif max_runs ~= nil and max_runs ~= "inf" and type(max_runs) ~= "number" then
    problem = 'the number of runs must be a number or "inf", got ' .. type(max_runs)
  end
  if problem then error('Handlers: handler "' .. tostring(name) .. '": ' .. problem, 3) end
end

-- Two arguments name a handler after the action it answers.
local function arguments(...)
  if select("#", ...) == 2 then
    local name, handle = ...
    return name, name, handle
  end
  return ...
end

local function position_of(name)
  for i, entry in ipairs(handlers.list) do
    if entry.name == name then return i end
  end
end

local function insert(position, name, pattern, handle, max_runs)
  local entry = { name = name, pattern = pattern, handle = handlers.generateResolver(handle),
                  maxRuns = max_runs }
  local old = handlers.list
  local list = table.move(old, 1, position - 1, 1, {})
  list[position] = entry
  handlers.list = table.move(old, position, #old, position + 1, list)
end

-- A known name is redefined where it stands; a new one goes to `position`.
local function define(position, name, pattern, handle, max_runs)
  check(name, pattern, handle, max_runs)
  local known = position_of(name)
  if known then
    local entry = handlers.list[known]
    entry.pattern, entry.maxRuns = pattern, max_runs
    entry.handle = handlers.generateResolver(handle)
  else
    insert(position, name, pattern, handle, max_runs)
  end
  return #handlers.list
end

function handlers.append(...) return define(#handlers.list + 1, arguments(...)) end
function handlers.prepend(...) return define(1, arguments(...)) end
handlers.add = handlers.append

local function beside(name, offset)
  if type(name) ~= "string" then error("Handlers: the name must be a text", 3) end
  return {
    add = function(...)
      local known = position_of(name)
      if not known then error('Handlers: no handler is called "' .. name .. '"', 2) end
      return define(known + offset, arguments(...))
    end,
  }
end

function handlers.before(name) return beside(name, 0) end
function handlers.after(name) return beside(name, 1) end

function handlers.once(...)
  if select("#", ...) >= 3 then
    local name, pattern, handle = ...
    return define(1, name, pattern, handle, 1)
  end
  local pattern, handle = ...
  local name = "_once_" .. string.format("%d", handlers.onceNonce)
  handlers.onceNonce = handlers.onceNonce + 1
  return define(1, name, pattern, handle, 1)
end

function handlers.remove(name)
  if type(name) ~= "string" then error("Handlers: the name must be a text, got " .. type(name), 2) end
  local list = {}
  for _, entry in ipairs(handlers.list) do
    if entry.name == name then entry.removed = true else list[#list + 1] = entry end
  end
  handlers.list = list
end

local function remove_entry(gone)
  gone.removed = true
  local list = {}
  for _, entry in ipairs(handlers.list) do
    if entry ~= gone then list[#list + 1] = entry end
  end
  handlers.list = list
end

-- Suspends the handler until a message matches, and returns that message. The rest of the handler
-- then runs as part of the evaluation of that message.
function handlers.receive(pattern)
  local waiting, is_main = coroutine.running()
  if is_main then error("receive can only be called from a handler or from Eval", 2) end
  local name = running
  handlers.once(pattern, function(msg)
    local resumer = running
    local ok, problem = coroutine.resume(waiting, msg)
    if not ok then
      runtime.note_traceback(waiting, problem)
      error(problem, 0)
    end
    running = resumer
  end)
  local msg = coroutine.yield(pattern)
  running = name
  return msg
end

-- What a pattern answered, as skip (0), break (-1) or continue (1).
local function verdict(answer, name)
  if answer == true or answer == "break" then return -1 end
  if not answer or answer == "skip" then return 0 end
  if answer == "continue" then return 1 end
  if type(answer) == "number" then return answer end
  if type(answer) == "string" then return 0 end
  error('handler "' .. name .. '": its pattern answered a ' .. type(answer) ..
        ", not a boolean, a number or a text", 0)
end

-- Gives `msg` to every handler that wants it, until one ends the search. Returns whether one did.
function handlers.evaluate(msg, env)
  local handled = false
  local matches, list = utils.matchesSpec, handlers.list
  local i, entry = 1, list[1]
  while entry ~= nil do
    if not entry.removed and entry.name ~= "_default" then
      running = entry.name
      local answer = matches(msg, entry.pattern)
      local decision = answer and verdict(answer, entry.name) or 0
      if decision ~= 0 then
        local runs = entry.maxRuns
        if type(runs) == "number" then
          entry.maxRuns = runs - 1
          if runs <= 1 then remove_entry(entry) end
        end
        entry.handle(msg, env)
        if decision < 0 then
          handled = true
          break
        end
      end
    end
    i = i + 1
    entry = list[i]
  end
  running = nil
  return handled
end

function handlers.running() return running end

-- Patterns and handles that programs share.
local shared = handlers.utils

function shared.hasMatchingTag(name, value)
  if type(name) ~= "string" or type(value) ~= "string" then
    error("hasMatchingTag takes the name and the value of a tag", 2)
  end
  return function(msg) return msg.Tags ~= nil and msg.Tags[name] == value end
end

function shared.hasMatchingTagOf(name, values)
  if type(name) ~= "string" or type(values) ~= "table" then
    error("hasMatchingTagOf takes the name of a tag and a list of values", 2)
  end
  return function(msg) return msg.Tags ~= nil and utils.includes(msg.Tags[name], values) end
end

function shared.hasMatchingData(value)
  return function(msg) return msg.Data == value end
end

function shared.reply(answer)
  if type(answer) ~= "string" and type(answer) ~= "table" then
    error("reply takes a text or a table", 2)
  end
  return function(msg) return msg.reply(answer) end
end

-- The same pattern, after which the search goes on.
function shared.continue(pattern)
  return function(msg)
    local answer = utils.matchesSpec(msg, pattern)
    if not answer or answer == 0 or answer == "skip" then return 0 end
    return 1
  end
end
