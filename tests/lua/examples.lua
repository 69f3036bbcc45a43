-- The programs of docs/examples.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local function dex()
  return boot(files["docs/examples/dex.lua"], nil, "dex.lua")
end

local function act(from, action, tags)
  tags = tags or {}
  tags.Action = action
  local outcome = send(from, tags)
  return outcome.messages[1], outcome
end

case("the exchange: deposit, add liquidity, swap, withdraw", function()
  equal(dex(), "runtime")
  equal(tag(act("alice", "Deposit", { Token = "A", Quantity = "1000000" }), "Action"), "Credit-Notice")
  act("alice", "Deposit", { Token = "B", Quantity = "4000000" })
  act("bob", "Deposit", { Token = "A", Quantity = "10000" })
  local notice = act("alice", "Add-Liquidity", { A = "1000000", B = "4000000" })
  equal(tag(notice, "Shares"), "1000000")
  local swap, outcome = act("bob", "Swap", { Token = "A", Quantity = "10000", Minimum = "39000", Reference = "5" })
  equal(tag(swap, "Action"), "Swap-Notice")
  -- 4000000 * 9970 // (1000000 + 9970), with the fee taken off 10000
  equal(tag(swap, "Bought"), "39486")
  equal(swap.target, "bob")
  equal(tag(swap, "X-Reference"), "5")
  equal(#outcome.patches, 1)
  equal(outcome.patches[1].pool.a, "1010000")
  equal(outcome.patches[1].pool.b, "3960514")
  equal(outcome.patches[1].balances.bob.b, "39486")
  equal(outcome.patches[1].balances.alice, nil)
  equal(tag(act("bob", "Withdraw", { Token = "B", Quantity = "39486" }), "Action"), "Debit-Notice")
  equal(tag(act("bob", "Balance"), "B"), "0")
  local info = act("anyone", "Info")
  equal(tag(info, "Total-B"), "3960514")
  equal(tag(info, "Pool-B"), "3960514")
end)

case("the exchange explains its refusals, and they change nothing", function()
  dex()
  act("alice", "Deposit", { Token = "A", Quantity = "100" })
  local function refused(action, tags, why)
    local answer, outcome = act("alice", action, tags)
    equal(tag(answer, "Action"), action .. "-Error")
    contains(tag(answer, "Error"), why)
    equal(#outcome.patches, 0)
  end
  refused("Deposit", { Token = "C", Quantity = "1" }, "Token must be A or B")
  refused("Deposit", { Token = "A", Quantity = "-1" }, "whole number")
  refused("Deposit", { Token = "A", Quantity = "0" }, "above 0")
  refused("Deposit", { Token = "A", Quantity = "1e9" }, "whole number")
  refused("Deposit", { Token = "A", Quantity = string.rep("9", 31) }, "30 digits")
  refused("Deposit", { Token = "A", Quantity = string.rep("9", 30) }, "full")
  refused("Withdraw", { Token = "A", Quantity = "101" }, "100 A held, 101 needed")
  refused("Swap", { Token = "A", Quantity = "10" }, "gives nothing")
  refused("Swap", { Token = "A", Quantity = "101" }, "insufficient balance")
  refused("Add-Liquidity", { A = "10" }, "B must be a whole number")
  refused("Add-Liquidity", { A = "10", B = "10" }, "insufficient balance: 0 B held")
  refused("Remove-Liquidity", { Shares = "1" }, "only 0 shares held")
  act("alice", "Deposit", { Token = "B", Quantity = "100" })
  act("alice", "Add-Liquidity", { A = "50", B = "50" })
  refused("Swap", { Token = "A", Quantity = "10", Minimum = "9" }, "gives 8 B, less than Minimum 9")
end)

case("the exchange conserves both tokens over 2,000 random operations", function()
  dex()
  local seed = 12345
  local function draw(n)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed // 65536 % n + 1
  end
  local traders = { "ann", "bea", "cay", "dan" }
  local swaps, refusals = 0, 0
  local published = { balances = {}, pool = { a = "0" } }
  for step = 1, 2000 do
    local who, token = traders[draw(4)], draw(2) == 1 and "A" or "B"
    local amount = tostring(draw(30000)) .. (draw(3) == 1 and string.rep("0", draw(12)) or "")
    local answer, outcome
    local roll = draw(20)
    if step < 20 or roll <= 4 then
      answer, outcome = act(who, "Deposit", { Token = token, Quantity = amount })
    elseif roll <= 6 then
      answer, outcome = act(who, "Withdraw", { Token = token, Quantity = amount })
    elseif step == 20 then
      answer, outcome = act("ann", "Add-Liquidity", { A = "7000", B = "5000" })
      equal(tag(answer, "Action"), "Liquidity-Notice")
    elseif roll <= 9 then
      answer, outcome = act(who, "Add-Liquidity", { A = amount, B = tostring(draw(30000)) .. "000" })
    elseif roll <= 11 then
      answer, outcome = act(who, "Remove-Liquidity", { Shares = amount })
    else
      answer, outcome = act(who, "Swap", { Token = token, Quantity = amount })
      if tag(answer, "Action") == "Swap-Notice" then swaps = swaps + 1 end
    end
    if string.find(tag(answer, "Action"), "-Error", 1, true) then refusals = refusals + 1 end
    for _, patch in ipairs(outcome.patches) do
      for account, held in pairs(patch.balances) do published.balances[account] = held end
      published.pool, published.totals = patch.pool or published.pool, patch.totals
    end
    if step % 100 == 0 then
      local state = shown([[
        local bint = require('.bint')(256)
        local sum, shares = { A = Pool.A, B = Pool.B }, bint(0)
        for account, held in pairs(Balances) do
          assert(held.A >= 0 and held.B >= 0, account)
          sum.A, sum.B = sum.A + held.A, sum.B + held.B
          shares = shares + (Shares[account] or 0)
        end
        assert(sum.A == Totals.A and sum.B == Totals.B, 'tokens were made or lost')
        assert(shares == Pool.shares, 'shares were made or lost')
        return tostring(Pool.A) .. ' ' .. tostring(Totals.B) .. ' ' .. tostring(Balances.ann.A)]])
      equal(state, published.pool.a .. " " .. published.totals.b .. " " .. published.balances.ann.a)
    end
  end
  check(swaps > 200, "only " .. swaps .. " swaps went through")
  check(refusals > 100, "only " .. refusals .. " refusals")
end)

case("swaps never lower the product of the pool", function()
  dex()
  act("lp", "Deposit", { Token = "A", Quantity = "1000003" })
  act("lp", "Deposit", { Token = "B", Quantity = "777777" })
  act("lp", "Add-Liquidity", { A = "1000003", B = "777777" })
  act("t", "Deposit", { Token = "A", Quantity = "100000" })
  act("t", "Deposit", { Token = "B", Quantity = "100000" })
  local before = 1000003 * 777777
  for i = 1, 60 do
    local _, outcome = act("t", "Swap", { Token = i % 2 == 0 and "A" or "B", Quantity = tostring(i * 37) })
    local pool = outcome.patches[1].pool
    local after = tonumber(pool.a) * tonumber(pool.b)
    check(after >= before, "swap " .. i)
    before = after
  end
end)

case("the token: mint, transfer, balance", function()
  boot(files["docs/examples/token.lua"], nil, "token.lua")
  equal(tag(act("eve", "Mint", { Quantity = "5" }), "Action"), "Mint-Error")
  act(kOwner, "Mint", { Quantity = "100000000000000000000" })
  local first, outcome = act(kOwner, "Transfer", { Recipient = "bob", Quantity = "1" })
  equal(tag(first, "Action"), "Debit-Notice")
  equal(outcome.messages[2].target, "bob")
  equal(tag(outcome.messages[2], "Action"), "Credit-Notice")
  equal(outcome.patches[1].balances.bob, "1")
  equal(outcome.patches[1].balances[kOwner], "99999999999999999999")
  equal(act("bob", "Balance").data, "1")
  equal(tag(act("bob", "Transfer", { Recipient = "x", Quantity = "2" }), "Error"), "the balance is too small")
  act("bob", "Transfer", { Recipient = "bob", Quantity = "1" })
  equal(act("bob", "Balance").data, "1")
end)

case("the ledger: only the operator charges, and never more than there is", function()
  boot(files["docs/examples/ledger.lua"], nil, "ledger.lua")
  act(kOwner, "Mint", { Recipient = "bob", Quantity = "50" })
  local order = { Account = "bob", Recipient = "the-authority", Quantity = "30" }
  equal(tag(act("eve", "Charge", order), "Error"), "only the operator charges")
  equal(tag(act("bob", "Return", order), "Error"), "only the operator returns")
  local notice, outcome = act("the-authority", "Charge", order)
  equal(tag(notice, "Action"), "Charge-Notice")
  equal(outcome.patches[1].balances.bob, "20")
  equal(outcome.patches[1].balances["the-authority"], "30")
  local answer, refused = act("the-authority", "Charge", order)
  equal(tag(answer, "Action"), "Charge-Error")
  equal(tag(answer, "Error"), "the balance is too small")
  equal(#refused.patches, 0)
  equal(tag(act("the-authority", "Return", order), "Action"), "Return-Notice")
  equal(act("bob", "Balance").data, "50")
  equal(tag(act("the-authority", "Return", order), "Action"), "Return-Error")
  equal(tag(act("the-authority", "Charge", { Account = "bob", Quantity = "1" }), "Action"), "Charge-Error")
  act("bob", "Transfer", { Recipient = "bob", Quantity = "1" })
  equal(act("bob", "Balance").data, "50")
end)
