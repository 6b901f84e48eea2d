-- The latest time at which a counter that comes now may be due, whatever its round.
local function latestTime(now, tick, interval)
  local milliseconds = tonumber(interval)
  local grain = math.min(tick, milliseconds)
  if grain == 0 then return now end
  return math.ceil((now + milliseconds) / grain) * grain
end

-- Whether a counter that was pending before is due in time for this interval, whatever its interval was: no counter of the
-- partition is due later than latestDue.
local function isDueInTime(latestDue, now, tick, interval)
  return latestDue and latestDue <= latestTime(now, tick, interval)
end
