--- Opens a snapshot and checks its static part.
---
--- Invariant: an open file is a regular file of this user or of root, not reached through a symbolic link, and opening it
--- cannot block. Its regions lie inside it and do not overlap, so whoever has a checked file need not check offsets.
--- Functions return `nil` and a failure: `code` is its number in the list of all programs of cco (docs/peek.md),
--- `message` says what to do. Used by the reader.

local bytes = require("cco.bytes")
local layout = require("cco.layout")
local system = require("cco.system")
local text = require("cco.text")

local uv = vim.uv or vim.loop

local M = {}

local MAGIC = "CCOSNAP\n"
local ENDIAN_MARK = "\8\7\6\5\4\3\2\1"
--- The minor version that this reader was written for, and its hash. Others are read without comparing theirs.
local MINOR, SCHEMA_HASH = 1, "\63\174\24\108\234\13\117\119"
local REMAKE = "run `cco publish --once` to replace it"

--- A failure.
function M.failure(code, message)
  return { code = code, message = message }
end

local function damaged(what)
  return M.failure(13, ("the snapshot is damaged (%s): %s"):format(what, REMAKE))
end
M.damaged = damaged

local function is_missing(problem)
  return problem:find("^ENOENT") ~= nil or problem:find("^ENOTDIR") ~= nil
end

--- Opens what is at the path: a descriptor and its status.
local function open(path)
  local before, problem = uv.fs_lstat(path)
  if not before then
    if is_missing(problem) then
      return nil, M.failure(4, ("no snapshot at %s: run `cco daemon start` to have one"):format(path))
    end
    return nil, M.failure(17, ("cannot examine the snapshot (%s): check the path"):format(problem))
  end
  if before.type ~= "file" then
    return nil, M.failure(9, ("%s is a %s, not a snapshot file: give the file itself"):format(path, before.type))
  end
  local descriptor
  descriptor, problem = uv.fs_open(path, system.OPEN_FLAGS, 0)
  if not descriptor then
    local code = is_missing(problem) and 4 or 17
    return nil, M.failure(code, ("cannot open the snapshot (%s): check its permissions"):format(problem))
  end
  local status
  status, problem = uv.fs_fstat(descriptor)
  if not status then
    uv.fs_close(descriptor)
    return nil, M.failure(17, ("cannot examine the snapshot (%s): check the path"):format(problem))
  end
  local user = system.user()
  local failure
  if status.type ~= "file" or status.ino ~= before.ino or status.dev ~= before.dev then
    failure = M.failure(16, "the snapshot was replaced while it was opened: try again")
  elseif user and status.uid ~= user and status.uid ~= 0 then
    failure = M.failure(10, ("%s belongs to user %d: choose a snapshot of yours"):format(path, status.uid))
  end
  if failure then
    uv.fs_close(descriptor)
    return nil, failure
  end
  return descriptor, status
end

local function is_within(value, least, most)
  return type(value) == "number" and value >= least and value <= most
end

--- The area of a region by its directory entry, or what is wrong with it.
local function area_of(region, u, at, file_bytes)
  local area = {
    id = region.id,
    row_bytes = u[at + 1],
    offset = layout.u64(u, at + 2),
    capacity = layout.u64(u, at + 4),
  }
  if not is_within(area.offset, layout.PAGE_BYTES, file_bytes) or area.offset % 64 ~= 0 then
    return nil, "a region starts at an impossible offset"
  end
  local is_whole = area.row_bytes % 8 == 0
  if region.is_bytes then
    is_whole = area.row_bytes == 1
  end
  if not is_whole or area.row_bytes < region.row_bytes or area.row_bytes > 65536 then
    return nil, "a region has an impossible row size"
  end
  local most = region.capacity or 4294967296
  if not is_within(area.capacity, region.capacity or 1, most) then
    return nil, "a region has an impossible capacity"
  end
  if region.is_index then
    local half = area.capacity
    while half % 2 == 0 do
      half = half / 2
    end
    if half ~= 1 then
      return nil, "an index has a capacity that is not a power of two"
    end
  end
  -- A row and a capacity are so small that this is exact.
  area.stride = math.ceil(area.row_bytes * area.capacity / 64) * 64
  area.stop = area.offset + area.stride * region.copies
  if area.stop > file_bytes then
    return nil, "a region ends after the end of the file"
  end
  return area
