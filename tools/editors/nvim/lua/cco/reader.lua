--- Reads a snapshot through an open descriptor, checked by sums (LAYOUT.md, "Without a mapping").
---
--- A LuaJIT loop over mapped memory would be wrong: its compiler may load a word once and use it again. Invariant: within
--- one epoch a reader never returns an older commit than it returned before, and everything that it returns belongs to one
--- whole commit. Attempts are bounded. Functions return `nil` and a failure (see `file`).
---
---   local reader, failure = require("cco.reader").open(path)
---   local totals = reader:totals()
---   print(totals.today.counters.requests, totals.today.counters.cost)

local bytes = require("cco.bytes")
local file = require("cco.file")
local frame = require("cco.frame")
local freshness = require("cco.freshness")
local layout = require("cco.layout")
local sections = require("cco.sections")

local uv = vim.uv or vim.loop

local M = {}

local Reader = {}
Reader.__index = Reader

--- Opens the snapshot at a path.
function M.open(path)
  local opened, failure = file.open(path)
  if not opened then
    return nil, failure
  end
  local self = setmetatable({ path = path, file = opened, identity = opened.identity }, Reader)
  self.room = bytes.room(layout.CHANGING_BYTES)
  --- The sequence of the last totals, its low and its high half.
  self.floor_low, self.floor_high = 0, 0
  --- Attempts that a read of totals ever needed.
  self.most_tries = 0
  return self
end

--- Closes the descriptor; the reader cannot be used afterwards.
function Reader:close()
  if self.file then
    uv.fs_close(self.file.descriptor)
    self.file = nil
  end
end

--- Reads the control words and slots until the newest slot is whole: where it starts, whether it is newer than the last
--- totals.
function Reader:newest()
  local u, before = self.room.u, nil
  local was_published = self.floor_low > 0 or self.floor_high > 0
  for attempt = 1, sections.ATTEMPTS do
    local got, failure = sections.read(self.file.descriptor, layout.CHANGING_BYTES, layout.CHANGING_AT)
    if not got then
      return nil, failure
    end
    bytes.fill(self.room, got)
    local at, low, high = sections.newest(u, layout.SLOTS, layout.SLOT_WORDS, layout.SLOT_COUNT)
    if at then
      was_published = true
      if low == self.floor_low and high == self.floor_high and self.last then
        -- A commit is never written again in its file, and these totals were checked.
        return at, false
      end
      local is_newer = high > self.floor_high or high == self.floor_high and low >= self.floor_low
      if sections.is_whole(self.room, at, layout.SLOT_WORDS) then
        if is_newer then
          self.floor_low, self.floor_high = low, high
          self.most_tries = math.max(self.most_tries, attempt)
          return at, true
        end
      elseif before and got:sub(4 * layout.SLOTS + 1) == before:sub(4 * layout.SLOTS + 1) then
        -- A publish that overlapped the last attempt has moved on by now.
        return nil, file.damaged("the newest publish does not match its checksum")
      end
    end
    before = got
    sections.pause(attempt)
  end
  if was_published then
    return nil, sections.busy()
  end
  return nil, file.failure(15, "the snapshot holds no complete publish: run `cco publish --once` to replace it")
end

--- The newest totals. The same table is returned until there are newer ones; do not change it. Its parts are decoded when
--- they are asked for: `totals.today.counters.requests`.
function Reader:totals()
  local at, is_newer = self:newest()
  if not at then
    return nil, is_newer
  end
  if is_newer then
    self.last = layout.totals(bytes.copy(self.room, at, layout.SLOT_WORDS))
  end
  return self.last
end

--- The control words that were read with the last totals.
function Reader:control()
  local u = self.room.u
  return {
    is_superseded = u[layout.SUPERSEDED] ~= 0 or u[layout.SUPERSEDED + 1] ~= 0,
    is_stopped = u[layout.STATE] == 2 and u[layout.STATE + 1] == 0,
    beat_monotonic = layout.i64(u, layout.BEAT_MONOTONIC),
    beat_wall = layout.i64(u, layout.BEAT_WALL),
  }
end

--- Whether a publisher lives, by the control words of the last totals. Looks at clocks and the lock.
function Reader:freshness()
  return freshness.now(self.path, self:control(), self.identity.boot_id)
end

--- Opens the file that has taken the path, if another has; true if so. On a failure the old one stays open.
function Reader:refresh()
  if not file.is_replaced(self.file, self.path) then
    return false
  end
  local opened, failure = file.open(self.path)
  if not opened then
    return nil, failure
  end
  local has_same_epoch = opened.identity.epoch == self.identity.epoch
  self:close()
  self.file, self.identity, self.last = opened, opened.identity, nil
  if not has_same_epoch then
    self.floor_low, self.floor_high = 0, 0
  end
  return true
end

--- Totals and tables of one commit: see `frame`.
function Reader:frame()
  return frame.read(self)
end

--- The newest report of the publisher on itself; `false` if there never was one.
function Reader:health()
  local area = self.file.areas.health
  local words, before = area.row_bytes / 4, nil
  local room = bytes.room(4 * area.row_bytes)
  for attempt = 1, sections.ATTEMPTS do
    local got, failure = sections.read(self.file.descriptor, 4 * area.row_bytes, area.offset)
    if not got then
      return nil, failure
    end
    bytes.fill(room, got)
    local at = sections.newest(room.u, 0, words, 4)
    if not at then
      return false
    elseif sections.is_whole(room, at, words) then
      return layout.health(room.u, at)
    elseif got == before then
      return nil, file.damaged("the health does not match its checksum")
    end
    before = got
    sections.pause(attempt)
  end
  return nil, sections.busy()
end

return M
