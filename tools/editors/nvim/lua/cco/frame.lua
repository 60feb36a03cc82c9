--- A frame: totals and tables of one commit.
---
--- Invariant: everything in a frame belongs to the commit of its totals; rows in use, their sum, and the names they have were
--- checked when it was read. Used by `reader`.

local bytes = require("cco.bytes")
local exact = require("cco.exact")
local file = require("cco.file")
local layout = require("cco.layout")
local sections = require("cco.sections")
local text = require("cco.text")

local M = {}

local Frame = {}
Frame.__index = Frame

--- What the slot of the totals says of its tables, or what is wrong.
local function checked_extent(reader, totals)
  local extent, areas = layout.extent(totals.words), reader.file.areas
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
    local got, failure = sections.read(reader.file.descriptor, count, area.offset + extent.bank * area.stride)
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
  local got, failure = sections.read(reader.file.descriptor, 16, area.offset + bank * area.row_bytes)
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
  local names, failure = sections.read(reader.file.descriptor, extent.names_bytes, reader.file.areas.names.offset)
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

--- The frame of the newest commit that a reader finds.
function M.read(reader)
  local before
  for attempt = 1, sections.ATTEMPTS do
    local totals, failure = reader:totals()
    if not totals then
      return nil, failure
    end
    local extent, tables, check, header, names
    extent, failure = checked_extent(reader, totals)
    if not extent then
      return nil, failure
    end
    tables, check = read_tables(reader, extent)
    if not tables then
      return nil, check
    end
    -- After the rows: a bank that was used again by now has another sequence.
    header, failure = read_header(reader, extent.bank)
    if not header then
      return nil, failure
    end
    if header.low == reader.floor_low and header.high == reader.floor_high and header.check == check then
      names, failure = read_names(reader, extent, tables)
      if not names then
        return nil, failure
      end
      local frame = { totals = totals, tables = tables, names = names, oldest = extent.history_oldest }
      return setmetatable(frame, Frame)
    end
    local is_newer = header.high > reader.floor_high
      or header.high == reader.floor_high and header.low > reader.floor_low
    local seen = table.concat({ reader.floor_low, reader.floor_high, header.low, header.high, check }, " ")
      .. exact.text(header.check)
    if not is_newer and seen == before then
      return nil, file.damaged("the tables do not match their checksum")
    end
    before = seen
    sections.pause(attempt)
  end
  return nil, sections.busy()
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

return M