end

--- Where each region is, or what is wrong.
local function areas_of(u, file_bytes)
  local areas, in_order = {}, {}
  for entry = 0, 31 do
    local at = 48 + 6 * entry
    for name, region in pairs(layout.regions) do
      if region.id == u[at] then
        if areas[name] then
          return nil, "a region is listed twice"
        end
        local area, what = area_of(region, u, at, file_bytes)
        if not area then
          return nil, what
        end
        areas[name] = area
        table.insert(in_order, area)
      end
    end
  end
  for name in pairs(layout.regions) do
    if not areas[name] then
      return nil, "a region is missing from the directory"
    end
  end
  table.sort(in_order, function(a, b)
    return a.offset < b.offset
  end)
  for index = 2, #in_order do
    if in_order[index - 1].stop > in_order[index].offset then
      return nil, "two regions overlap"
    end
  end
  return areas
end

--- What page 0 says, or a failure.
local function checked(page, file_bytes, path)
  if page:sub(1, 8) == MAGIC:reverse() or page:sub(9, 16) == ENDIAN_MARK:reverse() then
    return nil, M.failure(11, path .. " has the other byte order: publish it again on this machine")
  end
  if page:sub(1, 8) ~= MAGIC then
    return nil, M.failure(5, ("%s is not a snapshot: check the path"):format(path))
  end
  if page:sub(9, 16) ~= ENDIAN_MARK then
    return nil, damaged("the mark of byte order is wrong")
  end
  local room = bytes.room(layout.PAGE_BYTES)
  bytes.fill(room, page)
  local u = room.u
  if u[5] ~= 1 then
    local advice = "update this plugin, or publish with a version of cco that fits it"
    return nil, M.failure(12, ("%s has layout version %d, not 1: %s"):format(path, u[5], advice))
  end
  local crc = bytes.crc_end(bytes.crc_words(bytes.CRC_START, room.i, 0, 254))
  if u[254] ~= crc or u[255] ~= 0 then
    return nil, damaged("the checksum of the static part is wrong")
  end
  if file_bytes > layout.LARGEST_FILE or layout.u64(u, 10) ~= file_bytes then
    return nil, damaged("the file does not have the length it was created with")
  end
  if u[4] == MINOR and page:sub(25, 32) ~= SCHEMA_HASH then
    return nil, damaged("the schema hash is not that of its version")
  end
  local identity = layout.identity(page, u)
  if identity.epoch == 0 then
    return nil, damaged("the epoch is zero")
  end
  if not (text.is_utf8(identity.program) and text.is_utf8(identity.zone)) then
    return nil, damaged("a text is not UTF-8")
  end
  local areas, what = areas_of(u, file_bytes)
  if not areas then
    return nil, damaged(what)
  end
  return { identity = identity, areas = areas }
end

--- Opens and checks the snapshot at a path: its descriptor, identity, areas, device and inode.
function M.open(path)
  local descriptor, status = open(path)
  if not descriptor then
    return nil, status
  end
  local file, failure
  if status.size < layout.PAGE_BYTES then
    failure = M.failure(5, ("%s is shorter than a snapshot: check the path, or %s"):format(path, REMAKE))
  else
    local page, problem = uv.fs_read(descriptor, layout.PAGE_BYTES, 0)
    if not page then
      failure = M.failure(17, ("cannot read the snapshot (%s): try again"):format(problem))
    elseif #page < layout.PAGE_BYTES then
      failure = M.failure(5, ("%s is shorter than a snapshot: check the path, or %s"):format(path, REMAKE))
    else
      file, failure = checked(page, status.size, path)
    end
  end
  if not file then
    uv.fs_close(descriptor)
    return nil, failure
  end
  file.descriptor, file.device, file.inode = descriptor, status.dev, status.ino
  return file
end

--- Whether another file is at the path than the open one, or none.
function M.is_replaced(file, path)
  local status = uv.fs_lstat(path)
  return not status or status.ino ~= file.inode or status.dev ~= file.device
end

return M
