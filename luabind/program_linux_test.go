package luabind

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// printed runs a script and returns what it prints.
func printed(t *testing.T, source string) string {
	t.Helper()
	var out bytes.Buffer
	in := New(Config{Stdout: &out})
	err := in.Run(t.Context(), []byte(source), "program")
	if err := errors.Join(err, in.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestExit: how programs end, and where the end stands.
func TestExit(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"status":              {`print(spawn("exit 7"):wait())`, "exit\t7\n"},
		"signal":              {`print(spawn("kill -TERM $$"):wait())`, "signal\tTERM\n"},
		"real-time signal":    {`print(spawn("kill -s RTMIN $$"):wait())`, "signal\t34\n"},
		"output before":       {`local s = spawn("echo one; exit 1"); print(s:wait()); print(s:read_all())`, "exit\t1\none\n\n"},
		"after all output":    {`local s = spawn("seq 20000; exit 2"); local _, _, text = s:expect(EXIT); print(#text, s:wait())`, "108894\texit\t2\n"},
		"before EOF":          {`local s = spawn("echo x"); print((s:expect{ EOF, EXIT })); print((s:expect{ EXIT, EOF }))`, "2\n2\n"},
		"pattern, then EOF":   {`local s = spawn("echo x"); print((s:expect{ EXIT, "y" })); print(s:read_all() == "")`, "1\ntrue\n"},
		"a child holds on":    {`local s = spawn("(trap '' HUP; echo up; exec sleep 1) & read x; exit 4"); s:read_until("up"); s:writeln(); print((s:expect{ EXIT, EOF })); print(s:wait()); print(pcall(s.expect, s, EOF, 0.05) == false)`, "1\nexit\t4\ntrue\n"},
		"wait after close":    {`local s = spawn("sleep 100"); s:close(); print(s:wait())`, "signal\tHUP\n"},
		"signal sent":         {`local s = spawn("trap 'echo got; exit 5' USR1; echo ready; while :; do :; done"); s:read_until("ready"); s:signal("USR1"); print(s:wait()); print((s:read_all():gsub("\n", "")))`, "exit\t5\ngot\n"},
		"signal by full name": {`local s = spawn{"sleep", "100"}; s:signal("sigkill"); print(s:wait())`, "signal\tKILL\n"},
		"pid":                 {`local s = spawn("echo $$; exec sleep 100"); local n = s:read_line(); print(tonumber(n) == s.pid); s:close()`, "true\n"},
		"no pid":              {`print(connect("demo://").pid)`, "nil\n"},
		"still running":       {`local s = spawn{"sleep", "100"}; local ok, e = pcall(s.wait, s, 0.05); print(ok, e.kind); print(pcall(s.wait, s, 0) == false); s:close()`, "false\ttimeout\ntrue\n"},
		"terminal is closed":  {`local s = spawn("exec <&- >&- 2>&-; trap 'exit 6' USR1; while :; do :; done"); print(s:read_all() == ""); s:signal("USR1"); print(s:wait(20))`, "true\nexit\t6\n"},
		"an action":           {`local s = spawn("exit 9"); s:expect{ { EXIT, function(m, s) print(s:wait()) end } }`, "exit\t9\n"},
		"in a task":           {`local s = spawn("read x; exit 3"); local t = task(function() return s:wait() end); sleep(0.01); s:writeln(""); print(t:wait())`, "exit\t3\n"},
		"expect_any":          {`local a, b = spawn("sleep 100"), spawn("exit 1"); local s = expect_any{ { a, EXIT }, { b, EXIT } }; print(s == b); a:close()`, "true\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := printed(t, c.source)
			if got != c.want {
				t.Errorf("printed %q, want %q", got, c.want)
			}
		})
	}
}

