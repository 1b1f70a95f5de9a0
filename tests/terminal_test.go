//go:build unix

package tests

// The command at a terminal, as a person uses it.

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestLoginAtThePrompt(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.sees("^D leaves")
	p.logsIn()
	p.says("t", "<session demo://, open>")
	p.says(`t:writeln("exec uptime")`, "> ")
	p.says(`t:read_all()`, "load average")
	p.says(`s = secret "password"`, "password: ")
	p.types("hunter2\r")
	p.sees("> ")
	p.says(`"is it hunter2?"`, `"is it <secret password>?"`)
	p.sees("> ")
	p.types("\x04")
	p.leaves(0)
	history, err := os.ReadFile(filepath.Join(p.home, ".local", "state", "moonwire", "history"))
	if err != nil || !strings.Contains(string(history), "t:read_all()\n") || strings.Contains(string(history), "hunter2") {
		t.Errorf("the history: %q, %v", history, err)
	}
}

// TestInterruptBehindEnter: ^C that is typed in one with Enter ends the statement.
func TestInterruptBehindEnter(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.sees("> ")
	p.types("while true do end\r\x03")
	p.sees("interrupted\r\n")
	p.types("print(6 * 7)\r")
	p.sees("42\r\n")
	p.types("\x04")
	p.leaves(0)
}

func TestInteractAtThePrompt(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.logsIn()
	// All at once: each key goes to whom it is meant for.
	p.types("interact()\recho typed ahead\r\x1d.print('back')\rinteract()\rstty size\r")
	p.sees(`"escape"`)
	p.sees("\nback\r\n")
	p.sees("echo typed ahead\r\ntyped ahead\r\n") // was unread
	p.sees("24 80\r\n")
	if err := pty.Setsize(p.keys, &pty.Winsize{Cols: 132, Rows: 50}); err != nil {
		t.Fatal(err)
	}
	for answer := ""; !strings.Contains(answer, "50 132"); { // the signal takes its time
		p.sees("$ ")
		p.says("stty size", "stty size\r\n")
		answer = p.sees("\r\n")
	}
	p.sees("$ ")
	p.types("exit\r")
	p.sees(`"eof"`)
	p.sees("> ")
	p.types("\x04")
	p.leaves(0)
}

func TestInterruptedWaitKeepsTheSession(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.logsIn()
	p.types("print('it', 'runs'); t:read_until('never', 60); print 'not reached'\r")
	p.sees("it\truns\r\n")
	p.types("\x03")
	p.sees("interrupted")
	p.sees("> ")
	p.types("print('it', 'runs') while true do end\r")
	p.sees("it\truns\r\n")
	p.types("\x03")
	p.sees("interrupted")
	p.says("t", "open>")
	p.types("\x04")
	p.sees("a session is open (demo://): leave and close? [y/N] ")
	p.says("n", "> ")
	p.types("\x04")
	p.leaves(0)
}

func TestPastedScriptRunsAsOne(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.sees("> ")
	var script strings.Builder
	script.WriteString("local sum = 0\r")
	for range 28 {
		script.WriteString("sum = sum + 1\r")
	}
	script.WriteString("print('sum is', sum)\r")
	p.types("\x1b[200~" + script.String() + "\x1b[201~")
	p.sees("sum is\t28\r\n")
	p.says("for i = 1, 2 do", ">> ")
	p.says("print('i' .. i)", ">> ")
	p.says("end", "i1\r\ni2\r\n")
	p.sees("> ")
	p.types("\x1b[A\r") // the statement as one
	p.sees("i1\r\ni2\r\n")
	p.types("\x04")
	p.leaves(0)
}

func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	p := sits(t, []string{"TERM=dumb"}, nil)
	p.sees("> ")
	shown := p.says("1 + 1", "2\r\n")
	if strings.Contains(shown, "\x1b") {
		t.Errorf("sequences on a dumb terminal: %q", shown)
	}
	p.sees("> ")
	p.types("\x04")
	p.leaves(0)
}

func TestInteractInAScript(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "hand.lua")
	writeFile(t, script, `
local t = connect "demo://"
t:read_until "login: "
t:writeln "brandon"
t:read_until "assword: "
t:writeln "mypass"
local why = t:interact{
  escape = "^A",
  on_input = { {"~d", function(match, s) print("date key", match[0]) end}, {"~e", function() error("from an action") end} },
  on_output = { {[[(\w+)@demo]], function(match, s) return nil end} },
}
print("ended by " .. why)
print("read " .. io.read())
print("and " .. t:read_line(5))
print(pcall(t.interact, t, { on_input = { {"~e", function() error("from an action") end} } }))
`)
	p := sits(t, nil, nil, script)
	p.sees("demo:~$ ")
	p.says("echo ~x~dhello", "date key\t~d")
	p.sees("~xhello\r\n")
	p.sees("demo:~$ ")
	p.types("\x01.typed ahead\r")
	p.sees("ended by escape\r\n")
	p.sees("read typed ahead\r\n")
	p.types("")
	p.cmd.Process.Signal(unix.SIGTERM)
	p.leaves(143)
}

