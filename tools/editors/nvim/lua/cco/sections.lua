--- Parts of a file that are read while a publisher may be writing them.
---
--- Invariant: whoever reads one tries a bounded number of times, and a part counts only if its sum is right. Used by `reader`
--- and `frame`.

local bytes = require("cco.bytes")
local file = require("cco.file")
local system = require("cco.system")

local uv = vim.uv or vim.loop

local M = {}

--- Attempts before a read is busy.
M.ATTEMPTS = 64
--- So many do not wait.
local EAGER = 5

--- Gives a publisher at full speed time to finish, after an attempt.
function M.pause(attempt)
  if attempt >= EAGER then
    system.pause()
  end
end

--- A read that was overtaken in every attempt.
function M.busy()
  return file.failure(16, "the publisher was writing during every attempt: try again")
end

--- Exactly so many bytes, or a failure.
function M.read(descriptor, count, at)
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
function M.newest(u, first, words, count)
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
function M.is_whole(room, at, words)
  local crc = bytes.crc_words(bytes.CRC_START, room.i, at, at + 2)
  crc = bytes.crc_end(bytes.crc_words(crc, room.i, at + 4, at + words))
  return room.u[at + 2] == crc and room.u[at + 3] == 0
end

return M
