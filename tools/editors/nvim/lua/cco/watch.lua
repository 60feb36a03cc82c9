--- The current reading, and the timer that looks for a newer one.
---
--- Invariant: the timer runs only while something shows the figures. A component asks whenever its line is drawn. If none
--- has asked for a while, the lines are drawn once more; if still none asks, the timer stops until one does. What is asked
--- for is never older than the interval, with the timer or without it. Used by `init`, `window` and `health`.
---
--- A reading has `totals` and `freshness`; without them a `state`, a short `word` and the `problem`.

local config = require("cco.config")
local reader = require("cco.reader")

local uv = vim.uv or vim.loop

local M = {}

--- Idle time in ns before checking whether anything still shows the text. Tests have less.
M.patience_ns = 10e9

local open_reader, reading, read_at
local timer, asked_at, is_probing
--- Windows that show figures: functions that draw again, and return whether they still do.
local viewers = {}
--- What components show now: a function; and what that was when they were last drawn.
local text_now, drawn

local WORDS = { [4] = "missing", [15] = "nothing published yet", [16] = "busy" }

local function unreadable(failure)
  local state = failure.code == 4 and "missing" or "unreadable"
  return { state = state, word = WORDS[failure.code] or "unreadable", problem = failure.message, code = failure.code }
end

--- Opens the snapshot, or another one that has taken its path.
local function current_reader()
  local path = config.snapshot_path()
  if not path then
    return nil, { code = 4, message = "there is no home folder: set `snapshot` in require('cco').setup" }
  end
  if open_reader and open_reader.path ~= path then
    open_reader:close()
    open_reader = nil
  end
  if not open_reader then
    local opened, failure = reader.open(path)
    if not opened then
      return nil, failure
    end
    open_reader = opened
    return opened
  end
  local refreshed, failure = open_reader:refresh()
  if refreshed == nil then
    return nil, failure
  end
  return open_reader
end

local function read()
  local from, failure = current_reader()
  if not from then
    return unreadable(failure)
  end
  local totals
  totals, failure = from:totals()
  if totals then
    return { totals = totals, freshness = from:freshness(), reader = from }
  end
  if failure.code == 16 and reading and reading.totals then
    -- The last values stand, but not the last word on the publisher.
    return { totals = reading.totals, freshness = from:freshness(), reader = from }
  end
  return unreadable(failure)
end

local function read_now()
  reading, read_at = read(), uv.hrtime()
end

--- The current reading.
function M.reading()
  if not reading or uv.hrtime() - read_at >= config.get().interval_ms * 1e6 then
    read_now()
  end
  return reading
end

--- Whether drawing would disturb: a command line is typed, or a message waits for a key.
local function is_busy()
  local mode = vim.api.nvim_get_mode()
  return mode.blocking or mode.mode:find("^[cr]") ~= nil
end

local function draw()
  vim.cmd("redrawstatus!")
  if vim.o.tabline ~= "" then
    vim.cmd("redrawtabline")
  end
end

local function stop()
  if timer then
    timer:stop()
    timer:close()
    timer = nil
  end
end

local tick = vim.schedule_wrap(function()
  if not timer or is_busy() then
    return
  end
  -- Whatever its age: an interval that ends a moment after the tick would be waited for twice.
  read_now()
  for viewer in pairs(viewers) do
    if viewer() then
      asked_at = uv.hrtime()
    else
      viewers[viewer] = nil
    end
  end
  local is_forgotten = uv.hrtime() - asked_at > M.patience_ns
  if is_forgotten and is_probing then
    stop()
    return
  end
  is_probing = is_forgotten
  local text = text_now and text_now()
  if text ~= drawn or is_probing then
    drawn = text
    draw()
  end
end)

--- Draws components again whenever this function returns something else.
function M.follow(text)
  text_now = text
end

--- Runs the timer until nobody asks any more.
function M.keep_current()
  asked_at, is_probing = uv.hrtime(), false
  if not timer then
    timer = uv.new_timer()
    local interval = config.get().interval_ms
    timer:start(interval, interval, tick)
  end
end

--- Calls a function at each tick for as long as it returns true.
function M.add_viewer(viewer)
  viewers[viewer] = true
  M.keep_current()
end

--- Whether the timer runs.
function M.is_running()
  return timer ~= nil
end

--- Begins again with other settings.
function M.reset()
  stop()
  if open_reader then
    open_reader:close()
  end
  open_reader, reading, drawn = nil, nil, nil
end

return M
