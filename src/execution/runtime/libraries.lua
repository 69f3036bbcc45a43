-- Small libraries that AO programs require: base64, digests, seeded chance.
--
-- SPDX-FileCopyrightText: The aonode authors
-- SPDX-License-Identifier: Apache-2.0

local runtime = __runtime
local host = runtime.host

-- Base64 with padding; "-" and "_" are read as well as "+" and "/".
local base64 = {}
runtime.base64 = base64

function base64.encode(text)
  local encoded = host.base64url_encode(text)
  encoded = string.gsub(encoded, "[-_]", { ["-"] = "+", ["_"] = "/" })
  return encoded .. string.rep("=", -#encoded % 4)
end

function base64.decode(text)
  local bare = string.gsub(text, "[%s=]", "")
  return host.base64url_decode((string.gsub(bare, "[+/]", { ["+"] = "-", ["/"] = "_" })))
end

local function hex(bytes)
  return (string.gsub(bytes, ".", function(byte) return string.format("%02x", string.byte(byte)) end))
end

local function unhex(text)
  if #text % 2 == 1 or string.find(text, "%X") then error("not hexadecimal: " .. text, 2) end
  return (string.gsub(text, "%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

-- A digest answers in whatever form is asked for.
local function digest(bytes)
  return {
    asBytes = function() return { string.byte(bytes, 1, -1) } end,
    asHex = function() return hex(bytes) end,
    asString = function() return bytes end,
    asBase64 = function() return base64.encode(bytes) end,
  }
end

local function sha256(text)
  if type(text) ~= "string" then error("sha2_256 takes a text, got " .. type(text), 2) end
  return digest(host.sha256(text))
end

-- HMAC (RFC 2104) over SHA-256, whose block is 64 bytes.
local function hmac_sha256(text, key)
  if #key > 64 then key = host.sha256(key) end
  key = key .. string.rep("\0", 64 - #key)
  local function masked(mask)
    return (string.gsub(key, ".", function(byte) return string.char(string.byte(byte) ~ mask) end))
  end
  return digest(host.sha256(masked(0x5c) .. host.sha256(masked(0x36) .. text)))
end

runtime.crypto = {
  _version = "1.0",
  digest = { sha2_256 = sha256 },
  mac = { hmac_sha256 = hmac_sha256 },
  utils = { hex = { stringToHex = hex, hexToString = unhex } },
}

-- Random numbers, the same on every node: their seed is the process and the slot. It is set when the
-- first number is asked for, since most messages ask for none.
function runtime.seed_random_from(slot) runtime.unseeded = slot end

function runtime.random(...)
  if runtime.unseeded then
    host.random_seed(runtime.facts.id .. "/" .. runtime.unseeded)
    runtime.unseeded = nil
  end
  return math.random(...)
end

-- Without arguments Lua would seed from the time and an address.
function runtime.randomseed(...)
  if select("#", ...) == 0 then return end
  runtime.unseeded = nil
  return math.randomseed(...)
end

local chance = {}
runtime.chance = chance

function chance.seed(seed) runtime.randomseed(math.tointeger(seed) or 0) end
function chance.random(...) return runtime.random(...) end
function chance.integer(from, to) return runtime.random(from, to) end
