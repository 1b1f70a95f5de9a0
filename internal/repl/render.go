package repl

// Drawing the line that is edited: the rows that it takes, wide characters,
// and the cursor's place in them.

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// renderer draws a prompt and a line over what it drew before.
type renderer struct {
	w      io.Writer
	width  func() int
	row    int // of the cursor, below the row where the prompt begins
	prompt string
	fresh  bool // nothing is drawn

	columns int    // the width that was drawn for
	before  []rune // what was drawn up to the cursor
}

// draw shows line with the cursor before the rune at pos. A line that ends in
// "\n" is finished: the cursor goes to the row below it.
func (r *renderer) draw(line []rune, pos int) error {
	var b strings.Builder
	r.erase(&b)
	columns := max(r.width(), 2)
	r.columns, r.before = columns, append([]rune(visible(r.prompt)), line[:min(pos, len(line))]...)
	b.WriteString(r.prompt)
	at := place{width: columns}
	for _, c := range visible(r.prompt) {
		at.advance(c)
	}
	cursor := at
	finished := false
	for i, c := range line {
		if i == pos {
			cursor = at
		}
		switch {
		case c == '\n':
			b.WriteString("\n")
			finished = true
			continue
		case c == '\t':
			b.WriteString(strings.Repeat(" ", tabWidth))
		case c < ' ' || c == 0x7f:
			b.WriteRune('^')
			b.WriteRune(c ^ 0x40)
		default:
			b.WriteRune(c)
		}
		at.advance(c)
	}
	if finished {
		r.row, r.fresh = 0, true
		_, err := io.WriteString(r.w, b.String())
		return err
	}
	if pos >= len(line) {
		cursor = at
	}
	if at.wrapped() {
		// The terminal moves to the next row with the next character only.
		b.WriteString(" \b")
		at.row, at.column = at.row+1, 0
	}
	if cursor.wrapped() {
		cursor.row, cursor.column = cursor.row+1, 0
	}
	if n := at.row - cursor.row; n > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", n)
	}
	if cursor != at {
		b.WriteByte('\r')
		if cursor.column > 0 {
			fmt.Fprintf(&b, "\x1b[%dC", cursor.column)
		}
	}
	r.row, r.fresh = cursor.row, false
	_, err := io.WriteString(r.w, b.String())
	return err
}

// clear removes what was drawn and leaves the cursor where it began.
func (r *renderer) clear() error {
	var b strings.Builder
	r.erase(&b)
	r.fresh = true
	_, err := io.WriteString(r.w, b.String())
	return err
}

func (r *renderer) erase(b *strings.Builder) {
	if r.fresh {
		return
	}
	if columns := max(r.width(), 2); columns != r.columns { // terminals wrap anew what is there
		at := place{width: columns}
		for _, c := range r.before {
			at.advance(c)
		}
		r.row = at.row
	}
	if r.row > 0 {
		fmt.Fprintf(b, "\x1b[%dA", r.row)
	}
	b.WriteString("\r\x1b[J")
	r.row = 0
}

const tabWidth = 4

// place is a place on the screen.
type place struct{ width, row, column int }

// advance moves behind c, which is on the next row if it does not fit.
func (p *place) advance(c rune) {
	w := runeWidth(c)
	if p.column+w > p.width {
		p.row, p.column = p.row+1, 0
	}
	p.column += w
	if c == '\t' || c < ' ' || c == 0x7f { // drawn as several characters
		for p.column > p.width {
			p.row, p.column = p.row+1, p.column-p.width
		}
	}
}

func (p *place) wrapped() bool { return p.column >= p.width }

// runeWidth is the number of columns that a terminal gives to r.
func runeWidth(r rune) int {
	switch {
	case r == '\t':
		return tabWidth
	case r < ' ' || r == 0x7f:
		return 2
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// visible drops the colour sequences of a prompt.
func visible(prompt string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(prompt, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		i := strings.IndexFunc(rest, unicode.IsLetter)
		prompt = rest[i+1:]
	}
}