// TestExitMistakes: what cannot be asked of a line, and of a program that is gone.
func TestExitMistakes(t *testing.T) {
	for source, want := range map[string]string{
		`connect("demo://"):wait()`:                                                             "wait: the line leads to a host, not to a program",
		`connect("demo://"):signal("INT")`:                                                      "the line leads to a host, not to a program",
		`connect("demo://"):expect(EXIT)`:                                                       "expect EXIT: EXIT never comes over this line\nhint: a line to a host has no program",
		`spawn("true"):signal("FOO")`:                                                           `signal: there is no signal "FOO"`,
		`spawn("true"):signal("TREM")`:                                                          "did you mean TERM",
		`spawn("true"):signal(2)`:                                                               "name must be a string",
		`local s = spawn("true"); s:wait(); s:signal("INT")`:                                    "the program has ended",
		`local s = spawn("true"); s:close(); s:signal("INT")`:                                   "the session is closed",
		`spawn("true"):wait("login: ")`:                                                         "timeout must be a number, not \"login: \"\nhint: s:wait waits for the program's end",
		`spawn("true"):waitfor("x")`:                                                            "did you mean expect?",
		`spawn("true"):expect({ "x", TIMEOUT })`:                                                "the program ended during expect {\"x\", TIMEOUT}: it exited with status 0",
		`local s = spawn{ "sleep", "9" }; s:expect(EXIT, 0.05)`:                                 "EXIT waited 0.05 s",
		`local s = spawn("exec <&- >&- 2>&-; sleep 2"); s:expect(EXIT)`:                         "the peer closed the connection during expect EXIT",
		`local s = spawn{ "sleep", "9" }; task(function() s:wait() end); sleep(0.01); s:wait()`: "two tasks can not wait on one session",
	} {
		in := New(Config{})
		err := in.Run(t.Context(), []byte(source), "program")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
		_ = in.Close()
	}
}

// TestLongLines: a line that the terminal would cut is refused before a byte of it is sent.
func TestLongLines(t *testing.T) {
	got := printed(t, `
local s = spawn("echo ready; while read x; do echo ${#x}; done; echo bye")
s:read_until("ready\n")
s:writeln(("x"):rep(4095))
s:read_until("4095\n", 5)
local ok, e = pcall(s.writeln, s, ("x"):rep(4096))
print(ok, e.kind, e.message)
s:write(("y"):rep(4000))
print(pcall(s.write, s, ("y"):rep(96)) == false)
s:writeln(("y"):rep(95))
s:read_until("4095\n", 5)
s:write("abc\n", ("z"):rep(4000), "\21", "short\n")
print(s:read_until("\n5\n", 5) ~= nil)
s:write(("l"):rep(10) .. "\n" .. ("m"):rep(9) .. "\n")
s:read_until("\n9\n", 5)
s:close()
local raw = spawn("stty raw -echo; echo ready; head -c 9000 | wc -c")
raw:read_until("ready")
raw:write(("x"):rep(9000))
print(raw:read_until("9000", 5) ~= nil)
`)
	want := "false\tusage\tcannot write: a terminal whose program reads lines takes no more than 4095 bytes in one, and loses the rest; nothing was sent\n" +
		"hint: cut the line, or put it into a file that the program reads\ntrue\ntrue\ntrue\n"
	if got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}

// TestStubborn: programs that ignore the hang-up are killed when the script ends, all at
// once, and reaped.
func TestStubborn(t *testing.T) {
	got := printed(t, `
for i = 1, 10 do
	local s = spawn("trap '' HUP TERM INT; echo ready; while :; do sleep 5; done")
	s:read_until("ready")
	io.write(s.pid, " ")
end`)
	for pid := range strings.FieldsSeq(got) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(n, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("the program %d is there still: %v", n, err)
		}
	}
}

// TestFlood: a program that prints without an end is held back, read as far as the script
// likes, and ended by close.
func TestFlood(t *testing.T) {
	got := printed(t, `
local s = spawn("yes moonwire", { max_buffer = 1e5 })
for i = 1, 3 do print((s:read_line():gsub("\r", ""))) end
sleep(0.05)
print(pcall(s.wait, s, 0.05))
s:close()
print(s:wait())`)
	if !strings.HasPrefix(got, "moonwire\nmoonwire\nmoonwire\nfalse\t") || !strings.HasSuffix(got, "signal\tHUP\n") {
		t.Errorf("printed %q", got)
	}
}
