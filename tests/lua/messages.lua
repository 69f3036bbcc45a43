-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local function tag_names(record)
  local names = {}
  for i, one in ipairs(record.tags) do names[i] = one.name end
  return table.concat(names, " ")
end

case("a message carries the protocol's tags, then the sender's in order", function()
  boot([[Handlers.add("go", "Go", function()
    Send({ Target = "bob", Zeta = 1, Action = "Hi", Data = "d", Alpha = true, Float = 0.1, Whole = 6 / 2,
           Type = "Lie", ["from-process"] = "lie", Tags = { { name = "Z", value = "1" }, { name = "Y", value = 2 } } })
    Send({ Target = "bob", Tags = { b = "2", a = "1" } })
  end)]])
  local outcome = send("x", { Action = "Go" })
  local first, second = outcome.messages[1], outcome.messages[2]
  equal(tag_names(first), "Data-Protocol Variant Type Reference Action Alpha Float Whole Zeta Z Y")
  equal(tag(first, "Data-Protocol"), "ao")
  equal(tag(first, "Variant"), "ao.N.1")
  equal(tag(first, "Type"), "Message")
  equal(tag(first, "Reference"), "1")
  equal(tag(first, "Alpha"), "true")
  equal(tag(first, "Float"), "0.1")
  equal(tag(first, "Whole"), "3")
  equal(tag(first, "Y"), "2")
  equal(first.target, "bob")
  equal(first.data, "d")
  equal(first.anchor, "00000000000000000000000000000001")
  equal(tag_names(second), "Data-Protocol Variant Type Reference a b")
  equal(tag(second, "Reference"), "2")
end)

case("what a process asks of its tasks has its fields for the node and its Tags for the ticks", function()
  boot([[Handlers.add("go", "Go", function()
    Send({ device = "cron@1.0", action = "every", interval = "1-hour", Tags = { Action = "Tick" } })
  end)]])
  local order = send("x", { Action = "Go" }).messages[1]
  equal(tag(order, "device"), "cron@1.0")
  equal(tag(order, "action"), "every")
  equal(tag(order, "Cron-Tag-Action"), "Tick")
end)

case("a message is a tick when the node says so", function()
  boot([[Handlers.add("any", function() return true end, function(msg)
    print(tostring(msg.Cron) .. " " .. tostring(msg["Cron-Task"]))
  end)]])
  contains(send("x", { Action = "A", Cron = "true" }).output.data, "nil nil")
  contains(send("x", { Action = "A", Cron = "true", ["Cron-Task"] = "t" }, "", { cron = true }).output.data, "true t")
end)

case("what has no text form is refused where it is sent", function()
  boot("")
  contains(eval("\nSend({ Target = 'x', List = { 1 } })").error, 'eval:2: the tag "List" is a table')
  contains(eval("Send({ Target = 'x', Tags = { N = 0/0 } })").error, 'not a finite number')
  contains(eval("Send('x')").error, "eval:1: Send takes a table, got string")
  contains(eval("Send({ Target = {} })").error, "eval:1: Target must be a text, got table")
end)

case("a table as data travels as JSON, and comes back as a table", function()
  boot([[Handlers.add("in", "In", function(msg) Send({ Target = "x", Data = { sum = msg.Data.a + msg.Data.b } }) end)]])
  local outcome = send("x", { Action = "In", ["Content-Type"] = "application/json" }, '{"a":1,"b":2}')
  equal(outcome.messages[1].data, '{"sum":3}')
  equal(tag(outcome.messages[1], "Content-Type"), "application/json")
  boot([[Handlers.add("in", "In", function(msg) print(type(msg.Data)) end)]])
  equal(send("x", { Action = "In", ["Content-Type"] = "application/json" }, "{broken").output.data, "string")
end)

