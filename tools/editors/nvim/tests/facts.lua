--- Runs the tests of one file in this Neovim: `fact(name, test)` for each, then `finish()`.
---
--- Invariant: a test that fails makes Neovim end with 1, and a file without tests does too.

local M = {}

local done, wrong = 0, {}

local function text_of(value)
  return type(value) == "string" and ("%q"):format(value) or vim.inspect(value)
end

--- Fails unless both are the same; tables are compared by their contents.
function M.equal(got, expected, about)
  if not vim.deep_equal(got, expected) then
    error(("%sgot %s, expected %s"):format(about and about .. ": " or "", text_of(got), text_of(expected)), 2)
  end
end

--- Fails unless the text has this in it.
function M.contains(text, part)
  if not tostring(text):find(part, 1, true) then
    error(("%s is not in %s"):format(text_of(part), text_of(text)), 2)
  end
end

--- Fails unless the condition holds within ten seconds.
function M.soon(condition, about)
  if not vim.wait(10000, condition, 20) then
    error((about or "it") .. " did not happen", 2)
  end
end

function M.fact(name, test)
  done = done + 1
  local is_right, problem = xpcall(test, debug.traceback)
  if not is_right then
    wrong[#wrong + 1] = ("%s\n    %s"):format(name, tostring(problem):gsub("\n", "\n    "))
  end
end

function M.finish(about)
  for _, problem in ipairs(wrong) do
    io.stdout:write("FAILED: ", problem, "\n")
  end
  io.stdout:write(("%s: %d of %d facts hold\n"):format(about, done - #wrong, done))
  io.stdout:flush()
  if #wrong > 0 or done == 0 then
    vim.cmd("cquit 1")
  end
  vim.cmd("qall!")
end

return M
