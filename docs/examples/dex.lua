-- An exchange for two tokens, A and B, that shows how a process is written.
--
-- Traders hold balances of A and B inside the exchange; beside them there is one pool of both.
-- A swap moves along the curve  pool.A * pool.B = constant, minus a fee of 0.3 % that stays in the
-- pool, so the product never falls. Nothing but Deposit makes tokens and nothing but Withdraw ends
-- them: the total of each token is the sum of all balances and the pool, whatever happens.
--
--   Deposit           Token, Quantity            credits the sender (a demonstration: no real token
--                                                stands behind it; see "A real deposit" below)
--   Withdraw          Token, Quantity
--   Add-Liquidity     A, B                       the first one sets the price
--   Remove-Liquidity  Shares
--   Swap              Token, Quantity, Minimum   sells Quantity of Token for at least Minimum
--   Balance           (Account)                  and Info
--
-- A refusal is an answer, not an error: it tells why, and nothing has changed.
-- The state is published as it changes, so that anyone can read it without sending a message:
--   GET /PROCESS~process@1.0/now/pool            GET /PROCESS~process@1.0/now/balances/ADDRESS/a
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local bint = require(".bint")(256)

local FEE, FEE_BASE = 3, 1000
local ZERO = bint(0)

-- Globals live as long as the process. `or` keeps what is there when this file is loaded again.
Balances = Balances or {}                                  -- account → { A = amount, B = amount }
Pool = Pool or { A = ZERO, B = ZERO, shares = ZERO }
Shares = Shares or {}                                      -- account → its part of Pool.shares
Totals = Totals or { A = ZERO, B = ZERO }

-- Reading what strangers send ---------------------------------------------------------------------

-- Amounts travel as decimal texts. 30 digits are enough for any token, and the product of two such
-- amounts and the fee stays far below 2^255, where bint would wrap around.
local function amount_in(msg, name)
  local text = msg.Tags[name]
  if type(text) ~= "string" or not text:match("^%d+$") or #text > 30 then
    return nil, name .. " must be a whole number of at most 30 digits"
  end
  local amount = bint(text)
  if amount == ZERO then return nil, name .. " must be above 0" end
  return amount
end

local function token_in(msg)
  local token = msg.Tags.Token
  if token == "A" or token == "B" then return token end
  return nil, "Token must be A or B"
end

-- Answers: big integers become decimal texts in tags and patches ------------------------------------

local function refuse(msg, why)
  msg.reply({ Action = msg.Action .. "-Error", Error = why, Data = why })
end

local function balance_of(account) return Balances[account] or { A = ZERO, B = ZERO } end

local function covers(msg, token, amount)
  local held = balance_of(msg.From)[token]
  if held >= amount then return true end
  refuse(msg, "insufficient balance: " .. tostring(held) .. " " .. token .. " held, " ..
              tostring(amount) .. " needed")
  return false
end

local function change(account, token, difference)
  local held = balance_of(account)
  held[token] = held[token] + difference
  Balances[account] = held
end

-- Publishes what a message changed, and only that: the balances of the sender, and the pool.
local function publish(account, with_pool)
  local held = balance_of(account)
  local patch = {
    device = "patch@1.0",
    balances = { [account] = { a = held.A, b = held.B, shares = Shares[account] or ZERO } },
    totals = { a = Totals.A, b = Totals.B },
  }
  if with_pool then patch.pool = { a = Pool.A, b = Pool.B, shares = Pool.shares } end
  Send(patch)
end

-- Deposits and withdrawals ------------------------------------------------------------------------

-- A real deposit: take "Credit-Notice" messages whose From is the token's process instead, credit
-- msg.Tags.Sender, and let Withdraw send that process a Transfer.
Handlers.add("Deposit", function(msg)
  local token, no_token = token_in(msg)
  local amount, no_amount = amount_in(msg, "Quantity")
  if not token or not amount then return refuse(msg, no_token or no_amount) end
  if #tostring(Totals[token] + amount) > 30 then return refuse(msg, "the exchange is full") end
  Totals[token] = Totals[token] + amount
  change(msg.From, token, amount)
  msg.reply({ Action = "Credit-Notice", Token = token, Quantity = amount })
  publish(msg.From)
end)

Handlers.add("Withdraw", function(msg)
  local token, no_token = token_in(msg)
  local amount, no_amount = amount_in(msg, "Quantity")
  if not token or not amount then return refuse(msg, no_token or no_amount) end
  if not covers(msg, token, amount) then return end
  Totals[token] = Totals[token] - amount
  change(msg.From, token, -amount)
  msg.reply({ Action = "Debit-Notice", Token = token, Quantity = amount })
  publish(msg.From)
end)

