--- Facts about the plugin beside a real publisher: what it shows, when it looks, what its commands do.

local facts = require("facts")
local fact, equal, contains, soon = facts.fact, facts.equal, facts.contains, facts.soon

local home = vim.env.HOME

local function run(...)
  local output = vim.fn.system({ ... })
  assert(vim.v.shell_error == 0, output)
end

local notified = {}
vim.notify = function(message)
  notified[#notified + 1] = message
end

--- Adds a request of today that costs something, in a project's folder.
local number = 0
local function append(path)
  number = number + 1
  path = path or "/home/ada/engine"
  local record = {
    type = "assistant",
    sessionId = "5a3c8f10-0000-4000-8000-000000000001",
    cwd = path,
    timestamp = os.date("!%Y-%m-%dT%H:%M:%S.000Z"),
    message = {
      id = "msg_test_" .. number,
      model = "claude-opus-5",
      usage = { input_tokens = 1000000, output_tokens = 1000 },
    },
  }
  -- Claude Code names a project's folder after its path.
  local folder = home .. "/.claude/projects/" .. path:gsub("\226\128\174", "-"):gsub("%W", "-")
  vim.fn.mkdir(folder, "p")
  local file = assert(io.open(folder .. "/5a3c8f10-0000-4000-8000-000000000001.jsonl", "a"))
  file:write(vim.fn.json_encode(record), "\n")
  file:close()
end

local publisher

local function publish()
  publisher = vim.fn.jobstart({ "cco", "publish" })
  assert(publisher > 0)
end

local function kill(signal)
  vim.loop.kill(vim.fn.jobpid(publisher), signal)
  vim.fn.jobwait({ publisher }, 10000)
end

vim.cmd("runtime plugin/cco.lua")

fact("starting Neovim defines the command and loads nothing else", function()
  equal(vim.fn.exists(":Cco"), 2)
  for name in pairs(package.loaded) do
    assert(not name:find("^cco"), name)
  end
end)

fact("a Neovim without bit operations is told what to use", function()
  local bit, preload = package.loaded.bit, package.preload.bit
  package.loaded.bit, package.preload.bit = nil, error
  local is_loaded, problem = pcall(require, "cco.bytes")
  package.loaded.bit, package.preload.bit, package.loaded["cco.bytes"] = bit, preload, nil
  equal(is_loaded, false)
  contains(problem, "built with LuaJIT")
end)

local cco = require("cco")
local watch = require("cco.watch")
cco.setup({ interval_ms = 50 })

fact("without a snapshot it says missing", function()
  equal(cco.status(), "cco: missing")
end)

run("python3", vim.env.CCO_REPOSITORY .. "/tools/pictures/sample_home.py", home)
append()
run("cco", "publish", "--once")

fact("after a publisher has stopped, figures are stale", function()
  soon(function()
    return cco.status():find("today") ~= nil
  end, "a snapshot")
  contains(cco.status(), "? today")
  contains(cco.status(), "stale ")
end)

publish()

fact("a running publisher makes them current", function()
  soon(function()
    return not cco.status():find("stale")
  end, "a live publisher")
  assert(cco.status():find("^%$%d+%.%d%d today"), cco.status())
end)

fact("an append shows within a second", function()
  local before, began = cco.status(), vim.loop.hrtime()
  append()
  soon(function()
    return cco.status() ~= before
  end, "another figure")
  local seconds = (vim.loop.hrtime() - began) / 1e9
  assert(seconds < 1, ("it took %.1f s"):format(seconds))
end)

fact("figures agree with those of cco-peek", function()
  local theirs = vim.fn.trim(vim.fn.system({ "cco-peek", "--field", "today.cost" }))
  theirs = vim.v.shell_error == 0 and theirs or vim.fn.trim(vim.fn.system({ "cco-peek", "--format", "{today.cost}" }))
  contains(cco.status(), theirs .. " today")
end)

local function evaluated(line)
  return vim.api.nvim_eval_statusline(line, { maxwidth = 200 }).str
end

fact("text is shown as it is, in a plain status line and as an expression", function()
  cco.setup({
    interval_ms = 50,
    format = function()
      return "100% %f %#Error# %{1+1}\n\27[31m"
    end,
  })
  local shown = "100% %f %#Error# %{1+1}\\n\\u{1b}[31m"
  equal(cco.status(), shown)
  equal(evaluated("%{v:lua.require'cco'.status()}"), shown)
  equal(evaluated("%{%v:lua.require'cco'.component()%}"), shown)
  equal(evaluated(cco.component()), shown)
end)

fact("a formatter that returns nil hides the component", function()
  cco.setup({
    format = function(usage)
      return usage.word
    end,
  })
  equal(cco.status(), "")
  equal(cco.component(), "")
  equal(evaluated("[%{v:lua.require'cco'.status()}]"), "[]")
end)

fact("a formatter that fails is reported once, and the figures are shown", function()
  for _, broken in ipairs({
    function()
      error("broken formatter")
    end,
    function()
      return {}
    end,
  }) do
    cco.setup({ interval_ms = 50, format = broken })
    notified = {}
    for _ = 1, 3 do
      contains(cco.status(), " today")
    end
    soon(function()
      return #notified > 0
    end, "a message")
    equal(#notified, 1)
    contains(notified[1], "`format` failed")
  end
end)

fact("the timer runs only while something asks", function()
  watch.patience_ns = 0.3e9
  cco.setup({ interval_ms = 50 })
  equal(watch.is_running(), false)
  cco.status()
  equal(watch.is_running(), true)
  soon(function()
    return not watch.is_running()
  end, "its end")
  cco.component()
  equal(watch.is_running(), true)
end)

--- The lines of the current window.
local function lines()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

fact("the summary opens in a float, follows the figures and leaves nothing behind", function()
  vim.fn.mkdir(home .. "/elsewhere", "p")
  local windows, buffers = #vim.api.nvim_list_wins(), #vim.api.nvim_list_bufs()
  vim.cmd("Cco")
  equal(#vim.api.nvim_list_wins(), windows + 1)
  equal(vim.api.nvim_win_get_config(0).relative, "editor")
  local before = lines()
  contains(before, "Claude Code usage: live")
  contains(before, "no usage")
  append()
  soon(function()
    return lines() ~= before
  end, "another figure")
  vim.api.nvim_feedkeys("q", "xt", false)
  equal(#vim.api.nvim_list_wins(), windows)
  equal(#vim.api.nvim_list_bufs(), buffers)
  soon(function()
    return not watch.is_running()
  end, "the end of the timer")
end)

fact("the summary has the project and session of the folder", function()
  local summary = require("cco.summary")
  local reading = watch.reading()
  local frame = assert(reading.reader:frame())
  local shown = summary.lines(cco.usage(), frame, "/home/ada/engine/src", os.time() * 1000, 76)
  contains(table.concat(shown, "\n"), "engine, ")
  contains(table.concat(shown, "\n"), "5a3c8f10")
end)

fact("a hostile name of a project is text in the summary", function()
  local path = home .. "/50%#Error#\27[31m\226\128\174"
  vim.fn.mkdir(path, "p")
  append(path)
  vim.api.nvim_set_current_dir(path)
  vim.cmd("Cco")
  soon(function()
    return lines():find("50%#Error#\\u{1b}[31m\\u{202e}", 1, true) ~= nil
  end, "the project")
  assert(not lines():find("[%z\1-\9\11-\31\127]"), "raw")
  vim.api.nvim_feedkeys("q", "xt", false)
  vim.api.nvim_set_current_dir(vim.env.CCO_REPOSITORY .. "/tools/editors/nvim")
end)

fact("commands are completed", function()
  equal(vim.fn.getcompletion("Cco ", "cmdline"), { "dashboard", "reports" })
  contains(table.concat(vim.fn.getcompletion("Cco reports ", "cmdline"), " "), "daily")
  equal(vim.fn.getcompletion("Cco reports ye", "cmdline"), { "yearly" })
  equal(vim.fn.getcompletion("Cco dashboard ", "cmdline"), {})
end)

fact("a report runs in a float, with its options", function()
  vim.o.columns, vim.o.lines = 100, 40
  vim.cmd("Cco reports daily --last 1 --offline")
  soon(function()
    return lines():find("Process exited") ~= nil
  end, "the end of the report")
  contains(lines(), "$")
  assert(not lines():find("error"), lines())
  vim.cmd("stopinsert")
  vim.api.nvim_feedkeys("q", "xt", false)
  equal(vim.api.nvim_win_get_config(0).relative, "")
end)

fact("a program that is missing is named with what to do", function()
  notified = {}
  cco.setup({ program = "no-such-program" })
  vim.cmd("Cco reports")
  contains(notified[1], "cannot run no-such-program: install cco")
  vim.cmd("Cco nonsense")
  contains(notified[2], "no such command")
end)

--- A server that gives everyone this answer; returns its address.
local function serve(answer)
  local server = vim.loop.new_tcp()
  server:bind("127.0.0.1", 0)
  server:listen(8, function()
    local client = vim.loop.new_tcp()
    server:accept(client)
    client:read_start(function() end)
    client:write(answer, function()
      client:close()
    end)
  end)
  return ("http://127.0.0.1:%d/"):format(server:getsockname().port), server
end

local function opens(address)
  notified = {}
  cco.setup({ dashboard = address })
  local opened = vim.fn.tempname()
  local program = home .. "/bin/xdg-open"
  vim.fn.mkdir(home .. "/bin", "p")
  vim.fn.writefile(
    { "#!/bin/sh", 'printf %s "$1" >' .. opened .. ".new && mv " .. opened .. ".new " .. opened },
    program
  )
  vim.fn.setfperm(program, "rwx------")
  vim.env.PATH = home .. "/bin:" .. vim.env.PATH
  vim.cmd("Cco dashboard")
  soon(function()
    return #notified > 0 or vim.fn.filereadable(opened) == 1
  end, "an answer")
  return notified[1], vim.fn.filereadable(opened) == 1 and vim.fn.readfile(opened)[1] or nil
end

fact("the dashboard opens in the browser", function()
  local address, server = serve('HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}')
  local message, opened = opens(address)
  equal({ message, opened }, { nil, address })
  server:close()
end)

fact("another program's page is not opened", function()
  local address, server = serve("HTTP/1.1 200 OK\r\n\r\nhello")
  local message, opened = opens(address)
  equal(opened, nil)
  contains(message, "another program answers at")
  server:close()
end)

fact("a dashboard that does not run is started as the message says", function()
  local address, server = serve("")
  server:close()
  local message, opened = opens(address)
  equal(opened, nil)
  contains(message, "cco daemon start --http")
  contains(opens("ftp://x"), "is not an address like")
end)

fact("checkhealth finds everything well", function()
  cco.setup({})
  vim.cmd("silent checkhealth cco")
  for _, part in ipairs({
    "LuaJIT with ffi",
    "F_OFD_GETLK",
    "layout 1.",
    "a publisher runs",
    "match their checksums",
    "runs /",
  }) do
    contains(lines(), part)
  end
  assert(not lines():find("ERROR"), lines())
  assert(not lines():find("WARNING"), lines())
  vim.cmd("bwipeout!")
end)

--- The Lua of a document below a heading.
local function snippet(path, heading)
  local file = assert(io.open(path))
  local document = file:read("*a")
  file:close()
  local after = assert(select(2, document:find("\n## " .. vim.pesc(heading) .. "\n")), heading)
  return assert(document:match("```lua\n(.-)```", after))
end

fact("the guide's snippet reads the totals", function()
  local printed = {}
  local run_snippet = assert(loadstring(snippet(vim.env.CCO_REPOSITORY .. "/docs/embedding.md", "Neovim (Lua)")))
  setfenv(
    run_snippet,
    setmetatable({
      print = function(...)
        printed = { ... }
      end,
    }, { __index = _G })
  )
  run_snippet()
  local today = cco.usage().today.counters
  equal(printed, { require("cco.exact").dollars(today.cost), today.requests, "live" })
end)

fact("the README's formatter shows the block", function()
  assert(loadstring(snippet("README.md", "Your own text")))()
  equal(cco.status(), cco.usage().block.cost .. ", " .. cco.usage().block.left .. " left")
end)

cco.setup({ interval_ms = 50 })
kill("sigkill")

fact("a publisher that was killed is dead at once", function()
  soon(function()
    return cco.status():find("dead ") ~= nil
  end, "the word")
  contains(cco.status(), "? today")
  vim.cmd("silent checkhealth cco")
  contains(lines(), "the publisher died")
  contains(lines(), "cco daemon start")
  vim.cmd("bwipeout!")
end)

publish()

fact("the next publisher's file is read without being asked to", function()
  soon(function()
    return not cco.status():find("dead")
  end, "a live publisher")
  equal(cco.usage().state, "live")
end)

kill("sigterm")

fact("a deleted snapshot is missing, not the last figures", function()
  os.remove(require("cco.config").snapshot_path())
  soon(function()
    return cco.status() == "cco: missing"
  end, "the word")
  vim.cmd("silent checkhealth cco")
  contains(lines(), "no snapshot at")
  vim.cmd("bwipeout!")
end)

fact("the help file's tags are clean", function()
  local copy = vim.fn.tempname()
  vim.fn.mkdir(copy, "p")
  vim.fn.writefile(vim.fn.readfile("doc/cco.txt"), copy .. "/cco.txt")
  vim.cmd("helptags " .. copy)
  local tags = {}
  for _, line in ipairs(vim.fn.readfile(copy .. "/tags")) do
    tags[line:match("^(%S+)")] = true
  end
  local text = table.concat(vim.fn.readfile("doc/cco.txt"), "\n")
  for name in text:gmatch("|(cco[%w%-.]*)|") do
    assert(tags[name], name .. " leads nowhere")
  end
  for _, line in ipairs(vim.fn.readfile("doc/cco.txt")) do
    assert(vim.fn.strdisplaywidth(line) <= 78, line)
  end
end)

facts.finish("plugin")
