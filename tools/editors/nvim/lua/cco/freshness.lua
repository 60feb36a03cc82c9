--- Whether a publisher lives, from what it left in the file, the clocks and its lock.
---
--- Invariant: a publisher counts as live only while its heartbeat is at most 15 s old and its lock is not known to be
--- free. `judge` is pure. Used by the reader.

local exact = require("cco.exact")
local system = require("cco.system")

local M = {}

local OLDEST_MS = 15000
--- Ages by two clocks are the same if they differ by no more than this.
local CLOCKS_AGREE_MS = 100

--- The age of the heartbeat. `clocks` has `wall`, and, if this boot is known, `awake` and functions `boot_id` and
--- `awake_offset`.
function M.age(control, boot_id, clocks)
  local by_wall = exact.distance(clocks.wall, control.beat_wall)
  if not clocks.awake then
    return by_wall
  end
  -- If both clocks give the same age, neither the boot nor the namespace matters.
  local is_past = not exact.less(clocks.awake, control.beat_monotonic)
  local by_awake = exact.distance(clocks.awake, control.beat_monotonic)
  local signed_wall = exact.less(clocks.wall, control.beat_wall) and -exact.number(by_wall) or exact.number(by_wall)
  if is_past and math.abs(exact.number(by_awake) - signed_wall) <= CLOCKS_AGREE_MS then
    return by_awake
  end
  if boot_id and boot_id == clocks.boot_id() then
    return exact.distance(clocks.awake - clocks.awake_offset(), control.beat_monotonic)
  end
  return by_wall
end

--- "live", "stopped" or "dead". `held` is whether the lock is held; `nil` if that cannot be known.
function M.judge(control, age, held)
  if control.is_stopped then
    return "stopped"
  elseif held ~= false and not exact.less(OLDEST_MS, age) then
    return "live"
  end
  return "dead"
end

--- The freshness of the snapshot at a path, now.
function M.now(path, control, boot_id)
  local age = M.age(control, boot_id, {
    wall = system.wall_clock(),
    awake = system.awake_clock(),
    boot_id = system.boot_id,
    awake_offset = system.awake_clock_offset,
  })
  local held, why
  if not control.is_stopped and not exact.less(OLDEST_MS, age) then
    held, why = system.is_lock_held(path)
  end
  return { writer = M.judge(control, age, held), heartbeat_age_ms = age, lock_unknown = why }
end

return M
