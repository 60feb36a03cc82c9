--- `:checkhealth cco`: whether figures can be read, how, and whether they are current.
---
--- Invariant: each finding that is not well says what to do. Nothing is changed.

local bytes = require("cco.bytes")
local config = require("cco.config")
local exact = require("cco.exact")
local reader = require("cco.reader")
local system = require("cco.system")
local text = require("cco.text")

local uv = vim.uv or vim.loop

local M = {}

-- Its functions were called otherwise before Neovim 0.10.
local health = vim.health or require("health")
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local warn = health.warn or health.report_warn
local failed = health.error or health.report_error

local function check_neovim()
  start("cco: Neovim")
  local version = vim.version()
  ok(("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch))
  if bytes.is_fast then
    ok("LuaJIT with ffi: reads take microseconds")
  else
    warn("no LuaJIT ffi: reads take about a millisecond", "Use a Neovim that was built with LuaJIT")
  end
  if system.lock_method() then
    ok("asks whether the publisher holds its lock (" .. system.lock_method() .. ")")
  else
    warn(
      "cannot ask whether the publisher holds its lock: one that died counts as live for 15 s",
      "Use a Neovim that was built with LuaJIT"
    )
  end
end

local STATES = {
  stopped = "the publisher stopped %s ago: figures are not updated",
  dead = "the publisher died, and was last seen %s ago: figures are not updated",
}

local function check_publisher(opened)
  local freshness = opened:freshness()
  local age = text.span(exact.number(freshness.heartbeat_age_ms))
  if freshness.lock_unknown and system.lock_method() then
    warn(freshness.lock_unknown, "Check the permissions of the state folder")
  end
  if freshness.writer == "live" then
    ok(("a publisher runs (process %s, heartbeat %s ago)"):format(exact.text(opened.identity.writer_pid), age))
  else
    warn(STATES[freshness.writer]:format(age), "Run: cco daemon start")
  end
end

local function check_snapshot()
  start("cco: snapshot")
  local path = config.snapshot_path()
  if not path then
    return failed("there is no home folder", "Set `snapshot` in require('cco').setup")
  end
  local opened, failure = reader.open(path)
  if not opened then
    return failed(text.plain(failure.message), "See docs/peek.md, exit code " .. failure.code)
  end
  ok(
    ("%s: layout %s, by cco %s"):format(text.plain(path), opened.identity.version, text.plain(opened.identity.program))
  )
  local began = uv.hrtime()
  local totals
  totals, failure = opened:totals()
  if not totals then
    opened:close()
    return failed(text.plain(failure.message), "See docs/peek.md, exit code " .. failure.code)
  end
  ok(("commit %s, read in %.0f µs"):format(exact.text(totals.generation), (uv.hrtime() - began) / 1000))
  if exact.is_zero(totals.scan_state) then
    warn("transcripts are still being read: figures are a lower bound")
  end
  check_publisher(opened)
  local frame
  frame, failure = opened:frame()
  if frame then
    ok("the tables match their checksums")
  else
    failed(text.plain(failure.message), "See docs/peek.md, exit code " .. failure.code)
  end
  opened:close()
end

local function check_programs()
  start("cco: programs")
  local program = config.get().program
  if vim.fn.executable(program) == 1 then
    ok(("`:Cco reports` runs %s"):format(vim.fn.exepath(program)))
  else
    warn(("`:Cco reports` cannot run %s"):format(program), "Install cco, or set `program` in require('cco').setup")
  end
  ok(("`:Cco dashboard` opens %s"):format(config.get().dashboard))
end

function M.check()
  check_neovim()
  check_snapshot()
  check_programs()
end

return M