func TestActionThatFails(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil, "-e", `t = connect "demo://"; t:interact{ on_output = { {"login: ", function() error("from an action") end} } }`)
	p.sees("from an action")
	p.leaves(1)
}

// TestReadmeRescue: the README shows what a rescue looks like.
func TestReadmeRescue(t *testing.T) {
	t.Parallel()
	line, shown, _ := strings.Cut(block(t, readReadme(t), "```\n$ moonwire -rescue "), "\n")
	code := regexp.MustCompile(`'(.*)'`).FindStringSubmatch(line)[1]
	p := sits(t, nil, nil, "-rescue", "-e", code)
	if got := strings.ReplaceAll(p.sees("[t/r/s/g]"), "\r\n", "\n"); got != strings.TrimSpace(shown) {
		t.Errorf("the terminal shows\n%s\nand the README\n%s", got, shown)
	}
	p.types("g")
	p.leaves(124)
}

func TestSignalsLeaveTheTerminalAlone(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"prompt", "interact", "password"} {
		for signal, status := range map[syscall.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 143, unix.SIGHUP: 129, unix.SIGQUIT: 131} {
			t.Run(at+" "+unix.SignalName(signal), func(t *testing.T) {
				var p *person
				switch at {
				case "prompt":
					p = sits(t, nil, nil)
					p.sees("> ")
					p.types("typing")
					p.sees("typing")
				case "interact":
					p = sits(t, nil, nil, "-e", `connect "demo://"; interact()`)
					p.sees("login: ")
				case "password":
					p = sits(t, nil, nil, "-e", `secret "password"`)
					p.sees("password: ")
				}
				if p.modes() == p.found {
					t.Error("the terminal is in no mode")
				}
				if err := p.cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				if at == "prompt" && signal == unix.SIGINT { // not its end
					p.says(" = 1", "> ")
					p.sees("> ")
					p.types("\x04")
					status = 0
				}
				p.leaves(status)
			})
		}
	}
}

func TestSecretIsAskedForOnTheTerminal(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		_, _ = w.WriteString("line from the pipe\n")
		w.Close()
	}()
	p := sits(t, nil, r, "-e", `s = secret "password"; print(s, io.read()); connect "demo://"
		read_until "login: "; writeln "brandon"; read_until "assword: "; writeln(s); print(#read_until "$ ")`)
	p.sees("password: ")
	p.types("mypass\r")
	shown := p.sees("<secret password>\tline from the pipe\r\n")
	shown += p.sees("\r\n")
	if strings.Contains(shown, "mypass") {
		t.Errorf("the secret is shown: %q", shown)
	}
	p.leaves(0)
}

func TestConnectByHand(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "demo.log")
	p := sits(t, nil, nil, "connect", "-log", log, "demo://")
	p.sees("moonwire: connecting to demo://")
	p.sees("^] for the menu")
	p.sees("login: ")
	p.says("brandon", "assword: ")
	p.says("mypass", "demo:~$ ")
	p.says("echo $TERM", "xterm\r\n")
	p.sees("demo:~$ ")
	p.types("\x1d?")
	p.sees("send AYT")
	p.types("o")
	p.sees("ECHO")
	p.types("l")
	p.sees("demo.log stopped")
	p.says("echo not kept", "not kept\r\n")
	p.types("\x1dl")
	p.sees("demo.log again")
	p.says("echo kept", "kept\r\n")
	p.sees("demo:~$ ")
	p.types("\x1d:")
	p.sees("> ")
	p.says(`writeln "echo from lua"`, "> ")
	p.says(`read_until "\nfrom lua"`, `from lua"`)
	p.says("interact()", "demo:~$ ")
	p.types("\x1dz")
	p.sees("there is no shell to return to") // this one is the session's leader
	p.types("q")
	p.sees(`"quit"`)
	p.types("\x04")
	p.leaves(0)
	kept, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(kept), "xterm\n") || !strings.Contains(string(kept), "\nkept\n") || strings.Contains(string(kept), "not kept") {
		t.Errorf("the log: %q, %v", kept, err)
	}

	p = sits(t, nil, nil, "connect", "127.0.0.1", "1")
	p.sees("refused")
	p.leaves(4)
}

