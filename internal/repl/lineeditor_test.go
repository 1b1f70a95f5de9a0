//go:build unix

package repl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/internal/repl"
)

// typist reads lines with an editor at a seat.
type typist struct {
	*seat
	editor repl.Editor
	lines  chan typedLine
	ctx    context.Context
}

type typedLine struct {
	text string
	err  error
}

func newTypist(t *testing.T, columns int, history *repl.History, complete repl.Completer) *typist {
	t.Helper()
	s := newSeat(t, columns)
	editor, err := repl.NewEditor(s.Terminal, "xterm", history, complete)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { editor.Close() })
	return &typist{seat: s, editor: editor, lines: make(chan typedLine, 1), ctx: t.Context()}
}

// asks begins to read a line and waits for its prompt.
func (ty *typist) asks(t *testing.T) {
	t.Helper()
	go func() {
		text, err := ty.editor.ReadLine(ty.ctx, "> ", ">> ")
		ty.lines <- typedLine{text, err}
	}()
	ty.shows(t, "> |")
}

func (ty *typist) gives(t *testing.T, want string) {
	t.Helper()
	if l := <-ty.lines; l.err != nil || l.text != want {
		t.Fatalf("the line is %q, %v; not %q", l.text, l.err, want)
	}
}

func TestKeys(t *testing.T) {
	tests := []struct{ name, keys, shows, gives string }{
		{"plain", "print(1)", "> print(1)|", "print(1)"},
		{"home in one encoding", "b\x1b[Ha", "> a|b", "ab"},
		{"home in the other", "b\x1b[1~a", "> a|b", "ab"},
		{"home of the application mode", "b\x1bOHa", "> a|b", "ab"},
		{"end in one encoding", "ac\x1b[D\x1b[D\x1b[Fd", "> acd|", "acd"},
		{"end in the other", "ac\x1b[D\x1b[D\x1b[4~d", "> acd|", "acd"},
		{"delete", "abc\x1b[D\x1b[D\x1b[3~", "> a|c", "ac"},
		{"delete on an empty line", "\x1b[3~ok", "> ok|", "ok"},
		{"delete at the end", "ok\x1b[3~", "> ok|", "ok"},
		{"backspace", "abx\x7fc", "> abc|", "abc"},
		{"words", "one two\x1bbX\x1b[1;5DY", "> one Y|Xtwo", "one YXtwo"},
		{"unknown keys", "a\x1b[15~\x1b[5~\x1b[2~\x1bxb", "> ab|", "ab"},
		{"control keys without a use", "a\x00\x0f\x18\x1c\x1eb", "> ab|", "ab"},
		{"umlauts", "äöü\x1b[D\x7f", "> ä|ü", "äü"},
		{"wide", "日本語\x1b[D\x1b[D\x7f", "> |本語", "本語"},
		{"wide inserted", "a日b\x1b[D\x1b[Dx", "> ax|日b", "ax日b"},
		{"kill and yank", "one two\x01\x0b\x19\x19", "> one twoone two|", "one twoone two"},
		{"pasted line", "a\x1b[200~b\x1b[201~c", "> abc|", "abc"},
		{"pasted inside", "ad\x1b[D\x1b[200~bc\x1b[201~", "> abc|d", "abcd"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ty := newTypist(t, 80, nil, nil)
			ty.asks(t)
			ty.types(t, test.keys)
			ty.shows(t, test.shows)
			ty.types(t, "\r")
			ty.gives(t, test.gives)
		})
	}
}

func TestLoneEscapeIsNothing(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	ty.asks(t)
	ty.types(t, "a\x1b")
	ty.shows(t, "> a|")
	ty.types(t, "\x1b\x1b")
	ty.types(t, "b\r") // ESC b together is a key
	<-ty.lines
}

