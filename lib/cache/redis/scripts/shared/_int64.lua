-- Exact sums of signed 64-bit numbers in decimal digits: Lua's own numbers are doubles.
-- Three limbs of seven digits each.
local BASE = 10000000

local function negate(text)
  if string.sub(text, 1, 1) == '-' then return string.sub(text, 2) end
  return '-' .. text
end

local function carry(high, middle, low)
  local over = math.floor(low / BASE)
  low, middle = low - over * BASE, middle + over
  over = math.floor(middle / BASE)
  return high + over, middle - over * BASE, low
end

-- the sum, or nil when it leaves the range
local function sum(...)
  local high, middle, low = 0, 0, 0
  for _, text in ipairs({ ... }) do
    local minus, digits = string.match(text, '^(%-*)(%d+)$')
    local sign = #minus % 2 == 1 and -1 or 1
    digits = string.rep('0', 21 - #digits) .. digits
    high = high + sign * tonumber(string.sub(digits, 1, 7))
    middle = middle + sign * tonumber(string.sub(digits, 8, 14))
    low = low + sign * tonumber(string.sub(digits, 15, 21))
  end
  high, middle, low = carry(high, middle, low)
  local minus = high < 0
  if minus then high, middle, low = carry(-high, -middle, -low) end
  local digits = string.format('%07d%07d%07d', high, middle, low)
  if digits > (minus and '009223372036854775808' or '009223372036854775807') then return nil end
  digits = string.gsub(digits, '^0+(%d)', '%1')
  return minus and '-' .. digits or digits
end

local function isLess(a, b)
  local minusA, digitsA = string.match(a, '^(%-?)0*(%d+)$')
  local minusB, digitsB = string.match(b, '^(%-?)0*(%d+)$')
  if minusA ~= minusB then return minusA == '-' end
  if minusA == '-' then digitsA, digitsB = digitsB, digitsA end
  if #digitsA ~= #digitsB then return #digitsA < #digitsB end
  return digitsA < digitsB
end