-- Liquidity ---------------------------------------------------------------------------------------

Handlers.add("Add-Liquidity", function(msg)
  local a, no_a = amount_in(msg, "A")
  local b, no_b = amount_in(msg, "B")
  if not a or not b then return refuse(msg, no_a or no_b) end
  local shares = a
  if Pool.shares > ZERO then
    -- At the price of the pool: as much as the scarcer side allows, the rest stays with the sender.
    -- What goes in is rounded up and what it is worth down, so rounding never takes from the pool.
    shares = bint.min(a * Pool.shares // Pool.A, b * Pool.shares // Pool.B)
    if shares == ZERO then return refuse(msg, "too little for one share") end
    a = (shares * Pool.A + Pool.shares - 1) // Pool.shares
    b = (shares * Pool.B + Pool.shares - 1) // Pool.shares
  end
  if not covers(msg, "A", a) or not covers(msg, "B", b) then return end
  change(msg.From, "A", -a)
  change(msg.From, "B", -b)
  Pool.A, Pool.B, Pool.shares = Pool.A + a, Pool.B + b, Pool.shares + shares
  Shares[msg.From] = (Shares[msg.From] or ZERO) + shares
  msg.reply({ Action = "Liquidity-Notice", A = a, B = b, Shares = shares })
  publish(msg.From, true)
end)

Handlers.add("Remove-Liquidity", function(msg)
  local shares, no_shares = amount_in(msg, "Shares")
  if not shares then return refuse(msg, no_shares) end
  local held = Shares[msg.From] or ZERO
  if held < shares then return refuse(msg, "only " .. tostring(held) .. " shares held") end
  local a, b = Pool.A * shares // Pool.shares, Pool.B * shares // Pool.shares
  Pool.A, Pool.B, Pool.shares = Pool.A - a, Pool.B - b, Pool.shares - shares
  Shares[msg.From] = held - shares
  change(msg.From, "A", a)
  change(msg.From, "B", b)
  msg.reply({ Action = "Liquidity-Notice", A = a, B = b, Shares = -shares })
  publish(msg.From, true)
end)

-- The swap ----------------------------------------------------------------------------------------

-- (in + d)(out - x) = in * out, solved for x and rounded down; d is what is sold less the fee.
local function price(sold, pool_in, pool_out)
  local counted = sold * (FEE_BASE - FEE)
  return pool_out * counted // (pool_in * FEE_BASE + counted)
end

Handlers.add("Swap", function(msg)
  local token, no_token = token_in(msg)
  local sold, no_amount = amount_in(msg, "Quantity")
  if not token or not sold then return refuse(msg, no_token or no_amount) end
  local minimum = ZERO
  if msg.Tags.Minimum and msg.Tags.Minimum ~= "0" then
    local wrong
    minimum, wrong = amount_in(msg, "Minimum")
    if not minimum then return refuse(msg, wrong) end
  end
  if not covers(msg, token, sold) then return end

  local other = token == "A" and "B" or "A"
  local bought = price(sold, Pool[token], Pool[other])
  if bought == ZERO then return refuse(msg, "the pool gives nothing for that") end
  if bought < minimum then
    return refuse(msg, "the pool gives " .. tostring(bought) .. " " .. other .. ", less than Minimum " ..
                       tostring(minimum))
  end
  Pool[token], Pool[other] = Pool[token] + sold, Pool[other] - bought
  change(msg.From, token, -sold)
  change(msg.From, other, bought)
  msg.reply({ Action = "Swap-Notice", Sold = sold, ["Sold-Token"] = token, Bought = bought,
              ["Bought-Token"] = other })
  publish(msg.From, true)
end)

-- Questions ---------------------------------------------------------------------------------------

Handlers.add("Balance", function(msg)
  local account = msg.Tags.Account or msg.From
  local held = balance_of(account)
  msg.reply({ Account = account, A = held.A, B = held.B, Shares = Shares[account] or ZERO })
end)

Handlers.add("Info", function(msg)
  msg.reply({ ["Pool-A"] = Pool.A, ["Pool-B"] = Pool.B, ["Pool-Shares"] = Pool.shares,
              ["Total-A"] = Totals.A, ["Total-B"] = Totals.B, Fee = "0.003" })
end)
