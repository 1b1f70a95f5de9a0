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
	ansi     []int // modes of CSI h and l likewise
	colours  bool
	region   bool // of scrolling
	keypad   bool
	shape    bool // of the cursor
	drawing  bool // G0 is no ASCII
	shifted  bool // by SO, LS2 or LS3
	printer  bool // all output goes to it
	vt52     bool
	keys     bool  // modifyOtherKeys
	keyboard int   // levels of kitty's keyboard protocol
	flags    bool  // of it, set beside the levels
	palette  []int // OSC numbers of colours that were given others

	state   trackState
	sequent []byte // of a CSI sequence, behind CSI; of an OSC string, its beginning
}

type trackState uint8

const (
	trackText    trackState = iota
	trackEscape             // ESC came
	trackCSI                // ESC [
	trackCharset            // ESC (
	trackSkip               // another designation
	trackOSC                // OSC, up to its first semicolon
	trackString             // the rest of it, DCS and so on
	trackEnd                // ESC within a string
)

// maxTracked is how long a sequence may be that is understood, in bytes without leading
// zeros: terminals take more parameters than 200.
const maxTracked = 2048

// usuallyOn are the private modes that a terminal has set at first: wrapping at the
// margin, keys that repeat, the cursor is seen.
var usuallyOn = [...]int{7, 8, 25}

// The same of the other modes: a locked keyboard, insertion, no echo by the terminal, and
// CR LF for Enter.
var (
	ansiOn     = [...]int{12}
	ansiUndone = [...]int{2, 4, 12, 20}
)

// undone are the private modes that are put back: cursor keys, reverse video, origin,
// wrapping, repeated keys, mouse reports, cursor, alternate screens, keypad, margins,
// focus, paste, synchronised output, reports of colours and sizes, keys as on Windows.
var undone = [...]int{1, 5, 6, 7, 8, 9, 25, 47, 66, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026, 2031, 2048, 9001}

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
		if l.state == trackString || l.state == trackOSC {
			l.state = trackEnd
		} else {
			l.state = trackEscape
		}
		return
	case l.state == trackString || l.state == trackOSC:
		l.inString(b)
		return
	case b < ' ', b == 0x7f: // a control acts within a sequence, too
		if b == 0x0e || b == 0x0f {
			l.shifted = b == 0x0e
		}
		return
	}
	switch l.state {
	case trackEscape, trackEnd:
		l.escape(b)
	case trackCSI:
		switch {
		case b >= '@' && b < 0x7f:
			l.state = trackText
			l.csi(string(l.sequent), b)
		case b >= 0x80 || len(l.sequent) >= maxTracked:
			l.state = trackText
		case b != '0' || l.inNumber():
			l.sequent = append(l.sequent, b)
		}
	case trackCharset:
		l.state = trackText
		l.drawing = b != 'B'
	case trackSkip:
		if b >= '0' {
			l.state = trackText
		}
	}
}

// inNumber reports whether a digit would go on with a number.
func (l *leftovers) inNumber() bool {
	n := len(l.sequent)
	return n > 0 && l.sequent[n-1] >= '0' && l.sequent[n-1] <= '9'
}

// inString takes a byte of a string.
func (l *leftovers) inString(b byte) {
	switch {
	case b == '\a':
		l.state = trackText
	case l.state != trackOSC:
	case b == ';':
		l.state = trackString
		l.osc(string(l.sequent))
	case len(l.sequent) >= maxTracked:
		l.state = trackString
	case b != '0' || l.inNumber():
		l.sequent = append(l.sequent, b)
	}
}

// osc notes colours that are given others: those of the palette (4), of text, background,
// cursor, pointer and selection (10 to 19). 100 more puts one back.
func (l *leftovers) osc(number string) {
	n, err := strconv.Atoi(number)
	if err == nil && (n == 4 || n >= 10 && n <= 19) && !slices.Contains(l.palette, n) {
		l.palette = append(l.palette, n)
	}
}

