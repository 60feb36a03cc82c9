--- Opens the dashboard in a browser, or says how to start it.
---
--- Invariant: nothing waits for the server, and nothing is opened that is not cco's: another program may listen there.

local M = {}

local uv = vim.uv or vim.loop

local PATIENCE_MS = 1000
local START = "start it with `cco daemon start --http` or `cco serve`"

local function tell(message, level)
  vim.schedule(function()
    vim.notify("cco: " .. message, level or vim.log.levels.ERROR)
  end)
end

--- Host and port of an address.
local function parts(address)
  local host, port = address:match("^http://%[?([^/%]]-)%]?:(%d+)/?")
  return host, tonumber(port)
end

--- Calls `done` with the answer to a request for `/healthz`, or with nil.
local function ask(host, port, done)
  local socket, timer, answer, is_over = uv.new_tcp(), uv.new_timer(), "", false
  local function finish(result)
    if not is_over then
      is_over = true
      timer:close()
      socket:close()
      done(result)
    end
  end
  timer:start(PATIENCE_MS, 0, function()
    finish(nil)
  end)
  uv.getaddrinfo(host, nil, { socktype = "stream" }, function(problem, addresses)
    if is_over then
      return
    elseif problem or not addresses[1] then
      return finish(nil)
    end
    socket:connect(addresses[1].addr, port, function(refused)
      if refused then
        return finish(nil)
      end
      socket:write(("GET /healthz HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n"):format(host, port))
      socket:read_start(function(broken, data)
        if data and #answer < 4096 then
          answer = answer .. data
        else
          finish(not broken and answer or nil)
        end
      end)
    end)
  end)
end

local OPENERS = { { "xdg-open" }, { "open" }, { "wslview" }, { "explorer.exe" } }

--- Opens an address in the browser; false if there is nothing to open it with.
local function browse(address)
  if vim.ui.open then
    local opened, problem = vim.ui.open(address)
    return opened ~= nil and not problem
  end
  for _, opener in ipairs(OPENERS) do
    if vim.fn.executable(opener[1]) == 1 then
      return vim.fn.jobstart({ opener[1], address }, { detach = true }) > 0
    end
  end
  return false
end

--- Opens the dashboard at an address.
function M.open(address)
  local host, port = parts(address)
  if not host then
    return tell(("`dashboard` is not an address like http://127.0.0.1:3000/: %s"):format(address))
  end
  ask(host, port, function(answer)
    if not answer or answer == "" then
      return tell(("no dashboard at %s: %s"):format(address, START), vim.log.levels.WARN)
    elseif not answer:find('{"status":"ok"}', 1, true) then
      return tell(("another program answers at %s: set `dashboard` in require('cco').setup"):format(address))
    end
    vim.schedule(function()
      if not browse(address) then
        vim.notify("cco: no program opens addresses here; the dashboard is at " .. address)
      end
    end)
  end)
end

return M
