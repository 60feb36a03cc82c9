--- Facts about what is shown: figures with their marks, states as words, and names of strangers as text.

local facts = require("facts")
local fact, equal, contains = facts.fact, facts.equal, facts.contains

local config = require("cco.config")
local exact = require("cco.exact")
local format = require("cco.format")
local summary = require("cco.summary")
local text = require("cco.text")

local MINUTE, HOUR = 60000, 3600000
local NOW = 500000 * HOUR

--- Counters with this many cents; `changes` replaces some.
local function counters(cents, changes)
  local made = { cost = cents * 1e10 }
  for _, name in ipairs({
    "requests",
    "messages",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "unpriced_tokens",
    "provisional_output_tokens",
  }) do
    made[name] = 0
  end
  return vim.tbl_extend("force", made, { requests = 12, input_tokens = 1000, output_tokens = 234500 }, changes or {})
end

local function period(cents, left, changes)
  return { start = NOW - HOUR, stop = NOW + left, counters = counters(cents, changes) }
end

--- A reading of a publisher in this state.
local function reading(writer, changes)
  local totals = {
    generation = 7,
    scan_state = 1,
    totals = counters(500000),
    today = period(166, 5 * HOUR),
    this_week = period(1200, 50 * HOUR),
    this_month = period(123456, 500 * HOUR),
    block = period(724, 2 * HOUR + 19 * MINUTE),
    block_first_at = NOW - 2 * HOUR,
    block_last_at = NOW - HOUR,
    five_hour_limit = { used = 418000, resets_at = NOW + 2 * HOUR + 19 * MINUTE, seen_at = NOW },
  }
  totals = vim.tbl_extend("force", totals, changes or {})
  return { totals = totals, freshness = { writer = writer, heartbeat_age_ms = 39500 } }
end

local function shown(writer, changes)
  return format.default(format.usage(reading(writer, changes), NOW))
end

fact("a live publisher's figures have no marks", function()
  equal(shown("live"), "$1.66 today · $7.24 block, 2h 19m left · 41% of 5h")
end)

fact("a publisher that stopped or died is a word, and its figures have marks", function()
  equal(shown("stopped"), "$1.66? today · $7.24? block, 2h 19m left · 41% of 5h · stale 39s")
  equal(shown("dead"), "$1.66? today · $7.24? block, 2h 19m left · 41% of 5h · dead 39s")
end)

fact("while transcripts are read, figures are lower bounds and it says so", function()
  equal(shown("live", { scan_state = 0 }), "$1.66+ today · $7.24+ block, 2h 19m left · 41% of 5h · catching up")
  equal(shown("dead", { scan_state = 0 }):match("dead 39s"), "dead 39s")
end)

fact("without a snapshot there is a word and no figure", function()
  local usage = format.usage({ state = "missing", word = "missing", problem = "no snapshot" }, NOW)
  equal(format.default(usage), "cco: missing")
  equal(usage.total, nil)
end)

fact("a day or block that is over has no figures, and never zero", function()
  local over = period(166, 0)
  equal(shown("live", { today = over, block = over, five_hour_limit = false }), "– today")
  equal(format.usage(reading("live", { this_week = over, this_month = over }), NOW).this_week, nil)
end)

fact("a limit that was reset since is not a percentage", function()
  local limit = { used = 990000, resets_at = NOW, seen_at = 1 }
  contains(shown("live", { five_hour_limit = limit }), "reset of 5h")
end)

fact("costs say what they leave out", function()
  equal(format.cost(counters(120)), "$1.20")
  equal(format.cost(counters(0)), "$0.00")
  equal(format.cost(counters(120, { unpriced_tokens = 1 })), "$1.20+")
  equal(format.cost(counters(120, { unpriced_tokens = 1 }), "+"), "$1.20+", "one mark is enough")
  equal(format.cost(counters(120, { unpriced_tokens = 1 }), "?"), "$1.20+?")
  equal(format.cost(counters(0, { unpriced_tokens = 1 })), "no price")
  equal(format.cost(counters(120, { output_tokens = 1000, provisional_output_tokens = 100 })), "$1.20")
  equal(format.cost(counters(120, { output_tokens = 1000, provisional_output_tokens = 101 })), "~$1.20")
  equal(format.cost(counters(120, { output_tokens = 1000, provisional_output_tokens = 101 }), "?", true), "$1.20?")
  equal({ format.is_recent(NOW - 720 * HOUR, NOW), format.is_recent(NOW - 720 * HOUR - 1, NOW) }, { true, false })
end)

