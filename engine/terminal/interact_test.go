//go:build unix

package terminal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/terminal"
)

// host is a peer in memory.
type host struct {
	mu      sync.Mutex
	out     []byte // to be shown
	typed   []byte // received
	sizes   []string
	ended   bool
	halfEnd bool
	panics  bool // when asked about the echo
	echo    bool
	lines   bool
	telnet  bool
	command string
	changed chan struct{} // closed and replaced at each change

	// slow makes a write take its time: it waits for the channel.
	slow chan struct{}
	// file is given to the end.
	file io.Reader
	page []byte
	// endless is given again and again instead of out.
	endless []byte
}

func newHost() *host {
	return &host{changed: make(chan struct{}), echo: true, telnet: true}
}

func (h *host) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *host) sends(s string) { h.change(func() { h.out = append(h.out, s...) }) }

func (h *host) closes() { h.change(func() { h.ended = true }) }

// waits returns when ok, which runs under the host's lock.
func (h *host) waits(t *testing.T, ok func() bool) {
	t.Helper()
	tooLong := time.After(30 * time.Second)
	for {
		h.mu.Lock()
		done, changed := ok(), h.changed
		h.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-tooLong:
			t.Errorf("the host waits for ever; it received %q", h.typed)
			return
		}
	}
}

func (h *host) receives(t *testing.T, want string) {
	t.Helper()
	h.waits(t, func() bool { return len(h.typed) >= len(want) })
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := string(h.typed); got != want {
		t.Fatalf("the host received %q, not %q", got, want)
	}
}

