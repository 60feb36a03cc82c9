--- Answers requests about snapshots, a line of JSON for each, until there are no more: what this reader makes of a file,
--- so that it can be compared with all other readers.
---
---   nvim --headless -u NONE -i NONE -c 'luafile tests/conformance.lua' -c 'qa!'

local here = debug.getinfo(1, "S").source:match("^@(.*)/tests/[^/]*$") or "."
vim.opt.runtimepath:prepend(here)

local exact = require("cco.exact")
local freshness = require("cco.freshness")
local layout = require("cco.layout")
local reader = require("cco.reader")

local NULL = {}

--- JSON with whole numbers of any size. Every table is an object, unless it is a list of something or marked as one.
local function json(value)
  if value == NULL or value == nil then
    return "null"
  elseif type(value) == "string" then
    local escaped = value:gsub('[%c"\\]', function(c)
      return ("\\u%04x"):format(c:byte())
    end)
    return '"' .. escaped .. '"'
  elseif type(value) == "boolean" then
    return tostring(value)
  elseif type(value) == "number" or exact.is(value) then
    return exact.text(value)
  end
  if layout.is_counters(value) then
    local counters = {}
    for _, name in ipairs(layout.counters) do
      counters[name] = value[name]
    end
    value = counters
  end
  local parts = {}
  if value.is_list then
    for _, member in ipairs(value) do
      parts[#parts + 1] = json(member)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, member in pairs(value) do
    parts[#parts + 1] = json(key) .. ":" .. json(member)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function list(values)
  values.is_list = true
  return values
end

local function period(of)
  return { start = of.start, ["end"] = of.stop, counters = of.counters }
end

--- How often each counter has the number from which all are made.
local FACTORS = {
  messages = 1,
  input_tokens = 2,
  output_tokens = 3,
  cache_write_5m_tokens = 5,
  cache_write_1h_tokens = 7,
  cache_read_tokens = 11,
  web_search_requests = 13,
  unpriced_tokens = 17,
  thinking_tokens = 1,
  web_fetch_requests = 23,
  provisional_messages = 29,
  provisional_output_tokens = 31,
}

local UNREPORTED = { used = 0, resets_at = 0, seen_at = 0 }
local NO_BLOCK = { start = 0, ["end"] = 0, counters = {} }
for name in pairs(FACTORS) do
  NO_BLOCK.counters[name] = 0
end
NO_BLOCK.counters.requests, NO_BLOCK.counters.cost = 0, 0

local function slot_of(totals)
  return {
    generation = totals.generation,
    published_at = totals.published_at,
    scan_state = totals.scan_state,
    totals = totals.totals,
    today = period(totals.today),
    this_week = period(totals.this_week),
    this_month = period(totals.this_month),
    block = totals.block and period(totals.block) or NO_BLOCK,
    block_first_at = totals.block_first_at,
    block_last_at = totals.block_last_at,
    five_hour_limit = totals.five_hour_limit or UNREPORTED,
    seven_day_limit = totals.seven_day_limit or UNREPORTED,
    sessions_left_out = totals.sessions_left_out,
  }
end

local function rows_of(iterator)
  local rows = {}
  for row in iterator do
    rows[#rows + 1] = row
  end
  return list(rows)
end

local function is_over(of, now)
  return not exact.less(now, of.stop)
end

local function snapshot_of(from, request)
  local frame, failure = from:frame()
  if not frame then
    return nil, failure.code
  end
  local totals, control = frame.totals, from:control()
  local page = {}
  for key, value in pairs(from.identity) do
    page[key] = value
  end
  page.boot_id = page.boot_id or NULL
  local health
  health, failure = from:health()
  if health == nil then
    return nil, failure.code
  end
  if health then
    for _, name in ipairs({ "pass", "commit", "publish" }) do
      list(health[name .. "_histogram"])
    end
  end
  local age = freshness.age(control, nil, { wall = request.now_ms })
  local answer = {
    page = page,
    superseded = control.is_superseded and 1 or 0,
    state = control.is_stopped and 2 or 1,
    slot = slot_of(totals),
    health = health or NULL,
    freshness = freshness.judge(control, age, request.held),
    heartbeat_age_ms = age,
    over = {
      today = is_over(totals.today, request.now_ms),
      this_week = is_over(totals.this_week, request.now_ms),
      this_month = is_over(totals.this_month, request.now_ms),
      block = not totals.block and NULL or totals.block and is_over(totals.block, request.now_ms),
    },
  }
  for _, name in ipairs(layout.tables) do
    local iterator = name == "history" and frame:history() or frame:rows(name)
    answer[name] = rows_of(iterator)
  end
  return answer
end

local function read(request)
  local from, failure = reader.open(request.path)
  if not from then
    return { error = failure.code }
  end
  local answer, code = snapshot_of(from, request)
  from:close()
  return answer and { snapshot = answer } or { error = code }
end

local LIMB = 2 ^ 32

--- The limbs of a number times a factor, and something more, from the lowest on.
local function limbs_of(number, factor, more)
  local limbs, carry = {}, more
  for index, limb in ipairs(exact.is(number) and number or { number % LIMB, math.floor(number / LIMB), 0, 0 }) do
    local product = limb * factor + carry
    limbs[index], carry = product % LIMB, math.floor(product / LIMB)
  end
  return limbs
end

local function has(value, limbs)
  return vim.deep_equal(limbs_of(value, 1, 0), limbs)
end

--- Whether every counter is made from the same number.
local function is_made_of(counters, number)
  for name, factor in pairs(FACTORS) do
    if not has(counters[name], limbs_of(number, factor, name == "messages" and 1 or 0)) then
      return false
    end
  end
  -- 19 times the number times 2^40: a limb of zeros, and eight bits.
  local cost = limbs_of(number, 19 * 256, 0)
  return has(counters.requests, limbs_of(number, 1, 0)) and has(counters.cost, { 0, cost[1], cost[2], cost[3] })
end

local function are_whole(totals)
  local number = totals.totals.requests
  local is_whole = is_made_of(totals.totals, number) and totals.published_at == 1700000000000 + totals.generation
  for _, name in ipairs({ "today", "this_week", "this_month", "block" }) do
    is_whole = is_whole and totals[name] ~= nil and is_made_of(totals[name].counters, number)
  end
  return is_whole, number
end

local function is_whole_frame(frame)
  local is_whole, number = are_whole(frame.totals)
  for _, name in ipairs({ "models", "projects", "sessions", "days", "hours", "agents" }) do
    local count = 0
    for row in frame:rows(name) do
      is_whole = is_whole and is_made_of(row.counters, number) and (not row.today or is_made_of(row.today, number))
      count = count + 1
    end
    -- A frame without rows would prove nothing.
    is_whole = is_whole and count > 0
  end
  for row in frame:history() do
    is_whole = is_whole and is_made_of(row.counters, row.counters.requests)
  end
  return is_whole
end

local PATIENCE_NS = 10e9

--- Reads from the live file; `made` counts what came of it.
local function live(request)
  local made = { reads = 0, frames = 0, torn = 0, backwards = 0, busy = 0, most_tries = 0, generations = 0, files = 0 }
  local from, epoch, highest, busy_since, spent = nil, nil, 0, nil, 0
  --- Opens the file at the path if it is not open, or has been superseded.
  local function is_open()
    local is_current = true
    if not from then
      from = reader.open(request.path)
      is_current = from ~= nil
      made.files = made.files + (from and 1 or 0)
    elseif from:control().is_superseded or (made.reads + made.frames) % 1000 == 0 then
      local changed = from:refresh()
      is_current = changed ~= nil
      made.files = made.files + (changed and 1 or 0)
    end
    if from and from.identity.epoch ~= epoch then
      epoch, highest = from.identity.epoch, 0
    end
    return is_current
  end
  local function take(is_frame)
    local began = vim.loop.hrtime()
    local got = is_open() and (is_frame and from:frame() or not is_frame and from:totals()) or nil
    spent = spent + (vim.loop.hrtime() - began)
    if not got then
      made.busy = made.busy + 1
      busy_since = busy_since or vim.loop.hrtime()
      if vim.loop.hrtime() - busy_since > PATIENCE_NS then
        error("nothing could be read for 10 s")
      end
      if from then
        from:refresh()
      end
      vim.loop.sleep(1)
      return
    end
    busy_since = nil
    local totals = is_frame and got.totals or got
    local is_whole = is_frame and is_whole_frame(got) or not is_frame and are_whole(got)
    made.torn = made.torn + (is_whole and 0 or 1)
    made.backwards = made.backwards + (totals.generation < highest and 1 or 0)
    made.generations = made.generations + (totals.generation > highest and 1 or 0)
    highest = math.max(highest, totals.generation)
    made.most_tries = math.max(made.most_tries, from.most_tries)
    if is_frame then
      made.frames = made.frames + 1
    else
      made.reads = made.reads + 1
    end
  end
  while made.reads < request.reads or made.frames < request.frames do
    -- Frames are spread evenly over the reads.
    local is_frame = made.frames < request.frames
      and (made.reads >= request.reads or made.frames * request.reads <= made.reads * request.frames)
    take(is_frame)
  end
  made.ns_per_read = math.floor(spent / math.max(made.reads + made.frames, 1))
  return made
end

--- The median time of a call in ns, of 15 batches.
local function median(reads, call)
  local times, batch = {}, math.max(math.floor(reads / 15), 1)
  for _ = 1, 15 do
    local began = vim.loop.hrtime()
    for _ = 1, batch do
      call()
    end
    times[#times + 1] = (vim.loop.hrtime() - began) / batch
  end
  table.sort(times)
  return math.floor(times[8])
end

--- What reads cost: all five sets of counters, those of today, and today's again if nothing changed. Before the others the
--- reader forgets its last totals, or it would see that nothing changed and decode nothing.
local function cost(request)
  local from, failure = reader.open(request.path)
  if not from then
    return { error = failure.code }
  end

  --- Beside a writer at full speed a read may be busy.
  local function newest()
    return from:totals() or newest()
  end
  local answer = {
    ns_per_totals = median(request.reads, function()
      from.last = nil
      local totals = newest()
      return totals.totals and totals.today and totals.this_week and totals.this_month and totals.block
    end),
    ns_per_today = median(request.reads, function()
      from.last = nil
      return newest().today.counters.requests
    end),
    ns_per_unchanged = median(request.reads, function()
      return newest().today.counters.requests
    end),
  }
  from:close()
  return answer
end

local ANSWERS = { read = read, live = live, cost = cost }

for line in io.lines() do
  local request = vim.fn.json_decode(line)
  local is_done, answer = pcall(ANSWERS[request["do"]], request)
  if not is_done then
    io.stderr:write(tostring(answer), "\n")
    os.exit(1)
  end
  io.stdout:write(json(answer), "\n")
  io.stdout:flush()
end
