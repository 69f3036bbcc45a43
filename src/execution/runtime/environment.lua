-- The globals of a process: a table of its own, which it may change as it likes.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local ao, utils, handlers = runtime.ao, runtime.utils, runtime.handlers
local host = runtime.host
local copy = runtime.copy

local env = {}
runtime.env = env

for _, name in ipairs({ "assert", "collectgarbage", "error", "getmetatable", "ipairs", "next",
                        "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset", "select",
                        "setmetatable", "tonumber", "tostring", "type", "xpcall", "_VERSION" }) do
  env[name] = _G[name]
end
env._G = env

env.string = runtime.process_string
env.table = copy(table)
env.utf8 = copy(utf8)
env.coroutine = copy(coroutine)
env.os = copy(runtime.os)
env.math = copy(math)
env.math.random, env.math.randomseed = runtime.random, runtime.randomseed
env.debug = host.traceback and { traceback = host.traceback } or {}

env.print = runtime.print

-- Code loaded by a process sees the globals of the process, and is always text.
function env.load(chunk, name, _, ...)
  if select("#", ...) > 0 then return load(chunk, name, "t", (...)) end
  return load(chunk, name, "t", env)
end

local json = {
  _version = "1.0",
  encode = host.json_encode,
  decode = host.json_decode,
}

local dumper = setmetatable({ tprint = runtime.stringify, dump = runtime.dump },
                            { __call = function(_, value) return runtime.dump(value) end })

local stringify = {
  _version = "1.0",
  format = runtime.stringify,
  isSimpleArray = function(value)
    for i = 1, #value do
      if type(value[i]) == "table" then return false end
    end
    return #value > 0
  end,
}

local process = { _version = runtime.version, _name = "aonode" }

env.package = {
  preload = {},
  loaded = {
    _G = env, string = env.string, table = env.table, math = env.math, utf8 = env.utf8,
    coroutine = env.coroutine, os = env.os, debug = env.debug, json = json, ao = ao,
    [".json"] = json, [".ao"] = ao, [".utils"] = utils, [".handlers"] = handlers,
    [".handlers-utils"] = handlers.utils, [".bint"] = runtime.bint, [".base64"] = runtime.base64,
    [".crypto"] = runtime.crypto, [".crypto.init"] = runtime.crypto, [".chance"] = runtime.chance,
    [".dump"] = dumper, [".pretty"] = dumper, [".stringify"] = stringify, [".process"] = process,
  },
}

-- Modules are what is in package.loaded: the node has no files. Tools that bundle several files put
-- each there under its name.
function env.require(name)
  if type(name) ~= "string" then error("require takes a name, got " .. type(name), 2) end
  local loaded = env.package.loaded
  local module = loaded[name]
  if module == nil then module = loaded["." .. name] end
  if module ~= nil then return module end
  local loader = env.package.preload[name]
  if not loader then
    error("module '" .. name .. "' not found: it is neither built in nor in package.loaded", 2)
  end
  module = loader(name)
  if loaded[name] == nil then loaded[name] = module == nil and true or module end
  return loaded[name]
end

env.ao, env.json = ao, json
env.Handlers, env.Utils, env.utils = handlers, utils, utils
env.Send, env.Spawn, env.Assign = ao.send, ao.spawn, ao.assign
env.Receive = handlers.receive
env.Dump, env.Tab = runtime.dump, utils.Tab
env.Colors, env.Bell = runtime.colors, "\7"
env.Prompt, env.Version = runtime.prompt, runtime.version
env.Inbox, env.Errors = {}, {}
env.Seeded = true
env.Nonce = 0

-- What is here before the module: a message's path never reaches any of it.
runtime.builtin = {}
for _, value in next, env do
  if type(value) == "function" then runtime.builtin[value] = true end
end
