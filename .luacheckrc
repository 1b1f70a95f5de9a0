std = "lua51"
max_line_length = 120
read_globals = {
  "connect", "current", "use", "sleep", "secret", "help", "exact", "glob", "regex", "interact",
  "read_until", "read_all", "read_some", "read_line", "expect", "write", "writeln", "on_option", "close",
  "EOF", "TIMEOUT", "PROMPT", "ECHO_OFF", "ECHO_ON", "EXIT", "AGAIN", "arg",
  "within", "task", "tasks", "parallel", "expect_any", "spawn", "host", "step",
}
ignore = { "212/_.*" }
exclude_files = { "stdlib/meta" }
