--- Floating windows: the summary, which follows the figures, and reports in a terminal.
---
--- Invariant: a float fits the screen, closes with q or Esc, and leaves no buffer, timer or process behind.

local format = require("cco.format")
local summary = require("cco.summary")
local system = require("cco.system")
local watch = require("cco.watch")

local M = {}

local WIDEST = 76

--- Where a float of this size goes.
local function place(width, height)
  local columns, lines = vim.o.columns, vim.o.lines - vim.o.cmdheight
  width, height = math.max(math.min(width, columns - 2), 1), math.max(math.min(height, lines - 2), 1)
  return {
    relative = "editor",
    style = "minimal",
    border = "rounded",
    width = width,
    height = height,
    row = math.max(math.floor((lines - height) / 2) - 1, 0),
    col = math.max(math.floor((columns - width) / 2) - 1, 0),
  }
end

--- A float with a buffer that goes with it.
local function open(width, height)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.bo[buffer].bufhidden = "wipe"
  local window = vim.api.nvim_open_win(buffer, true, place(width, height))
  vim.api.nvim_create_autocmd("VimResized", {
    callback = function()
      if not vim.api.nvim_win_is_valid(window) then
        return true -- forgets this
      end
      vim.api.nvim_win_set_config(window, place(width, height))
    end,
  })
  for _, key in ipairs({ "q", "<Esc>" }) do
    vim.keymap.set("n", key, function()
      vim.api.nvim_win_close(window, true)
    end, { buffer = buffer, nowait = true, desc = "Close" })
  end
  return buffer, window
end

local space = vim.api.nvim_create_namespace("cco")

--- The frame of the last commit, read only when there is a newer one.
local function frame_of(reading, known)
  if not reading.totals then
    return nil
  elseif known.frame and known.frame.totals == reading.totals then
    return known.frame
  end
  known.frame = reading.reader:frame() or known.frame
  return known.frame
end

--- Opens the summary of usage, this folder's project and session included.
function M.summary()
  local folder, known, shown = vim.fn.getcwd(), {}, nil
  local function lines()
    local reading, now = watch.reading(), system.wall_clock()
    local width = math.min(WIDEST, vim.o.columns - 2)
    return summary.lines(format.usage(reading, now), frame_of(reading, known), folder, now, width)
  end
  local first = lines()
  local buffer, window = open(WIDEST, #first)
  vim.bo[buffer].filetype = "cco"
  local function draw()
    if not vim.api.nvim_win_is_valid(window) then
      return false
    end
    local now = lines()
    local text = table.concat(now, "\n")
    if text ~= shown then
      shown = text
      vim.bo[buffer].modifiable = true
      vim.api.nvim_buf_set_lines(buffer, 0, -1, false, now)
      vim.bo[buffer].modifiable = false
      vim.api.nvim_buf_set_extmark(buffer, space, 0, 0, { id = 1, end_col = #now[1], hl_group = "Title" })
      vim.api.nvim_win_set_config(window, place(WIDEST, #now))
    end
    return true
  end
  draw()
  watch.add_viewer(draw)
end

--- Runs a report in a float: `daily` unless there is another name, with the rest as its options.
function M.report(program, arguments)
  if vim.fn.executable(program) == 0 then
    local message = ("cco: cannot run %s: install cco, or set `program` in require('cco').setup"):format(program)
    vim.notify(message, vim.log.levels.ERROR)
    return
  end
  local command = vim.list_extend({ program }, #arguments > 0 and arguments or { "daily" })
  open(vim.o.columns - 4, vim.o.lines - 6)
  if vim.fn.has("nvim-0.11") == 1 then
    vim.fn.jobstart(command, { term = true })
  else
    vim.fn.termopen(command)
  end
end

return M
