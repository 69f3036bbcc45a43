-- The `os` of a process: its only clock is the timestamp of the message at hand.
--
-- As in aos, os.time() is in milliseconds. os.date takes seconds, as everywhere in Lua, or
-- milliseconds: numbers from 10^11 on (the year 5138 in seconds, 1973 in milliseconds) are the
-- latter. There is one time zone, UTC.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local format = string.format

local kMillisecondsFrom = 100000000000

local days = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }
local months = { "January", "February", "March", "April", "May", "June", "July", "August",
                 "September", "October", "November", "December" }

-- Days since 1970-01-01 of a date of the Gregorian calendar, and back. Years start in March here,
-- so that the leap day is their last.
local function days_of(year, month, day)
  year = year + (month - 1) // 12
  month = (month - 1) % 12 + 1
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local year_of_era = year - era * 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year -
         719468
end

local function date_of(day_number)
  local shifted = day_number + 719468
  local era = shifted // 146097
  local day_of_era = shifted - era * 146097
  local year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 -
                       day_of_era // 146096) // 365
  local day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local shifted_month = (5 * day_of_year + 2) // 153
  local month = (shifted_month + 2) % 12 + 1
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return year, month, day_of_year - (153 * shifted_month + 2) // 5 + 1
end

local function fields_of(seconds)
  local day_number = seconds // 86400
  local rest = seconds - day_number * 86400
  local year, month, day = date_of(day_number)
  return {
    year = year, month = month, day = day,
    hour = rest // 3600, min = rest // 60 % 60, sec = rest % 60,
    wday = (day_number + 4) % 7 + 1,
    yday = day_number - days_of(year, 1, 1) + 1,
    isdst = false,
  }
end

local conversions = {
  Y = function(t) return format("%d", t.year) end,
  y = function(t) return format("%02d", t.year % 100) end,
  C = function(t) return format("%02d", t.year // 100) end,
  m = function(t) return format("%02d", t.month) end,
  d = function(t) return format("%02d", t.day) end,
  e = function(t) return format("%2d", t.day) end,
  H = function(t) return format("%02d", t.hour) end,
  I = function(t) return format("%02d", (t.hour + 11) % 12 + 1) end,
  M = function(t) return format("%02d", t.min) end,
  S = function(t) return format("%02d", t.sec) end,
  p = function(t) return t.hour < 12 and "AM" or "PM" end,
  j = function(t) return format("%03d", t.yday) end,
  w = function(t) return format("%d", t.wday - 1) end,
  u = function(t) return format("%d", (t.wday + 5) % 7 + 1) end,
  a = function(t) return string.sub(days[t.wday], 1, 3) end,
  A = function(t) return days[t.wday] end,
  b = function(t) return string.sub(months[t.month], 1, 3) end,
  h = function(t) return string.sub(months[t.month], 1, 3) end,
  B = function(t) return months[t.month] end,
  Z = function() return "UTC" end,
  z = function() return "+0000" end,
  n = function() return "\n" end,
  t = function() return "\t" end,
  ["%"] = function() return "%" end,
}
local composed = { c = "%a %b %e %H:%M:%S %Y", x = "%m/%d/%y", X = "%H:%M:%S", D = "%m/%d/%y",
                   F = "%Y-%m-%d", T = "%H:%M:%S", R = "%H:%M", r = "%I:%M:%S %p" }

local function expand(pattern, fields)
  return (string.gsub(pattern, "%%(.?)", function(letter)
    if composed[letter] then return expand(composed[letter], fields) end
    local convert = conversions[letter]
    if convert then return convert(fields) end
    error('os.date: "%' .. letter .. '" is no conversion', 4)
  end))
end

local function needed(fields, name, default)
  local value = math.tointeger(tonumber(fields[name] or default))
  if not value then error('os.time: the field "' .. name .. '" must be an integer', 3) end
  return value
end

local clock = {}
runtime.os = clock

function clock.time(fields)
  if fields == nil then return runtime.now end
  if type(fields) ~= "table" then error("os.time takes a table, got " .. type(fields), 2) end
  local day_number = days_of(needed(fields, "year"), needed(fields, "month"), needed(fields, "day"))
  local seconds = day_number * 86400 + needed(fields, "hour", 12) * 3600 +
                  needed(fields, "min", 0) * 60 + needed(fields, "sec", 0)
  return seconds * 1000
end

function clock.date(pattern, time)
  pattern = pattern or "%c"
  time = time == nil and runtime.now or math.tointeger(tonumber(time))
  if type(pattern) ~= "string" or not time then
    error("os.date takes a format and an integer time", 2)
  end
  if time >= kMillisecondsFrom or time <= -kMillisecondsFrom then time = time // 1000 end
  local fields = fields_of(time)
  if string.sub(pattern, 1, 1) == "!" then pattern = string.sub(pattern, 2) end
  if string.sub(pattern, 1, 2) == "*t" then return fields end
  return expand(pattern, fields)
end

function clock.difftime(later, earlier) return later - (earlier or 0) end

-- Work done for this message, in gas as if it were seconds: grows like a clock, equal everywhere.
function clock.clock() return runtime.host.gas_used() / 1e9 end
