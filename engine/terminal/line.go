package terminal

import "unicode/utf8"

// lineEditor echoes what is typed to a peer that does not, and edits the line
// for one that takes whole lines.
type lineEditor struct {
	line []byte
}

// edit takes keys and returns what to send and what to show. With lines set,
// a line is sent when Enter finishes it, or when a key comes that cannot be
// part of a line, such as ^C: such keys are the peer's.
func (l *lineEditor) edit(keys []byte, lines bool) (send, show []byte) {
	if !lines {
		send = l.flush()
	}
	for _, c := range keys {
		switch {
		case c == '\r' || c == '\n':
			show = append(show, "\r\n"...)
			if lines {
				send = append(append(send, l.flush()...), '\n')
			} else {
				send = append(send, c)
			}
		case lines && (c == 0x7f || c == ctrl('H')):
			show = append(show, l.erase()...)
		case lines && c == ctrl('U'):
			for len(l.line) > 0 {
				show = append(show, l.erase()...)
			}
		case c >= ' ' && c != 0x7f:
			show = append(show, c)
			if lines {
				l.line = append(l.line, c)
			} else {
				send = append(send, c)
			}
		default:
			if c < ' ' {
				show = append(show, '^', c^0x40)
			}
			send = append(append(send, l.flush()...), c)
		}
	}
	return send, show
}

// erase removes the last character of the line and returns what removes it
// from the screen.
func (l *lineEditor) erase() string {
	r, n := utf8.DecodeLastRune(l.line)
	l.line = l.line[:len(l.line)-n]
	switch {
	case n == 0:
		return ""
	case wide(r):
		return "\b\b  \b\b"
	}
	return "\b \b"
}

// flush returns what was typed of the line so far and forgets it.
func (l *lineEditor) flush() []byte {
	p := l.line
	l.line = nil
	return p
}

// wide reports whether r takes two columns on a terminal: the East Asian wide
// blocks and the pictographs.
func wide(r rune) bool {
	return r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff || r >= 0x20000 && r <= 0x3fffd)
}
