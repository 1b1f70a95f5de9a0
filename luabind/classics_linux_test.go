package luabind

import (
	"os/exec"
	"testing"
)

// TestClassics drives the programs that Expect scripts are written for, where they are
// installed.
func TestClassics(t *testing.T) {
	for _, c := range []struct{ program, source, want string }{
		{"/usr/bin/python3", `
local s = spawn{ "/usr/bin/python3", "-q", "-i" }
s:expect(">>> $")
print(s:run("6 * 7"))
s:writeln("exit(3)")
print(s:wait(20))`, "42\nexit\t3\n"},
		{"sqlite3", `
local s = spawn{ "sqlite3", ":memory:" }
s:expect("sqlite> $")
s:run{ "create table t(a, b);", "insert into t values (1, 'one'), (2, 'two');" }
print(s:run("select * from t;"))
s:write("\4")
print(s:wait(20))`, "1|one\n2|two\nexit\t0\n"},
		{"gdb", `
local s = spawn{ "gdb", "-q", "-nx" }
s:expect("\\(gdb\\) $", 20)
print(s:run("print 6 * 7"))
s:writeln("quit")
print(s:wait(20))`, "$1 = 42\nexit\t0\n"},
		{"vi", `
local name = os.tmpname()
local s = spawn{ "vi", name, terminal = "vt100", window = { columns = 80, rows = 24 } }
s:expect(exact(name:match("[^/]+$")), 20)
s:write("ihello\27:wq\r")
print(s:wait(20))
io.write(io.open(name):read("*a"))
os.remove(name)`, "exit\t0\nhello\n"},
		{"sh", `
local s = spawn[[for q in 'Clear inode' 'Fix count'; do printf '%s<y>? ' "$q"; read a; echo "<$a>"; done; exit 1]]
s:always{ { [[<y>\? $]], function(_, s) s:writeln("y") return AGAIN end } }
print((s:read_all()))
print(s:wait(20))`, "Clear inode<y>? y\n<y>\nFix count<y>? y\n<y>\n\nexit\t1\n"},
	} {
		t.Run(c.program, func(t *testing.T) {
			if _, err := exec.LookPath(c.program); err != nil {
				t.Skip(err)
			}
			if got := printed(t, c.source); got != c.want {
				t.Errorf("printed %q, want %q", got, c.want)
			}
		})
	}
}
