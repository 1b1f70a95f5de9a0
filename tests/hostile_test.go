package tests

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// storm is how much a hostile peer sends, in bytes: little for everyday; for figures, as
// many MiB as MOONWIRE_STORM says.
func storm() int {
	if n, err := strconv.Atoi(os.Getenv("MOONWIRE_STORM")); err == nil {
		return n << 20
	}
	return 1 << 17
}

// patience is how long a script has to sit a storm out, in place of a hang.
func patience() time.Duration { return time.Minute + time.Duration(storm()>>20)*10*time.Second }

// memoryBound is what the command may take at most while it is stormed, in KiB: the
// interpreter with a full max_buffer of 1 MiB, system buffers, and the garbage that
// Go lets lie; a test under the race detector has a larger binary.
const memoryBound = 150 << 10

// A hostile peer sends its greeting, then flood again and again, in total size bytes.
type hostile struct {
	name     string
	greeting string
	flood    string
	options  string // of connect, in Lua
	reads    bool   // whether it reads what it is sent
}

func hostiles(t *testing.T) []hostile {
	all := make([]byte, 0, 256*12)
	for o := range 256 {
		for _, verb := range []byte{251, 253, 252, 254} {
			if o != 255 {
				all = append(all, 255, verb, byte(o))
			}
		}
	}
	var bomb bytes.Buffer
	w := zlib.NewWriter(&bomb)
	for range storm() >> 12 {
		if _, err := w.Write(bytes.Repeat([]byte("boom 67\n"), 512)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return []hostile{
		{name: "all options", flood: string(all), reads: true},
		{name: "all options, accepted", flood: string(all), reads: true, options: `on_option = function() return "accept" end`},
		{name: "all options, unread", flood: string(all)},
		{name: "timing marks, unread", flood: "\xff\xfd\x06"},
		{name: "AYT, unread", flood: "\xff\xf6"},
		{name: "terminal types, unread", greeting: "\xff\xfd\x18", flood: "\xff\xfa\x18\x01\xff\xf0", options: `terminal = ("x"):rep(1000)`},
		{name: "charsets, unread", greeting: "\xff\xfb\x2a", flood: "\xff\xfa\x2a\x01;latin1;UTF-8\xff\xf0"},
		{name: "echo on and off", flood: "\xff\xfb\x01\xff\xfc\x01", reads: true},
		{name: "go ahead", flood: "\xff\xf9"},
		{name: "an endless subnegotiation", greeting: "\xff\xfa\x18\x01", flood: strings.Repeat("x", 4096)},
		{name: "an endless one of doubled IACs", greeting: "\xff\xfa\x18\x01", flood: strings.Repeat("\xff\xff", 4096)},
		{name: "subnegotiations unended", flood: "\xff\xfa\x18" + strings.Repeat("y", 50_000) + "\xff\xfb\x01"},
		{name: "an escape sequence without end", greeting: "\x1b]0;", flood: strings.Repeat("title ", 1000)},
		{name: "returns and NULs", flood: "\r\x00\r\r\x00\x00\n"},
		{name: "a spinner", flood: "|\b/\b-\b"},
		{name: "rows up and down", flood: "\x1b[A\x1b[Bx"},
		{name: "columns from nowhere", flood: "\r\x1b[4000Cx"},
		{name: "a row told again", flood: "\ra\x1b[510Cx\rb\x1b[510Cx"},
		{name: "insertions", flood: "y\r\x1b[4000@x"},
		{name: "insertions and deletions of one", flood: "\x1b[@z\x1b[D\x1b[P"},
		{name: "a control string without end", flood: "\x1bP" + strings.Repeat("device ", 1000)},
		{name: "questions to the terminal, unread", flood: "\x1b[6n\x1b[c"},
		{name: "combining characters", flood: "e" + strings.Repeat("\u0301", 1000)},
		{name: "one line", flood: strings.Repeat("no newline ", 1000)},
		{name: "an MCCP2 bomb", greeting: "\xff\xfb\x56\xff\xfa\x56\xff\xf0" + bomb.String(), flood: strings.Repeat("\x00", 64), options: `options = {MCCP2 = "accept"}`},
	}
}

// serve says it all on a connection, the flood for ever if endless, and waits for the
// end.
func (h hostile) serve(conn net.Conn, endless bool) {
	heard := make(chan struct{})
	if h.reads {
		go func() {
			defer close(heard)
			_, _ = io.Copy(io.Discard, conn)
		}()
	}
	_, err := io.WriteString(conn, h.greeting)
	flood := []byte(strings.Repeat(h.flood, max(1, 64<<10/len(h.flood))))
	for sent := 0; err == nil && (endless || sent < storm()); sent += len(flood) {
		_, err = conn.Write(flood)
	}
	if err == nil && strings.HasPrefix(h.name, "an endless") {
		_, err = io.WriteString(conn, "\xff\xf0")
	}
	if err == nil {
		_, err = io.WriteString(conn, "\x1b\\\x07\r\nthe end")
	}
	switch {
	case h.reads:
		<-heard // a connection that is closed on unread bytes loses what it sent
	case err == nil:
		_, _ = io.Copy(io.Discard, conn)
	}
	_ = conn.Close()
}

// TestHostilePeers: a script sits each storm out, hears what comes behind it, and
// neither its memory nor its time goes out of bounds.
func TestHostilePeers(t *testing.T) {
	if underRace {
		t.Skip("memory and time are measured without the race detector")
	}
	var table strings.Builder
	table.WriteString("| the host sends, without end | peak memory | time |\n|---|---|---|\n")
	for _, secured := range []bool{false, true} {
		for _, h := range hostiles(t) {
			name := h.name
			if secured {
				name += ", TLS"
			}
			t.Run(name, func(t *testing.T) {
				if secured && h.options == `options = {MCCP2 = "accept"}` {
					t.Skip("refused over TLS")
				}
				address := hostileHost(t, secured, func(conn net.Conn) { h.serve(conn, false) })
				tls := ""
				if secured { // else START-TLS would be agreed on in a storm of options, and text in clear dropped
					tls = "tls = {insecure = true}, "
				}
				script := `
local t = connect(arg[1], {timeout = ` + strconv.Itoa(int(patience().Seconds())) + `, max_buffer = 2^20, ` + tls + h.options + `})
local text = ""
local ok, e = pcall(function()
  if ` + strconv.FormatBool(strings.HasPrefix(h.name, "an MCCP2")) + ` then
    t:expect{ exact "never there", EOF }
  else
    text = t:read_until("the end")
  end
end)
t:close()
if not ok then print(e) end
` + readMemory
				r := runScript(t, script, address)
				if r.status != 0 || r.memory > memoryBound {
					t.Errorf("ended with %d, %d KiB: %.300s %.300s", r.status, r.memory, r.stdout, r.stderr)
				}
				if !strings.HasPrefix(r.stdout, "memory ") && !strings.Contains(r.stdout, "max_buffer") && !strings.Contains(r.stdout, "the compressed stream is corrupt") {
					t.Errorf("it printed %.500s", r.stdout)
				}
				t.Logf("%d KiB, %v", r.memory, r.took.Round(time.Millisecond))
				table.WriteString(fmt.Sprintf("| %s | %d MB | %.1f s |\n", name, r.memory>>10, r.took.Seconds()))
			})
		}
	}
	t.Logf("%d KiB each:\n%s", storm()>>10, table.String())
}

// TestTimesHoldUnderStorms: while the peer storms without end and reads nothing, a
// wait ends at its time, so does a write, and close is at once.
func TestTimesHoldUnderStorms(t *testing.T) {
	if underRace {
		t.Skip("memory and time are measured without the race detector")
	}
	for _, secured := range []bool{false, true} {
		for _, h := range hostiles(t) {
			if h.reads || strings.HasPrefix(h.name, "an MCCP2") {
				continue
			}
			name := h.name
			if secured {
				name += ", TLS"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				address := hostileHost(t, secured, func(conn net.Conn) { h.serve(conn, true) })
				r := runScript(t, `
local t = connect(arg[1], {max_buffer = 2^20, tls = {insecure = true}, `+h.options+`})
local ok, e = pcall(t.read_until, t, "never there", 0.5)
assert(not ok and e.kind == "timeout", tostring(e))
t.timeout = 0.5
local ok, e = pcall(t.write, t, ("z"):rep(32 * 2^20))
assert(not ok and e.kind == "timeout", tostring(e))
local ok, e = pcall(t.expect, t, { "never (there|here)", "nor there" }, 0.5)
assert(not ok and e.kind == "timeout", tostring(e))
t:close()
`+readMemory, address)
				if r.status != 0 || r.memory > memoryBound+64<<10 || r.took > 20*time.Second {
					t.Errorf("ended with %d, %d KiB, after %v: %.300s %.300s", r.status, r.memory, r.took, r.stdout, r.stderr)
				}
				t.Logf("%d KiB, %v", r.memory, r.took.Round(time.Millisecond))
			})
		}
	}
}

// TestHalfACommand and silence: the wait ends at its time and says what is missing.
func TestHalfACommand(t *testing.T) {
	for half, want := range map[string]string{
		"\xff": "IAC without its command", "\xff\xfa\x18\x01": "TTYPE without its SE", "\xff\xfb": "WILL without its option",
		"login: \xff\xfa": "empty subnegotiation",
	} {
		address := hostileHost(t, false, func(conn net.Conn) {
			_, _ = io.WriteString(conn, half)
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		})
		r := runScript(t, `connect(arg[1]):read_until("ssword: ", 0.3)`, address)
		if r.status != 124 || !strings.Contains(r.stderr, want) {
			t.Errorf("%q: ended with %d: %s", half, r.status, r.stderr)
		}
	}
}

// readMemory prints the most memory that the command has had.
const readMemory = `
local status = io.open("/proc/self/status")
if status then print("memory " .. status:read("*a"):match("VmHWM:%s*(%d+)")) else print("memory 0") end
`

// hostileHost serves each connection by talk, over TLS if secured.
func hostileHost(t *testing.T, secured bool, talk func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if secured {
		l = tls.NewListener(l, newAuthority(t).server)
		address = "telnets://" + address
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go talk(conn)
		}
	}()
	return address
}

type scriptRun struct {
	stdout, stderr string
	status         int
	memory         int // KiB, if the script told
	took           time.Duration
}

// runScript runs Lua code by the command.
func runScript(t *testing.T, code string, args ...string) scriptRun {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience()+10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "moonwire", append([]string{path}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begun := time.Now()
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	r := scriptRun{stdout: stdout.String(), stderr: stderr.String(), status: cmd.ProcessState.ExitCode(), took: time.Since(begun)}
	if _, told, found := strings.Cut(r.stdout, "memory "); found {
		r.memory, _ = strconv.Atoi(strings.TrimSpace(told)) // 0 where the system does not tell
	}
	return r
}
