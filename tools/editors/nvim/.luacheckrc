-- Settings of luacheck, which finds names that are not there.
std = "luajit"
globals = { "vim" }
max_line_length = 128
