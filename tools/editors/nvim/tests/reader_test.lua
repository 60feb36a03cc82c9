--- Facts about reading: every number exactly, nothing torn, old or foreign.

local facts = require("facts")
local place = require("place")
local fact, equal = facts.fact, facts.equal

local bytes = require("cco.bytes")
local exact = require("cco.exact")
local freshness = require("cco.freshness")
local reader = require("cco.reader")
local system = require("cco.system")
local text = require("cco.text")

local function code_of(made)
  made:write()
  local opened, failure = reader.open(made.path)
  if opened then
    local totals
    totals, failure = opened:totals()
    opened:close()
    return totals and 0 or failure.code
  end
  return failure.code
end

fact("a crc is what zlib computes", function()
  equal(bytes.crc_text("123456789"), 0xcbf43926)
  equal(bytes.crc_text(""), 0)
  equal(bytes.crc_text(("\0\255"):rep(4096)), 0xc7ea3c13)
end)

fact("numbers of 64 and 128 bits are exact", function()
  local all = 0xffffffff
  equal(exact.text(exact.unsigned(all, all)), "18446744073709551615")
  equal(exact.text(exact.unsigned(all, 0x1fffff)), "9007199254740991")
  equal(exact.text(exact.unsigned(0, 0x200000)), "9007199254740992")
  equal(exact.text(exact.of(all, all, all, all)), "340282366920938463463374607431768211455")
  equal(exact.text(exact.of(0, 0, 0, 0)), "0")
  equal(exact.text(exact.of(1000000, 0, 0, 0)), "1000000")
  equal(exact.text(exact.signed(0, 0x80000000)), "-9223372036854775808")
  equal(exact.text(exact.signed(1, 0x80000000)), "-9223372036854775807")
  equal(exact.text(exact.signed(all, all)), "-1")
  equal(exact.text(exact.signed(0, all)), "-4294967296")
  equal(exact.text(exact.signed(0, 0xffe00000)), "-9007199254740992")
  equal(exact.text(exact.signed(1, 0xffe00000)), "-9007199254740991")
  equal(exact.text(exact.signed(all, 0x7fffffff)), "9223372036854775807")
end)

fact("exact numbers are compared as numbers", function()
  local least, most = exact.signed(0, 0x80000000), exact.signed(0xffffffff, 0x7fffffff)
  local in_order = { least, -5, 0, 5, most, exact.of(0, 0, 1, 0) }
  for a = 1, #in_order do
    for b = 1, #in_order do
      equal(exact.less(in_order[a], in_order[b]), a < b, a .. " and " .. b)
    end
  end
  equal(exact.text(exact.distance(5, most)), "9223372036854775802")
  equal(exact.text(exact.distance(5, least)), "9223372036854775813")
  equal(exact.text(exact.distance(most, least)), "18446744073709551615")
  equal(exact.distance(1795795400875, 0), 1795795400875)
  equal(exact.distance(0, 1795795400875), 1795795400875)
end)

fact("money is rounded half up to cents", function()
  local function dollars(digits)
    return exact.dollars(tonumber(digits))
  end
  equal(dollars("1234565000000000"), "$1,234.57")
  equal(dollars("1234564999999999"), "$1,234.56")
  equal(dollars("4000000000"), "<$0.01")
  equal(dollars("5000000000"), "$0.01")
  equal(dollars("9999999999999"), "$10.00")
  equal(dollars("0"), "$0.00")
  local all = 0xffffffff
  equal(exact.dollars(exact.of(all, all, all, all)), "$340,282,366,920,938,463,463,374,607.43")
end)

