--- The lines of `:Cco`: today, week, month, block, limits, and the project and session of this folder.
---
--- Invariant: pure. Names are shown through `text`, no line is wider than asked for unless a figure is, and what is not
--- known is a dash. Used by `window`.

local exact = require("cco.exact")
local format = require("cco.format")
local text = require("cco.text")

local M = {}

local ADVICE = {
  stopped = "Figures are not updated: the publisher stopped. Start it: cco daemon start",
  dead = "Figures are not updated: the publisher died. Start it: cco daemon start",
  ["catching up"] = "Transcripts are still being read: figures are a lower bound",
}

local function is_in(path, folder)
  return path ~= "" and (folder == path or folder:sub(1, #path + 1) == path .. "/" or path == "/")
end

--- The project of a folder: that with the longest path which contains it; of these the last used.
function M.project_of(frame, folder)
  local found
  for row in frame:rows("projects") do
    local path = row.path and #row.path > 1 and row.path:gsub("/+$", "") or row.path
    if path and is_in(path, folder) then
      local is_better = not found
        or #path > #found.path
        or #path == #found.path and exact.less(found.row.last_at, row.last_at)
      found = is_better and { row = row, path = path } or found
    end
  end
  return found and found.row
end

--- The last used session of a project.
function M.session_of(frame, project)
  local found
  for row in frame:rows("sessions") do
    if
      row.project == project.project and exact.less(row.agent, project.agent) == exact.less(project.agent, row.agent)
    then
      if not found or exact.less(found.last_at, row.last_at) then
        found = row
      end
    end
  end
  return found
end

--- The last part of a path, which is what people call a project.
local function name_of(row)
  local path = row.path ~= "" and row.path or row.project
  return path:match("([^/]+)/*$") or path
end

local function ago(then_ms, now)
  return text.span(math.max(now - exact.number(then_ms), 0)) .. " ago"
end

--- The rows that are about this folder.
local function here(frame, usage, folder, now)
  local project = frame and M.project_of(frame, folder)
  if not project then
    return { { "This folder", "–", { "no usage" } } }
  end
  local function cost_of(row)
    return format.cost(row.counters, usage.mark, not format.is_recent(row.last_at, now))
  end
  local today = usage.today and format.cost(project.today, usage.mark) .. " today"
  local rows = { { "Project", cost_of(project), { name_of(project), today or nil } } }
  local session = M.session_of(frame, project)
  if session then
    local notes = { ago(session.last_at, now), session.session:sub(1, 8) }
    rows[2] = { "Session", cost_of(session), notes }
  end
  return rows
end

local function period(label, figures)
  if not figures then
    return { label, "–", {} }
  end
  local noun = figures.requests:find("^1%D?$") and "request" or "requests"
  return { label, figures.cost, { figures.tokens .. " tokens", figures.requests .. " " .. noun } }
end

local function limit(label, of)
  if not of then
    return { label, "–", { "not reported" } }
  end
  return { label, of.used, { of.left and of.left .. " left" } }
end

local function block(of)
  if not of then
    return { "Block", "–", { "none" } }
  end
  return { "Block", of.cost, { of.left .. " left", of.rate } }
end

--- As many notes as there is room for; the first is cut if it is too long.
local function joined(notes, columns)
  local line
  for _, note in ipairs(notes) do
    local longer = line and line .. ", " .. text.plain(note) or text.fitted(note, columns)
    if vim.fn.strdisplaywidth(longer) > columns then
      break
    end
    line = longer
  end
  return line or ""
end

--- Rows as lines: labels, figures aligned at their ends, notes.
local function aligned(rows, columns)
  local label_columns, figure_columns = 0, 0
  for _, row in ipairs(rows) do
    label_columns = math.max(label_columns, vim.fn.strdisplaywidth(row[1]))
    figure_columns = math.max(figure_columns, vim.fn.strdisplaywidth(row[2]))
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local label = row[1] .. (" "):rep(label_columns - vim.fn.strdisplaywidth(row[1]))
    local figure = (" "):rep(figure_columns - vim.fn.strdisplaywidth(row[2])) .. row[2]
    local start = (" %s  %s  "):format(label, figure)
    local room = columns - vim.fn.strdisplaywidth(start) - 1
    lines[#lines + 1] = (start .. (room > 0 and joined(row[3], room) or "")):gsub("%s+$", "")
  end
  return lines
end

--- A text in lines of so many columns.
local function wrapped(words, columns)
  local lines, line = {}, ""
  for word in words:gmatch("%S+") do
    if line ~= "" and vim.fn.strdisplaywidth(line .. " " .. word) > columns - 2 then
      lines[#lines + 1], line = " " .. line, ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = " " .. line
  return lines
end

--- The lines for a usage; `frame` is `nil` if tables cannot be read.
function M.lines(usage, frame, folder, now, columns)
  local lines = { " Claude Code usage: " .. (usage.word or usage.state), "" }
  if not usage.total then
    vim.list_extend(lines, wrapped(text.plain(usage.problem), columns))
    return lines
  end
  local rows = {
    period("Today", usage.today),
    period("This week", usage.this_week),
    period("This month", usage.this_month),
    block(usage.block),
    limit("5-hour limit", usage.five_hour_limit),
    limit("7-day limit", usage.seven_day_limit),
  }
  vim.list_extend(rows, here(frame, usage, folder, now))
  vim.list_extend(lines, aligned(rows, columns))
  if ADVICE[usage.state] then
    lines[#lines + 1] = ""
    vim.list_extend(lines, wrapped(ADVICE[usage.state], columns))
  end
  return lines
end

return M
