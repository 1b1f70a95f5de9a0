//go:build unix

package real

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine"
	line "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// heard collects what a host sends.
type heard struct{ bytes.Buffer }

func (h *heard) Observe(o *session.Observation) {
	if o.Kind == session.DataIn {
		h.Write(o.Bytes)
	}
}

// bar draws a progress bar as pip does, with colours, a cursor that hides, and wide
// characters.
const bar = `
import sys, time
sys.stdout.write("\x1b[?25l")
for i in range(41):
    done = "\u2501" * i + "\u257a" * (i < 40)
    sys.stdout.write("\r     \x1b[38;5;70m%s\x1b[0m \x1b[32m%d/40 kB\x1b[0m \x1b[31m%s\x1b[0m \u6642\u9593" % (done.ljust(40), i, "?" if i < 3 else "%d.%d MB/s" % (i, i % 7)))
    sys.stdout.flush()
    time.sleep(0.002)
sys.stdout.write("\x1b[2K\r" if len(sys.argv) > 1 else "\x1b[?25h\n")
print("\x1b[?25hSuccessfully installed thing-1.0")
`

// spinner turns.
const spinner = `
import sys, time
sys.stdout.write("working ")
for i in range(200):
    sys.stdout.write("|/-\\"[i % 4] + "\b")
    sys.stdout.flush()
for i in range(40):
    sys.stdout.write("\r\x1b[K" + "\u280b\u2819\u2839\u2838"[i % 4] + " step %d" % i)
    sys.stdout.flush()
    time.sleep(0.002)
print("\r\x1b[K\u2714 done")
`

// prompts are fish's.
const prompts = `
function fish_prompt; echo -n 'f$ '; end
function fish_right_prompt; echo '[right]'; end
`

// marked matches what shells print to begin a row of their own: a mark and blanks up to the
// margin. The emulator takes the row behind it for one that has wrapped.
var marked = regexp.MustCompile(`([#%⏎] {30,})([zf]\$)`)