case("who looks into ao.outbox finds all that was sent, and what he changes there leaves", function()
  boot([[Handlers.add("look", "Look", function(msg)
    Send({ Target = "a", Data = "first", Action = "One" })
    print(tostring(rawget(ao, "outbox")))
    local box = ao.outbox
    print(#box.Messages .. box.Messages[1].Data .. box.Messages[1].Target .. #box.Spawns .. #box.Assignments)
    Send({ Target = "b", Data = "second" })
    print(#box.Messages .. tostring(rawget(ao, "outbox") == box))
    box.Messages[1].Data = "changed"
    table.insert(box.Messages, { target = "c", data = "added", action = "Three" })
    Send({ device = "patch@1.0", shown = 1 })
  end)
  Handlers.add("walk", "Walk", function()
    Send({ Target = "a" })
    for name, value in pairs(ao) do if name == "outbox" then print(#value.Messages) end end
  end)
  Handlers.add("clear", "Clear", function() Send({ Target = "a" }) ao.clearOutbox() Send({ Target = "b" }) end)]])
  local outcome = send("x", { Action = "Look" })
  equal(outcome.output.data, "nil\n1firsta00\n2true")
  equal(#outcome.messages, 3)
  equal(outcome.messages[1].data, "changed")
  equal(tag(outcome.messages[1], "Action"), "One")
  equal(outcome.messages[2].data, "second")
  equal(outcome.messages[3].target, "c")
  equal(tag(outcome.messages[3], "action"), "Three")
  equal(outcome.patches[1].shown, 1)
  equal(send("x", { Action = "Walk" }).output.data, "1")
  outcome = send("x", { Action = "Clear" })
  equal(#outcome.messages, 1)
  equal(outcome.messages[1].target, "b")
end)

case("messages of known fields and of new ones are packed alike", function()
  boot([[Handlers.add("go", "Go", function(msg)
    local fields = { Target = "t", Zeta = 1, ["a-b"] = true, Data = "d", Owner = "lie", Variant = "lie", reply = print }
    if msg.Whole then fields.reply = nil end
    Send(fields)
  end)]])
  local function text(record)
    local parts = { record.target, record.data, #record.anchor }
    for _, one in ipairs(record.tags) do parts[#parts + 1] = one.name .. "=" .. one.value end
    return (string.gsub(table.concat(parts, " "), "Reference=%d+", "Reference"))
  end
  local expected = "t d 32 Data-Protocol=ao Variant=ao.N.1 Type=Message Reference Zeta=1 a-b=true"
  for _, whole in ipairs({ "", "1", "1", "" }) do
    local tags = { Action = "Go" }
    if whole ~= "" then tags.Whole = whole end
    equal(text(send("x", tags).messages[1]), expected)
  end
end)

case("the list of tags is there for who asks, as the tags came", function()
  boot([[Handlers.add("look", "Look", function(msg)
    local lists = 0
    for name, value in pairs(msg) do if name == "TagArray" then lists = lists + #value end end
    Kept = msg
    print(lists .. msg.TagArray[1].name .. msg.TagArray[1].value .. tostring(msg.TagArray == msg.TagArray))
  end)
  Handlers.add("later", "Later", function(msg) print(#Kept.TagArray .. #(msg.TagArray)) end)]])
  equal(send("x", { Action = "Look", ["a_b"] = "1", ["A-B"] = "2" }).output.data, "3A-B2true")
  equal(send("x", { Action = "Later" }).output.data, "31")
end)

case("facts cannot be faked by tags, and every spelling reads them", function()
  boot([[Handlers.add("look", "Look", function(msg)
    print(table.concat({ msg.From, msg.from, msg.Id, msg.Timestamp, msg["block-height"], msg.Quantity,
      msg.quantity, msg.Tags["max-supply"], msg.Tags.From, tostring(msg.Type), tostring(msg.Trusted),
      tostring(msg["From-Process"]), tostring(msg.Tags["From-Process"]), msg.Nonce, msg.Slot, #msg.TagArray }, " "))
  end)]])
  local outcome = send("alice", { Action = "Look", From = "eve", Id = "fake", Timestamp = "1", quantity = "7",
                                  ["Max-Supply"] = "9", Type = "Message", Trusted = "true",
                                  ["From-Process"] = "fake" },
                       "", { id = "the-id", timestamp = 1234, slot = 5, block_height = 77 })
  equal(outcome.output.data, "alice alice the-id 1234 77 7 7 9 eve nil nil nil nil 5 5 9")
end)

case("the body of a message has all of it in lower case, and no tag hides or fakes it", function()
  boot([[Handlers.add("look", { action = "Look" }, function(req)
    local body = req.body
    local commitment = body.commitments[body.id]
    print(table.concat({ body.action, body.data.n, body.from, tostring(body["from-process"]), body["x-note"],
      body["Content-Type"], commitment.committer, commitment.alg, commitment.type, body.target == ao.id and "here" or "there",
      tostring(body.Action), tostring(body == req.body) }, " "))
  end)]])
  local tags = { ACTION = "Look", Body = "lie", From = "lie", ["From-Process"] = "lie", ["X_Note"] = "n", ["x-Note"] = "note",
                 ["Content-Type"] = "application/json", Commitments = "lie" }
  equal(send("alice", tags, '{"n":7}', { id = "i" }).output.data,
        "Look 7 alice nil note application/json alice rsa-pss-sha512 rsa-pss-sha512 here nil true")
  contains(send("the-authority", tags, '{"n":7}', { from = "proc", from_process = "proc", trusted = true }).output.data,
           "Look 7 proc proc note")
end)

case("a trusted message speaks for its process", function()
  boot([[Handlers.add("look", "Look", function(msg)
    print(msg.From, msg.Owner, msg["From-Process"], ao.isTrusted(msg)) end)]])
  local outcome = send("the-authority", { Action = "Look" }, "",
                       { from = "a-process", from_process = "a-process", trusted = true })
  equal(outcome.output.data, "a-process\tthe-authority\ta-process\ttrue")
end)

case("replies follow Reply-To and the conversation", function()
  boot([[Handlers.add("ask", "Ask", function(msg) msg.reply({ Target = "elsewhere", Action = "Answer" }) end)]])
  local one = send("x", { Action = "Ask", Reference = "3", ["Reply-To"] = "boss" }).messages[1]
  equal(one.target, "boss")
  equal(tag(one, "X-Reference"), "3")
  one = send("x", { Action = "Ask", Reference = "4", ["X-Reference"] = "1", ["X-Origin"] = "root" }).messages[1]
  equal(one.target, "elsewhere")
  equal(tag(one, "X-Reference"), "1")
  equal(tag(one, "X-Origin"), "root")
end)

case("forward passes a message on, with the way back", function()
  boot([[Handlers.add("fwd", "Fwd", function(msg) msg.forward("bob", { Action = "Passed", Extra = "1" }) end)]])
  local one = send("alice", { Action = "Fwd", Reference = "8", Keep = "k", Variant = "old" }, "body").messages[1]
  equal(one.target, "bob")
  equal(one.data, "body")
  equal(tag(one, "Action"), "Passed")
  equal(tag(one, "Keep"), "k")
  equal(tag(one, "Extra"), "1")
  equal(tag(one, "Reply-To"), "alice")
  equal(tag(one, "X-Reference"), "8")
  equal(tag(one, "X-Origin"), "alice")
  equal(tag(one, "Variant"), "ao.N.1")
end)

case("a handler waits for the reply to what it sent", function()
  boot([[Handlers.add("buy", "Buy", function(msg)
    local price = Send({ Target = "oracle", Action = "Price" }).receive()
    local more = Send({ Target = "oracle", Action = "Confirm", Price = price.Data }).receive()
    msg.reply({ Data = "bought at " .. price.Data .. ", " .. more.Data })
  end)]])
  local first = send("alice", { Action = "Buy", Reference = "50" })
  equal(#first.messages, 1)
  equal(first.messages[1].target, "oracle")
  local mine = tag(first.messages[1], "Reference")
  -- Neither another sender nor another reference wakes it; other messages are handled meanwhile.
  equal(#send("mallory", { ["X-Reference"] = mine }, "0").messages, 0)
  equal(#send("oracle", { ["X-Reference"] = "99" }, "0").messages, 0)
  local second = send("oracle", { ["X-Reference"] = mine }, "42")
  equal(second.messages[1].target, "oracle")
  equal(tag(second.messages[1], "Price"), "42")
  local third = send("oracle", { ["X-Reference"] = tag(second.messages[1], "Reference") }, "done")
  equal(third.messages[1].target, "alice")
  equal(third.messages[1].data, "bought at 42, done")
  equal(tag(third.messages[1], "X-Reference"), "50")
  equal(shown("#Handlers.list"), "1")
end)

case("many handlers wait at once, and end in the order of their answers", function()
  boot([[log = ""
    Handlers.add("w", "Wait", function(msg)
      local answer = Receive({ Action = "Go", For = msg.Tag })
      log = log .. answer.For
    end)]])
  for _, name in ipairs({ "a", "b", "c" }) do send("x", { Action = "Wait", Tag = name }) end
  for _, name in ipairs({ "b", "c", "a" }) do send("x", { Action = "Go", For = name }) end
  equal(shown("log"), "bca")
end)

case("an error after waiting names the handler that waited", function()
  boot("Handlers.add('w', 'Wait', function()\n  Receive('Go')\n  error('too late')\nend)", nil, "wait.lua")
  send("x", { Action = "Wait" })
  local failure = deliver("x", { Action = "Go" }).error
  equal(string.match(failure, "^[^\n]*"), 'handler "w": wait.lua:3: too late')
end)

case("onReply runs once for the answer", function()
  boot([[Handlers.add("go", "Go", function()
    Send({ Target = "bob", Action = "Q" }).onReply(function(m) print("got " .. m.Data) end)
  end)]])
  send("x", { Action = "Go" })
  equal(send("bob", { ["X-Reference"] = "1" }, "yes").output.data, "got yes")
  contains(send("bob", { ["X-Reference"] = "1" }, "yes").output.data, "New Message")
end)

case("a spawn inherits scheduler and authorities, and its answer comes only from the process itself", function()
  boot([[Handlers.add("go", "Go", function()
    Spawn("child-module", { Data = "d", Name = "kid" }).onReply(function(m) print("child " .. m.Process) end)
  end)]])
  local child = send("x", { Action = "Go" }).spawns[1]
  equal(tag(child, "Module"), "child-module")
  equal(tag(child, "Type"), "Process")
  equal(tag(child, "Name"), "kid")
  equal(tag(child, "Scheduler"), "the-scheduler")
  equal(tag(child, "Authority"), "the-authority")
  equal(child.data, "d")
  local reference = tag(child, "Reference")
  contains(send("eve", { Action = "Spawned", Process = "evil", Reference = reference }).output.data, "New Message")
  equal(send("the-authority", { Action = "Spawned", Process = "kid-id", Reference = reference }, "",
             { from = kId, from_process = kId, trusted = true }).output.data, "child kid-id")
end)

case("assignments go out, and come in only when asked for", function()
  boot([[Handlers.add("go", "Go", function() Assign({ Processes = { "p" }, Message = "m" }) end)
         Handlers.add("seen", "Seen", function() print("seen") end)]])
  local one = send("x", { Action = "Go" }).assignments[1]
  equal(one.message, "m")
  equal(one.processes[1], "p")
  contains(send("x", { Action = "Seen" }, "", { target = "another" }).output.data, "not trusted")
  shown("ao.addAssignable('seen', { Action = 'Seen' })")
  equal(send("x", { Action = "Seen" }, "", { target = "another" }).output.data, "seen")
  shown("ao.removeAssignable('seen')")
  contains(send("x", { Action = "Seen" }, "", { target = "another" }).output.data, "not trusted")
end)

case("patches publish state under lower-case keys, ids as they are", function()
  boot([[Handlers.add("go", "Go", function(msg)
    Send({ device = "patch@1.0", Cache = { Price = 5, List = { 1, 2 }, [ao.id] = true }, Action = "kept" })
    Send({ method = "PATCH", total = "7" })
    Send({ device = "patch@1.0" })
  end)]])
  local outcome = send("x", { Action = "Go" })
  equal(#outcome.messages, 0)
  equal(#outcome.patches, 2)
  local patch = outcome.patches[1]
  equal(patch.device, nil)
  equal(patch.cache.price, 5)
  equal(patch.cache.list[2], 2)
  equal(patch.cache[kId], true)
  equal(outcome.patches[2].total, "7")
  contains(eval("Send({ device = 'patch@1.0', f = { g = print } })").error, "a patch cannot hold a function (at f/g)")
end)

case("what is sent while the module loads leaves with the first slot", function()
  boot([[Send({ device = "patch@1.0", ready = true }) print("loaded")]])
  local outcome = send(kOwner, {}, "", { is_process = true })
  equal(outcome.patches[1].ready, true)
  equal(outcome.output.data, "loaded")
  equal(shown("#Inbox"), "0")
end)
