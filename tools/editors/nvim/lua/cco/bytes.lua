--- Bytes that were read, as words of 32 bits, and their CRC-32.
---
--- Words are little-endian whatever the machine is. Both kinds of memory are indexed alike from 0, so there is one way to
--- decode: LuaJIT's, which is compiled, and plain tables where Neovim was built without LuaJIT. Used by the reader.

local has_bit, bit = pcall(require, "bit")
if not has_bit then
  error("cco: this Neovim has no bit operations: use one that was built with LuaJIT, or 0.9 or later", 0)
end
local band, bxor, rshift = bit.band, bit.bxor, bit.rshift

local M = {}

local has_ffi, ffi = pcall(require, "ffi")
--- Whether words are in compiled memory.
M.is_fast = has_ffi and ffi.abi("le")
local Words = M.is_fast and ffi.typeof("uint32_t[?]")

--- Memory for this many bytes, a multiple of 4: `u` has its words unsigned, `i` for the CRC-32.
function M.room(bytes)
  if not M.is_fast then
    local words = {}
    return { u = words, i = words, bytes = bytes }
  end
  local words = Words(math.max(bytes / 4, 1))
  return { u = words, i = ffi.cast("int32_t *", words), bytes = bytes }
end

--- Puts a text into this memory, which is large enough.
function M.fill(room, text)
  if M.is_fast then
    ffi.copy(room.u, text, #text)
    return
  end
  local words = room.u
  for at = 1, #text, 4 do
    local a, b, c, d = text:byte(at, at + 3)
    words[(at - 1) / 4] = a + b * 0x100 + c * 0x10000 + d * 0x1000000
  end
end

--- A copy of some words.
function M.copy(room, first, count)
  if M.is_fast then
    local words = Words(count)
    ffi.copy(words, room.u + first, 4 * count)
    return words
  end
  local words = {}
  for at = 0, count - 1 do
    words[at] = room.u[first + at]
  end
  return words
end

--- Table t for a byte that t more bytes follow.
local tables = {}
for t = 0, 7 do
  tables[t] = M.is_fast and ffi.new("int32_t[256]") or {}
end
for byte = 0, 255 do
  local value = byte
  for _ = 1, 8 do
    value = bxor(rshift(value, 1), band(value, 1) == 1 and 0xedb88320 or 0)
  end
  tables[0][byte] = value
end
for t = 1, 7 do
  for byte = 0, 255 do
    local value = tables[t - 1][byte]
    tables[t][byte] = bxor(rshift(value, 8), tables[0][band(value, 0xff)])
  end
end
local t0, t1, t2, t3 = tables[0], tables[1], tables[2], tables[3]
local t4, t5, t6, t7 = tables[4], tables[5], tables[6], tables[7]

--- What a sum begins with.
M.CRC_START = -1

--- Carries a sum on over an even number of words: those from `first` to before `last`.
function M.crc_words(crc, i, first, last)
  for at = first, last - 2, 2 do
    local a, b = bxor(crc, i[at]), i[at + 1]
    crc = bxor(
      t7[band(a, 0xff)],
      t6[band(rshift(a, 8), 0xff)],
      t5[band(rshift(a, 16), 0xff)],
      t4[rshift(a, 24)],
      t3[band(b, 0xff)],
      t2[band(rshift(b, 8), 0xff)],
      t1[band(rshift(b, 16), 0xff)],
      t0[rshift(b, 24)]
    )
  end
  return crc
end

--- The sum as an unsigned number.
function M.crc_end(crc)
  return bit.bnot(crc) % 0x100000000
end

--- The CRC-32 of a text of any length.
function M.crc_text(text)
  local crc, whole = M.CRC_START, #text - #text % 8
  if whole > 0 then
    local room = M.room(whole)
    M.fill(room, text:sub(1, whole))
    crc = M.crc_words(crc, room.i, 0, whole / 4)
  end
  for at = whole + 1, #text do
    crc = bxor(rshift(crc, 8), t0[band(bxor(crc, text:byte(at)), 0xff)])
  end
  return M.crc_end(crc)
end

return M