// TestProgramsBesidePyte runs programs that animate and redraw their lines behind telnetd,
// on a terminal that was told its size. What a script sees is what an emulator shows.
func TestProgramsBesidePyte(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has python3-pyte
	if err := exec.Command(needs(t, python), "-c", "import pyte").Run(); err != nil {
		lacking(t, "python3-pyte")
	}
	dir := t.TempDir()
	for name, code := range map[string]string{"bar.py": bar, "spinner.py": spinner, "prompt.fish": prompts} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "400000")
		for range 40 {
			_, _ = w.Write(make([]byte, 10_000)) // the client may have gone
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}))
	defer web.Close()
	address := shellHost(t)
	for _, c := range []struct {
		name, needs string
		typed       []string // each at the prompt that the one before leads to
		want        string   // that the last lines have
	}{
		{"apt", "apt-get", []string{"apt-get -s install bash 2>&1"}, "Reading state information... Done"},
		{"apt list", "apt", []string{"apt list bash 2>&1"}, "bash/"},
		{"curl", "curl", []string{"curl -# -o /dev/null " + web.URL}, "100.0%"},
		{"curl with a table", "curl", []string{"curl -o /dev/null " + web.URL}, "100"},
		{"a bar", python, []string{python + " " + dir + "/bar.py"}, "Successfully installed thing-1.0"},
		{"a bar that goes away", python, []string{python + " " + dir + "/bar.py x"}, "Successfully installed thing-1.0"},
		{"spinners", python, []string{python + " " + dir + "/spinner.py"}, "✔ done"},
		{"top", "top", []string{"top -b -n 1 | head -n 20"}, "PID USER"},
		{"bash", "bash", []string{"echo one two three\b\b\b\b\bfour\x1b[D\x1b[D\x01# \x05\x15echo \x12thr\x07\x15echo yes"}, "yes"},
		{"bash with a history", "bash", []string{"echo first", "echo second", "\x1b[A\x1b[A", "\x1b[A\x1b[A\x1b[A\x1b[B"}, "second"},
		{"bash beyond the margin", "bash", []string{"echo " + strings.Repeat("0123456789", 14) + strings.Repeat("\x1b[D", 60) + "X\x05Y"}, "9Y"},
		{"zsh", "zsh", []string{"PS1='z$ ' RPROMPT='[right]' zsh -f -i", "echo one", "printf two", "echo three\x1b[D\x1b[D\x01# \x05", "\x1b[A\x1b[A", "exit"}, "two"},
		{"fish", "fish", []string{
			"HOME=" + dir + " fish --no-config -i -C 'source " + dir + "/prompt.fish'",
			"echo one", "printf two", "exit",
		}, "two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			needs(t, c.needs)
			const columns = 100
			raw := new(heard)
			settle := 700 * time.Millisecond
			s, err := engine.Open(t.Context(), "telnet://"+address, engine.Options{
				Session: session.Config{Settle: settle, Timeout: 60 * time.Second, Taps: []session.Tap{raw}},
				Telnet:  line.Config{Telnet: telnet.Config{Columns: columns, Rows: 50, Terminal: []string{"xterm"}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			prompt, err := patterns.Compile([]patterns.Pattern{{Source: `\$ $`}})
			if err != nil {
				t.Fatal(err)
			}
			var seen strings.Builder
			wait := func() {
				t.Helper()
				r, err := s.Expect(t.Context(), prompt, session.WaitOptions{})
				if err != nil {
					t.Fatalf("%v, after %q", err, seen.String())
				}
				before := seen.String()
				seen.Reset()
				seen.WriteString(before[:max(len(before)-r.Replaced, 0)] + r.Text)
			}
			wait()
			for _, typed := range c.typed {
				if err := s.Write(t.Context(), typed+"\n", session.WriteOptions{}); err != nil {
					t.Fatal(err)
				}
				wait()
			}
			var lines []string
			for line := range strings.SplitSeq(seen.String(), "\n") {
				lines = append(lines, strings.TrimRight(spread(line), " "))
			}
			shown := marked.ReplaceAllString(strings.Join(emulated(t, python, columns, raw.String()), "\n"), "$1\n$2")
			var want []string
			for line := range strings.SplitSeq(shown, "\n") {
				want = append(want, strings.TrimRight(line, " "))
			}
			if !slices.Equal(lines, want) {
				t.Errorf("seen:\n%s\non a terminal:\n%s\nof %q", strings.Join(lines, "\n"), strings.Join(want, "\n"), raw)
			}
			if last := strings.Join(lines[max(len(lines)-30, 0):], "\n"); !strings.Contains(last, c.want) {
				t.Errorf("%q is not in %q", c.want, last)
			}
		})
	}
}

// TestWatch: a program that paints its screen shows each row as a line, as often as it
// paints it, and the prompt behind it is whole.
func TestWatch(t *testing.T) {
	for _, program := range []string{"watch", "timeout", "seq"} {
		needs(t, program)
	}
	s, err := engine.Open(t.Context(), "telnet://"+shellHost(t), engine.Options{
		Session: session.Config{Settle: 700 * time.Millisecond, Timeout: 60 * time.Second},
		Telnet:  line.Config{Telnet: telnet.Config{Columns: 100, Rows: 30, Terminal: []string{"xterm"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	prompt, err := patterns.Compile([]patterns.Pattern{{Source: `(?m)^[^\n]*\$ $`}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Expect(t.Context(), prompt, session.WaitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), "timeout 3 watch -n 0.5 seq 9001 9003\n", session.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	r, err := s.Expect(t.Context(), prompt, session.WaitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(r.Before(), "\n")
	for _, want := range []string{"9001", "9002", "9003"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%s is no line of %q", want, lines)
		}
	}
	if got, want := strings.TrimLeft(r.Group(0), "\n"), strings.TrimLeft(first.Group(0), "\n"); got != want {
		t.Errorf("the prompt is %q, want %q", got, want)
	}
}

// emulated are the lines that pyte shows of a stream.
func emulated(t *testing.T, python string, columns int, stream string) (lines []string) {
	t.Helper()
	job, err := json.Marshal(map[string]any{"columns": columns, "streams": []string{stream}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/screen.py")
	var shown [][]string
	cmd.Stdin, cmd.Stderr = bytes.NewReader(job), io.Discard
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &shown)
	}
	if err != nil {
		t.Fatal(err)
	}
	return shown[0]
}
