--- Defines `:Cco`. Invariant: starting Neovim loads nothing else of this plugin.

if vim.g.loaded_cco or vim.fn.has("nvim-0.7") == 0 then
  return
end
vim.g.loaded_cco = true

vim.api.nvim_create_user_command("Cco", function(command)
  require("cco").command(command.fargs)
end, {
  nargs = "*",
  complete = function(lead, line)
    return require("cco").complete(lead, line)
  end,
  desc = "Claude Code usage: a summary, or the dashboard, or reports",
})
