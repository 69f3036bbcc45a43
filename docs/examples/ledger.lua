-- A ledger of payments: a token whose accounts the operator of a node may charge for requests.
--
--   Transfer  Recipient, Quantity           as in token.lua
--   Mint      Recipient, Quantity           by the owner of the process only
--   Charge    Account, Recipient, Quantity  by the operator only: Charge-Notice, or Charge-Error
--   Return    Account, Recipient, Quantity  of a charge, by the operator: Return-Notice, or Return-Error
--   Balance   Target (or the sender)        answers with the balance as Data
--
-- The operator is the authority of the process, which is by default the node that schedules it. The node
-- reads balances where everybody does, GET /PROCESS~process@1.0/now/balances/ADDRESS, and orders each
-- charge once, so nothing is kept here about what was charged (docs/payment.md).
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local bint = require(".bint")(256)

Balances = Balances or {}

-- Amounts are decimal texts in the state and in messages, big integers only while calculating.
local function quantity(msg)
  local text = msg.Tags.Quantity
  if type(text) ~= "string" or not text:match("^%d+$") or #text > 60 then return nil end
  local amount = bint(text)
  return amount > 0 and amount or nil
end

local function refuse(msg, why) msg.reply({ Action = msg.Action .. "-Error", Error = why }) end

local function is_operator(msg)
  for _, authority in ipairs(ao.authorities) do
    if msg.From == authority then return true end
  end
  return false
end

local function add(account, amount)
  Balances[account] = tostring(bint(Balances[account] or 0) + amount)
end

local function show(...)
  local shown = {}
  for _, account in ipairs({ ... }) do shown[account] = Balances[account] end
  Send({ device = "patch@1.0", balances = shown })
end

-- Moves what the message says, or tells why not.
local function move(msg, from, to)
  local amount = quantity(msg)
  if not from or not to then return refuse(msg, "Account or Recipient is missing") end
  if not amount then return refuse(msg, "Quantity must be a whole number above 0") end
  if bint(Balances[from] or 0) < amount then return refuse(msg, "the balance is too small") end
  add(from, -amount)
  add(to, amount)
  msg.reply({ Action = msg.Action .. "-Notice", Account = from, Recipient = to, Quantity = amount })
  show(from, to)
end

Handlers.add("Transfer", function(msg) move(msg, msg.From, msg.Tags.Recipient) end)

Handlers.add("Charge", function(msg)
  if not is_operator(msg) then return refuse(msg, "only the operator charges") end
  move(msg, msg.Tags.Account, msg.Tags.Recipient)
end)

Handlers.add("Return", function(msg)
  if not is_operator(msg) then return refuse(msg, "only the operator returns") end
  move(msg, msg.Tags.Recipient, msg.Tags.Account)
end)

Handlers.add("Mint", function(msg)
  local account, amount = msg.Tags.Recipient or msg.From, quantity(msg)
  if msg.From ~= Owner then return refuse(msg, "only the owner can mint") end
  if not amount then return refuse(msg, "Quantity must be a whole number above 0") end
  add(account, amount)
  msg.reply({ Action = "Mint-Notice", Quantity = amount })
  show(account)
end)

Handlers.add("Balance", function(msg)
  local account = msg.Tags.Target or msg.Tags.Recipient or msg.From
  msg.reply({ Action = "Balance", Account = account, Data = Balances[account] or "0" })
end)
