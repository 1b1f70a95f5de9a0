package terminal

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// leftovers follows what the peer's output changes at the terminal and would stay
// changed behind it: the alternate screen, mouse reports, bracketed paste, a hidden
// cursor, colours and their like. It knows the modes of xterm (ctlseqs) and DEC.
type leftovers struct {
	mu       sync.Mutex
	private  []int // modes of CSI ? h and l that are not as terminals have them
	colours  bool
	region   bool // of scrolling
	insert   bool
	keypad   bool
	shape    bool // of the cursor
	drawing  bool // G0 is no ASCII
	shifted  bool // by SO
	keys     bool // modifyOtherKeys
	keyboard int  // levels of kitty's keyboard protocol

	state   trackState
	sequent []byte // of a CSI sequence, behind CSI
}

type trackState uint8

const (
	trackText    trackState = iota
	trackEscape             // ESC came
	trackCSI                // ESC [
	trackCharset            // ESC (
	trackSkip               // another designation
	trackString             // OSC, DCS and so on
	trackEnd                // ESC within a string
)

// maxTracked is how long a sequence may be that is understood, in bytes.
const maxTracked = 128

// usuallyOn are the private modes that a terminal has set at first: wrapping at the
// margin, the cursor is seen.
var usuallyOn = [...]int{7, 25}

// undone are the private modes that are put back: cursor keys, reverse video, origin,
// wrapping, mouse reports, cursor, alternate screens, margins, focus, paste,
// synchronised output.
var undone = [...]int{1, 5, 6, 7, 9, 25, 47, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026, 2031}

// track takes output that is shown.
func (l *leftovers) track(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range p {
		l.step(b)
	}
}

func (l *leftovers) step(b byte) {
	switch {
	case b == 0x18 || b == 0x1a:
		l.state = trackText
		return
	case b == 0x1b:
		if l.state == trackString {
			l.state = trackEnd
		} else {
			l.state = trackEscape
		}
		return
	}
	switch l.state {
	case trackText:
		switch b {
		case 0x0e, 0x0f:
			l.shifted = b == 0x0e
		}
	case trackEscape, trackEnd:
		l.escape(b)
	case trackCSI:
		switch {
		case b >= '@' && b < 0x7f:
			l.state = trackText
			l.csi(string(l.sequent), b)
		case b >= 0x80 || len(l.sequent) >= maxTracked:
			l.state = trackText
		case b >= ' ':
			l.sequent = append(l.sequent, b)
		}
	case trackCharset:
		l.state = trackText
		l.drawing = b != 'B'
	case trackSkip:
		if b >= '0' {
			l.state = trackText
		}
	case trackString:
		if b == '\a' {
			l.state = trackText
		}
	}
}

func (l *leftovers) escape(b byte) {
	l.state = trackText
	switch b {
	case '[':
		l.state, l.sequent = trackCSI, l.sequent[:0]
	case ']', 'P', 'X', '^', '_':
		l.state = trackString
	case '(':
		l.state = trackCharset
	case '=', '>':
		l.keypad = b == '='
	case 'c': // a full reset
		l.clear()
	default:
		if b < '0' {
			l.state = trackSkip
		}
	}
}

// clear forgets everything: the terminal is as it was.
func (l *leftovers) clear() {
	l.private, l.colours, l.region, l.insert, l.keypad = nil, false, false, false, false
	l.shape, l.drawing, l.shifted, l.keys, l.keyboard = false, false, false, false, 0
}

func (l *leftovers) csi(parameters string, final byte) {
	switch {
	case (final == 'h' || final == 'l') && strings.HasPrefix(parameters, "?"):
		for mode := range strings.SplitSeq(parameters[1:], ";") {
			if n, err := strconv.Atoi(mode); err == nil {
				l.set(n, final == 'h')
			}
		}
	case (final == 'h' || final == 'l') && parameters == "4":
		l.insert = final == 'h'
	case final == 'm' && strings.HasPrefix(parameters, ">"):
		l.keys = true
	case final == 'm':
		last := parameters[strings.LastIndexByte(parameters, ';')+1:]
		l.colours = strings.Trim(last, "0") != ""
	case final == 'r' && !strings.HasPrefix(parameters, "?"):
		l.region = strings.Trim(parameters, ";") != ""
	case final == 'q' && strings.HasSuffix(parameters, " "):
		l.shape = strings.Trim(parameters, "0 ") != ""
	case final == 'u' && strings.HasPrefix(parameters, ">"):
		l.keyboard = min(l.keyboard+1, 16)
	case final == 'u' && strings.HasPrefix(parameters, "<"):
		n, _ := strconv.Atoi(parameters[1:]) // without a number it is 1
		l.keyboard = max(l.keyboard-max(n, 1), 0)
	case final == 'p' && parameters == "!": // a soft reset, which leaves the screen and the mouse alone
		l.colours, l.region, l.insert, l.keypad, l.drawing, l.shifted = false, false, false, false, false, false
		for _, n := range []int{1, 6, 7, 25} {
			l.set(n, slices.Contains(usuallyOn[:], n))
		}
	}
}

func (l *leftovers) set(mode int, on bool) {
	at := slices.Index(l.private, mode)
	changed := on != slices.Contains(usuallyOn[:], mode)
	switch {
	case !slices.Contains(undone[:], mode):
	case changed && at < 0:
		l.private = append(l.private, mode)
	case !changed && at >= 0:
		l.private = slices.Delete(l.private, at, at+1)
	}
}

// reset returns what puts the terminal back, "" if nothing is left over, and forgets
// what it undoes.
func (l *leftovers) reset() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	switch l.state { // a string without an end would swallow what follows
	case trackString, trackEnd:
		b.WriteString("\x1b\\")
	case trackEscape, trackCSI, trackCharset, trackSkip:
		b.WriteString("\x18")
	}
	l.state = trackText
	undo := func(is bool, with string) {
		if is {
			b.WriteString(with)
		}
	}
	undo(l.region, "\x1b7\x1b[r\x1b8") // which would move the cursor
	undo(l.keyboard > 0, "\x1b[<"+strconv.Itoa(l.keyboard)+"u")
	for _, mode := range slices.Backward(l.private) {
		final := "l"
		if slices.Contains(usuallyOn[:], mode) {
			final = "h"
		}
		b.WriteString("\x1b[?" + strconv.Itoa(mode) + final)
	}
	undo(l.insert, "\x1b[4l")
	undo(l.keypad, "\x1b>")
	undo(l.keys, "\x1b[>4m")
	undo(l.shape, "\x1b[0 q")
	undo(l.drawing, "\x1b(B")
	undo(l.shifted, "\x0f")
	undo(l.colours, "\x1b[m")
	l.clear()
	return b.String()
}

// undoPatience is how long a terminal that takes nothing is waited for when a signal
// ends the program.
const undoPatience = 200 * time.Millisecond

// undoLeft puts the terminal back on a way out by a signal.
func (t *Terminal) undoLeft() {
	l := t.left.Load()
	if l == nil {
		return
	}
	undo := l.reset()
	if undo == "" {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.WriteString(t.Out(), undo) // the program ends
	}()
	select {
	case <-done:
	case <-time.After(undoPatience):
	}
}
