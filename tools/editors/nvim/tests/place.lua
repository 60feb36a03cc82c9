--- A snapshot for tests: the repository's golden file of layout 1, changed word by word and sealed again.

local bytes = require("cco.bytes")
local layout = require("cco.layout")

local M = {}

local SLOT_BYTES = 1728

--- The bytes of the golden file.
local function golden()
  local file = assert(io.open(vim.env.CCO_GOLDEN))
  local dump = file:read("*a")
  file:close()
  local length = tonumber(dump:match("^length (%d+)\n"))
  local parts, at = {}, 0
  for offset, values in dump:gmatch("(%x+): ([%x ]+)\n") do
    offset = tonumber(offset, 16)
    local line = values:gsub("(%x%x) ?", function(byte)
      return string.char(tonumber(byte, 16))
    end)
    parts[#parts + 1] = ("\0"):rep(offset - at) .. line
    at = offset + #line
  end
  parts[#parts + 1] = ("\0"):rep(length - at)
  return table.concat(parts)
end

--- A word of 8 bytes.
function M.word(low, high)
  local word = ""
  for _, half in ipairs({ low, high or 0 }) do
    for shift = 0, 3 do
      word = word .. string.char(math.floor(half / 256 ^ shift) % 256)
    end
  end
  return word
end

local Place = {}
Place.__index = Place

--- A snapshot of its own in a temporary folder.
function M.new()
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, "p")
  return setmetatable({ path = folder .. "/usage.snapshot", bytes = golden() }, Place)
end

--- Puts bytes at an offset.
function Place:put(at, new)
  self.bytes = self.bytes:sub(1, at) .. new .. self.bytes:sub(at + #new + 1)
  return self
end

--- The offset of a slot, of the golden file's newest by default: its third commit.
function M.slot(number)
  return 4 * layout.SLOTS + layout.CHANGING_AT + SLOT_BYTES * (number or 3)
end

--- Makes the sum of a slot right again.
function Place:seal(number)
  local at = M.slot(number)
  local slot = self.bytes:sub(at + 1, at + SLOT_BYTES)
  return self:put(at + 8, M.word(bytes.crc_text(slot:sub(1, 8) .. slot:sub(17))))
end

--- Makes the sum of the static part right again.
function Place:seal_page()
  return self:put(1016, M.word(bytes.crc_text(self.bytes:sub(1, 1016))))
end

--- Writes the file as a publisher does: another one, renamed over the path.
function Place:write()
  local file = assert(io.open(self.path .. ".new", "wb"))
  file:write(self.bytes)
  file:close()
  assert(os.rename(self.path .. ".new", self.path))
  return self
end

--- Changes the file that readers have open.
function Place:write_in_place()
  local file = assert(io.open(self.path, "r+b"))
  file:write(self.bytes)
  file:close()
  return self
end

return M
