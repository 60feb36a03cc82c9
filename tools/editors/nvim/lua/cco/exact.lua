--- Whole numbers that a Lua number cannot hold: counts beyond 2^53, and money, which has 128 bits.
---
--- Invariant: nothing is rounded but by `dollars`, which rounds half up to cents. An exact number never changes.
--- Used by the reader, and by everything that shows money.

local M = {}

local LIMB = 2 ^ 32
--- From here on Lua numbers leave some integers out.
local LARGEST = 2 ^ 53

--- Four limbs of 32 bits, the lowest first; `negative` if it is below zero.
local Exact = {}
Exact.__index = Exact

--- The exact number with these limbs of 32 bits.
function M.of(a, b, c, d)
  return setmetatable({ a, b, c, d }, Exact)
end

--- Whether a value is one of these.
function M.is(value)
  return getmetatable(value) == Exact
end

--- The unsigned number of 64 bits with these halves: a Lua number if that is exact.
function M.unsigned(low, high)
  if high < 0x200000 then
    return high * LIMB + low
  end
  return M.of(low, high, 0, 0)
end

--- The same for two's complement.
function M.signed(low, high)
  if high < 0x80000000 then
    return M.unsigned(low, high)
  elseif high >= 0xffe00000 and not (high == 0xffe00000 and low == 0) then
    return (high - LIMB) * LIMB + low
  end
  local value = low == 0 and M.of(0, LIMB - high, 0, 0) or M.of(LIMB - low, LIMB - 1 - high, 0, 0)
  value.negative = true
  return value
end

local function limbs(value)
  if M.is(value) then
    return value, value.negative or false
  end
  local size = math.abs(value)
  return { size % LIMB, math.floor(size / LIMB), 0, 0 }, value < 0
end

local function smaller(a, b)
  for i = 4, 1, -1 do
    if a[i] ~= b[i] then
      return a[i] < b[i]
    end
  end
  return false
end

--- Whether a is below b; both are Lua numbers or exact ones.
function M.less(a, b)
  if type(a) == "number" and type(b) == "number" then
    return a < b
  end
  local x, x_negative = limbs(a)
  local y, y_negative = limbs(b)
  if x_negative ~= y_negative then
    return x_negative
  elseif x_negative then
    return smaller(y, x)
  end
  return smaller(x, y)
end

--- The distance of two signed numbers of 64 bits.
function M.distance(a, b)
  if type(a) == "number" and type(b) == "number" and math.abs(a - b) < LARGEST then
    return math.abs(a - b)
  end
  local x, x_negative = limbs(a)
  local y, y_negative = limbs(b)
  local sum, carry = {}, 0
  if x_negative == y_negative then
    if smaller(x, y) then
      x, y = y, x
    end
    for i = 1, 4 do
      local limb = x[i] - y[i] - carry
      carry = limb < 0 and 1 or 0
      sum[i] = limb + carry * LIMB
    end
  else
    for i = 1, 4 do
      local limb = x[i] + y[i] + carry
      carry = limb >= LIMB and 1 or 0
      sum[i] = limb - carry * LIMB
    end
  end
  return M.unsigned(sum[1], sum[2])
end

--- Its digits, without a sign.
local function digits(value)
  local rest, groups = { value[4], value[3], value[2], value[1] }, {}
  repeat
    local remainder, is_zero = 0, true
    for i = 1, 4 do
      -- A million times a limb is the most that a Lua number holds.
      local part = remainder * LIMB + rest[i]
      rest[i] = math.floor(part / 1e6)
      remainder = part % 1e6
      is_zero = is_zero and rest[i] == 0
    end
    table.insert(groups, 1, string.format(is_zero and "%d" or "%06d", remainder))
  until is_zero
  return table.concat(groups)
end

--- All its digits.
function M.text(value)
  if type(value) == "number" then
    return string.format("%.0f", value)
  end
  return (value.negative and "-" or "") .. digits(value)
end
Exact.__tostring = M.text

--- The nearest Lua number.
function M.number(value)
  if type(value) == "number" then
    return value
  end
  local size = ((value[4] * LIMB + value[3]) * LIMB + value[2]) * LIMB + value[1]
  return value.negative and -size or size
end

function Exact.__eq(a, b)
  return not M.less(a, b) and not M.less(b, a)
end

function M.is_zero(value)
  return M.number(value) == 0
end

--- `1,234,567` from digits.
local function grouped(text)
  local head, rest = text:match("^(%d%d?%d?)(.*)$")
  while #rest % 3 ~= 0 do
    head, rest = text:sub(1, #head - 1), text:sub(#head)
  end
  return head .. rest:gsub("%d%d%d", ",%0")
end

--- `1,234,567`.
function M.grouped(value)
  return (grouped(M.text(value)))
end

--- Adds one to digits.
local function next_of(text)
  local kept, nines = text:match("^(.-)(9*)$")
  local last = kept == "" and "1" or kept:sub(1, -2) .. (tonumber(kept:sub(-1)) + 1)
  return last .. ("0"):rep(#nines)
end

--- `$1,234.56` from picodollars, rounded half up. An amount that rounds to zero but is not zero is `<$0.01`.
function M.dollars(picodollars)
  local text = M.text(picodollars)
  if #text < 13 then
    text = ("0"):rep(13 - #text) .. text
  end
  local cents = text:sub(1, -11)
  if text:byte(-10) >= ("5"):byte() then
    cents = next_of(cents)
  end
  if tonumber(cents) == 0 and not M.is_zero(picodollars) then
    return "<$0.01"
  end
  return "$" .. grouped(cents:sub(1, -3)) .. "." .. cents:sub(-2)
end

return M