func TestNoKeyIsReadBeyondTheLine(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	ty.asks(t)
	ty.types(t, "one\rtwo\x1b[D\rthree\rkeys for others")
	ty.gives(t, "one")
	for _, want := range []string{"two", "three"} {
		text, err := ty.editor.ReadLine(t.Context(), "> ", ">> ")
		if err != nil || text != want {
			t.Fatalf("typed ahead: %q, %v", text, err)
		}
	}
	lease, err := ty.Enter(terminal.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Leave()
	p := make([]byte, len("keys for others"))
	if _, err := io.ReadFull(ty.Input().Stream(), p); err != nil || string(p) != "keys for others" {
		t.Fatalf("behind the line: %q, %v", p, err)
	}
}

func TestPasteOfManyLinesIsOne(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	var script strings.Builder
	for i := range 30 {
		fmt.Fprintf(&script, "\tprint(%d)\n", i)
	}
	ty.asks(t)
	ty.types(t, "\x1b[200~"+strings.ReplaceAll(script.String(), "\n", "\r")+"\x1b[201~")
	ty.gives(t, strings.TrimSuffix(script.String(), "\n"))
	ty.asks(t)
	ty.types(t, "\x1b[200~first\nsecond\nlast\x1b[201~")
	ty.shows(t, "> first\n>> second\n>> last|")
	ty.types(t, "!\r")
	ty.gives(t, "first\nsecond\nlast!")
}

func TestHistoryRecallsStatementsOfManyLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "moonwire", "history")
	history, err := repl.OpenHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	ty := newTypist(t, 80, history, nil)
	ty.editor.Remember("for i = 1, 2 do\n  print(i)\nend")
	ty.editor.Remember("x = 1 -- one\ny = 2")
	ty.editor.Remember(" typed = 'with a space before'")
	for range 2 {
		ty.asks(t)
		ty.types(t, "\x1b[A\x1b[A")
		ty.shows(t, "> x = 1 -- one\u2424y = 2|")
		ty.types(t, "\r")
		ty.gives(t, "x = 1 -- one\ny = 2")
		ty.asks(t)
		ty.types(t, "\x1b[A\x1b[A\x1b[A")
		ty.shows(t, "> for i = 1, 2 do print(i) end|")
		ty.types(t, "\x1b[B\x1b[B\x1b[B")
		ty.shows(t, "> |")
		ty.types(t, "\x12print")
		ty.shows(t, "bck-i-search: print")
		ty.types(t, "\r")
		ty.gives(t, "for i = 1, 2 do print(i) end")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the history's file: %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	history, err = repl.OpenHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the history's file stays %v", info.Mode())
	}
	ty = newTypist(t, 80, history, nil)
	ty.asks(t)
	ty.types(t, "\x1b[A")
	ty.shows(t, "> x = 1 -- one\u2424y = 2|")
	ty.types(t, "\r")
	ty.gives(t, "x = 1 -- one\ny = 2")
}

func TestLongHistoryIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte(strings.Repeat("a = 1\nb = 2\n", 3000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := repl.OpenHistory(path); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if n := strings.Count(string(text), "\n"); n != 1000 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d lines, %v", n, info.Mode())
	}
}

func TestClearScreen(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	ty.asks(t)
	ty.types(t, "ab\x0c")
	ty.received(t, "\x1b[H\x1b[2J")
	ty.waits(t, "> ab|", func() bool { return ty.text() == "> ab|" })
	ty.types(t, "c\r")
	ty.gives(t, "abc")
}

func TestLinesLongerThanTheWindow(t *testing.T) {
	ty := newTypist(t, 20, nil, nil)
	ty.asks(t)
	ty.types(t, "0123456789abcdefgh")
	ty.shows(t, "> 0123456789abcdefgh\n|")
	ty.types(t, "ij")
	ty.shows(t, "> 0123456789abcdefgh\nij|")
	ty.types(t, "\x01X")
	ty.shows(t, "> X|0123456789abcdefg\nhij")
	ty.types(t, "\x05\x1b[D\x1b[D\x1b[D\x1b[D\x7f")
	ty.shows(t, "> X0123456789abcde|gh\nij")
	ty.types(t, "\r")
	ty.gives(t, "X0123456789abcdeghij")
	ty.asks(t)
	ty.types(t, "日本語日本語日本語x")
	ty.shows(t, "> 日本語日本語日本語\nx|")
	ty.types(t, "\x1b[D\x1b[D")
	ty.shows(t, "> 日本語日本語日本|語\nx")
	ty.types(t, "\r")
	ty.gives(t, "日本語日本語日本語x")
}