fact("the golden file gives everything that is in it", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  equal(opened.identity.version, "1.0")
  equal(opened.identity.program, "0.1.0-golden")
  equal(opened.identity.zone, "Europe/Amsterdam")
  equal({ opened.identity.week_start, opened.identity.writer_pid }, { 6, 4242 })
  equal(exact.text(opened.identity.epoch), "81985529216486895")
  equal(opened.identity.boot_id, nil)
  local frame = assert(opened:frame())
  local totals = frame.totals
  equal({ totals.generation, totals.scan_state, totals.sessions_left_out }, { 3, 1, 7 })
  local function names(table_name, key)
    local found = {}
    for row in frame:rows(table_name) do
      found[#found + 1] = row[key]
    end
    return found
  end
  equal(names("models", "name"), { "claude-golden-1" })
  equal(names("projects", "path"), { "/home/me/größe" })
  equal(names("sessions", "project"), { "-home-me-größe" })
  equal(names("agents", "name"), { "another-agent" })
  equal(names("limits", "scope"), { "claude-golden-1" })
  equal(names("days", "date"), { 20260101 })
  for row in frame:rows("limits") do
    equal(exact.text(row.spent), "184467440737095516171")
  end
  local last = 0
  for row in frame:history() do
    assert(row.at > last)
    last = row.at
  end
  local health = assert(opened:health())
  equal(#health.publish_histogram, 16)
  equal(opened:freshness().writer, "stopped")
  opened:close()
end)

fact("what is not a snapshot has the number of what it is", function()
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, "p")
  local function code(path)
    local opened, failure = reader.open(path)
    equal(opened, nil, path)
    return failure.code
  end
  equal(code(folder .. "/none"), 4)
  equal(code(folder), 9)
  local made = place.new():write()
  vim.loop.fs_symlink(made.path, folder .. "/link")
  equal(code(folder .. "/link"), 9, "a link is not followed")
  os.execute("mkfifo " .. folder .. "/pipe")
  equal(code(folder .. "/pipe"), 9, "a pipe does not block")
  equal(code(made.path .. "/below"), 4)
  vim.fn.writefile({ "no snapshot" }, folder .. "/text")
  equal(code(folder .. "/text"), 5)
  equal(code_of(place.new():put(0, "X")), 5)
  equal(code_of(place.new():put(8, "\1\2\3\4\5\6\7\8")), 11)
  equal(code_of(place.new():put(16, place.word(0, 2))), 12)
  equal(code_of(place.new():put(96, "x")), 13, "the sum of the static part")
  equal(code_of(place.new():put(32, place.word(0, 0)):seal_page()), 13, "no epoch")
  equal(code_of(place.new():put(40, place.word(8192, 0)):seal_page()), 13, "another length")
  local function with_schema(minor, low, high)
    return code_of(place.new():put(16, place.word(minor, 1)):put(24, place.word(low, high)):seal_page())
  end
  equal(with_schema(1, 0x6c18ae3f, 0x77750dea), 0)
  equal(with_schema(1, 0x6c18ae3f, 0x77750deb), 13, "another schema")
  equal({ with_schema(0, 1, 1), with_schema(2, 1, 1) }, { 0, 0 }, "an earlier and a later minor version")
  equal(code_of(place.new():put(200, place.word(0, 0xffffffff)):seal_page()), 13, "a region far outside")
  equal(code_of(place.new():put(192, place.word(2, 64)):seal_page()), 13, "a region twice")
end)

if vim.loop.getuid() == 0 then
  fact("a file of another user is not read", function()
    local made = place.new():write()
    assert(vim.loop.fs_chown(made.path, 65534, 65534))
    local opened, failure = reader.open(made.path)
    equal({ opened, failure.code }, { nil, 10 })
  end)
else
  io.stdout:write("NOT RUN: a file of another user is not read (only root can make one)\n")
end

fact("a slot that does not match its sum is never returned", function()
  local made = place.new()
  equal(code_of(made:put(place.slot(3) + 40, place.word(7))), 13)
  equal(code_of(made:seal(3)), 0)
  for number = 0, 3 do
    made:put(place.slot(number), place.word(0))
  end
  equal(code_of(made), 15)
end)

fact("a commit that is being written is passed over for the one before it", function()
  local made = place.new():put(place.slot(3), place.word(7)):write()
  local opened = assert(reader.open(made.path))
  equal(opened:totals().generation, 2)
  opened:close()
end)

fact("a reader never goes back to an older commit", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  equal(opened:totals().generation, 3)
  made:put(place.slot(3), place.word(0)):write_in_place()
  local totals, failure = opened:totals()
  equal(totals, nil)
  equal(failure.code, 16)
  made:write()
  equal(opened:refresh(), true)
  totals, failure = opened:totals()
  equal({ totals, failure.code }, { nil, 16 }, "in another file of the same epoch")
  made:put(32, place.word(1, 1)):seal_page():write()
  equal(opened:refresh(), true)
  equal(opened:totals().generation, 2, "another epoch begins again")
  opened:close()
end)

fact("totals are the same table until there is a newer commit", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  local first = opened:totals()
  equal(rawequal(opened:totals(), first), true)
  local third = made.bytes:sub(place.slot(3) + 1, place.slot(3) + 1728)
  made:put(place.slot(0), third):put(place.slot(0), place.word(8)):seal(0):write_in_place()
  equal(opened:totals().generation, 4)
  equal(first.generation, 3, "what was returned stays")
  opened:close()
end)

fact("a frame whose rows do not add up is damaged", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  local area = opened.file.areas.models
  made:put(area.offset + area.stride + 16, place.word(77)):write_in_place()
  local frame, failure = opened:frame()
  equal({ frame, failure.code }, { nil, 13 })
  assert(opened:totals(), "totals are not concerned")
  opened:close()
end)

fact("a frame with changed names is damaged", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  made:put(opened.file.areas.names.offset, "X"):write_in_place()
  local frame, failure = opened:frame()
  equal({ frame, failure.code }, { nil, 13 })
  opened:close()
end)

fact("a slot that claims more rows than there is room for is damaged", function()
  local made = place.new():put(place.slot(3) + 816, place.word(0, 0xffff)):seal(3):write()
  local opened = assert(reader.open(made.path))
  local frame, failure = opened:frame()
  equal({ frame, failure.code }, { nil, 13 })
  opened:close()
end)

fact("a file that was shortened is an error", function()
  local made = place.new():write()
  local opened = assert(reader.open(made.path))
  local descriptor = assert(vim.loop.fs_open(made.path, "r+", 0))
  assert(vim.loop.fs_ftruncate(descriptor, 4096))
  vim.loop.fs_close(descriptor)
  local totals, failure = opened:totals()
  equal({ totals, failure.code }, { nil, 14 })
  opened:close()
end)

fact("readers leave no descriptor open", function()
  local function descriptors()
    return #vim.fn.readdir("/proc/self/fd")
  end
  local made, before = place.new():write(), descriptors()
  for _ = 1, 5 do
    local opened = assert(reader.open(made.path))
    made:write()
    equal(opened:refresh(), true)
    opened:close()
    equal(reader.open(made.path .. "x"), nil)
    equal(code_of(place.new():put(96, "x")), 13)
  end
  equal(descriptors(), before)
end)

fact("a publisher is judged by state, lock and heartbeat", function()
  local function judge(is_stopped, age, held)
    return freshness.judge({ is_stopped = is_stopped }, age, held)
  end
  equal(judge(false, 15000, true), "live")
  equal(judge(false, 15001, true), "dead")
  equal(judge(false, 0, false), "dead")
  equal(judge(true, 0, true), "stopped")
  equal(judge(false, 15000, nil), "live", "the lock is unknown")
  equal(judge(false, exact.unsigned(0, 0x80000000), true), "dead")
end)

fact("the age of a heartbeat survives sleep, set clocks and time namespaces", function()
  local hour = 3600000
  local function age(by_awake, by_wall, is_same_boot, offset)
    local clocks = {
      wall = 1000 * hour + by_wall,
      awake = 100 * hour + by_awake,
      boot_id = function()
        return is_same_boot and "boot" or "another"
      end,
      awake_offset = function()
        return offset or 0
      end,
    }
    return freshness.age({ beat_monotonic = 100 * hour, beat_wall = 1000 * hour }, "boot", clocks)
  end
  equal(age(4000, 4100), 4000, "the clocks agree")
  equal(age(3000, 3000 + 8 * hour, true), 3000, "the machine slept")
  equal(age(3000, 3000 - hour, true), 3000, "the clock was set")
  equal(age(3000 + hour, 3000, true, hour), 3000, "a time namespace")
  equal(age(-hour, -hour), hour, "another boot, and a heartbeat from the future")
  equal(age(hour, -2000), 2000, "another boot")
end)

fact("the lock is asked for without taking it, or it is unknown", function()
  local made = place.new():write()
  if not system.lock_method() then
    local held, why = system.is_lock_held(made.path)
    equal(held, nil)
    facts.contains(why, "ffi")
    return
  end
  equal(system.is_lock_held(made.path), false, "there is no lock file")
  vim.fn.writefile({ "1" }, made.path .. ".lock")
  equal(system.is_lock_held(made.path), false)
end)

fact("text that is not UTF-8 is recognised", function()
  for _, good in ipairs({ "", "a", "größe", "日本", "\244\143\191\191", "\0" }) do
    equal(text.is_utf8(good), true, good)
  end
  for _, bad in ipairs({
    "\128",
    "\192\128",
    "\224\128\128",
    "\237\160\128",
    "\244\144\128\128",
    "\255",
    "a\195",
    "\240\159\152",
  }) do
    equal(text.is_utf8(bad), false, vim.inspect(bad))
  end
end)

facts.finish("reading" .. (bytes.is_fast and "" or ", without ffi"))
