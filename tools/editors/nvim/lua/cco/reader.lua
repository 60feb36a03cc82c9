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
local exact = require("cco.exact")
local file = require("cco.file")
local freshness = require("cco.freshness")
local layout = require("cco.layout")
local system = require("cco.system")
local text = require("cco.text")

local uv = vim.loop

local M = {}

local ATTEMPTS = 64
--- So many attempts do not wait.
local EAGER = 5

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
  --- Since it was opened.
  self.counted = { busy = 0, most_tries = 0 }
  return self
end

--- Closes the descriptor; the reader cannot be used afterwards.
function Reader:close()
  if self.file then
    uv.fs_close(self.file.descriptor)
    self.file = nil
  end
end

--- Exactly so many bytes, or a failure.
local function read(descriptor, count, at)
  if count == 0 then
    return ""
  end
  local got, problem = uv.fs_read(descriptor, count, at)
  if not got then
    return nil, file.failure(17, ("cannot read the snapshot (%s): try again"):format(problem))
  end
  if #got < count then
    return nil, file.failure(14, "the snapshot was shortened while it was read: run `cco publish --once`")
  end
  return got
end

--- The section with the highest even sequence: the word where it starts, and its sequence.
local function newest_section(u, first, words, count)
  local newest, newest_low, newest_high = nil, 0, 0
  for index = 0, count - 1 do
    local at = first + words * index
    local low, high = u[at], u[at + 1]
    if low % 2 == 0 and (high > newest_high or high == newest_high and low > newest_low) then
      newest, newest_low, newest_high = at, low, high
    end
  end
  return newest, newest_low, newest_high
end

--- Whether a section belongs to one commit. Its sum leaves out the word of the sum itself.
local function is_whole(room, at, words)
  local crc = bytes.crc_words(bytes.CRC_START, room.i, at, at + 2)
  crc = bytes.crc_end(bytes.crc_words(crc, room.i, at + 4, at + words))
  return room.u[at + 2] == crc and room.u[at + 3] == 0
end

--- Reads the control words and slots until the newest slot is whole: where it starts, whether it is newer than the last
--- totals.
function Reader:newest()
  local u, before = self.room.u, nil
  local was_published = self.floor_low > 0 or self.floor_high > 0
  for attempt = 1, ATTEMPTS do
    local got, failure = read(self.file.descriptor, layout.CHANGING_BYTES, layout.CHANGING_AT)
    if not got then
      return nil, failure
    end
    bytes.fill(self.room, got)
    local at, low, high = newest_section(u, layout.SLOTS, layout.SLOT_WORDS, layout.SLOT_COUNT)
    if at then
      was_published = true
      if low == self.floor_low and high == self.floor_high and self.last then
        -- A commit is never written again in its file, and these totals were checked.
        return at, false
      end
      local is_newer = high > self.floor_high or high == self.floor_high and low >= self.floor_low
      if is_whole(self.room, at, layout.SLOT_WORDS) then
        if is_newer then
          self.floor_low, self.floor_high = low, high
          -- For frames: a later copy of the same slot is not checked.
          self.checked, self.checked_at = got, at
          self.counted.most_tries = math.max(self.counted.most_tries, attempt)
          return at, true
        end
      elseif before and got:sub(4 * layout.SLOTS + 1) == before:sub(4 * layout.SLOTS + 1) then
        -- A publish that overlapped the last attempt has moved on by now.
        return nil, file.damaged("the newest publish does not match its checksum")
      end
    end
    before = got
    if attempt >= EAGER then
      system.pause()
    end
  end
  self.counted.busy = self.counted.busy + 1
  if was_published then
    return nil, file.failure(16, "the publisher was writing during every attempt: try again")
  end
  return nil, file.failure(15, "the snapshot holds no complete publish: run `cco publish --once` to replace it")
end

--- The newest totals. The same table is returned until there are newer ones; do not change it.
function Reader:totals()
  local at, is_newer = self:newest()
  if not at then
    return nil, is_newer
  end
  if is_newer then
    self.last = layout.slot(self.room.u, at)
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

local Frame = {}
Frame.__index = Frame

--- What the last slot says of its tables, or what is wrong.
local function checked_extent(reader)
  local room, areas = bytes.room(layout.CHANGING_BYTES), reader.file.areas
  bytes.fill(room, reader.checked)
  local extent = layout.extent(room.u, reader.checked_at)
  local function is_within(value, most)
    return type(value) == "number" and value <= most
  end
  for _, name in ipairs(layout.tables) do
    if not is_within(extent.rows[name], areas[name].capacity) then
      return nil, file.damaged("a table is longer than its region")
    end
  end
  if not is_within(extent.names_bytes, areas.names.capacity) then
    return nil, file.damaged("the names are longer than their region")
  end
  if not is_within(extent.bank, 1) then
    return nil, file.damaged("a slot names no bank")
  end
  if not is_within(extent.history_oldest, math.max(extent.rows.history - 1, 0)) then
    return nil, file.damaged("the oldest row of the history is not in use")
  end
  return extent
end

--- The sum over the rows of a table that are in use; each row's covers the region's id and the row's number.
local function check_of(table_of, area)
  local words, sum = area.row_bytes / 4, 0
  local head = bytes.room(16)
  for row = 0, table_of.rows - 1 do
    head.u[0], head.u[1], head.u[2], head.u[3] = area.id, 0, row, 0
    local crc = bytes.crc_words(bytes.CRC_START, head.i, 0, 4)
    sum = sum + bytes.crc_end(bytes.crc_words(crc, table_of.room.i, row * words, (row + 1) * words))
  end
  return sum
