-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local kCompute = [[
  function compute(base, req, opts)
    base.count = (base.count or 0) + 1
    local body = req.body
    local outbox = {}
    if body.action == "Ping" then
      outbox["10"] = { target = "third", data = "c" }
      outbox["1"] = { target = body.from, data = "Pong", action = "Pong" }
      outbox["2"] = { device = "patch@1.0", Cache = { Price = req.slot } }
    elseif body.action == "Fail" then
      base.count = -1
      base.results = { error = "handler failed" }
      return base
    elseif body.action == "Raise" then
      error("raised")
    elseif body.action == "Look" then
      base.results = { output = { data = table.concat({ req.process, req.slot, req["block-timestamp"], body.from, body.owner,
        body.data, tostring(body["from-process"]), tostring(body["Content-Type"]), body["content-type"],
        type(base.process.authority), base.process.authority[1], base.process.name, type(opts),
        base.process.commitments[req.process].committer, base.process.commitments[req.process].alg,
        base.process.commitments[req.process].type, body.commitments[body.id].committer }, " ") } }
      return base
    end
    base.results = { outbox = outbox, output = { data = "n=" .. base.count } }
    return base
  end
  exports = { transfer = true }
  function transfer(base, req) base.results = { output = req.path .. " by " .. req.body.from } return base end
  function secret(base, req) return { stolen = true } end
]]

