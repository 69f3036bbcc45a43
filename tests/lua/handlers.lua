-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

case("a handler with a text pattern answers that action, in any spelling of the tag", function()
  boot([[Handlers.add("ping", "Ping", function(msg) msg.reply({ Data = "pong" }) end)]])
  local outcome = send("alice", { action = "Ping", Reference = "9" })
  equal(#outcome.messages, 1)
  equal(outcome.messages[1].target, "alice")
  equal(outcome.messages[1].data, "pong")
  equal(tag(outcome.messages[1], "X-Reference"), "9")
  equal(#send("alice", { Action = "Pong" }).messages, 0)
end)

case("two arguments make a handler of that action", function()
  boot([[Handlers.add("Ping", function(msg) msg.reply("pong") end)]])
  equal(send("alice", { Action = "Ping" }).messages[1].data, "pong")
end)

case("patterns of every kind", function()
  boot([[
    hits = {}
    local function hit(name) return function() hits[#hits + 1] = name end end
    local continue = Handlers.utils.continue
    Handlers.add("exact", continue({ Action = "A" }), hit("exact"))
    Handlers.add("any", continue({ Quantity = "_" }), hit("any"))
    Handlers.add("lua", continue({ Quantity = "^%d+$" }), hit("lua"))
    Handlers.add("function", continue({ Quantity = function(v, m) return v == "5" and m.From == "bob" end }), hit("function"))
    Handlers.add("one-of", continue({ Action = { "B", "A" } }), hit("one-of"))
    Handlers.add("from", continue({ From = "bob" }), hit("from"))
    Handlers.add("both", continue({ Action = "A", Missing = "_" }), hit("both"))
    Handlers.add("tag", continue(Handlers.utils.hasMatchingTag("Action", "A")), hit("tag"))
    Handlers.add("tag-of", continue(Handlers.utils.hasMatchingTagOf("Action", { "A", "C" })), hit("tag-of"))
    Handlers.add("data", continue(Handlers.utils.hasMatchingData("hello")), hit("data"))
    Handlers.add("nil", function() return nil end, hit("nil"))
    Handlers.add("number", function() return 1 end, hit("number"))
    Handlers.add("dash", continue("Not-A"), hit("dash"))
  ]])
  send("bob", { Action = "A", Quantity = "5" }, "hello")
  equal(shown("table.concat(hits, ' ')"), "exact any lua function one-of from tag tag-of data number")
end)

case("break ends the search, continue goes on, skip passes", function()
  boot([[
    order = ""
    local function add(name, answer)
      Handlers.add(name, function(m) return m.Action == "Go" and answer end, function() order = order .. name end)
    end
    add("a", "continue") add("b", 0) add("c", "skip") add("d", 1) add("e", -1) add("f", true)
  ]])
  send("x", { Action = "Go" })
  equal(shown("order"), "ade")
end)

case("a pattern that answers a table is an error that names the handler", function()
  boot([[Handlers.add("odd", function() return {} end, print)]])
  contains(deliver("x", {}).error, 'handler "odd"')
end)

case("handlers run once as often as asked, and none is skipped when one goes", function()
  boot([[
    order = {}
    for _, name in ipairs({ "1", "2", "3" }) do
      Handlers.once(name, function(m) return m.Action == "Go" and "continue" end, function() order[#order + 1] = name end)
    end
    Handlers.add("twice", function(m) return m.Action == "Go" and "continue" end, function() order[#order + 1] = "t" end, 2)
    Handlers.add("last", function(m) return m.Action == "Go" and "continue" end, function() order[#order + 1] = "l" end)
  ]])
  send("x", { Action = "Go" })
  equal(shown("table.concat(order)"), "321tl")
  send("x", { Action = "Go" })
  send("x", { Action = "Go" })
  equal(shown("table.concat(order)"), "321tltll")
  equal(shown("#Handlers.list"), "1")
end)

case("handlers may remove and add handlers while they run", function()
  boot([[
    order = ""
    local go = function(m) return m.Action == "Go" and "continue" end
    Handlers.add("a", go, function() order = order .. "a" Handlers.remove("b") Handlers.prepend("z", go, function() order = order .. "z" end) end)
    Handlers.add("b", go, function() order = order .. "b" end)
    Handlers.add("c", go, function() order = order .. "c" end)
  ]])
  send("x", { Action = "Go" })
  equal(shown("order"), "ac")
  send("x", { Action = "Go" })
  equal(shown("order"), "aczac")
end)

case("places in the list", function()
  boot([[
    local none = function() return false end
    Handlers.add("m", none, none)
    Handlers.prepend("first", none, none)
    Handlers.append("last", none, none)
    Handlers.before("m").add("before-m", none, none)
    Handlers.after("m").add("after-m", none, none)
    Handlers.add("m", "Again", none)
  ]])
  equal(shown("table.concat(Utils.map(function(h) return h.name end, Handlers.list), ' ')"),
        "first before-m m after-m last")
  contains(eval("Handlers.after('nobody').add('x', 'x', print)").error, 'no handler is called "nobody"')
  contains(eval("Handlers.add('x', 'x', 5)").error, 'eval:1: Handlers: handler "x": the handle must be a function')
end)

case("a resolver picks a function by what matches", function()
  boot([[
    Handlers.add("pick", "Pick", {
      [{ Kind = "one" }] = function(msg) msg.reply("first") end,
      [{ Kind = "two" }] = function(msg) msg.reply("second") end,
    })
  ]])
  equal(send("x", { Action = "Pick", Kind = "two" }).messages[1].data, "second")
  equal(send("x", { Action = "Pick", Kind = "one" }).messages[1].data, "first")
end)

case("what nobody handles waits in the inbox, which is bounded", function()
  boot("")
  local outcome = send("stranger-with-a-long-name", { Action = "Hello" }, "text")
  contains(outcome.output.data, "New Message From str...ame: Action = Hello")
  equal(outcome.output.print, true)
  contains(outcome.output.prompt, "tester@aonode[Inbox:1]")
  equal(shown("#Inbox .. Inbox[1].Action .. Inbox[1].Data"), "1Hellotext")
  shown("for i = 1, 10000 do Inbox[i] = { n = i } end")
  send("x", { Action = "Last" })
  equal(shown("#Inbox .. ' ' .. Inbox[1].n .. ' ' .. Inbox[10000].Action"), "10000 2 Last")
end)

case("a process may have its own default", function()
  boot([[Handlers.add("_default", function() return true end, function(msg) msg.reply("what?") end)]])
  equal(send("x", { Action = "Hello" }).messages[1].data, "what?")
  equal(shown("#Inbox"), "0")
end)

case("errors name the handler and the line, and show the process's own frames", function()
  boot("local function pay()\n  error('insufficient balance')\nend\n" ..
       "Handlers.add('swap', 'Swap', function()\n  pay()\nend)", nil, "dex.lua")
  local failure = deliver("x", { Action = "Swap" }).error
  equal(string.match(failure, "^[^\n]*"), 'handler "swap": dex.lua:2: insufficient balance')
  contains(failure, "dex.lua:5:")
  check(not string.find(failure, "runtime/", 1, true), "frames of the runtime are shown: " .. failure)
end)

case("errors that are no texts are shown too", function()
  boot([[Handlers.add("t", "T", function() error({ code = 3, why = "x" }) end)
         Handlers.add("n", "N", function() error() end)]])
  contains(deliver("x", { Action = "T" }).error, 'code = 3')
  contains(deliver("x", { Action = "N" }).error, 'handler "n": nil')
end)

case("a module that does not compile says where", function()
  fails(function() boot("x = = 1", nil, "dex.lua") end, "dex.lua:1:")
  fails(function() boot("\n\nerror('no config')", nil, "dex.lua") end, "dex.lua:3: no config")
end)
