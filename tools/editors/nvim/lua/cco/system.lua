--- What the system says: user, clocks, boot, locks.
---
--- Invariant: everything that needs LuaJIT's ffi has an answer without it: `nil` for unknown. Nothing here takes a lock or
--- waits. Used by `file`, `freshness` and `health`.

local uv = vim.uv or vim.loop

local M = {}

local has_ffi, ffi = pcall(require, "ffi")

M.OPEN_FLAGS = (uv.constants.O_RDONLY or 0) + (uv.constants.O_NONBLOCK or 0)

if has_ffi then
  -- Another plugin may have declared the same, perhaps otherwise: then its declaration counts, or ours is not used.
  pcall(ffi.cdef, "unsigned int geteuid(void);")
  pcall(ffi.cdef, "int fcntl(int fd, int command, ...);")
  pcall(ffi.cdef, "int flock(int fd, int operation);")
  pcall(ffi.cdef, "int usleep(unsigned int microseconds);")
  pcall(
    ffi.cdef,
    [[
      typedef struct {
        short type, whence;
        int64_t start, length;
        int pid;
      } cco_file_lock;
    ]]
  )
end

local function symbol(name)
  local is_there, value = pcall(function()
    return ffi.C[name]
  end)
  return is_there and value or nil
end

local effective_user = has_ffi and symbol("geteuid")
local control_file = has_ffi and symbol("fcntl")
local lock_file = has_ffi and symbol("flock")
local sleep = has_ffi and symbol("usleep")

--- The id of the user that files must belong to; `nil` where there are no such ids.
function M.user()
  if effective_user then
    return effective_user()
  end
  return uv.getuid and uv.getuid() or nil
end

--- Waits a moment that nobody notices, so that a publisher at full speed can finish.
function M.pause()
  if sleep then
    sleep(50)
  else
    uv.sleep(1)
  end
end

--- Milliseconds UTC.
function M.wall_clock()
  local seconds, microseconds = uv.gettimeofday()
  return seconds * 1000 + math.floor(microseconds / 1000)
end

--- Milliseconds on the clock that stands still while the machine sleeps.
function M.awake_clock()
  return math.floor(uv.hrtime() / 1e6)
end

--- All of a small file of the system, or an empty text.
local function contents(path)
  local file = io.open(path)
  local text = file and file:read(4096)
  if file then
    file:close()
  end
  return text or ""
end

local boot

--- The UUID of this boot; `nil` if the system has none.
function M.boot_id()
  boot = boot or contents("/proc/sys/kernel/random/boot_id"):match("^%x[%x-]+%x") or ""
  return boot ~= "" and boot or nil
end

local offset

--- What the time namespace of this process adds to the awake clock, in milliseconds.
function M.awake_clock_offset()
  if not offset then
    local namespace = function(name)
      return (uv.fs_readlink("/proc/self/ns/" .. name))
    end
    -- The offsets are those of its children, which may be elsewhere.
    local text = namespace("time") == namespace("time_for_children") and contents("/proc/self/timens_offsets") or ""
    local seconds, nanoseconds = text:match("monotonic%s+(%-?%d+)%s+(%d+)")
    offset = seconds and tonumber(seconds) * 1000 + math.floor(tonumber(nanoseconds) / 1e6) or 0
  end
  return offset
end

local is_linux = has_ffi and ffi.os == "Linux" and ffi.abi("64bit")
local F_OFD_GETLK, F_WRLCK, F_UNLCK = 36, 1, 2
local LOCK_SH, LOCK_NB, LOCK_UN = 1, 4, 8

--- How locks are asked for, in words; `nil` if they cannot be here.
function M.lock_method()
  if is_linux and control_file then
    return "F_OFD_GETLK"
  elseif has_ffi and ffi.os == "OSX" and lock_file then
    return "flock"
  end
end

local function is_held(descriptor)
  if is_linux then
    local lock = ffi.new("cco_file_lock[1]")
    lock[0].type = F_WRLCK
    if control_file(descriptor, F_OFD_GETLK, lock) ~= 0 then
      return nil, ("the lock cannot be asked for (error %d)"):format(ffi.errno())
    end
    return lock[0].type ~= F_UNLCK
  end
  if lock_file(descriptor, LOCK_SH + LOCK_NB) ~= 0 then
    return true
  end
  lock_file(descriptor, LOCK_UN)
  return false
end

--- Whether a process holds the lock of the snapshot at a path; `nil` and why if that cannot be known.
function M.is_lock_held(path)
  if not M.lock_method() then
    return nil, "this Neovim has no LuaJIT ffi"
  end
  local descriptor, problem = uv.fs_open(path .. ".lock", M.OPEN_FLAGS, 0)
  if not descriptor then
    if problem:find("^ENOENT") then
      return false
    end
    return nil, "the lock cannot be opened: " .. problem
  end
  local held, why = is_held(descriptor)
  uv.fs_close(descriptor)
  return held, why
end

return M
