-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

-- Whom a process believes, which messages to others it takes, and how many it keeps.

local function took(outcome) return outcome.output.data or "" end

-- The node tells who a message is from, and believes nobody who only claims it; programs ask here.
case("who speaks for another is believed when the process names it as an authority", function()
  boot(nil, { authorities = { "FOO", "BAR", "FOOBAR", "UNIQUE-ADDRESS" } })
  equal(shown("#ao.authorities"), "4")
  equal(shown("ao.isTrusted({ From = 'FOO', Owner = 'FOO' })"), "true")
  equal(shown("ao.isTrusted({ From = 'BAM2', Owner = 'BAM1' })"), "false")
  equal(shown("ao.isTrusted({ From = 'UNIQUE-ADDRESS', Owner = 'FOO' })"), "true")
end)

case("a message to another is taken only if the process says that it takes such messages", function()
  boot(nil)
  local to_other = { target = string.rep("Q", 43) }
  contains(took(send(kOwner, { Action = "Eval" }, "2 + 2", to_other)), "Assignment is not trusted by this process")
  shown("ao.addAssignable('evals', { Action = 'Eval' })")
  equal(took(send(kOwner, { Action = "Eval" }, "2 + 2", to_other)), "4")
  contains(took(send(kOwner, { Action = "Other" }, "", to_other)), "Assignment is not trusted by this process")
end)

case("what a process takes has names and places", function()
  boot(nil)
  shown("ao.addAssignable('foobar', { A = 'x' })")
  shown("ao.addAssignable('foobar', { A = 'y' })")
  equal(shown("#ao.assignables .. ao.assignables[1].name .. ao.assignables[1].pattern.A"), "1foobary")
  shown("ao.addAssignable({ B = 'z' })")
  equal(shown("#ao.assignables"), "2")
  shown("ao.removeAssignable('foobar')")
  equal(shown("#ao.assignables .. ao.assignables[1].pattern.B"), "1z")
  shown("ao.removeAssignable(1)")
  equal(shown("#ao.assignables"), "0")
  contains(eval("ao.addAssignable(1, {})").error, "the name must be a text")
end)

case("the inbox keeps the last ten thousand", function()
  boot(nil)
  shown("for i = 1, 10000 do Inbox[i] = { Number = i } end")
  send("x", { Action = "Hello" })
  equal(shown("#Inbox .. ' ' .. Inbox[1].Number .. ' ' .. Inbox[#Inbox].Action"), "10000 2 Hello")
end)
