--- Makes names of strangers safe to show, and writes figures as all of cco's programs do.
---
--- Invariant: what `plain` returns has no control, bidirectional or invisible character and no line separator, only visible
--- escapes such as `\u{202e}`. Pure, but for Neovim's own measure of widths.

local M = {}

local function is_hostile(code)
  return code < 0x20
    or code >= 0x7f and code <= 0x9f
    or code == 0xad
    or code == 0x61c
    or code == 0x180e
    or code == 0x200b
    or code >= 0x200e and code <= 0x200f
    or code >= 0x2028 and code <= 0x202e
    or code >= 0x2060 and code <= 0x2064
    or code >= 0x2066 and code <= 0x2069
    or code == 0xfeff
    or code >= 0xfff9 and code <= 0xfffb
end

local NAMED = { [9] = "\\t", [10] = "\\n", [13] = "\\r" }

--- The length of the character that begins with a byte, and the least code that may have it.
local function length_of(first)
  if first < 0x80 then
    return 1, 0
  elseif first >= 0xc2 and first < 0xe0 then
    return 2, 0x80
  elseif first >= 0xe0 and first < 0xf0 then
    return 3, 0x800
  elseif first >= 0xf0 and first < 0xf5 then
    return 4, 0x10000
  end
end

--- The code of the character at a place and its length; `nil` if its bytes are not UTF-8.
local function code_at(text, at)
  local first = text:byte(at)
  local length, least = length_of(first)
  if not length or length == 1 then
    return length and first, 1
  end
  local code = first % 2 ^ (7 - length)
  for place = at + 1, at + length - 1 do
    local byte = text:byte(place) or 0
    if byte < 0x80 or byte >= 0xc0 then
      return nil
    end
    code = code * 64 + byte % 64
  end
  local is_surrogate = code >= 0xd800 and code <= 0xdfff
  if code >= least and code <= 0x10ffff and not is_surrogate then
    return code, length
  end
end

--- The characters of a text and their codes; a byte that belongs to none is one of its own, without a code.
local function characters(text)
  local at = 1
  return function()
    if at > #text then
      return nil
    end
    local code, length = code_at(text, at)
    length = code and length or 1
    at = at + length
    return text:sub(at - length, at - 1), code
  end
end

--- Whether a text is UTF-8.
function M.is_utf8(text)
  if not text:find("[\128-\255]") then
    return true
  end
  for _, code in characters(text) do
    if not code then
      return false
    end
  end
  return true
end

local function shown(part, code)
  if not code then
    return ("\\x%02x"):format(part:byte())
  elseif is_hostile(code) then
    return NAMED[code] or ("\\u{%x}"):format(code)
  end
  return part
end

--- The text on one line, with escapes instead of what does something to its surroundings.
function M.plain(text)
  local parts = {}
  for part, code in characters(text) do
    parts[#parts + 1] = shown(part, code)
  end
  return table.concat(parts)
end

--- As many of the parts as fit, from the first on.
local function fitting(parts, columns)
  local taken, used = {}, 0
  for _, part in ipairs(parts) do
    -- What has no width counts half a column, or it could be stacked without end.
    used = used + math.max(vim.fn.strdisplaywidth(part), 0.5)
    if used > columns then
      break
    end
    taken[#taken + 1] = part
  end
  return taken
end

--- The same, no wider than so many columns: the middle is cut out, because names differ at their ends.
function M.fitted(text, columns)
  local parts = {}
  for part, code in characters(text) do
    parts[#parts + 1] = shown(part, code)
  end
  if #fitting(parts, columns) == #parts then
    return table.concat(parts)
  end
  local room = math.max(columns - 1, 0)
  local tail_room = math.floor(room / 2)
  local head = table.concat(fitting(parts, room - tail_room))
  local from_end = {}
  for index = #parts, 1, -1 do
    from_end[#from_end + 1] = parts[index]
  end
  local tail = fitting(from_end, tail_room)
  local kept = {}
  for index = #tail, 1, -1 do
    kept[#kept + 1] = tail[index]
  end
  return head .. "…" .. table.concat(kept)
end

--- A text that Neovim takes as the value of 'statusline', so that it shows as it is.
function M.statusline(text)
  return (text:gsub("%%", "%%%%"))
end

--- A duration in its two largest units, cut off: `39s`, `12m`, `2h 50m`, `4d 2h`.
function M.span(ms)
  local seconds = math.floor(ms / 1000)
  local function two(large, unit, small, small_unit)
    return small == 0 and ("%d%s"):format(large, unit) or ("%d%s %d%s"):format(large, unit, small, small_unit)
  end
  if seconds < 60 then
    return seconds .. "s"
  elseif seconds < 3600 then
    return math.floor(seconds / 60) .. "m"
  elseif seconds < 86400 then
    return two(math.floor(seconds / 3600), "h", math.floor(seconds / 60) % 60, "m")
  end
  return two(math.floor(seconds / 86400), "d", math.floor(seconds / 3600) % 24, "h")
end

--- A number for narrow places, with one decimal: `999`, `34.6k`, `133.8M`.
function M.short(number)
  if number < 1000 then
    return ("%d"):format(number)
  end
  for power, unit in ipairs({ "k", "M", "G", "T" }) do
    local tenths = math.floor(number / (1000 ^ power / 10) + 0.5)
    if tenths < 10000 or power == 4 then
      return ("%.1f%s"):format(tenths / 10, unit)
    end
  end
end

return M
