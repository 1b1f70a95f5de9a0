package repl

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/text"
)

// promptShown bounds the text of a prompt in a transcript, in bytes.
const promptShown = 60

// Transcript writes down what is typed by hand, as the Lua that would have done it.
// Its methods may be called from several goroutines.
type Transcript struct {
	mu    sync.Mutex
	view  *text.View
	row   []byte // the row that the peer has written last, up to now
	steps []step
	line  []byte // is being typed
	begun bool
}

// step is one line that was typed.
type step struct {
	prompt  string // what stood before it
	line    string
	entered bool   // with Enter
	echo    []byte // what the peer showed from its first key on
}

// NewTranscript makes an empty one.
func NewTranscript() *Transcript {
	view, err := text.NewView("utf-8")
	if err != nil {
		panic(err) // the name is known
	}
	return &Transcript{view: view}
}

// Shown tells of output of the peer.
func (t *Transcript) Shown(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	shown := t.view.Append(nil, p)
	if n := len(t.steps); n > 0 {
		t.steps[n-1].echo = text.Apply(t.steps[n-1].echo, shown, t.view.Edits())
	}
	t.row = text.Apply(t.row, shown, t.view.Edits())
	if i := strings.LastIndexByte(string(t.row), '\n'); i >= 0 {
		t.row = append(t.row[:0], t.row[i+1:]...)
	}
}

// Typed tells of keys that were sent to the peer.
func (t *Transcript) Typed(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range p {
		if !t.begun {
			t.steps = append(t.steps, step{prompt: string(t.row)})
			t.begun, t.line = true, t.line[:0]
		}
		now := &t.steps[len(t.steps)-1]
		switch c {
		case '\r', '\n':
			now.line, now.entered = string(t.line), true
			t.begun = false
		case 0x7f, '\b':
			_, n := utf8.DecodeLastRune(t.line)
			t.line = t.line[:len(t.line)-n]
			now.line = string(t.line)
		case 'U' & 0x1f:
			t.line = t.line[:0]
			now.line = ""
		default:
			t.line = append(t.line, c)
			now.line = string(t.line)
			if c < ' ' { // a command of its own, such as ^C
				t.begun = false
			}
		}
	}
}

// appears reports whether the peer showed the line, corrections applied.
func (s *step) appears() bool {
	var shown []byte
	for _, c := range s.echo {
		if c == '\b' {
			_, n := utf8.DecodeLastRune(shown)
			shown = shown[:len(shown)-n]
			continue
		}
		shown = append(shown, c)
	}
	return strings.Contains(string(shown), s.line)
}

// Lua returns the statements, a line each. What was typed and not shown by the
// peer is taken for a password and not told.
func (t *Transcript) Lua() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for _, s := range t.steps {
		prompt := strings.TrimLeft(s.prompt, " ")
		for len(prompt) > promptShown {
			_, n := utf8.DecodeRuneInString(prompt)
			prompt = prompt[n:]
		}
		if prompt != "" {
			lines = append(lines, "read_until("+diagnose.LuaString(prompt)+")")
		}
		write := "write"
		if s.entered {
			write = "writeln"
		}
		if s.line != "" && !s.appears() && strings.IndexFunc(s.line, func(r rune) bool { return r < ' ' }) < 0 {
			lines = append(lines, write+"(secret "+diagnose.LuaString("password")+")")
			continue
		}
		if s.line == "" && !s.entered {
			continue
		}
		lines = append(lines, write+"("+diagnose.LuaString(s.line)+")")
	}
	return lines
}
