//go:build unix

package real

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// A stream is what a host sends that edits its lines, as its parts.
type stream []string

// randomStream makes a stream of text, newlines, and movements and erasures in the line.
func randomStream(r *rand.Rand, columns int) stream {
	words := []string{"router", "1#", "show ", "--More--", " ", "  ", "   ", "a", "é", "Ω", "50%", "=====>", "\t"}
	narrow := columns < 100
	if narrow {
		words = words[:len(words)-1] // what a tab is at the margin depends on the width
	}
	n := 1 + r.IntN(40)
	s := make(stream, 0, n)
	small := func() int { return 1 + r.IntN(12) }
	for range n {
		switch k := r.IntN(40); {
		case k < 16:
			s = append(s, words[r.IntN(len(words))])
		case k < 19:
			s = append(s, "\r\n")
		case k < 23:
			s = append(s, "\r")
		case k < 26:
			s = append(s, strings.Repeat("\b", small()))
		case k < 27:
			s = append(s, "\b \b")
		case k < 28:
			s = append(s, strings.Repeat("x", r.IntN(60)))
		case k < 29:
			s = append(s, "\x1b[1;31m", "\x1b[m")
		case k < 30 && !narrow: // a newline in a row that is not the line's last is another matter
			s = append(s, "\x1b7", words[r.IntN(len(words)-1)], "\x1b8")
		default:
			final := "KKCDGPX@"[r.IntN(8)]
			if narrow && final == '@' {
				final = 'D' // pyte keeps a character behind the margin
			}
			if final == 'K' {
				s = append(s, fmt.Sprintf("\x1b[%dK", r.IntN(3)))
			} else {
				s = append(s, fmt.Sprintf("\x1b[%d%c", small(), final))
			}
		}
	}
	return append(s, "\r\n")
}

// seenLines are the lines that a view shows of s.
func seenLines(t *testing.T, s string, columns int) []string {
	t.Helper()
	v, err := text.NewView("")
	if err != nil {
		t.Fatal(err)
	}
	v.SetWindow(columns, 0)
	v.Append(nil, []byte("\r\n")) // the window is in force from the next line on
	out := v.Append(nil, []byte(s))
	seen := text.Apply(nil, out, v.Edits())
	var lines []string
	for line := range strings.SplitSeq(string(seen), "\n") {
		lines = append(lines, strings.TrimRight(spread(line), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// spread writes tabs as blanks.
func spread(line string) string {
	var out strings.Builder
	column := 0
	for _, r := range line {
		switch {
		case r == '\t':
			n := 8 - column%8
			out.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		case r >= 0x1100:
			column++
		case r >= 0x300 && r < 0x370:
			column--
		}
		column++
		out.WriteRune(r)
	}
	return out.String()
}

// What a view shows of random streams is what a terminal emulator shows, pyte.
func TestViewBesidePyte(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has python3-pyte
	if err := exec.Command(needs(t, python), "-c", "import pyte").Run(); err != nil {
		lacking(t, "python3-pyte")
	}
	for _, columns := range []int{300, 40} {
		r := rand.New(rand.NewPCG(uint64(columns), 7))
		var streams []string
		for range 2000 {
			streams = append(streams, strings.Join(randomStream(r, columns), ""))
		}
		job, err := json.Marshal(map[string]any{"columns": columns, "streams": streams})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(python, "testdata/screen.py")
		cmd.Stdin, cmd.Stderr = bytes.NewReader(job), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var want [][]string
		if err := json.Unmarshal(out, &want); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for i, s := range streams {
			if got := seenLines(t, s, columns); !slices.Equal(got, want[i]) {
				if failed++; failed <= 4 {
					t.Errorf("%d columns: %q:\ngot  %q\nwant %q", columns, s, got, want[i])
				}
			}
		}
		if failed > 0 {
			t.Errorf("%d columns: %d of %d differ", columns, failed, len(streams))
		}
	}
}

// moving matches what moves within a line, but CR.
var moving = regexp.MustCompile(`\x08|\x1b(?:[78]|\[[0-9]*[A-Z@])`)

// The same beside tmux, which draws the streams one below the other. Where terminals
// differ they are spared: a Backspace in tmux's first column goes to the row above if that
// wrapped, a row that is erased whole does not join the one above, and half of a wide
// character may stay.
func TestViewBesideTmux(t *testing.T) {
	tmux := needs(t, "tmux")
	for _, columns := range []int{300, 40} {
		r := rand.New(rand.NewPCG(uint64(columns), 8))
		var streams []string
		var all strings.Builder
		for i := range 1000 {
			s := strings.Join(randomStream(r, columns), "")
			again := "\r\x1b[K"
			if columns < 100 {
				again = ""
			}
			if columns < 100 || i%2 == 1 { // no edits but of the whole line
				s = moving.ReplaceAllString(s, "")
				s = strings.NewReplacer("Ω", "日本", "\r\n", "\r\n", "\r", again).Replace(s)
			}
			streams = append(streams, s)
			fmt.Fprintf(&all, "@%d\r\n%s", i, s)
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "streams")
		if err := os.WriteFile(file, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		run := func(args ...string) string {
			t.Helper()
			cmd := exec.CommandContext(t.Context(), tmux, append([]string{"-S", filepath.Join(dir, "s"), "-f", "/dev/null"}, args...)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("tmux %q: %v: %s", args, err, out)
			}
			return string(out)
		}
		run("-u", "start-server", ";", "set", "-g", "history-limit", "200000", ";",
			"new-session", "-d", "-x", fmt.Sprint(columns), "-y", "50", "sh", "-c", `stty raw -echo; cat "$0"; "$1" -S "$2" wait-for -S drawn; exec sleep 600`,
			file, tmux, filepath.Join(dir, "s"))
		run("wait-for", "drawn")
		drawn := make([][]string, len(streams))
		at := -1
		for line := range strings.SplitSeq(run("capture-pane", "-p", "-J", "-S", "-"), "\n") {
			if n := at + 1; line == fmt.Sprintf("@%d", n) {
				at = n
			} else if at >= 0 {
				drawn[at] = append(drawn[at], strings.TrimRight(line, " "))
			}
		}
		run("kill-server")
		failed := 0
		for i, s := range streams {
			for n := len(drawn[i]); n > 0 && drawn[i][n-1] == ""; n-- {
				drawn[i] = drawn[i][:n-1]
			}
			if got := seenLines(t, s, columns); !slices.Equal(got, drawn[i]) {
				if failed++; failed <= 4 {
					t.Errorf("%d columns: %q:\ngot  %q\nwant %q", columns, s, got, drawn[i])
				}
			}
		}
		if failed > 0 {
			t.Errorf("%d columns: %d of %d differ", columns, failed, len(streams))
		}
	}
}