func (h *host) Output(ctx context.Context) ([]byte, error) {
	for {
		h.mu.Lock()
		if h.file != nil && len(h.out) == 0 {
			if h.page == nil {
				h.page = make([]byte, 64<<10)
			}
			n, err := h.file.Read(h.page)
			h.out, h.ended = h.page[:n], err != nil
		}
		out, ended, changed := h.out, h.ended, h.changed
		if len(out) == 0 && !ended && h.endless != nil {
			out = h.endless
		}
		h.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case len(out) > 0:
			return out, nil
		case ended:
			return nil, io.EOF
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (h *host) Consume(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.out = h.out[min(n, len(h.out)):]
}

func (h *host) Write(ctx context.Context, p []byte) error {
	if h.slow != nil {
		select {
		case <-h.slow:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	h.change(func() { h.typed = append(h.typed, p...) })
	return nil
}

func (h *host) CloseWrite() error {
	h.change(func() { h.halfEnd = true })
	return nil
}

func (h *host) Command(name string) error {
	h.change(func() { h.command = name })
	return nil
}

func (h *host) Resize(columns, rows int) {
	h.change(func() { h.sizes = append(h.sizes, string(rune('0'+columns/10))+"x"+string(rune('0'+rows/10))) })
}

func (h *host) Echo() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.panics {
		panic("in the host")
	}
	return h.echo
}

func (h *host) Lines() bool { return h.lines }

func (h *host) Telnet() bool { return h.telnet }

func (h *host) Calls() <-chan struct{} { return nil }

func (h *host) Serve(context.Context) error { return nil }

func (h *host) Status() []string { return []string{"ECHO: the peer"} }

// joined runs Interact and returns where its ending comes.
func joined(t *testing.T, term *terminal.Terminal, h *host, o terminal.Options) <-chan terminal.Ending {
	endings := make(chan terminal.Ending, 1)
	go func() {
		end, err := term.Interact(t.Context(), h, o)
		if err != nil {
			t.Errorf("interact: %v", err)
		}
		endings <- end
	}()
	return endings
}

func ends(t *testing.T, endings <-chan terminal.Ending, want terminal.Reason) {
	t.Helper()
	if end := <-endings; end.Reason != want {
		t.Fatalf("ended by %q, not %q", end.Reason, want)
	}
}

func modes(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

func TestInteractEscape(t *testing.T) {
	tests := []struct {
		name, keys   string
		sent, behind string
	}{
		{"alone", "\x1d", "", ""},
		{"behind keys", "abc\x1d", "abc", ""},
		{"between keys", "abc\x1ddef\r", "abc", "def\r"},
		{"doubled", "a\x1d\x1db\x1dc", "a\x1db", "c"},
		{"doubled twice", "\x1d\x1d\x1d\x1d\x1d", "\x1d\x1d", ""},
		{"control keys", "\x03\x1a\x1c\x11\x1d", "\x03\x1a\x1c\x11", ""},
	}
	for _, test := range tests {
		for _, split := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				o, h := newOperator(t), newHost()
				before := modes(t, o.tty)
				h.sends("unread output ")
				endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
				o.seen.waits(t, "unread output ")
				if split {
					for i := range len(test.keys) {
						o.types(t, test.keys[i:i+1])
					}
				} else {
					o.types(t, test.keys)
				}
				ends(t, endings, terminal.Escaped)
				h.receives(t, test.sent)
				if after := modes(t, o.tty); after != before {
					t.Errorf("modes before %+v, after %+v", before, after)
				}
				lease, err := o.Enter(terminal.Raw)
				if err != nil {
					t.Fatal(err)
				}
				defer lease.Leave()
				if got := read(t, o.Input(), len(test.behind)); got != test.behind {
					t.Errorf("typed ahead: %q, want %q", got, test.behind)
				}
			})
		}
	}
}

func TestInteractPeerCloses(t *testing.T) {
	o, h := newOperator(t), newHost()
	endings := joined(t, o.Terminal, h, terminal.Options{})
	h.sends("last words")
	h.closes()
	ends(t, endings, terminal.Closed)
	o.seen.waits(t, "last words\r\n")
}

// TestInteractPutsTheTerminalBack: a program of the host's that is left in the middle
// leaves nothing behind at the terminal.
func TestInteractPutsTheTerminalBack(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.sends("\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?2004h\x1b[1mvi")
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	o.seen.waits(t, "vi")
	o.types(t, "\x1d")
	ends(t, endings, terminal.Escaped)
	o.seen.waits(t, "\x1b[?2004l\x1b[?1002l\x1b[?25h\x1b[?1049l\x1b[m\r\n")
}

func TestInteractTimeout(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.endless = []byte("flood\r\n")
	ends(t, joined(t, o.Terminal, h, terminal.Options{Timeout: 20 * time.Millisecond}), terminal.TimedOut)
}

func TestInteractFloodDoesNotStopTheEscape(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.endless = bytes.Repeat([]byte("flood\r\n"), 10000)
	go func() {
		for range o.seen.more {
		}
	}()
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	o.types(t, "ls\r")
	h.receives(t, "ls\r")
	o.types(t, "\x1d")
	ends(t, endings, terminal.Escaped)
}

func TestInteractWindowSize(t *testing.T) {
	o, h := newOperator(t), newHost()
	if err := pty.Setsize(o.keys, &pty.Winsize{Cols: 40, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	h.waits(t, func() bool { return len(h.sizes) == 1 && h.sizes[0] == "4x3" })
	if err := pty.Setsize(o.keys, &pty.Winsize{Cols: 50, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	// This pseudo-terminal is not the one of our process: the kernel does not
	// tell us.
	if err := unix.Kill(os.Getpid(), unix.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	h.waits(t, func() bool { return h.sizes[len(h.sizes)-1] == "5x2" })
	o.types(t, "\x1d")
	ends(t, endings, terminal.Escaped)
}

func TestInteractLocalEcho(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.echo, h.lines = false, true
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	h.sends("user: ")
	o.seen.waits(t, "user: ")
	o.types(t, "brendox\x7f\x7f\x7f")
	o.seen.waits(t, "brendox\b \b\b \b\b \b")
	o.types(t, "\x15brandon\r")
	o.seen.waits(t, "brandon\r\n")
	h.receives(t, "brandon\n")
	h.change(func() { h.echo = true })
	h.sends("password: ")
	o.seen.waits(t, "password: ")
	o.types(t, "mypass\r")
	h.receives(t, "brandon\nmypass\r")
	h.change(func() { h.echo, h.lines = false, false })
	h.sends("code: ")
	if shown := o.seen.waits(t, "code: "); shown != "code: " {
		t.Errorf("the password was shown: %q", shown)
	}
	o.types(t, "x")
	o.seen.waits(t, "x")
	h.receives(t, "brandon\nmypass\rx")
	o.types(t, "\x1d")
	ends(t, endings, terminal.Escaped)
}

func TestInteractShowsNoHalfCharacter(t *testing.T) {
	o, h := newOperator(t), newHost()
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	h.sends("a\xe2\x82")
	o.seen.waits(t, "a")
	h.sends("\xacb")
	o.seen.waits(t, "\u20acb")
	h.sends("caf\xe9") // not UTF-8: shown after a while
	o.seen.waits(t, "caf\xe9")
	h.sends("\xe2\x82")
	o.types(t, "\x1d")
	ends(t, endings, terminal.Escaped)
	o.seen.waits(t, "\xe2\x82\r\n")
}

func TestInteractLongPasteToSlowPeer(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.slow = make(chan struct{})
	endings := joined(t, o.Terminal, h, terminal.Options{Escape: terminal.DefaultEscape})
	h.sends("$ ")
	o.seen.waits(t, "$ ")
	line := "a line of a long paste, 40 bytes of it\r\n"
	paste := strings.Repeat(line, 10<<20/len(line))
	go func() { _, _ = o.keys.WriteString(paste + "\x1dahead") }()
	go func() {
		for {
			select {
			case h.slow <- struct{}{}:
			case <-t.Context().Done():
				return
			}
		}
	}()
	ends(t, endings, terminal.Escaped)
	h.receives(t, paste)
	lease, _ := o.Enter(terminal.Raw)
	defer lease.Leave()
	if got := read(t, o.Input(), 5); got != "ahead" {
		t.Errorf("typed ahead: %q", got)
	}
}

func TestInteractPeerThatDoesNotRead(t *testing.T) {
	o, h := newOperator(t), newHost()
	h.slow = make(chan struct{})
	failed := make(chan error)
	go func() {
		_, err := o.Interact(t.Context(), h, terminal.Options{Escape: terminal.DefaultEscape})
		failed <- err
	}()
	h.sends("$ ")
	o.seen.waits(t, "$ ")
	o.types(t, "lost\x1d\rkept")
	if err := <-failed; err == nil || !strings.Contains(err.Error(), "4 bytes typed were not sent") {
		t.Errorf("got %v", err)
	}
	if got, _ := o.Input().ReadLine(t.Context()); string(got) != "\n" {
		t.Errorf("typed ahead: %q", got)
	}
}

func TestInteractCopiesThrough(t *testing.T) {
	for _, telnet := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.CreateTemp(t.TempDir(), "out")
		if err != nil {
			t.Fatal(err)
		}
		h := newHost()
		h.telnet, h.echo = telnet, false
		sent := bytes.Repeat([]byte("\x00\x1d\xff\r\n\x03"), 100000)
		go func() {
			_, _ = w.Write(sent)
			w.Close()
		}()
		go func() {
			h.waits(t, func() bool { return h.halfEnd })
			h.sends("the answer")
			h.closes()
		}()
		term := terminal.New(terminal.Config{In: r, Out: out})
		end, err := term.Interact(t.Context(), h, terminal.Options{Linger: 50 * time.Millisecond})
		if err != nil || end.Reason != terminal.Closed {
			t.Fatalf("ended by %q, %v", end.Reason, err)
		}
		if sha256.Sum256(h.typed) != sha256.Sum256(sent) {
			t.Errorf("telnet=%v: sent %d bytes, received %d others", telnet, len(sent), len(h.typed))
		}
		if got, _ := os.ReadFile(out.Name()); string(got) != "the answer" {
			t.Errorf("telnet=%v: output %q", telnet, got)
		}
	}
}

func TestInteractMenu(t *testing.T) {
	o, h := newOperator(t), newHost()
	endings := joined(t, o.Terminal, h, terminal.Options{
		Escape: terminal.DefaultEscape, Prompt: true,
		Menu: []terminal.MenuItem{{Key: 'l', Text: "start or stop the log", Run: func(context.Context) (string, any, bool, error) {
			return "logging", nil, false, nil
		}}},
	})
	h.sends("$ ")
	o.seen.waits(t, "$ ")
	o.types(t, "ab\x1d?oa")
	o.seen.waits(t, "start or stop the log\r\n")
	o.seen.waits(t, "ECHO: the peer\r\n")
	h.waits(t, func() bool { return h.command == "AYT" })
	o.types(t, "\x1dlcd\x1d\x1d\x1d")
	o.seen.waits(t, "moonwire: logging")
	o.seen.waits(t, "Enter goes on")
	o.types(t, "q")
	ends(t, endings, terminal.Quit)
	h.receives(t, "abcd\x1d")
}

func TestParseKey(t *testing.T) {
	for s, want := range map[string]byte{"^]": 0x1d, "^a": 1, "^?": 0x7f, "~": '~', "\x1d": 0x1d, "^[": 27, "^^": 30} {
		if got, err := terminal.ParseKey(s); err != nil || got != want {
			t.Errorf("ParseKey(%q) = %#x, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "^", "^1", "ab", "é"} {
		if got, err := terminal.ParseKey(s); err == nil && s != "^" {
			t.Errorf("ParseKey(%q) = %#x", s, got)
		}
	}
}
