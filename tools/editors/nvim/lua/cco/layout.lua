--- Where everything is in a snapshot of layout 1.1, as LAYOUT.md says, and how a part becomes a table.
---
--- Invariant: fields have the names of LAYOUT.md, except that a period's end is `stop`, because `end` is a word of Lua.
--- Offsets are in words of 32 bits. Nothing is checked here; the reader does that. Used by the reader alone.

local exact = require("cco.exact")

local M = {}

M.PAGE_BYTES = 8192
M.LARGEST_FILE = 4294967296
--- What changes in page 0, in bytes: the control words and, 256 bytes later, the slots.
M.CHANGING_AT, M.CHANGING_BYTES = 1024, 7168
--- In the words of that part.
M.SUPERSEDED, M.STATE, M.BEAT_MONOTONIC, M.BEAT_WALL = 0, 2, 16, 18
M.SLOTS, M.SLOT_WORDS, M.SLOT_COUNT = 64, 432, 4

--- Regions by name. `copies` is 2 for those that both banks hold; `capacity` is fixed where it stands here.
M.regions = {
  banks = { id = 1, row_bytes = 64, copies = 1, capacity = 2 },
  health = { id = 2, row_bytes = 1024, copies = 1, capacity = 4 },
  names = { id = 3, row_bytes = 1, copies = 1, is_bytes = true },
  models = { id = 4, row_bytes = 144, copies = 2 },
  projects = { id = 5, row_bytes = 296, copies = 2 },
  sessions = { id = 6, row_bytes = 168, copies = 2 },
  days = { id = 7, row_bytes = 136, copies = 2 },
  hours = { id = 8, row_bytes = 136, copies = 2 },
  history = { id = 9, row_bytes = 136, copies = 2 },
  session_index = { id = 10, row_bytes = 8, copies = 2, is_index = true },
  project_index = { id = 11, row_bytes = 8, copies = 2, is_index = true },
  agents = { id = 12, row_bytes = 144, copies = 2 },
  limits = { id = 13, row_bytes = 80, copies = 2 },
  layout = { id = 14, row_bytes = 1, copies = 1, is_bytes = true },
}

--- The tables in the order in which a slot counts their rows.
M.tables = { "models", "projects", "sessions", "days", "hours", "history", "agents", "limits" }

local unsigned, signed = exact.unsigned, exact.signed

local function u64(u, at)
  return unsigned(u[at], u[at + 1])
end

local function i64(u, at)
  return signed(u[at], u[at + 1])
end

--- A value from a list that ends with `last`; one that is not in it reads as the first.
local function listed(u, at, last)
  local value = u64(u, at)
  return type(value) == "number" and value <= last and value or 0
end

local function limit_kind(u, at)
  return listed(u, at, 4)
end

local function u128(u, at)
  return exact.of(u[at], u[at + 1], u[at + 2], u[at + 3])
end

--- The counters of a set in its order: each is where the one before it ends. Only the cost has two words.
M.counters = {
  "requests",
  "messages",
  "input_tokens",
  "output_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "web_search_requests",
  "unpriced_tokens",
  "cost",
  "thinking_tokens",
  "web_fetch_requests",
  "provisional_messages",
  "provisional_output_tokens",
}
local COUNTER_AT = {}
for index, name in ipairs(M.counters) do
  COUNTER_AT[name] = index <= 10 and 2 * (index - 1) or 2 * index
end

local Counters = {}

--- Each counter is decoded when it is asked for.
function Counters.__index(self, name)
  local place = COUNTER_AT[name]
  if name == "cost" then
    return u128(self.words, self.first + place)
  elseif place then
    return u64(self.words, self.first + place)
  end
end

local function counters(u, at)
  return setmetatable({ words = u, first = at }, Counters)
end

--- Whether a value is a set of counters.
function M.is_counters(value)
  return getmetatable(value) == Counters
end

local function period(u, at)
  return { start = i64(u, at), stop = i64(u, at + 2), counters = counters(u, at + 4) }
end

--- `nil` if it was never reported.
local function limit(u, at)
  local seen_at = i64(u, at + 4)
  if seen_at == 0 then
    return nil
  end
  return { used = u64(u, at), resets_at = i64(u, at + 2), seen_at = seen_at }
end

local function block(u)
  local made = period(u, 150)
  return made.stop ~= 0 and made or nil
end

--- The parts of a slot: what they are, and from which word on.
local PARTS = {
  published_at = { i64, 6 },
  totals = { counters, 10 },
  today = { period, 42 },
  this_week = { period, 78 },
  this_month = { period, 114 },
  block = { block },
  block_first_at = { i64, 186 },
  block_last_at = { i64, 188 },
  five_hour_limit = { limit, 192 },
  seven_day_limit = { limit, 198 },
  sessions_left_out = { u64, 220 },
  generation = {
    function(u)
      return unsigned((u[0] + u[1] % 2 * 4294967296) / 2, math.floor(u[1] / 2))
    end,
  },
  scan_state = {
    function(u)
      return listed(u, 190, 1)
    end,
  },
}

local Totals = {}

--- Each part is decoded when it is first asked for.
function Totals.__index(self, key)
  local part = PARTS[key]
  if part then
    local value = part[1](self.words, part[2])
    rawset(self, key, value)
    return value
  end
