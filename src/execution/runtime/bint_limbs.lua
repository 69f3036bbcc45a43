-- Magnitudes of big integers: arithmetic on lists of limbs in base 10^9.
--
-- Decimal limbs, because programs read and write balances as decimal texts far more often than they
-- divide them; 10^9, because the product of two limbs and two carries fits a Lua integer. A
-- magnitude is {sign, limb, limb, …}, lowest limb first, no zero limb on top; zero is {0}. The
-- functions here ignore the sign of what they are given and set the sign 1 (or 0) on what they make.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local limbs = {}
__runtime.limbs = limbs

local format, sub = string.format, string.sub

local kBase = 1000000000
local kDigits = 9

-- Drops zero limbs from the top.
local function trim(x)
  local n = #x
  while n > 1 and x[n] == 0 do
    x[n] = nil
    n = n - 1
  end
  x[1] = n > 1 and 1 or 0
  return x
end

-- Of an integer ≥ 0, or of math.mininteger, whose magnitude no Lua integer has.
function limbs.from_integer(value)
  if value == math.mininteger then return { 1, 854775808, 223372036, 9 } end
  if value == 0 then return { 0 } end
  if value < kBase then return { 1, value } end
  if value < kBase * kBase then return { 1, value % kBase, value // kBase } end
  return { 1, value % kBase, value // kBase % kBase, value // (kBase * kBase) }
end

-- `digits` holds decimal digits only.
function limbs.from_decimal(digits)
  local x, n = { 0 }, 1
  for last = #digits, 1, -kDigits do
    n = n + 1
    x[n] = tonumber(sub(digits, last < kDigits and 1 or last - kDigits + 1, last))
  end
  return trim(x)
end

function limbs.decimal(x)
  local n = #x
  if n <= 3 then
    if n == 1 then return "0" end
    return n == 2 and format("%d", x[2]) or format("%d%09d", x[3], x[2])
  end
  local parts = { format("%d", x[n]) }
  for i = n - 1, 2, -1 do parts[#parts + 1] = format("%09d", x[i]) end
  return table.concat(parts)
end

-- Below, at or above 0 as a is below, equal to or above b.
function limbs.compare(a, b)
  local n = #a
  if n ~= #b then return n - #b end
  for i = n, 2, -1 do
    if a[i] ~= b[i] then return a[i] - b[i] end
  end
  return 0
end

function limbs.add(a, b)
  if #a < #b then a, b = b, a end
  local sum, carry, shorter = { 1 }, 0, #b
  for i = 2, #a do
    local limb = a[i] + carry
    if i <= shorter then limb = limb + b[i] end
    if limb >= kBase then sum[i], carry = limb - kBase, 1 else sum[i], carry = limb, 0 end
  end
  if carry > 0 then sum[#a + 1] = 1 end
  if #sum == 1 then sum[1] = 0 end
  return sum
end

-- a - b, where a ≥ b.
function limbs.subtract(a, b)
  local difference, borrow, shorter = { 1 }, 0, #b
  for i = 2, #a do
    local limb = a[i] - borrow
    if i <= shorter then limb = limb - b[i] end
    if limb < 0 then difference[i], borrow = limb + kBase, 1 else difference[i], borrow = limb, 0 end
  end
  return trim(difference)
end

function limbs.multiply(a, b)
  local n, m = #a, #b
  if n == 1 or m == 1 then return { 0 } end
  local product = { 1 }
  for i = 2, n + m - 1 do product[i] = 0 end
  for i = 2, n do
    local limb, carry = a[i], 0
    if limb ~= 0 then
      for j = 2, m do
        local at = i + j - 2
        local t = product[at] + limb * b[j] + carry
        carry = t // kBase
        product[at] = t - carry * kBase
      end
      product[i + m - 1] = carry
    end
  end
  return trim(product)
end

-- Quotient and remainder for a divisor below 2^33; the remainder is an integer.
function limbs.divide_small(a, divisor)
  local quotient, remainder = { 1 }, 0
  for i = #a, 2, -1 do
    local t = remainder * kBase + a[i]
    local q = t // divisor
    quotient[i] = q
    remainder = t - q * divisor
  end
  -- Filled from the top, so that the list would otherwise be a hash.
  return trim(table.move(quotient, 1, #a, 1, {})), remainder
end

local function scale(x, factor)
  local scaled, carry = { 1 }, 0
  for i = 2, #x do
    local t = x[i] * factor + carry
    carry = t // kBase
    scaled[i] = t - carry * kBase
  end
  if carry > 0 then scaled[#x + 1] = carry end
  return scaled
end

-- Long division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D); divisor not zero.
-- The remainder is nil when it is not wanted.
function limbs.divide(a, divisor, quotient_only)
  if limbs.compare(a, divisor) < 0 then return { 0 }, trim(table.move(a, 1, #a, 1, {})) end
  if #divisor == 2 then
    local quotient, remainder = limbs.divide_small(a, divisor[2])
    return quotient, limbs.from_integer(remainder)
  end
  local factor = kBase // (divisor[#divisor] + 1)
  local u, v = scale(a, factor), scale(divisor, factor)
  local n = #v - 1
  local m = #a - 1 - n
  if #u < #a + 1 then u[#a + 1] = 0 end
  local top, next_top = v[n + 1], v[n]
  local quotient = { 1 }
  for j = 1, m + 2 do quotient[j] = 0 end
  for j = m, 0, -1 do
    local head = u[j + n + 2] * kBase + u[j + n + 1]
    local guess = head // top
    local rest = head - guess * top
    while guess >= kBase or guess * next_top > rest * kBase + u[j + n] do
      guess, rest = guess - 1, rest + top
      if rest >= kBase then break end
    end
    local borrow, carry = 0, 0
    for i = 2, n + 1 do
      local t = guess * v[i] + carry
      carry = t // kBase
      local limb = u[i + j] - (t - carry * kBase) - borrow
      if limb < 0 then u[i + j], borrow = limb + kBase, 1 else u[i + j], borrow = limb, 0 end
    end
    local limb = u[j + n + 2] - carry - borrow
    if limb < 0 then
      -- The guess was one too high: add the divisor back.
      guess = guess - 1
      carry = 0
      for i = 2, n + 1 do
        local t = u[i + j] + v[i] + carry
        if t >= kBase then u[i + j], carry = t - kBase, 1 else u[i + j], carry = t, 0 end
      end
      limb = limb + carry
    end
    u[j + n + 2] = limb
    quotient[j + 2] = guess
  end
  if quotient_only then return trim(quotient) end
  local remainder = limbs.divide_small(trim(u), factor)
  return trim(quotient), remainder
end
