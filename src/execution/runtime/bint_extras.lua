-- The rest of bint: conversions, questions, powers, and arithmetic on bits.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local limbs = runtime.limbs
local divide_small = limbs.divide_small
local math_type = math.type

local kDigits = "0123456789abcdefghijklmnopqrstuvwxyz"
local kWord = 1 << 32

local function define_conversions(bint, bits)
  local settle, unsigned, to_bint = bint._settle, bint._unsigned, bint.tobint

  -- A value, or the number itself when it has a fraction; nil when it is neither.
  function bint.parse(value)
    local made = to_bint(value)
    if made then return made end
    return tonumber(value)
  end

  function bint.frombase(text, base)
    base = base or 10
    if type(text) ~= "string" or base < 2 or base > 36 then return nil end
    local sign, digits = string.match(string.lower(text), "^([+-]?)(%w+)$")
    if not digits then return nil end
    local value, factor = { 0 }, limbs.from_integer(base)
    for i = 1, #digits do
      local digit = tonumber(string.sub(digits, i, i), base)
      if not digit then return nil end
      value = limbs.add(limbs.multiply(value, factor), limbs.from_integer(digit))
    end
    return settle(value, sign == "-")
  end

  function bint.fromuinteger(value)
    if value >= 0 then return bint.frominteger(value) end
    return bint.frominteger(value) + bint.frombase("10000000000000000", 16)
  end

  function bint.tobase(value, base, as_unsigned)
    local x = to_bint(value)
    base = base or 10
    if not x or base < 2 or base > 36 then return nil end
    if as_unsigned == nil then as_unsigned = base ~= 10 end
    local rest = as_unsigned and unsigned(x) or x
    if base == 10 then return (x[1] < 0 and not as_unsigned and "-" or "") .. limbs.decimal(rest) end
    local digits, digit = {}, nil
    repeat
      rest, digit = divide_small(rest, base)
      digits[#digits + 1] = string.sub(kDigits, digit + 1, digit + 1)
    until #rest == 1
    local text = string.reverse(table.concat(digits))
    return x[1] < 0 and not as_unsigned and "-" .. text or text
  end
  bint.tostring = function(value) return tostring(to_bint(value)) end

  -- The 32-bit words of the two's complement, lowest first.
  function bint._words(x)
    local words, rest, word = {}, unsigned(x), nil
    for i = 1, (bits + 31) // 32 do
      rest, word = divide_small(rest, kWord)
      words[i] = word
    end
    return words
  end

  function bint._from_words(words)
    local value, factor = { 0 }, limbs.from_integer(kWord)
    for i = #words, 1, -1 do
      value = limbs.add(limbs.multiply(value, factor), limbs.from_integer(words[i]))
    end
    return settle(value, false)
  end

  -- The low 64 bits as a Lua integer.
  function bint.tointeger(value)
    local x = to_bint(value)
    if not x then return nil end
    local words = bint._words(x)
    return words[2] << 32 | words[1]
  end
  bint.touinteger = bint.tointeger

  -- An integer when it fits, else the nearest float.
  function bint.tonumber(value)
    local x = to_bint(value)
    if not x then return tonumber(value) end
    if #x <= 2 then return x[1] * (x[2] or 0) end
    return tonumber(tostring(x))
  end

  function bint.tole(value, trim_zeros)
    local words = bint._words(to_bint(value))
    for i, word in ipairs(words) do words[i] = string.pack("<I4", word) end
    local bytes = string.sub(table.concat(words), 1, (bits + 7) // 8)
    if trim_zeros then bytes = string.match(bytes, "^(.-)\0*$") end
    return bytes
  end
  function bint.tobe(value, trim_zeros) return string.reverse(bint.tole(value, trim_zeros)) end

  function bint.fromle(bytes)
    local words = {}
    local padded = bytes .. string.rep("\0", -#bytes % 4)
    for i = 1, #padded // 4 do words[i] = (string.unpack("<I4", padded, i * 4 - 3)) end
    return bint._from_words(words)
  end
  function bint.frombe(bytes) return bint.fromle(string.reverse(bytes)) end
end

local function define_questions(bint)
  local to_bint = bint.tobint

  function bint.zero() return bint.frominteger(0) end
  function bint.one() return bint.frominteger(1) end
  function bint.isbint(value) return getmetatable(value) == bint end
  function bint.isintegral(value)
    return bint.isbint(value) or type(value) == "number" and value % 1 == 0
  end
  function bint.isnumeric(value) return bint.isbint(value) or type(value) == "number" end
  function bint.type(value) return bint.isbint(value) and "bint" or math_type(value) end

  local function sign(value)
    local x = to_bint(value)
    if x then return x[1] end
    return value > 0 and 1 or value < 0 and -1 or 0
  end
  function bint.iszero(value) return sign(value) == 0 end
  function bint.ispos(value) return sign(value) > 0 end
  function bint.isneg(value) return sign(value) < 0 end
  function bint.isone(value) return bint.eq(value, 1) end
  function bint.isminusone(value) return bint.eq(value, -1) end
  function bint.isodd(value)
    local x = to_bint(value)
    return x ~= nil and (x[2] or 0) % 2 == 1
  end
  function bint.iseven(value)
    local x = to_bint(value)
    return x ~= nil and (x[2] or 0) % 2 == 0
  end

  function bint.abs(value)
    local x = bint.new(value)
    return x[1] < 0 and -x or x
  end
  function bint.inc(value) return bint.new(value) + 1 end
  function bint.dec(value) return bint.new(value) - 1 end
  function bint.max(x, y) return bint.__lt(x, y) and bint.new(y) or bint.new(x) end
  function bint.min(x, y) return bint.__lt(y, x) and bint.new(y) or bint.new(x) end
end

local function define_powers(bint)
  local settle, unsigned = bint._settle, bint._unsigned

  -- x to the power y, as an integer; y must not be negative.
  function bint.ipow(x, y)
    local base, exponent = bint.new(x), bint.new(y)
    if exponent[1] < 0 then error("ipow: the exponent is negative", 2) end
    local power = bint.one()
    while exponent[1] ~= 0 do
      if bint.isodd(exponent) then power = power * base end
      exponent = exponent // 2
      if exponent[1] ~= 0 then base = base * base end
    end
    return power
  end

  function bint.udivmod(x, y)
    local a, b = unsigned(bint.new(x)), unsigned(bint.new(y))
    if #b == 1 then error("division by zero", 2) end
    local quotient, remainder = limbs.divide(a, b)
    return settle(quotient, false), settle(remainder, false)
  end
  function bint.udiv(x, y) return (bint.udivmod(x, y)) end
  function bint.umod(x, y) return (select(2, bint.udivmod(x, y))) end

  -- x^y mod m without a sign; products are not wrapped on the way.
  function bint.upowmod(x, y, m)
    local divisor = unsigned(bint.new(m))
    if #divisor == 1 then error("division by zero", 2) end
    local _, base = limbs.divide(unsigned(bint.new(x)), divisor)
    local exponent, bit = unsigned(bint.new(y)), nil
    local _, power = limbs.divide({ 1, 1 }, divisor)
    while #exponent > 1 do
      exponent, bit = divide_small(exponent, 2)
      if bit == 1 then _, power = limbs.divide(limbs.multiply(power, base), divisor) end
      _, base = limbs.divide(limbs.multiply(base, base), divisor)
    end
    return settle(power, false)
  end
end

local function define_bits(bint, bits)
  local unsigned = bint._unsigned

  local function wordwise(operation)
    return function(x, y)
      local a, b = bint._words(bint.new(x)), bint._words(bint.new(y))
      for i = 1, #a do a[i] = operation(a[i], b[i]) end
      return bint._from_words(a)
    end
  end
  bint.__band = wordwise(function(a, b) return a & b end)
  bint.__bor = wordwise(function(a, b) return a | b end)
  bint.__bxor = wordwise(function(a, b) return a ~ b end)
  function bint.__bnot(x) return -bint.new(x) - 1 end

  local function two_to(count)
    local power = bint.ipow(2, count)
    return power[1] < 0 and unsigned(power) or power
  end

  -- Shifts are those of unsigned words: what is shifted in is zero.
  function bint.__shl(x, count)
    count = bint.tointeger(count)
    if count < 0 then return bint.__shr(x, -count) end
    if count >= bits then return bint.zero() end
    return bint._settle(limbs.multiply(unsigned(bint.new(x)), two_to(count)), false)
  end
  function bint.__shr(x, count)
    count = bint.tointeger(count)
    if count < 0 then return bint.__shl(x, -count) end
    if count >= bits then return bint.zero() end
    return bint._settle((limbs.divide(unsigned(bint.new(x)), two_to(count))), false)
  end

  function bint.ult(x, y)
    return limbs.compare(unsigned(bint.new(x)), unsigned(bint.new(y))) < 0
  end
  function bint.ule(x, y)
    return limbs.compare(unsigned(bint.new(x)), unsigned(bint.new(y))) <= 0
  end
end

function runtime.define_bint_extras(bint, bits)
  define_conversions(bint, bits)
  define_questions(bint)
  define_powers(bint)
  define_bits(bint, bits)
end
