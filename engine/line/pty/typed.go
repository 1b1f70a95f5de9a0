package pty

import "github.com/moonwire/moonwire/engine/line"

// What is typed goes through the terminal, which collects it to lines while the program
// reads lines (the canonical mode), and loses what does not fit.

var _ line.Limiter = (*Line)(nil)

// The keys that end a line or take it away, as a new terminal has them.
const (
	keyInterrupt = 0x03
	keyEnd       = 0x04
	keyKill      = 0x15
	keySuspend   = 0x1a
	keyQuit      = 0x1c
	keyErase     = 0x7f
)

// after returns how long the open line is when p was typed behind open bytes, and how long
// a line was in between at most.
func after(open int, p []byte) (left, most int) {
	for _, b := range p {
		switch b {
		case '\r', '\n', keyInterrupt, keyEnd, keyKill, keySuspend, keyQuit:
			open = 0
		case keyErase:
			open = max(open-1, 0)
		default:
			open++
			most = max(most, open)
		}
	}
	return open, most
}

// Fits implements line.Limiter.
func (l *Line) Fits(data []byte) error {
	if l.program == nil || l.open+len(data) <= maxTyped || !l.program.readsLines() {
		return nil
	}
	if _, most := after(l.open, data); most > maxTyped {
		return &line.LongLineError{Most: maxTyped}
	}
	return nil
}

// WriteText implements line.Line.
func (l *Line) WriteText(text []byte, newline string) {
	l.open, _ = after(l.open, text)
	l.Bytes.WriteText(text, newline)
}

// WriteData implements line.Line.
func (l *Line) WriteData(data []byte) { l.WriteWire(data) }

// WriteWire implements line.Line.
func (l *Line) WriteWire(p []byte) {
	l.open, _ = after(l.open, p)
	l.Bytes.WriteWire(p)
}

// CloseWrite implements line.Line. A terminal has no end of its own: it is the key that
// ends a program's input, twice where a line is open.
func (l *Line) CloseWrite() error {
	if l.program != nil && !l.finished {
		l.finished = true
		keys := l.program.endKeys()
		l.Bytes.WriteWire(keys)
		if l.open > 0 {
			l.Bytes.WriteWire(keys)
		}
	}
	return l.Bytes.CloseWrite()
}