func TestResizeWhileTyping(t *testing.T) {
	ty := newTypist(t, 40, nil, nil)
	ty.asks(t)
	ty.types(t, "0123456789")
	ty.shows(t, "> 0123456789|")
	ty.mu.Lock()
	ty.columns = 20
	ty.mu.Unlock()
	if err := pty.Setsize(ty.keys, &pty.Winsize{Cols: 20, Rows: 40}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(os.Getpid(), unix.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	ty.types(t, "abcdefghij")
	ty.shows(t, "> 0123456789abcdefgh\nij|")
	ty.types(t, "\r")
	ty.gives(t, "0123456789abcdefghij")
}

func TestOutputWhileTyping(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	ty.asks(t)
	ty.types(t, "typing")
	ty.shows(t, "> typing|")
	fmt.Fprint(ty.editor, "a line\nhalf")
	ty.shows(t, "a line\n> typing|")
	fmt.Fprint(ty.editor, " a line\n")
	ty.shows(t, "a line\nhalf a line\n> typing|")
	ty.types(t, "\r")
	ty.gives(t, "typing")
}

func TestPromptAfterUnfinishedOutput(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	fmt.Fprint(ty.editor, "no newline")
	ty.asks(t)
	ty.types(t, "x\x7f")
	ty.shows(t, "no newline\n> |")
	ty.types(t, "\r")
	ty.gives(t, "")
}

func TestInterruptAndEnd(t *testing.T) {
	ty := newTypist(t, 80, nil, nil)
	before, _ := unix.IoctlGetTermios(int(ty.tty.Fd()), getTermios)
	ty.asks(t)
	ty.types(t, "abc\x03")
	if l := <-ty.lines; l.err != repl.ErrInterrupted {
		t.Fatalf("^C: %v", l.err)
	}
	ty.asks(t)
	ty.types(t, "a\x04b\x04\x01\x04\x04\x04")
	if l := <-ty.lines; l.err != io.EOF {
		t.Fatalf("^D: %q, %v", l.text, l.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ty.ctx = ctx
	ty.asks(t)
	cancel()
	if l := <-ty.lines; !errors.Is(l.err, context.Canceled) {
		t.Fatalf("cancelled: %q, %v", l.text, l.err)
	}
	after, _ := unix.IoctlGetTermios(int(ty.tty.Fd()), getTermios)
	if *before != *after {
		t.Errorf("modes before %+v, after %+v", before, after)
	}
	ty.waits(t, "the end of bracketed paste", func() bool {
		log := ty.log.String()
		return strings.Count(log, "\x1b[?2004h") == strings.Count(log, "\x1b[?2004l")
	})
}

func TestTab(t *testing.T) {
	words := func(line string, pos int) (int, []string) {
		start := strings.LastIndexAny(line[:pos], " .") + 1
		return start, []string{"print", "printer", "prime", "über"}
	}
	ty := newTypist(t, 80, nil, words)
	ty.asks(t)
	ty.types(t, "x = pr\t")
	ty.shows(t, "> x = pri|")
	ty.types(t, "\t\t")
	ty.shows(t, "print    printer  prime\n> x = pri|")
	ty.types(t, "m\t+ \xc3\xbc\t nothing\t")
	ty.shows(t, "> x = prime+ über nothing|")
	ty.types(t, "\x1b[H\x1b[C\x1b[C\x1b[C\x1b[Cprin\t")
	ty.shows(t, "> x = print|prime+ über nothing")
	ty.types(t, "\r")
	ty.gives(t, "x = printprime+ über nothing")
}

func TestPlainLines(t *testing.T) {
	for _, kind := range []string{"dumb", "pipe"} {
		t.Run(kind, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			term := terminal.New(terminal.Config{In: r})
			send := func(s string) { _, _ = w.WriteString(s) }
			if kind == "dumb" {
				s := newSeat(t, 80)
				term = s.Terminal
				send = func(keys string) {
					s.shows(t, "> |") // else the terminal echoes the keys before the prompt
					s.types(t, keys)
				}
				defer s.shows(t, "> two\n|")
			}
			editor, err := repl.NewEditor(term, "dumb", nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"one", "two"} {
				go send(want + "\n")
				line, err := editor.ReadLine(t.Context(), "> ", ">> ")
				if err != nil || line != want {
					t.Fatalf("%q, %v", line, err)
				}
			}
			w.Close()
			if kind == "pipe" {
				if _, err := editor.ReadLine(t.Context(), "> ", ">> "); err != io.EOF {
					t.Fatalf("at the end: %v", err)
				}
			}
		})
	}
}
