-- The latest time at which a counter that comes now may be due, whatever its round.
local function latestTime(now, tick, interval)
  local milliseconds = tonumber(interval)
  local grain = math.min(tick, milliseconds)
  if grain == 0 then return now end
  return math.ceil((now + milliseconds) / grain) * grain
end