end

--- The totals of a slot; `words` are its own, and never change.
function M.totals(words)
  return setmetatable({ words = words }, Totals)
end

--- What a frame needs of a slot: its bank, the rows of each table, and the names.
function M.extent(u)
  local rows = {}
  for index, name in ipairs(M.tables) do
    rows[name] = u64(u, 204 + 2 * (index - 1))
  end
  return {
    bank = u64(u, 8),
    rows = rows,
    history_oldest = u64(u, 222),
    names_bytes = u64(u, 224),
    names_crc = u64(u, 226),
  }
end

--- Fields of rows: name, bytes from the row's start, kind.
local ROWS = {
  models = { { "name", 0, "name" }, { "agent", 8, u64 }, { "counters", 16, counters } },
  projects = {
    { "project", 0, "name" },
    { "path", 8, "name" },
    { "agent", 16, u64 },
    { "first_at", 24, i64 },
    { "last_at", 32, i64 },
    { "counters", 40, counters },
    { "today", 168, counters },
  },
  sessions = {
    { "session", 0, "name" },
    { "project", 8, "name" },
    { "agent", 16, u64 },
    { "first_at", 24, i64 },
    { "last_at", 32, i64 },
    { "counters", 40, counters },
  },
  days = { { "date", 0, u64 }, { "counters", 8, counters } },
  hours = { { "start", 0, i64 }, { "counters", 8, counters } },
  history = { { "at", 0, i64 }, { "counters", 8, counters } },
  agents = { { "agent", 0, u64 }, { "name", 8, "name" }, { "counters", 16, counters } },
  limits = {
    { "agent", 0, u64 },
    { "kind", 8, limit_kind },
    { "scope", 16, "name" },
    { "used", 24, u64 },
    { "resets_at", 32, i64 },
    { "seen_at", 40, i64 },
    { "spent", 48, u128 },
    { "allowed", 64, u128 },
  },
}

--- The row of a table that starts at a word; `name` makes a text of an offset and a length.
function M.row(table_name, u, at, name)
  local row = {}
  for _, field in ipairs(ROWS[table_name]) do
    local key, place, kind = field[1], at + field[2] / 4, field[3]
    if kind == "name" then
      row[key] = name(u[place], u[place + 1])
    else
      row[key] = kind(u, place)
    end
  end
  return row
end

local HEALTH = {
  "updated_at",
  "roots",
  "files",
  "file_bytes",
  "skipped_files",
  "passes",
  "bytes_read",
  "lines",
  "records",
  "requests",
  "duplicates_merged",
  "malformed_lines",
  "unfinished_lines",
  "synthetic_records",
  "bad_timestamps",
  "truncations",
  "lost_events",
  "errors",
  "last_error_at",
  "scan_us",
  "pass_us",
  "commit_us",
  "publish_us",
  "lag_us",
  "following",
  "poll_interval_ms",
  "folders_unwatched",
  "resident_bytes",
  "ledger_bytes",
}
local IS_TIME = { updated_at = true, last_error_at = true }

--- Where the names of a table's rows are: words from the row's start.
M.names_in = {}
for name, fields in pairs(ROWS) do
  M.names_in[name] = {}
  for _, field in ipairs(fields) do
    if field[3] == "name" then
      table.insert(M.names_in[name], field[2] / 4)
    end
  end
end

--- A report of the publisher that starts at a word.
function M.health(u, at)
  local health = {}
  for index, name in ipairs(HEALTH) do
    local place = at + 2 + 2 * index
    health[name] = IS_TIME[name] and i64(u, place) or u64(u, place)
  end
  for index, name in ipairs({ "pass_histogram", "commit_histogram", "publish_histogram" }) do
    local counts = {}
    for count = 0, 15 do
      counts[count + 1] = u64(u, at + 64 + 32 * (index - 1) + 2 * count)
    end
    health[name] = counts
    -- Unknown where it is 0 and the counts are not: a file of layout 1.0 lacks it.
    health[(name:gsub("histogram", "us_sum"))] = u64(u, at + 160 + 2 * (index - 1))
  end
  health.following = listed(u, at + 52, 2)
  return health
end

--- Text that is padded with zero bytes.
local function text(page, at, bytes)
  return page:sub(at + 1, at + bytes):match("^[^%z]*")
end

local function uuid(u, at)
  local high, low = at, at + 2
  if u[high] == 0 and u[high + 1] == 0 and u[low] == 0 and u[low + 1] == 0 then
    return nil
  end
  local digits = ("%08x%08x%08x%08x"):format(u[high + 1], u[high], u[low + 1], u[low])
  return (digits:gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)", "%1-%2-%3-%4-"))
end

--- The static part of page 0, without its directory; `page` has its bytes, `u` its words.
function M.identity(page, u)
  return {
    version = u[5] .. "." .. u[4],
    epoch = u64(u, 8),
    writer_pid = u64(u, 12),
    writer_started_at = i64(u, 14),
    boot_id = uuid(u, 16),
    created_at = i64(u, 20),
    week_start = listed(u, 22, 6),
    program = text(page, 96, 24),
    zone = text(page, 120, 64),
  }
end

M.u64, M.i64 = u64, i64

return M
