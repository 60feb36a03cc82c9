--- What a reading means at a moment, and how it is written.
---
--- Invariant: pure. A figure that may be stale ends with `?`, one that leaves something out with `+`, one that is a lower
--- bound because output was never recorded begins with `~`. The state is a word, and what is not known is missing,
--- never zero. A period that is over has no figures.

local exact = require("cco.exact")
local text = require("cco.text")

local M = {}

local MINUTE_MS, HOUR_MS = 60000, 3600000
--- How much later than five hours from now a limit may be reset: clocks differ.
local LATEST_RESET_MS = 5 * HOUR_MS + MINUTE_MS

local function total_tokens(counters)
  local sum = 0
  for _, name in ipairs({ "input", "output", "cache_write_5m", "cache_write_1h", "cache_read" }) do
    sum = sum + exact.number(counters[name .. "_tokens"])
  end
  return sum
end

--- How long after it figures of usage are marked as lower bounds: old versions hardly ever wrote final counts.
local RECENT_MS = 30 * 24 * HOUR_MS

--- Whether usage at a time is so recent at another.
function M.is_recent(used_at, now)
  return exact.number(used_at) >= now - RECENT_MS
end

--- Whether more than a tenth of the output was never recorded.
local function is_provisional(counters)
  return exact.number(counters.provisional_output_tokens) * 10 > exact.number(counters.output_tokens)
end

--- Picodollars of a set of counters, with the marks for what they leave out and for the state. Those of long ago have no
--- mark for output that was never recorded. An `amount` takes the place of their cost.
function M.cost(counters, mark, is_old, amount)
  mark = mark or ""
  amount = amount or counters.cost
  local is_partial = not exact.is_zero(counters.unpriced_tokens)
  if is_partial and exact.is_zero(amount) then
    return "no price"
  end
  local is_marked = not is_old and is_provisional(counters) and not exact.is_zero(amount)
  local partial = is_partial and "+" or ""
  return (is_marked and "~" or "") .. exact.dollars(amount) .. partial .. (mark ~= partial and mark or "")
end

--- The figures of a set of counters.
function M.figures(counters, mark)
  return {
    cost = M.cost(counters, mark),
    tokens = text.short(total_tokens(counters)) .. mark,
    requests = exact.grouped(counters.requests) .. mark,
    counters = counters,
  }
end

local function current(period, now, mark)
  if not period or not exact.less(now, period.stop) then
    return nil
  end
  return M.figures(period.counters, mark)
end

local function limit(published, now)
  if not published then
    return nil
  end
  local resets_at = exact.number(published.resets_at)
  if resets_at ~= 0 and now >= resets_at then
    return { used = "reset" }
  end
  local percent = math.floor(exact.number(published.used) / 10000)
  local left = resets_at ~= 0 and text.span(resets_at - now) or nil
  return { used = ("%.0f%%"):format(percent), percent = percent, left = left }
end

--- The current block: its figures, the time left of its five hours, and its cost per hour.
local function block(totals, now, mark)
  local figures = current(totals.block, now, mark)
  if not figures then
    return nil
  end
  local ends_at = exact.number(totals.block.stop)
  local account = totals.five_hour_limit and exact.number(totals.five_hour_limit.resets_at) or 0
  -- The account's own reset stands while it is known and current.
  if account > now and account - now <= LATEST_RESET_MS then
    ends_at = account
  end
  figures.left = text.span(ends_at - now)
  local lasted = exact.number(totals.block_last_at) - exact.number(totals.block_first_at)
  -- The first seconds do not predict hours.
  if lasted >= MINUTE_MS and not exact.is_zero(totals.block.counters.cost) then
    local an_hour = math.floor(exact.number(totals.block.counters.cost) * HOUR_MS / lasted + 0.5)
    figures.rate = M.cost(totals.block.counters, mark, false, an_hour) .. "/h"
  end
  return figures
end

--- What a reading (see `watch`) means now (ms UTC): what formatters get.
function M.usage(reading, now)
  if not reading.totals then
    return { state = reading.state, word = reading.word, problem = reading.problem }
  end
  local totals, writer = reading.totals, reading.freshness.writer
  local age = text.span(exact.number(reading.freshness.heartbeat_age_ms))
  local usage = { state = writer, heartbeat_age = age, generation = totals.generation }
  local mark = ""
  if writer == "dead" then
    usage.word, mark = "dead " .. age, "?"
  elseif writer == "stopped" then
    usage.word, mark = "stale " .. age, "?"
  elseif exact.is_zero(totals.scan_state) then
    usage.state, usage.word, mark = "catching up", "catching up", "+"
  end
  usage.mark = mark
  usage.total = M.figures(totals.totals, mark)
  usage.today = current(totals.today, now, mark)
  usage.this_week = current(totals.this_week, now, mark)
  usage.this_month = current(totals.this_month, now, mark)
  usage.block = block(totals, now, mark)
  usage.five_hour_limit = limit(totals.five_hour_limit, now)
  usage.seven_day_limit = limit(totals.seven_day_limit, now)
  return usage
end

--- The text of a component unless `format` is set: `$1.66 today · $7.24 block, 2h 19m left · 41% of 5h`.
function M.default(usage)
  if not usage.total then
    return "cco: " .. usage.word
  end
  local parts = { (usage.today and usage.today.cost or "–") .. " today" }
  if usage.block then
    parts[#parts + 1] = ("%s block, %s left"):format(usage.block.cost, usage.block.left)
  end
  for _, of in ipairs({ { usage.five_hour_limit, "5h" }, { usage.seven_day_limit, "7d" } }) do
    if of[1] then
      parts[#parts + 1] = ("%s of %s"):format(of[1].used, of[2])
    end
  end
  parts[#parts + 1] = usage.word
  return table.concat(parts, " · ")
end

return M
