-- Eval: code that the owner of a process sends it, and the prompt under its answers.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime

local function same(...) return ... end

-- Like typing at Lua's own prompt: an expression is tried first, so that its value can be shown. It
-- becomes the arguments of `same`, since after "return f()" no frame of the code would be left for
-- an error of f to name.
local function compile(code, name)
  local chunk = load("return (...)(" .. code .. "\n)", "=" .. name, "t", runtime.env)
  if chunk then return chunk, true end
  local problem
  chunk, problem = load(code, "=" .. name, "t", runtime.env)
  if not chunk then error(problem, 0) end
  return chunk, false
end

local function show(is_expression, ...)
  local count = select("#", ...)
  if count == 0 or not is_expression and (...) == nil then return end
  local first = ...
  if type(first) == "table" and type(rawget(first, "output")) == "string" then
    runtime.print(first.output)
  else
    runtime.print(...)
  end
end

function runtime.evaluate_code(code, name)
  if type(code) ~= "string" then error("Eval: the data is not a text", 0) end
  local chunk, is_expression = compile(code, name)
  if is_expression then show(true, chunk(same)) else show(false, chunk()) end
end

-- The last prompt, which most messages leave as it is.
local shown_name, shown_waiting, shown_prompt

function runtime.prompt()
  local env = runtime.env
  local name = type(env.Name) == "string" and env.Name or "aos"
  local waiting = type(env.Inbox) == "table" and #env.Inbox or 0
  if name ~= shown_name or waiting ~= shown_waiting then
    shown_name, shown_waiting = name, waiting
    shown_prompt = name .. "@aonode[Inbox:" .. string.format("%d", waiting) .. "]> "
  end
  return shown_prompt
end

-- The process may define its own Prompt; a broken one must not break every answer.
function runtime.current_prompt()
  local own = runtime.env.Prompt
  if own == runtime.prompt or type(own) ~= "function" then return runtime.prompt() end
  local ok, text = pcall(own)
  return ok and type(text) == "string" and text or runtime.prompt()
end