end

--- The rows in use of each table of a bank, and the sum over all of them.
local function read_tables(reader, extent)
  local tables, check = {}, 0
  for _, name in ipairs(layout.tables) do
    local area, rows = reader.file.areas[name], extent.rows[name]
    local count = rows * area.row_bytes
    local got, failure = read(reader.file.descriptor, count, area.offset + extent.bank * area.stride)
    if not got then
      return nil, failure
    end
    local room = bytes.room(count)
    bytes.fill(room, got)
    tables[name] = { room = room, rows = rows, row_words = area.row_bytes / 4 }
    -- A few million sums of 32 bits are exact.
    check = check + check_of(tables[name], area)
  end
  return tables, check
end

--- The header of a bank: its sequence as two halves, its check.
local function read_header(reader, bank)
  local area = reader.file.areas.banks
  local got, failure = read(reader.file.descriptor, 16, area.offset + bank * area.row_bytes)
  if not got then
    return nil, failure
  end
  local room = bytes.room(16)
  bytes.fill(room, got)
  return { low = room.u[0], high = room.u[1], check = layout.u64(room.u, 2) }
end

--- Whether every name of the rows in use lies in the names and is UTF-8.
local function are_named(tables, names)
  local is_ascii = not names:find("[\128-\255]")
  for name, from in pairs(tables) do
    for _, place in ipairs(layout.names_in[name]) do
      for row = 0, from.rows - 1 do
        local at = row * from.row_words + place
        local offset, length = from.room.u[at], from.room.u[at + 1]
        if length > 0 and offset + length > #names then
          return false
        elseif not is_ascii and not text.is_utf8(names:sub(offset + 1, offset + length)) then
          return false
        end
      end
    end
  end
  return true
end

local function read_names(reader, extent, tables)
  local names, failure = read(reader.file.descriptor, extent.names_bytes, reader.file.areas.names.offset)
  if not names then
    return nil, failure
  end
  if bytes.crc_text(names) ~= extent.names_crc then
    return nil, file.damaged("the names do not match their checksum")
  end
  if not are_named(tables, names) then
    return nil, file.damaged("a name is outside the names or is not UTF-8")
  end
  return names
end

--- Totals and tables of one commit.
function Reader:frame()
  local before
  for attempt = 1, ATTEMPTS do
    local totals, failure = self:totals()
    if not totals then
      return nil, failure
    end
    local extent, tables, check, header, names
    extent, failure = checked_extent(self)
    if not extent then
      return nil, failure
    end
    tables, check = read_tables(self, extent)
    if not tables then
      return nil, check
    end
    -- After the rows: a bank that was used again by now has another sequence.
    header, failure = read_header(self, extent.bank)
    if not header then
      return nil, failure
    end
    if header.low == self.floor_low and header.high == self.floor_high and header.check == check then
      names, failure = read_names(self, extent, tables)
      if not names then
        return nil, failure
      end
      local frame = { totals = totals, tables = tables, names = names, oldest = extent.history_oldest }
      return setmetatable(frame, Frame)
    end
    local is_newer = header.high > self.floor_high or header.high == self.floor_high and header.low > self.floor_low
    local seen = table.concat({ self.floor_low, self.floor_high, header.low, header.high, check }, " ")
      .. exact.text(header.check)
    if not is_newer and seen == before then
      return nil, file.damaged("the tables do not match their checksum")
    end
    before = seen
    if attempt >= EAGER then
      system.pause()
    end
  end
  self.counted.busy = self.counted.busy + 1
  return nil, file.failure(16, "the publisher was writing during every attempt: try again")
end

--- The text at this place of the names.
function Frame:name(offset, length)
  return self.names:sub(offset + 1, offset + length)
end

--- The rows of a table in the file's order, each made when it is its turn: `for row in frame:rows("models") do`.
function Frame:rows(name)
  local from, index = self.tables[name], -1
  local function name_at(offset, length)
    return self:name(offset, length)
  end
  return function()
    index = index + 1
    if index < from.rows then
      return layout.row(name, from.room.u, index * from.row_words, name_at)
    end
  end
end

--- The rows of `history`, the oldest first.
function Frame:history()
  local from, index = self.tables.history, -1
  return function()
    index = index + 1
    if index < from.rows then
      return layout.row("history", from.room.u, (self.oldest + index) % from.rows * from.row_words)
    end
  end
end

--- The newest report of the publisher on itself; `false` if there never was one.
function Reader:health()
  local area = self.file.areas.health
  local words, before = area.row_bytes / 4, nil
  local room = bytes.room(4 * area.row_bytes)
  for attempt = 1, ATTEMPTS do
    local got, failure = read(self.file.descriptor, 4 * area.row_bytes, area.offset)
    if not got then
      return nil, failure
    end
    bytes.fill(room, got)
    local at = newest_section(room.u, 0, words, 4)
    if not at then
      return false
    elseif is_whole(room, at, words) then
      return layout.health(room.u, at)
    elseif got == before then
      return nil, file.damaged("the health does not match its checksum")
    end
    before = got
    if attempt >= EAGER then
      system.pause()
    end
  end
  return nil, file.failure(16, "the publisher was writing during every attempt: try again")
end

return M