case("compute keeps its base, and its results become the outcome", function()
  equal(boot(kCompute), "compute")
  equal(send("x", { Action = "Count" }).state.count, 1)
  local outcome = send("bob", { Action = "Ping" }, "", { slot = 9 })
  equal(outcome.output.data, "n=2")
  equal(#outcome.messages, 2)
  equal(outcome.messages[1].target, "bob")
  equal(outcome.messages[1].data, "Pong")
  equal(tag(outcome.messages[1], "action"), "Pong")
  equal(tag(outcome.messages[1], "Data-Protocol"), "ao")
  equal(tag(outcome.messages[1], "Type"), "Message")
  equal(outcome.messages[2].target, "third")
  equal(outcome.patches[1].cache.price, 9)
  equal(outcome.state.count, 2)
  equal(outcome.state.results, nil)
  equal(outcome.state.process, nil)
end)

case("compute sees its definition and the assignment", function()
  boot(kCompute)
  local outcome = send("alice", { Action = "Look", ["Content-Type"] = "text/x", ["From-Process"] = "lie" }, "d", { slot = 4 })
  equal(outcome.output.data, table.concat({ kId, "4", "1700000000", "alice", "alice", "d", "nil", "text/x",
    "text/x", "table", "the-authority", "tester", "table", kOwner, "rsa-pss-sha512", "rsa-pss-sha512", "alice" }, " "))
  outcome = send("the-authority", { Action = "Look", ["Content-Type"] = "t" }, "d", { from = "proc", from_process = "proc", trusted = true })
  contains(outcome.output.data, "proc the-authority d proc")
end)

case("errors of compute, returned or raised, are errors of the slot", function()
  boot(kCompute, nil, "mod.lua")
  equal(deliver("x", { Action = "Fail" }).error, "handler failed")
  contains(deliver("x", { Action = "Raise" }).error, "mod.lua:14: raised")
end)

case("a path reaches exported functions only", function()
  boot(kCompute)
  equal(send("x", { path = "transfer" }).output.data, "transfer by x")
  for _, path in ipairs({ "secret", "assert", "print", "count", "Send", "_G", "process", "os.time", "a/b" }) do
    local outcome = send("x", { path = path, parameters = "x", ["function"] = "secret" })
    contains(outcome.output.data, "n=", path)
    equal(outcome.state.stolen, nil, path)
  end
end)

case("compute may return a status, another base, or nothing", function()
  boot([[function compute(base, req)
    local a = req.body.action
    if a == "Status" then return "error", "refused" end
    if a == "Ok" then return "ok", { fresh = true } end
    if a == "Nothing" then return end
    return { seen = base.fresh == true, id = base.process.id }
  end]])
  equal(deliver("x", { Action = "Status" }).error, "error: refused")
  equal(send("x", { Action = "Ok" }).state.fresh, true)
  equal(send("x", { Action = "Nothing" }).state.fresh, true)
  local outcome = send("x", {})
  equal(outcome.state.seen, true)
  equal(outcome.state.id, kId)
end)

case("compute can use the built-in Send", function()
  boot([[function compute(base, req) Send({ Target = "x", Data = "hi" }) print("p") return base end]])
  local outcome = send("y", {})
  equal(outcome.messages[1].data, "hi")
  equal(outcome.output.data, "p")
  equal(#send("y", {}).messages, 1)
end)

case("a module that brings its own library works with that, not with ours", function()
  boot([[
    local mine = { log = {}, id = (ao or {}).id }
    function mine.send(fields) mine.log[#mine.log + 1] = fields.data return fields end
    _G.package.loaded[".ao"] = mine
    ao = ao or require(".ao")
    Send = Send or ao.send
    function compute(base, req)
      Send({ data = "sent" })
      base.results = { outbox = {}, output = { data = #ao.log .. ao.log[1] .. ao.id .. ao.event(req) .. tostring(Spawn) } }
      return base
    end]])
  equal(send("x", {}).output.data, "1sent" .. kId .. "oknil")
end)

local kHandle = [[
  function handle(msg, env)
    local action
    for _, t in ipairs(msg.Tags) do if t.name == "Action" then action = t.value end end
    n = (n or 0) + 1
    if action == "Ping" then
      return { Messages = { { Target = msg.From, Data = "Pong", Anchor = string.rep("0", 32),
                 Tags = { { name = "Action", value = "Pong" }, { name = "Variant", value = "ao.TN.1" } } } },
               Spawns = { { Data = "", Tags = { { name = "Module", value = "m" } } } },
               Assignments = { { Processes = { "p" }, Message = "m" } },
               patches = { { Total = n } },
               Output = { data = "pinged", prompt = "aos> ", print = true } }
    elseif action == "Fail" then return { Error = "handler failed" }
    elseif action == "Look" then
      return { Output = { data = table.concat({ msg.Id, msg.Owner, msg.From, msg.Target, msg.Timestamp, msg.Nonce,
        msg["Block-Height"], msg.Module, msg.Data, env.Process.Id, env.Process.Owner, env.Process.Tags[1].name,
        env.Module.Id, tostring(msg.Cron), n }, " ") } }
    elseif action == "Text" then return '{"ok":true,"response":{"Output":"text","Messages":[]}}'
    elseif action == "Odd" then return 5 end
    return { Output = "plain" }
  end
]]

case("handle's result becomes the outcome", function()
  equal(boot(kHandle), "handle")
  local outcome = send("bob", { Action = "Ping" })
  equal(outcome.messages[1].target, "bob")
  equal(outcome.messages[1].data, "Pong")
  equal(outcome.messages[1].anchor, string.rep("0", 32))
  equal(tag(outcome.messages[1], "Action"), "Pong")
  equal(tag(outcome.messages[1], "Variant"), "ao.TN.1")
  equal(tag(outcome.messages[1], "Data-Protocol"), "ao")
  equal(tag(outcome.spawns[1], "Module"), "m")
  equal(tag(outcome.spawns[1], "Type"), "Process")
  equal(outcome.assignments[1].processes[1], "p")
  equal(outcome.patches[1].total, 1)
  equal(outcome.output.data, "pinged")
  equal(outcome.output.prompt, "aos> ")
  equal(send("x", { Action = "Text" }).output.data, "text")
  equal(send("x", {}).output.data, "plain")
  equal(deliver("x", { Action = "Fail" }).error, "handler failed")
  contains(deliver("x", { Action = "Odd" }).error, "handle must return a result, got number")
end)

case("handle sees the legacy message and environment", function()
  boot(kHandle)
  equal(send("bob", { Action = "Look" }, "d", { id = "i", timestamp = 5, slot = 6, block_height = 7 }).output.data,
        table.concat({ "i", "bob", "bob", kId, 5, 6, 7, "the-module", "d", kId, kOwner, "Name", "the-module", "false", 1 }, " "))
end)

case("one module with both functions runs as either, when the other is taken away", function()
  local run = [[
    local function run(m) return m.Data or m.data end
    function handle(msg) return { Output = { data = "handled " .. run(msg) } } end
    function compute(base, req) base.results = { output = { data = "computed " .. run(req.body) } } return base end
  ]]
  equal(boot(run), "compute")
  equal(send("x", {}, "1").output.data, "computed 1")
  equal(boot(run .. " compute = nil"), "handle")
  equal(send("x", {}, "2").output.data, "handled 2")
  equal(boot("process = { handle = function() return { Output = 'own' } end } compute = nil handle = nil"), "handle")
  equal(send("x", {}, "3").output.data, "own")
end)
