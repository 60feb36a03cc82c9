--- Settings: defaults, what `setup` changes, and where the snapshot is.
---
--- Invariant: `get()` is complete and valid. An unknown or invalid setting is an error that names it, and changes nothing.

local M = {}

local DEFAULTS = {
  --- The snapshot's path; `nil` for the one that cco publishes (`M.snapshot_path`).
  snapshot = nil,
  --- How often a visible component looks for something new.
  interval_ms = 500,
  --- A function from the usage to the component's text, or to `nil`, which hides it.
  format = nil,
  --- The program that `:Cco reports` runs.
  program = "cco",
  --- What `:Cco dashboard` opens.
  dashboard = "http://127.0.0.1:3000/",
}
local KINDS = {
  snapshot = "string",
  interval_ms = "number",
  format = "function",
  program = "string",
  dashboard = "string",
}

local current = DEFAULTS

--- What is wrong with the settings; `nil` if nothing is.
local function trouble(settings)
  for key, value in pairs(settings) do
    local kind = KINDS[key]
    if not kind then
      local known = vim.tbl_keys(KINDS)
      table.sort(known)
      return ("cco: unknown setting %q: use %s"):format(tostring(key), table.concat(known, ", "))
    elseif type(value) ~= kind then
      return ("cco: %s must be a %s, not a %s"):format(key, kind, type(value))
    end
  end
  local interval = settings.interval_ms
  if interval and (interval < 50 or interval > 60000 or interval % 1 ~= 0) then
    return "cco: interval_ms must be a whole number from 50 to 60000"
  end
end

--- Changes settings; those that are not given are the defaults.
function M.set(settings)
  local wrong = trouble(settings)
  if wrong then
    error(wrong, 0)
  end
  current = vim.tbl_extend("force", DEFAULTS, settings)
end

function M.get()
  return current
end

--- The snapshot that cco publishes with these variables of the environment; `nil` if there is no home folder.
function M.path_from(variable)
  local function set(name)
    local value = variable(name)
    return value ~= "" and value or nil
  end
  local function absolute(name)
    local value = set(name)
    return value and value:sub(1, 1) == "/" and value or nil
  end
  if set("CCO_SNAPSHOT") then
    return set("CCO_SNAPSHOT")
  end
  local folder = set("CCO_STATE")
  if not folder then
    local home = absolute("HOME")
    local state = absolute("XDG_STATE_HOME") or home and home .. "/.local/state"
    folder = state and state .. "/cco"
  end
  return folder and folder .. "/usage.snapshot"
end

--- Where to read; `nil` if there is no home folder.
function M.snapshot_path()
  return current.snapshot and vim.fn.expand(current.snapshot)
    or M.path_from(function(name)
      return (vim.uv or vim.loop).os_getenv(name)
    end)
end

return M
