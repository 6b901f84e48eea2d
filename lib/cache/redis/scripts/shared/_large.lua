-- Whether a value is near the end of the 64-bit range: a sum of three can only leave the range when one of them is.
local function isLarge(value)
  local number = tonumber(value)
  return number >= 2 ^ 61 or number <= -(2 ^ 61)
end