fact("a block has a rate once its requests span a minute", function()
  local function rate(first, last)
    local of = reading("live", { block_first_at = first, block_last_at = last })
    return format.usage(of, NOW).block.rate
  end
  equal(rate(NOW - 2 * HOUR, NOW - HOUR), "$7.24/h")
  equal(rate(NOW, NOW + MINUTE - 1), nil)
end)

fact("the largest numbers are shown", function()
  local all = 0xffffffff
  local most = exact.unsigned(all, all)
  local changes = { requests = most, input_tokens = most, output_tokens = most, cost = exact.of(all, all, all, all) }
  local usage = format.usage(reading("live", { today = period(0, HOUR, changes) }), NOW)
  equal(usage.today.requests, "18,446,744,073,709,551,615")
  contains(usage.today.tokens, "T")
  contains(usage.today.cost, "$340,282,366,920,938,463,463,374,607.43")
end)

fact("times and numbers are written as all programs of cco do", function()
  local spans = {}
  for _, ms in ipairs({ 999, 59999, 12 * MINUTE, 65 * MINUTE, 2 * HOUR, 50 * HOUR, 72 * HOUR }) do
    spans[#spans + 1] = text.span(ms)
  end
  equal(spans, { "0s", "59s", "12m", "1h 5m", "2h", "2d 2h", "3d" })
  local numbers = {}
  for _, number in ipairs({ 0, 999, 1000, 34600, 999949, 999950, 133800000, 1e12, 1e16 }) do
    numbers[#numbers + 1] = text.short(number)
  end
  equal(numbers, { "0", "999", "1.0k", "34.6k", "999.9k", "1.0M", "133.8M", "1.0T", "10000.0T" })
end)

local HOSTILE = "\27[2J\n\t\r\194\155\226\128\174x\226\128\168%#E#\239\187\191\194\173\0\255"

fact("names of strangers become visible text on one line", function()
  local safe = text.plain(HOSTILE)
  equal(safe, "\\u{1b}[2J\\n\\t\\r\\u{9b}\\u{202e}x\\u{2028}%#E#\\u{feff}\\u{ad}\\u{0}\\xff")
  equal(text.plain("é日 a-b 👩"), "é日 a-b 👩")
end)

fact("a name that is too long keeps both of its ends", function()
  equal(text.fitted("claude-opus-4-6", 15), "claude-opus-4-6")
  equal(text.fitted("/home/ada/code/engine", 11), "/home…ngine")
  equal(text.fitted("日本語日本語", 5), "日…語")
  equal(text.fitted(("\27"):rep(300), 20), "\\u{1b}…\\u{1b}")
  equal(text.fitted("abc", 0), "…")
  assert(vim.fn.strdisplaywidth(text.fitted(("a\204\129"):rep(1000), 40)) <= 40)
end)

--- A frame with these projects and sessions.
local function frame(projects, sessions)
  return {
    rows = function(_, name)
      local rows, index = name == "projects" and projects or sessions or {}, 0
      return function()
        index = index + 1
        return rows[index]
      end
    end,
  }
end

local function project(path, last_at, agent)
  return {
    project = path:gsub("/", "-"),
    path = path,
    agent = agent or 0,
    first_at = 1,
    last_at = last_at,
    counters = counters(320),
    today = counters(40),
  }
end

fact("a folder's project is the nearest that contains it, the last used first", function()
  local made =
    frame({ project("/home", 9), project("/home/me/a", 1), project("/home/me/a", 5, 1), project("/home/me/ab", 9) })
  equal(summary.project_of(made, "/home/me/a/src").agent, 1)
  equal(summary.project_of(made, "/home/me/abc").path, "/home")
  equal(summary.project_of(made, "/srv"), nil)
  equal(summary.project_of(frame({ project("", 1) }), "/srv"), nil, "a project without a folder is nobody's")
end)

local function lines(writer, changes, made, columns)
  local usage = format.usage(reading(writer, changes), NOW)
  return summary.lines(usage, made, "/home/me/a", NOW, columns or 74)
end

fact("the summary shows periods, block, limits, project and session", function()
  local session = {
    session = "0189a1f0-5d3e",
    project = "-home-me-a",
    agent = 0,
    last_at = NOW - 3 * MINUTE,
    counters = counters(90),
  }
  local older = vim.tbl_extend("force", session, { session = "older", last_at = 5 })
  equal(lines("live", nil, frame({ project("/home/me/a", NOW) }, { older, session })), {
    " Claude Code usage: live",
    "",
    " Today             $1.66  235.5k tokens, 12 requests",
    " This week        $12.00  235.5k tokens, 12 requests",
    " This month    $1,234.56  235.5k tokens, 12 requests",
    " Block             $7.24  2h 19m left, $7.24/h",
    " 5-hour limit        41%  2h 19m left",
    " 7-day limit           –  not reported",
    " Project           $3.20  a, $0.40 today",
    " Session           $0.90  3m ago, 0189a1f0",
  })
end)

fact("the summary says that figures are not updated, and what to do", function()
  local shown_lines = table.concat(lines("dead", nil, frame({})), "\n")
  contains(shown_lines, "Claude Code usage: dead 39s")
  contains(shown_lines, "cco daemon start")
  contains(shown_lines, "This folder            –  no usage")
  contains(table.concat(lines("live", { scan_state = 0 }, frame({})), "\n"), "lower bound")
  local missing = { state = "missing", word = "missing", problem = "no snapshot at /x: run `cco daemon start`" }
  contains(table.concat(summary.lines(format.usage(missing, NOW), nil, "/", NOW, 74), "\n"), "cco daemon start")
end)

fact("the summary fits a narrow screen, whatever names there are", function()
  local nasty = project("/home/me/a", NOW)
  nasty.path = "/home/me/a"
  nasty.project = HOSTILE
  local session = { session = HOSTILE, project = HOSTILE, agent = 0, last_at = NOW, counters = counters(1) }
  local far = project("/home/me", NOW)
  far.path = "/home/me/" .. HOSTILE
  for columns = 30, 80 do
    for _, line in ipairs(lines("dead", nil, frame({ nasty, far }, { session }), columns)) do
      assert(vim.fn.strdisplaywidth(line) <= columns, line)
      equal(line, text.plain(line))
    end
  end
end)

fact("the snapshot is where cco publishes it", function()
  local function path(variables)
    return config.path_from(function(name)
      return variables[name]
    end)
  end
  equal(path({}), nil)
  equal(path({ HOME = "/h" }), "/h/.local/state/cco/usage.snapshot")
  equal(path({ HOME = "/h", XDG_STATE_HOME = "/s" }), "/s/cco/usage.snapshot")
  equal(path({ HOME = "/h", XDG_STATE_HOME = "relative" }), "/h/.local/state/cco/usage.snapshot")
  equal(path({ HOME = "/h", CCO_STATE = "/z" }), "/z/usage.snapshot")
  equal(path({ HOME = "/h", CCO_SNAPSHOT = "/x/y" }), "/x/y")
  equal(path({ HOME = "/h", CCO_SNAPSHOT = "" }), "/h/.local/state/cco/usage.snapshot")
end)

fact("an invalid setting is an error that names it and changes nothing", function()
  local before = config.get()
  for _, bad in ipairs({ { snapshots = "x" }, { interval_ms = 1 }, { interval_ms = "500" }, { format = "x" } }) do
    local is_set, problem = pcall(config.set, bad)
    equal(is_set, false)
    contains(problem, next(bad))
  end
  equal(config.get(), before)
end)

facts.finish("format")