func TestRescue(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "fails.lua")
	writeFile(t, script, `
local t = connect "demo://"
t:read_until "login: "
t:writeln "brandon"
print("index", (t:expect({ "nonsense", [[\$ $]] }, 0.3)))
print("skipped", (t:expect({ "nonsense" }, 0.3)))
t:read_until("more nonsense", 0.3)
`)
	p := sits(t, nil, nil, "-rescue", script)
	p.sees(`waited 300ms for "nonsense"`)
	p.sees("[t/r/s/g] ")
	p.types("t")
	p.sees("Password: ")
	p.says("mypass", "demo:~$ ")
	p.types("\x1d.")
	p.sees("in Lua that was")
	p.sees("  read_until(\"Password: \")\r\n  writeln(secret \"password\")\r\n")
	p.sees("[t/r/s/g] ")
	p.types("r")
	p.sees("index\t2\r\n")
	p.sees("[t/r/s/g] ")
	p.types("s")
	p.sees("skipped\tnil\r\n")
	p.sees("[t/r/s/g] ")
	p.types("t")
	p.sees("you have demo://")
	p.types("exit\r")
	p.sees("demo:// closed the connection")
	p.sees("[t/r/s/g] ")
	p.types("t")
	p.sees("demo:// is closed")
	p.sees("[t/r/s/g] ")
	p.types("g")
	p.sees("fails.lua:7")
	p.leaves(124)
}

func TestTraceWhileTyping(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil, "-x")
	p.sees("> ")
	p.says(`connect "demo://"; read_until "login: "`, `login: "`)
	p.sees("> ")
	p.says(`writeln "brandon"`, "Password: ") // comes while nothing is waited for
	p.sees("> ")
	p.types("1 + ")
	p.sees("1 + ")
	p.types("1\r")
	p.sees("2\r\n")
	p.types("\x04")
	p.sees("[y/N] ")
	p.types("y\r")
	p.leaves(0)
}

func TestSuspendAtThePrompt(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("stty"); err != nil {
		t.Skip("no stty here")
	}
	p := sitsAt(t, nil, nil, "sh", "-mc", `stty -a; moonwire; echo "stopped $?"; stty -a; fg; echo "ended $?"`)
	found := p.sees("extproc")
	p.sees("> ")
	p.types("print('ty")
	p.sees("print('ty")
	p.types("\x1a")
	p.sees("stopped 147\r\n") // 128 and SIGSTOP
	if stopped := p.sees("extproc"); strings.TrimSpace(stopped) != strings.TrimSpace(found) {
		t.Errorf("the terminal while stopped: %q, before: %q", stopped, found)
	}
	p.sees("> print('ty") // goes on where it was
	p.types("ped')\r")
	p.sees("\ntyped\r\n")
	p.sees("> ")
	p.types("\x04")
	p.sees("ended 0\r\n")
	p.leaves(0)
}

// TestSuspendInAWait: ^Z stops the program during a statement, too.
func TestSuspendInAWait(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("stty"); err != nil {
		t.Skip("no stty here")
	}
	p := sitsAt(t, nil, nil, "sh", "-mc", `moonwire; echo "stopped $?"; fg; echo "ended $?"`)
	p.sees("> ")
	p.types("s = connect 'demo://'; print('it', 'waits'); s:read_until('never', 3)\r")
	p.sees("it\twaits\r\n")
	p.types("\x1a")
	p.sees("stopped 147\r\n")
	p.sees("timeout: read_until") // goes on
	p.sees("> ")
	p.types("\x04")
	p.sees("[y/N] ")
	p.types("y\r")
	p.sees("ended 0\r\n")
	p.leaves(0)
}

func TestReadingAtThePrompt(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.sees("> ")
	p.types("name = io.read()\rbrandon\rname\rio.read(2)\rabcd\r")
	p.sees(`"brandon"`)
	p.sees(`"ab"`)
	p.sees("> cd\r\n") // what io.read left is typed ahead
	p.sees("> ")
	p.types("\x04")
	p.leaves(0)
}

func TestFloodDoesNotStopTheEscape(t *testing.T) {
	t.Parallel()
	p := sits(t, nil, nil)
	p.logsIn()
	p.types("interact()\rlog 100000000\r")
	p.sees("100000000\r\n")
	p.types("\x1d.")
	p.sees(`"escape"`)
	p.types("os.exit(3)\r")
	p.leaves(3)
}

func TestCopiedThrough(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "moonwire", "-e", `connect "demo://"; print(interact{linger = 0.5})`)
	cmd.Stdin = strings.NewReader("brandon\nmypass\necho one two\nexit\n")
	out, err := cmd.Output()
	answered := regexp.MustCompile(`(\n|\$ )one two\r\n`) // without an echo, if the host had not come to it yet
	if err != nil || !answered.Match(out) || !strings.HasSuffix(string(out), "\neof\n") {
		t.Errorf("%v: %q", err, out)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
