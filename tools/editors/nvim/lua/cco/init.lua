--- Claude Code usage in Neovim: what users call.
---
---   require("cco").setup({})                            -- settings, all optional
---   vim.o.statusline = "%<%f %= %{v:lua.require'cco'.status()}"
---   lualine_x = { require("cco").component }            -- in lualine's sections
---
--- Invariant: a component never waits, never raises an error and never writes anything. It is text in one line; if the
--- figures are stale or missing it says so.

local config = require("cco.config")
local format = require("cco.format")
local system = require("cco.system")
local text = require("cco.text")
local watch = require("cco.watch")

local M = {}

local reported

--- Tells once what is wrong with the user's formatter.
local function report(problem)
  if problem ~= reported then
    reported = problem
    vim.schedule(function()
      vim.notify("cco: `format` failed: " .. text.plain(problem), vim.log.levels.ERROR)
    end)
  end
end

--- What the figures are now, as formatters get it.
function M.usage()
  return format.usage(watch.reading(), system.wall_clock())
end

--- The text of the component now; empty if the formatter hides it.
local function text_now()
  local usage = M.usage()
  local formatter = config.get().format or format.default
  local is_done, made = pcall(formatter, usage)
  if is_done and (made == nil or type(made) == "string") then
    return text.plain(made or "")
  end
  report(is_done and "it returned a " .. type(made) .. ", not a string or nil" or tostring(made))
  return format.default(usage)
end

watch.follow(text_now)

--- Changes settings (`:help cco-settings`).
function M.setup(settings)
  config.set(settings or {})
  watch.reset()
end

--- The component as plain text: for `%{v:lua.require'cco'.status()}`.
function M.status()
  watch.keep_current()
  return text_now()
end

--- The same with `%` doubled, as 'statusline' wants it: for `%{%…%}`, `%!` and lualine. It is empty if it is hidden.
function M.component()
  return text.statusline(M.status())
end

--- A text from elsewhere, safe for one line; for formatters.
M.plain = text.plain

local REPORTS = { "blocks", "daily", "limits", "model", "monthly", "project", "session", "total", "weekly", "yearly" }

--- Completes the arguments of `:Cco`.
function M.complete(lead, line)
  local before = vim.split(line:sub(1, #line - #lead), "%s+", { trimempty = true })
  local choices = {}
  if #before == 1 then
    choices = { "dashboard", "reports" }
  elseif #before == 2 and before[2] == "reports" then
    choices = REPORTS
  end
  return vim.tbl_filter(function(choice)
    return vim.startswith(choice, lead)
  end, choices)
end

--- What `:Cco` does with its arguments.
function M.command(arguments)
  local what = arguments[1]
  if not what then
    require("cco.window").summary()
  elseif what == "dashboard" and #arguments == 1 then
    require("cco.dashboard").open(config.get().dashboard)
  elseif what == "reports" then
    require("cco.window").report(config.get().program, vim.list_slice(arguments, 2))
  else
    local message = "cco: no such command: use :Cco, :Cco dashboard or :Cco reports [NAME]"
    vim.notify(message, vim.log.levels.ERROR)
  end
end

return M
