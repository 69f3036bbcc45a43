-- bint: integers of a fixed number of bits, for amounts that no Lua integer holds.
--
-- `require(".bint")(256)` gives a class with the interface that AO programs expect: values wrap
-- around like two's complement of that width, `//` and `%` round down, operations with a float that
-- is not integral give floats. Values never change once made.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local limbs = runtime.limbs
local compare, add, subtract = limbs.compare, limbs.add, limbs.subtract
local multiply, divide = limbs.multiply, limbs.divide
local math_type = math.type

local class_of_bits = {}
local is_class = {}  -- the metatables of all classes

local function power_of_two(exponent)
  local power, factor = { 1, 1 }, { 1, 2 }
  while exponent > 0 do
    if exponent % 2 == 1 then power = multiply(power, factor) end
    factor = multiply(factor, factor)
    exponent = exponent // 2
  end
  return power
end

local function copy_with_sign(x, sign)
  local copy = table.move(x, 1, #x, 1, {})
  if #copy > 1 then copy[1] = sign end
  return copy
end

local function define_core(bint, bits)
  local modulus, half = power_of_two(bits), power_of_two(bits - 1)
  local safe_length = #half - 1  -- anything shorter is in range whatever its digits

  -- Brings a magnitude with its sign into range, and makes it a value of the class.
  local function settle(x, negative)
    if #x > safe_length then
      local order = compare(x, half)
      if order > 0 or order == 0 and not negative then
        local _, low = divide(x, modulus)
        if negative and #low > 1 then low = subtract(modulus, low) end
        negative = compare(low, half) >= 0
        x = negative and subtract(modulus, low) or low
      end
    end
    if negative and #x > 1 then x[1] = -1 end
    return setmetatable(x, bint)
  end
  bint._settle = settle

  local function from_integer(value)
    if value >= 0 then return settle(limbs.from_integer(value), false) end
    return settle(limbs.from_integer(value == math.mininteger and value or -value), true)
  end
  bint.frominteger = from_integer

  -- The magnitude as seen without a sign: negative values stand for themselves plus 2^bits.
  function bint._unsigned(x)
    if x[1] < 0 then return subtract(modulus, x) end
    return x
  end

  function bint.maxinteger() return settle(subtract(half, { 1, 1 }), false) end
  function bint.mininteger() return settle(copy_with_sign(half, 1), true) end

  local function from_text(text)
    local sign, digits = string.match(text, "^%s*([+-]?)(%d+)%s*$")
    if digits then return settle(limbs.from_decimal(digits), sign == "-") end
    local prefix
    sign, prefix, digits = string.match(text, "^%s*([+-]?)0([xXbB])(%w+)%s*$")
    if not digits then return nil end
    local value = bint.frombase(digits, string.lower(prefix) == "x" and 16 or 2)
    if value and sign == "-" then return bint.__unm(value) end
    return value
  end
  bint.fromstring = function(text) return type(text) == "string" and from_text(text) or nil end

  -- A value of this class, or nil when `value` is not integral.
  local function to_bint(value)
    local meta = getmetatable(value)
    if meta == bint then return value end
    local kind = type(value)
    if kind == "number" then
      local integer = math.tointeger(value)
      if integer then return from_integer(integer) end
      if value == value and value % 1 == 0 and value ~= math.huge and value ~= -math.huge then
        return from_text(string.format("%.0f", value))
      end
    elseif kind == "string" then
      return from_text(value)
    elseif is_class[meta] then
      return settle(copy_with_sign(value, 1), value[1] < 0)
    end
    return nil
  end
  bint.tobint = to_bint

  function bint.new(value)
    local made = to_bint(value)
    if not made then error("not an integer: " .. runtime.stringify(value), 2) end
    return made
  end

  -- Both operands as values, or nothing when one of them is a float with a fraction.
  local function both(x, y)
    if getmetatable(x) == bint and getmetatable(y) == bint then return x, y end
    local a, b = to_bint(x), to_bint(y)
    if a and b then return a, b end
  end

  local function as_number(x)
    local number = bint.tonumber(x)
    if not number then error("not a number: " .. runtime.stringify(x), 3) end
    return number
  end

  local function signed_sum(a, b, b_sign)
    local a_sign = a[1]
    if b_sign == 0 then return a end
    if a_sign == 0 then return settle(copy_with_sign(b, 1), b_sign < 0) end
    if a_sign == b_sign then return settle(add(a, b), a_sign < 0) end
    local order = compare(a, b)
    if order == 0 then return settle({ 0 }, false) end
    if order > 0 then return settle(subtract(a, b), a_sign < 0) end
    return settle(subtract(b, a), b_sign < 0)
  end

  function bint.__add(x, y)
    local a, b = both(x, y)
    if a then return signed_sum(a, b, b[1]) end
    return as_number(x) + as_number(y)
  end

  function bint.__sub(x, y)
    local a, b = both(x, y)
    if a then return signed_sum(a, b, -b[1]) end
    return as_number(x) - as_number(y)
  end

  function bint.__mul(x, y)
    local a, b = both(x, y)
    if a then return settle(multiply(a, b), a[1] * b[1] < 0) end
    return as_number(x) * as_number(y)
  end

  function bint.__unm(x) return settle(copy_with_sign(x, 1), x[1] > 0) end

  -- Quotient and remainder rounded towards zero.
  local function truncated(x, y, level)
    local a, b = both(x, y)
    if not a then error("division of integers needs two integers", level + 1) end
    if b[1] == 0 then error("division by zero", level + 1) end
    local quotient, remainder = divide(a, b)
    return settle(quotient, a[1] * b[1] < 0), settle(remainder, a[1] < 0), b
  end
  function bint.tdivmod(x, y)
    local quotient, remainder = truncated(x, y, 2)
    return quotient, remainder
  end
  function bint.tdiv(x, y) return (truncated(x, y, 2)) end
  function bint.tmod(x, y) return (select(2, truncated(x, y, 2))) end

  local one = from_integer(1)

  local function floored(x, y, level)
    local quotient, remainder, divisor = truncated(x, y, level + 1)
    if remainder[1] ~= 0 and remainder[1] ~= divisor[1] then
      return bint.__sub(quotient, one), bint.__add(remainder, divisor)
    end
    return quotient, remainder
  end
  function bint.idivmod(x, y)
    local quotient, remainder = floored(x, y, 2)
    return quotient, remainder
  end

  function bint.__idiv(x, y)
    local a, b = both(x, y)
    if not a then return as_number(x) // as_number(y) end
    if a[1] >= 0 and b[1] > 0 then return settle(divide(a, b, true), false) end
    return (floored(a, b, 2))
  end

  function bint.__mod(x, y)
    if both(x, y) then return (select(2, floored(x, y, 2))) end
    return as_number(x) % as_number(y)
  end

  function bint.__div(x, y) return as_number(x) / as_number(y) end
  function bint.__pow(x, y) return as_number(x) ^ as_number(y) end

  local function order(x, y)
    local a, b = both(x, y)
    if not a then
      local p, q = as_number(x), as_number(y)
      return p < q and -1 or p > q and 1 or 0
    end
    if a[1] ~= b[1] then return a[1] - b[1] end
    return a[1] * compare(a, b)
  end
  function bint.__eq(a, b) return a[1] == b[1] and compare(a, b) == 0 end
  function bint.__lt(x, y) return order(x, y) < 0 end
  function bint.__le(x, y) return order(x, y) <= 0 end
  function bint.eq(x, y)
    local a, b = both(x, y)
    if a then return bint.__eq(a, b) end
    return x == y
  end

  function bint.__tostring(x)
    return x[1] < 0 and "-" .. limbs.decimal(x) or limbs.decimal(x)
  end
end

-- A class for one width. As a module does: called again, the same class.
local function class(bits)
  if bits == nil then bits = 256 end
  if math_type(bits) ~= "integer" or bits < 64 or bits > 16384 then
    error("bint: the number of bits must be an integer from 64 to 16384", 2)
  end
  local bint = class_of_bits[bits]
  if bint then return bint end
  bint = { bits = bits }
  bint.__index = bint
  is_class[bint] = true
  define_core(bint, bits)
  runtime.define_bint_extras(bint, bits)
  class_of_bits[bits] = setmetatable(bint, { __call = function(_, value) return bint.new(value) end })
  return bint
end

runtime.bint = setmetatable({ newmodule = class }, { __call = function(_, bits) return class(bits) end })