func (l *leftovers) escape(b byte) {
	l.state = trackText
	switch b {
	case '[':
		l.state, l.sequent = trackCSI, l.sequent[:0]
	case ']':
		l.state, l.sequent = trackOSC, l.sequent[:0]
	case 'P', 'X', '^', '_':
		l.state = trackString
	case '(':
		l.state = trackCharset
	case '=', '>':
		l.keypad = b == '='
	case 'n', 'o':
		l.shifted = true
	case '<':
		l.vt52 = false
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
	l.private, l.ansi, l.palette, l.colours, l.region, l.keypad = nil, nil, nil, false, false, false
	l.shape, l.drawing, l.shifted, l.keys, l.keyboard, l.flags = false, false, false, false, 0, false
	l.printer, l.vt52 = false, false
}

func (l *leftovers) csi(parameters string, final byte) {
	switch {
	case (final == 'h' || final == 'l') && strings.HasPrefix(parameters, "?"):
		for mode := range strings.SplitSeq(parameters[1:], ";") {
			if n, err := strconv.Atoi(mode); err == nil {
				l.set(n, final == 'h')
			}
		}
	case final == 'h' || final == 'l':
		for mode := range strings.SplitSeq(parameters, ";") {
			if n, err := strconv.Atoi(mode); err == nil {
				change(&l.ansi, ansiUndone[:], ansiOn[:], n, final == 'h')
			}
		}
	case final == 'i' && (parameters == "4" || parameters == "5"):
		l.printer = parameters == "5"
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
	case final == 'u' && strings.HasPrefix(parameters, "="):
		l.flags = true
	case final == 'u' && strings.HasPrefix(parameters, "<"):
		n, _ := strconv.Atoi(parameters[1:]) // without a number it is 1
		l.keyboard = max(l.keyboard-max(n, 1), 0)
	case final == 'p' && parameters == "!": // a soft reset, which leaves the screen and the mouse alone
		l.colours, l.region, l.keypad, l.drawing, l.shifted = false, false, false, false, false
		change(&l.ansi, ansiUndone[:], ansiOn[:], 2, false)
		change(&l.ansi, ansiUndone[:], ansiOn[:], 4, false)
		for _, n := range []int{1, 6, 7, 25} {
			l.set(n, slices.Contains(usuallyOn[:], n))
		}
	}
}

func (l *leftovers) set(mode int, on bool) {
	if mode == 2 && !on {
		l.vt52 = true
	}
	change(&l.private, undone[:], usuallyOn[:], mode, on)
}

// change notes a mode in the list of those that are not as terminals have them at first, if
// it is one that is undone.
func change(list *[]int, undone, usuallyOn []int, mode int, on bool) {
	at := slices.Index(*list, mode)
	changed := on != slices.Contains(usuallyOn, mode)
	switch {
	case !slices.Contains(undone, mode):
	case changed && at < 0:
		*list = append(*list, mode)
	case !changed && at >= 0:
		*list = slices.Delete(*list, at, at+1)
	}
}

// reset returns what puts the terminal back, "" if nothing is left over, and forgets
// what it undoes.
func (l *leftovers) reset() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	switch l.state { // a string without an end would swallow what follows
	case trackOSC, trackString, trackEnd:
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
	undo(l.vt52, "\x1b<")
	undo(l.printer, "\x1b[4i")
	undo(l.region, "\x1b7\x1b[r\x1b8") // which would move the cursor
	undo(l.keyboard > 0, "\x1b[<"+strconv.Itoa(l.keyboard)+"u")
	undo(l.flags, "\x1b[=0u")
	back := func(list, usuallyOn []int, begin string) {
		for _, mode := range slices.Backward(list) {
			final := "l"
			if slices.Contains(usuallyOn, mode) {
				final = "h"
			}
			b.WriteString(begin + strconv.Itoa(mode) + final)
		}
	}
	back(l.private, usuallyOn[:], "\x1b[?")
	back(l.ansi, ansiOn[:], "\x1b[")
	for _, n := range l.palette {
		b.WriteString("\x1b]" + strconv.Itoa(100+n) + "\x1b\\")
	}
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
