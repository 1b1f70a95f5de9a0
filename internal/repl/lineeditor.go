package repl

// The editor at a terminal: chzyer/readline for what keys do to a line and for
// searching the history, everything that it does badly around it done here.
//
// It is given one key at a time, the next only when the last has been worked
// through, so it never takes a key that belongs to whoever reads after it. It
// gets the keys decoded, for it knows one encoding of each only and takes
// Delete for ^D. It draws through our renderer, for it places the cursor by
// characters and not by columns. It holds one physical line; statements of
// several are joined for it in the history.

import (
	"context"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/chzyer/readline"

	"github.com/moonwire/moonwire/engine/terminal"
)

const (
	// specialKey is the first of the characters that special keys travel as;
	// nothing is assigned there.
	specialKey rune = 0x10ff00
	// drawHere is the character in readline's output that our renderer puts
	// the line for.
	drawHere rune = 0x10ffff

	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

type lineEditor struct {
	t        *terminal.Terminal
	keys     keys
	rl       *readline.Instance
	history  *History
	complete Completer
	resized  func() // readline's own, on a new width

	sizeMu  sync.Mutex
	editing bool // no key has ended the line yet: a new width draws it again

	turn   chan struct{} // readline may have a key
	idle   chan struct{} // readline has worked through the key that ended a line
	closed chan struct{}

	// The line that is read. Readline's goroutine uses it while ReadLine
	// waits for it, ReadLine before and after.
	ctx      context.Context
	err      error // why the line was given up
	length   int   // of the line
	ending   bool  // the key that is being worked through ends the line
	queue    []typedKey
	inserted *string // what the next key stands for
	paste    string  // the further lines of a paste
	multi    bool    // there are such lines
	listed   string  // the line that completions were asked for last

	drawing struct { // guarded by readline's own lock
		renderer
		line []rune
		pos  int
	}

	mu      sync.Mutex
	reading bool
	partial []byte // output that has not finished its line
}

type typedKey struct {
	key  key
	text string
}

func newLineEditor(t *terminal.Terminal, history *History, complete Completer) (*lineEditor, error) {
	e := &lineEditor{
		t: t, keys: keys{t.Input()}, history: history, complete: complete,
		turn: make(chan struct{}, 1), idle: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	e.drawing.renderer = renderer{w: t.Out(), width: e.width, fresh: true}
	rl, err := readline.NewEx(&readline.Config{
		Stdin:                  keySource{e},
		Stdout:                 screenWriter{e},
		Stderr:                 screenWriter{e},
		HistoryLimit:           historyLimit,
		DisableAutoSaveHistory: true,
		HistorySearchFold:      true,
		AutoComplete:           completing{e},
		Painter:                painter{e},
		Listener:               listener{e},
		FuncFilterInputRune:    e.filter,
		FuncGetWidth:           e.width,
		FuncIsTerminal:         func() bool { return true },
		FuncMakeRaw:            func() error { return nil },
		FuncExitRaw:            func() error { return nil },
		FuncOnWidthChanged:     func(f func()) { e.resized = f },
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	return e, nil
}

func (e *lineEditor) width() int {
	if columns, _, ok := e.t.Size(); ok {
		return columns
	}
	return 80
}

// ReadLine is Editor's.
func (e *lineEditor) ReadLine(ctx context.Context, prompt, continuation string) (string, error) {
	line, err := e.physicalLine(ctx, prompt, "", false)
	for err == nil && e.multi {
		// Show what was pasted, and let the line that it ends in be edited.
		rows := strings.Split(e.paste, "\n")
		last := rows[len(rows)-1]
		for _, row := range rows[:len(rows)-1] {
			line += "\n" + row
			_, _ = io.WriteString(e.t.Out(), continuation+row+"\n")
		}
		e.paste, e.multi = "", false
		if last == "" {
			break
		}
		var more string
		more, err = e.physicalLine(ctx, continuation, last, true)
		line += "\n" + more
	}
	e.multi = false
	return line, err
}

// physicalLine reads one line, beginning with the text given. joined says that
// the cursor is known to be at the beginning of a row.
func (e *lineEditor) physicalLine(ctx context.Context, prompt, text string, joined bool) (line string, err error) {
	lease, err := e.t.Enter(terminal.Edit)
	if err != nil {
		return "", err
	}
	defer func() {
		if lerr := lease.Leave(); err == nil {
			err = lerr
		}
	}()
	start := pasteOn
	if !joined {
		// Spaces up to the last column, and back: what somebody left without
		// the end of its line stays, and otherwise nothing is seen.
		start += strings.Repeat(" ", e.width()-1) + "\r"
	}
	_, _ = io.WriteString(e.t.Out(), start)
	defer func() { _, _ = io.WriteString(e.t.Out(), pasteOff) }()

	e.ctx, e.err, e.length, e.listed = ctx, nil, utf8.RuneCountInString(text), ""
	e.rl.ResetHistory()
	for _, s := range e.history.recall() {
		_ = e.rl.SaveHistory(s) // in memory: it cannot fail
	}
	e.drawing.prompt, e.drawing.fresh = prompt, true
	e.rl.SetPrompt(prompt)
	e.setEditing(true)
	stop := e.followSize()
	defer stop()
	e.setReading(true)
	e.turn <- struct{}{}
	line, err = e.rl.ReadlineWithDefault(text)
	<-e.idle
	e.setReading(false)
	switch {
	case e.err != nil:
		return "", e.err
	case err == readline.ErrInterrupt:
		return "", ErrInterrupted
	}
	return recalled(line), err
}

// followSize redraws the line when the window's width changes.
func (e *lineEditor) followSize() (stop func()) {
	changes, stopChanges := e.t.Resized()
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-changes:
				e.resized()
				e.sizeMu.Lock()
				if e.editing { // else what the statement shows stands there now
					e.rl.Refresh()
				}
				e.sizeMu.Unlock()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		stopChanges()
	}
}

// Remember is Editor's.
func (e *lineEditor) Remember(statement string) { e.history.add(statement) }

// Close is Editor's.
func (e *lineEditor) Close() error {
	close(e.closed)
	return e.rl.Close()
}

// Write is Editor's. While a line is typed only whole lines are shown above it.
func (e *lineEditor) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.reading {
		return e.t.Out().Write(p)
	}
	e.partial = append(e.partial, p...)
	i := strings.LastIndexByte(string(e.partial), '\n')
	if i < 0 {
		return len(p), nil
	}
	_, err := e.rl.Stdout().Write(e.partial[:i+1])
	e.partial = append(e.partial[:0], e.partial[i+1:]...)
	return len(p), err
}

func (e *lineEditor) setReading(reading bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reading = reading
	if !reading && len(e.partial) > 0 {
		_, _ = e.t.Out().Write(e.partial)
		e.partial = nil
	}
}

// keySource is what readline reads: one key at a time.
type keySource struct{ e *lineEditor }

func (s keySource) Read(p []byte) (int, error) {
	e := s.e
	select {
	case <-e.turn:
	case <-e.closed:
		return 0, io.EOF
	}
	var k typedKey
	if len(e.queue) > 0 {
		k, e.queue = e.queue[0], e.queue[1:]
	} else if k.key, k.text, e.err = e.keys.next(e.ctx); e.err != nil {
		k.key = readline.CharInterrupt
	}
	switch k.key {
	case keyPaste:
		e.inserted = &k.text
	case 0: // which would be the end of the input
		k.key = keyNone
	}
	r := rune(k.key)
	if r < 0 {
		r = specialKey - r
	} else if r >= specialKey {
		r = utf8.RuneError
	}
	return utf8.EncodeRune(p, r), nil
}

func (keySource) Close() error { return nil }

// filter is what readline calls with each key before it acts on it.
func (e *lineEditor) filter(r rune) (rune, bool) {
	if r == 0 {
		return r, true
	}
	r, ok := e.translate(r)
	if !ok {
		e.turn <- struct{}{}
		return r, false
	}
	searching := e.rl.Operation.IsSearchMode()
	switch r {
	case readline.CharEnter, readline.CharCtrlJ:
		e.ending = true
	case readline.CharInterrupt:
		e.ending = !searching
	case readline.CharDelete:
		e.ending = !searching && e.length == 0
	}
	if e.ending {
		e.setEditing(false)
	}
	return r, true
}

func (e *lineEditor) setEditing(on bool) {
	e.sizeMu.Lock()
	defer e.sizeMu.Unlock()
	e.editing = on
}

// translate returns what a key is to readline; ok is false for what is no key
// to it, or has been dealt with.
func (e *lineEditor) translate(r rune) (rune, bool) {
	searching := e.rl.Operation.IsSearchMode()
	if r < specialKey {
		switch {
		case r == readline.CharCtrlL:
			_, _ = io.WriteString(e.t.Out(), "\x1b[H\x1b[2J")
			e.drawing.fresh = true
			return r, true
		case r == readline.CharCtrlZ:
			e.rl.Clean()
			_ = e.t.Suspend() // it cannot where there is nobody to continue us
			return r, false
		case r < ' ':
			return r, strings.ContainsRune("\x01\x02\x03\x04\x05\x06\x07\b\t\n\x0b\r\x0e\x10\x12\x13\x14\x15\x17\x19", r)
		}
		return r, true
	}
	switch k := key(specialKey - r); k {
	case keyUp:
		return readline.CharPrev, true
	case keyDown:
		return readline.CharNext, true
	case keyLeft:
		return readline.CharBackward, true
	case keyRight:
		return readline.CharForward, true
	case keyHome:
		return readline.CharLineStart, true
	case keyEnd:
		return readline.CharLineEnd, true
	case keyDelete:
		return readline.CharDelete, e.length > 0 && !searching
	case keyWordLeft:
		return readline.MetaBackward, true
	case keyWordRight:
		return readline.MetaForward, true
	case keyDeleteWord:
		return readline.MetaDelete, true
	case keyBackspaceWord:
		return readline.MetaBackspace, true
	case keyEscape:
		return readline.CharBell, searching
	case keyPaste:
		if searching { // first the search ends, then the text comes
			e.queue = append(e.queue, typedKey{keyPaste, *e.inserted})
			e.inserted = nil
			return readline.CharLineEnd, true
		}
		return r, true
	}
	return r, false
}

// listener is told by readline of each key that it has acted on.
type listener struct{ e *lineEditor }

func (l listener) OnChange(line []rune, pos int, k rune) ([]rune, int, bool) {
	e := l.e
	if line == nil && pos == 0 && k == 0 { // the line begins
		return nil, 0, false
	}
	changed := false
	if e.inserted != nil {
		line, pos = e.insert(line[:pos-1], line[pos:], *e.inserted)
		e.inserted, changed = nil, true
	}
	e.length = len(line)
	if e.ending {
		e.ending = false
		e.idle <- struct{}{}
	} else {
		e.turn <- struct{}{}
	}
	return line, pos, changed
}

// insert puts what was pasted between before and after. Of several lines the
// first is finished and the others wait.
func (e *lineEditor) insert(before, after []rune, text string) (line []rune, pos int) {
	first, rest, multi := strings.Cut(text, "\n")
	line = append(append(line, before...), []rune(first)...)
	if multi {
		e.paste, e.multi = rest+string(after), true
		e.queue = append(e.queue, typedKey{key: readline.CharEnter})
		return line, len(line)
	}
	return append(line, after...), len(line)
}

// painter marks the place of the line in readline's output.
type painter struct{ e *lineEditor }

func (p painter) Paint(line []rune, pos int) []rune {
	d := &p.e.drawing
	d.line, d.pos = append(d.line[:0], line...), pos
	for i, r := range d.line {
		if r >= specialKey { // is being replaced by what was pasted
			d.line[i] = ' '
		}
	}
	return []rune{drawHere}
}

// screenWriter is where readline draws.
type screenWriter struct{ e *lineEditor }

func (w screenWriter) Write(p []byte) (int, error) {
	d, s := &w.e.drawing, string(p)
	var err error
	switch {
	case strings.ContainsRune(s, drawHere):
		err = d.draw(d.line, d.pos)
	case strings.HasPrefix(s, "\x1b[J"):
		err = d.clear()
	case s == "\x1b[H": // of ^L, which has cleared the screen
	default:
		_, err = w.e.t.Out().Write(p)
	}
	return len(p), err
}
