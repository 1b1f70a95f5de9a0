//go:build unix

package tests

// Several tasks and one terminal.

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// ^C ends the tasks of the statement that runs. Sessions stay open, and so do the tasks of
// statements before.
func TestInterruptEndsTheTasksOfTheStatement(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.logsIn()
	p.says("ended = 0", "> ")
	p.says("local before = task(function() sleep(3600) end)", "> ")
	p.types(`other = connect "demo://"; parallel({t, other}, function(s) print("waits on " .. s.name) local ok = pcall(s.read_until, s, "never", 60) ended = ended + 1 end)` + "\r")
	p.sees("waits on demo://\r\n")
	p.sees("waits on demo://#2\r\n")
	p.types("\x03")
	p.sees("interrupted")
	p.sees("> ")
	p.says("#tasks(), tasks()[1].number, ended", "1\t1\t0")
	p.says("t, other", "<session demo://, open>\t<session demo://#2, open>")
	p.says(`t:writeln("echo it answers")`, "> ")
	p.says(`print("and", t:read_until("it answers\n", 5))`, "and\t")
	// With no statement, ^C at the prompt ends those that go on.
	p.sees("> ")
	p.types("\x03")
	p.sees("cancelled tasks: 1")
	p.says("#tasks()", "0")
	p.says("t:close() other:close()", "> ")
	p.types("\x04")
	p.leaves(0)
}

// A task that never waits keeps the prompt from running what is typed: ^C ends it, at the
// prompt and behind a line.
func TestInterruptEndsABusyTaskAtThePrompt(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.sees("> ")
	p.types("task(function() while true do end end)\r")
	p.sees("waiting>")
	p.sees("> ")
	p.types("\x03")
	p.sees("cancelled tasks: 1")
	p.says("'and it' .. ' answers'", "and it answers")
	p.types("task(function() while true do end end)\r")
	p.sees("waiting>")
	p.sees("> ")
	p.types("print('held' .. ' up')\r")
	p.sees("held' .. ' up')\r\n")
	for late := time.Now().Add(20 * time.Second); p.modes().Lflag&unix.ISIG == 0; { // the editor is about to let go of the terminal
		if time.Now().After(late) {
			t.Fatal("the editor keeps the terminal")
		}
		runtime.Gosched()
	}
	p.types("\x03")
	p.sees("cancelled tasks: 1")
	p.says("#tasks()", "0")
	p.types("\x04")
	p.leaves(0)
}

// The terminal is one task's at a time: another that wants it gets it next, and those that
// want none go on.
func TestTasksShareTheTerminal(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "share.lua")
	writeFile(t, script, `
local inHand
task(function()
  while inHand ~= "james" do sleep(0.01) end
  print("beside")
end)
local function byHand(name)
  local s = connect("demo://", { name = name })
  s:read_until "login: "
  s:writeln(name)
  inHand = name
  return name .. " ended by " .. s:interact()
end
local first = task(byHand, "brandon")
while not inHand do sleep(0.01) end
local second = task(byHand, "james")
print(first:wait())
print(second:wait())
`)
	p := sits(t, nil, nil, script)
	shown := p.sees("you have brandon") + p.sees("Password: ")
	p.types("typed for the first\r")
	if !strings.Contains(shown, "beside") {
		p.sees("beside") // james waits for the terminal
	}
	p.types("\x1d.")
	p.sees("brandon ended by escape") // james may have the terminal by then
	p.sees("Password: ")
	p.types("typed for the second\r")
	p.sees("login: ")
	p.types("\x1d.")
	p.sees("james ended by escape\r\n")
	p.leaves(0)
}

// Of the waits of several tasks that fail, one at a time is rescued; the others wait for
// the terminal.
func TestRescueOfTasks(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "rescue.lua")
	writeFile(t, script, `
local function login(name)
  local s = connect("demo://", { name = name })
  s:read_until "login: "
  return name, (s:expect({ "Password: " }, name == "left" and 0.1 or 1))
end
for i, r in ipairs(parallel({ "left", "right" }, login)) do
  print(i, r.ok and tostring(r.value) or r.error.kind)
end
`)
	p := sits(t, nil, nil, "-rescue", script)
	p.sees(`waited 100ms for "Password: "`)
	p.sees("[t/r/s/g] ")
	p.types("t")
	p.sees("you have left")
	p.types("brandon\r")
	p.sees("Password: ")
	p.types("\x1d.")
	p.sees("[t/r/s/g] ")
	p.types("s")
	p.sees(`waited 1s for "Password: "`)
	p.sees("[t/r/s/g] ")
	p.types("g")
	p.sees("1\tleft\r\n")
	p.sees("2\ttimeout\r\n")
	p.leaves(0)
}

// ^C in a script ends all of its tasks, whatever each does.
func TestInterruptEndsEveryTask(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil, "-e", `
local s = connect "demo://"
task(function() s:read_until("never", 60) end)
task(function() sleep(60) end)
task(function() pcall(function() while true do sleep(0) end end) print("went on") end)
task(function() sleep(0.1) print("all run") while true do end end)
sleep(60)`)
	p.sees("all run\r\n")
	p.types("\x03")
	if shown := p.sees("interrupted"); len(shown) > 200 {
		t.Errorf("it shows %q", shown)
	}
	p.leaves(130)
}
