-- A token: mint by the owner, transfer by anyone, balances readable over HTTP.
--
--   Transfer  Recipient, Quantity     Debit-Notice to the sender, Credit-Notice to the recipient
--   Mint      Quantity                by the owner of the process only
--   Balance   Target (or the sender)  answers with the balance as Data
--
-- A balance is also a page: GET /PROCESS~process@1.0/now/balances/ADDRESS
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local bint = require(".bint")(256)

Ticker = Ticker or "DEMO"
Supply = Supply or "0"
Balances = Balances or {}

-- Amounts are decimal texts in the state and in messages, big integers only while calculating.
local function add(account, amount)
  Balances[account] = tostring(bint(Balances[account] or 0) + amount)
  return Balances[account]
end

local function quantity(msg)
  local text = msg.Tags.Quantity
  if type(text) ~= "string" or not text:match("^%d+$") or #text > 60 then return nil end
  local amount = bint(text)
  return amount > 0 and amount or nil
end

local function refuse(msg, why) msg.reply({ Action = msg.Action .. "-Error", Error = why }) end

Handlers.add("Transfer", function(msg)
  local recipient, amount = msg.Tags.Recipient, quantity(msg)
  if not recipient then return refuse(msg, "Recipient is missing") end
  if not amount then return refuse(msg, "Quantity must be a whole number above 0") end
  if bint(Balances[msg.From] or 0) < amount then return refuse(msg, "the balance is too small") end
  local from = add(msg.From, -amount)
  local to = add(recipient, amount)
  if recipient == msg.From then from = to end
  msg.reply({ Action = "Debit-Notice", Recipient = recipient, Quantity = amount })
  Send({ Target = recipient, Action = "Credit-Notice", Sender = msg.From, Quantity = amount })
  Send({ device = "patch@1.0", balances = { [msg.From] = from, [recipient] = to } })
end)

Handlers.add("Mint", function(msg)
  local amount = quantity(msg)
  if msg.From ~= Owner then return refuse(msg, "only the owner can mint") end
  if not amount then return refuse(msg, "Quantity must be a whole number above 0") end
  Supply = tostring(bint(Supply) + amount)
  local balance = add(msg.From, amount)
  msg.reply({ Action = "Mint-Notice", Quantity = amount, Supply = Supply })
  Send({ device = "patch@1.0", supply = Supply, balances = { [msg.From] = balance } })
end)

Handlers.add("Balance", function(msg)
  local account = msg.Tags.Target or msg.Tags.Recipient or msg.From
  msg.reply({ Action = "Balance", Account = account, Ticker = Ticker, Data = Balances[account] or "0" })
end)

Handlers.add("Info", function(msg) msg.reply({ Ticker = Ticker, Supply = Supply }) end)
