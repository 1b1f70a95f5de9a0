//go:build unix

package real

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cuts runs a script against a host, recording it, and then against the recording,
// cut at every byte. The paths of both are returned.
func cuts(t *testing.T, environ []string, code string, args ...string) (path, cast string) {
	t.Helper()
	dir := t.TempDir()
	path, cast = filepath.Join(dir, "script.lua"), filepath.Join(dir, "script.cast")
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	live := moonwire(t, environ, append([]string{"-record", cast, path}, args...)...)
	if live.status != 0 {
		t.Fatalf("the script ended with %d\n%s%s", live.status, live.stdout, live.stderr)
	}
	for _, chunks := range []string{"recorded", "whole", "bytes", "random:1", "random:2", every()} {
		r := moonwire(t, nil, append([]string{"replay", "-chunks", chunks, cast, path}, args...)...)
		if r.status != 0 || r.stdout != live.stdout {
			t.Errorf("-chunks %s ended with %d\n%s%s\nlive it was\n%s", chunks, r.status, r.stdout, r.stderr, live.stdout)
		}
		if chunks == "every" {
			t.Log(strings.TrimSpace(r.stderr))
			if !regexp.MustCompile(`replay: \d{3,} cuts, none makes a difference`).MatchString(r.stderr) {
				t.Errorf("-chunks every said %q", r.stderr)
			}
		}
	}
	return path, cast
}

// every is the cut at every byte in turn. With the race detector it is one at random: that
// makes each replay twenty times as slow.
func every() string {
	if underRace {
		return "random:3"
	}
	return "every"
}

// TestDemoRecorded replays the first example.
func TestDemoRecorded(t *testing.T) {
	code, err := os.ReadFile("../../examples/telnet_login.lua")
	if err != nil {
		t.Fatal(err)
	}
	cuts(t, nil, string(code))
}

// TestInetutilsRecorded: a login by login(1), with its options, flushes and escape
// sequences, is offline what it was live. The password is nowhere in the file.
func TestInetutilsRecorded(t *testing.T) {
	name, password := account(t)
	_, cast := cuts(t, []string{"MOONWIRE_SECRET_PASSWORD=" + password}, `
local t = connect(arg[1], {timeout = 10})
t:read_until("login: ")
t:writeln(arg[2])
t:read_until("assword: ")
t:writeln(secret "password")
t:expect{ [[[$#] $]] }
t:writeln("echo $TERM; date +%s; seq 20")
t:read_line()
local _, _, text = t:expect{ [[[$#] $]] }
print(text)
t:writeln("exit")
print((t:read_all()))`, telnetd(t), name)
	file, err := os.ReadFile(cast)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), password) || !strings.Contains(string(file), "<secret password>") {
		t.Errorf("the password, or no placeholder, is in the recording:\n%s", file)
	}
	shown := asciinema(t, cast)
	if !strings.Contains(shown, "vt100") {
		t.Errorf("asciinema shows\n%s", shown)
	}
}

// TestFRRRecorded: a router's dialogue with a pager.
func TestFRRRecorded(t *testing.T) {
	cuts(t, nil, `
local t = connect("127.0.0.1:" .. arg[1], {timeout = 10, window = {columns = 80, rows = 24}})
t:read_until("Password: ")
t:writeln("zebra")
t:read_until("r1> ")
t:writeln("enable")
t:read_until("Password: ")
t:writeln("en4ble")
t:read_until("r1# ")
t:writeln("show version")
local pages = 0
local n, _, text = t:expect{
  { exact " --More-- ", function(_, s) pages = pages + 1 s:write(" ") return AGAIN end },
  "r1# $",
}
print(n, text)
t:writeln("exit")
t:read_all()`, frr(t))
}

// asciinema is what the player shows of a recording.
func asciinema(t *testing.T, cast string) string {
	t.Helper()
	player := needs(t, "asciinema")
	out := filepath.Join(t.TempDir(), "typescript")
	// It wants a terminal, which script(1) gives it.
	shown, err := exec.Command(needs(t, "script"), "-qec", player+" cat "+cast, out).CombinedOutput()
	if err != nil {
		t.Fatalf("asciinema: %v\n%s", err, shown)
	}
	return string(shown)
}

// TestAsciinemaPlays: what asciinema records is played, and served, here.
func TestAsciinemaPlays(t *testing.T) {
	cast := filepath.Join(t.TempDir(), "theirs.cast")
	cmd := exec.Command(needs(t, "asciinema"), "rec", "-q", "-c", "printf 'h\u00e4llo\\nlogin: '", cast)
	cmd.Env = append(os.Environ(), "TERM=xterm", "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("asciinema: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"play", cast}, {"play", "-text", cast}} {
		if r := moonwire(t, nil, args...); r.status != 0 || !strings.Contains(r.stdout, "h\u00e4llo") || !strings.Contains(r.stdout, "login: ") {
			t.Errorf("%v ended with %d\n%s%s", args, r.status, r.stdout, r.stderr)
		}
	}
	path := filepath.Join(t.TempDir(), "script.lua")
	code := "local t = connect('host')\nt:read_until('login: ')\nprint(t:read_all() == '' and 'ok')\n"
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := moonwire(t, nil, "replay", "-chunks", every(), cast, path); r.status != 0 || r.stdout != "ok\n" {
		t.Errorf("replay ended with %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}
