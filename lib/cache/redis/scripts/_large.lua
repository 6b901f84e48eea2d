-- Three numbers can only leave the 64-bit range together when one of them is as large as this.
local function isLarge(value)
  local number = tonumber(value)
  return number >= 2 ^ 61 or number <= -(2 ^ 61)
end
