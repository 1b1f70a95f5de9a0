package text

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/vt"
)

// A Question is a report that the peer asked the terminal for.
type Question struct {
	Kind        QuestionKind
	Row, Column int // of the cursor, from 1; for CursorPosition
}

// QuestionKind says what a Question asks for.
type QuestionKind uint8

// The questions that terminals answer (ECMA-48, 8.3.35 and 8.3.24; DEC's DA2).
const (
	DeviceStatus     QuestionKind = iota + 1 // DSR, CSI 5 n
	CursorPosition                           // CPR, CSI 6 n
	DeviceAttributes                         // DA, CSI c
	SecondaryDevice                          // DA2, CSI > c
)

// Answer returns what a terminal would send: a VT100 with its advanced video option, that
// works well.
func (q Question) Answer() []byte {
	switch q.Kind {
	case DeviceStatus:
		return []byte("\x1b[0n")
	case CursorPosition:
		return fmt.Appendf(nil, "\x1b[%d;%dR", q.Row, q.Column)
	case DeviceAttributes:
		return []byte("\x1b[?1;2c")
	}
	return []byte("\x1b[>0;0;0c")
}

// maxQuestions bounds the questions that one call tells of.
const maxQuestions = 16

// Questions returns the questions that came in the last call of Append.
func (v *View) Questions() []Question { return v.questions }

func (v *View) ask(q Question) {
	if len(v.questions) < maxQuestions {
		v.questions = append(v.questions, q)
	}
}

// control acts on a control of ASCII.
func (v *View) control(b byte) {
	switch b {
	case lf:
		if v.skipLF {
			v.skipLF = false
			return
		}
		if v.charset.order == filterFirst && v.decoderTakesLF() {
			return
		}
		if v.downInLine() {
			return
		}
		v.returns = 0
		v.newline()
	case vtb, ff:
		v.act()
		v.newline()
	case cr:
		v.skipLF = false
		v.returns++
	case bs:
		v.earn(1)
		v.act()
		v.left(1)
	case ht:
		v.earn(1)
		v.act()
		v.tab()
	case so, si:
		v.graphics.shifted = b == so
	case esc:
		v.parser.Begin(esc)
	}
}

// decoderTakesLF gives a newline to a decoder that keeps a state: HZ has a line
// continuation. It reports whether the newline is gone.
func (v *View) decoderTakesLF() bool {
	v.scratch = v.transform(v.scratch[:0], []byte{lf})
	n := len(v.scratch)
	if n > 0 && v.scratch[n-1] == lf {
		v.print(v.scratch[:n-1])
		return false
	}
	v.print(v.scratch)
	return true
}

// downInLine moves the cursor to the next row if it stands in one that the line has
// wrapped behind: there LF ends no line, but goes down in it, as hosts do that draw a long
// line again.
func (v *View) downInLine() bool {
	l := &v.line
	if !l.active || l.away || v.blank(v.rowEnd(), l.end()) {
		return false
	}
	v.act()
	v.moveTo(l.cursor + v.window.columns)
	return true
}

// newline ends the line, wherever the cursor is.
func (v *View) newline() {
	v.skipLF = false
	if v.line.away {
		v.arrive()
	}
	v.finish()
}

// act makes the CRs act that came.
func (v *View) act() {
	if v.returns > 0 {
		v.carriageReturn()
	}
}

func (v *View) carriageReturn() {
	n := v.returns
	v.returns = 0
	v.earn(1)
	if v.newlineCR {
		for range n {
			v.newline()
		}
		return
	}
	l := &v.line
	if l.away {
		l.awayAt.column = 0
		return
	}
	if !l.active && v.isEmpty() {
		return
	}
	v.edit()
	start := v.rowStart()
	if v.endMark(start) {
		return
	}
	if start > 0 && l.blanks >= v.window.fills() && v.blank(start, l.cursor) {
		v.wrapped(start)
		return
	}
	if l.blanks >= fillColumns && l.cursor == l.end() && start == 0 && l.floor() == 0 {
		l.filled = l.cursor - l.blanks
		for i := range l.under[:min(len(l.under), len(l.cells))] {
			l.under[i] = l.cell(i)
		}
	}
	v.moveTo(start)
}

// fillColumns is the least number of blanks with which a shell fills its row.
const fillColumns = 10

// endMark ends the line if the host has done what zsh and fish do before a prompt, where
// the window is not as wide as they think: they print a mark, blanks up to the margin, CR,
// a blank (fish the mark before it) and CR. If the cursor was at the beginning of a row that
// leaves it empty, and else at the beginning of the next: there the mark shows that the
// output had no newline.
func (v *View) endMark(start int) bool {
	l := &v.line
	end := l.filled
	l.filled = 0
	if start > 0 { // of another row
		return false
	}
	printed := l.cursor - start                                 // the blank, and the mark before it
	if end < 2 || printed < 1 || printed > 2 || l.blanks != 1 { // one column is nothing but the mark
		return false
	}
	mark := l.cell(end - 1)
	if end <= len(l.under) {
		mark = l.under[end-1]
	}
	if printed == 2 && l.cell(0) != mark {
		return false
	}
	v.touch(0)
	for i, c := range l.under[:min(printed, len(l.cells))] {
		l.setCell(i, c)
	}
	v.erase(end, l.end())
	l.cursor = end
	v.finish()
	return true
}

// markColumns is how much shorter than a row the blanks may be by which zsh gets to the
// beginning of a row: it prints a mark of some columns before them.
const markColumns = 8

// fills is the least number of blanks that get to the beginning of a row so.
func (w *window) fills() int { return max(w.columns-markColumns, (w.columns+1)/2) }

// blank reports whether the columns from a to b, as far as edits reach, show nothing.
func (v *View) blank(a, b int) bool {
	l := &v.line
	for a = max(a, l.floor()); a < b && a < l.end(); a++ {
		if isErasable(l.at(a)) {
			return false
		}
	}
	return true
}

// wrapped makes a line of its own of the row that begins at start, which the peer has
// got to by printing blanks over the margin.
func (v *View) wrapped(start int) {
	l := &v.line
	v.erase(start, l.end())
	for start > l.floor() && v.blank(start-1, start) {
		start--
	}
	v.erase(start, l.end())
	v.moveTo(start)
	v.finish()
}

// c1 acts on a control from 0x80 to 0x9F as on its form in seven bits.
func (v *View) c1(b byte) {
	if vt.Introduces(b) {
		v.parser.Begin(b)
		return
	}
	v.escape(b - 0x40)
}

// sequence acts on a sequence that has come whole.
func (v *View) sequence(s *vt.Sequence) {
	switch s.Kind {
	case vt.Escape:
		v.escapeSequence(s)
	case vt.Control:
		v.controlSequence(s)
	}
}

func (v *View) escapeSequence(s *vt.Sequence) {
	in := s.Intermediates
	switch {
	case in[0] == 0:
		v.escape(s.Final)
	case s.Many:
	case v.charset.shifts && designates(in, s.Final):
		p := append([]byte{esc, in[0]}, in[1], s.Final)
		if in[1] == 0 {
			p = []byte{esc, in[0], s.Final}
		}
		v.scratch = v.transform(v.scratch[:0], p)
		v.print(v.scratch)
	case in[1] == 0:
		v.graphics.designate(in[0], s.Final)
	}
}

// designates reports whether a sequence designates a charset of ISO-2022-JP.
func designates(in [2]byte, final byte) bool {
	switch [3]byte{in[0], in[1], final} {
	case [3]byte{'$', 0, '@'}, [3]byte{'$', 0, 'B'}, [3]byte{'$', '(', 'D'},
		[3]byte{'(', 0, 'B'}, [3]byte{'(', 0, 'J'}, [3]byte{'(', 0, 'I'}:
		return true
	}
	return false
}

// escape acts on ESC and a final byte.
func (v *View) escape(final byte) {
	v.countLines()
	switch final {
	case 'D', 'E': // IND, NEL
		v.act()
		v.newline()
	case 'M': // RI
		v.act()
		v.vertical(-1)
	case '7': // DECSC
		v.act()
		v.line.saved = v.place()
	case '8': // DECRC
		v.act()
		v.restore()
	case 'c': // RIS
		v.graphics = graphics{drawn: v.graphics.drawn}
		v.line.insert, v.window.bottom = false, 0
		v.goTo(1, 0)
	}
}

func (v *View) controlSequence(s *vt.Sequence) {
	if s.Intermediates[0] != 0 {
		return
	}
	v.countLines()
	switch {
	case s.Private == '>' && s.Final == 'c' && s.Param(0, 0) == 0:
		v.ask(Question{Kind: SecondaryDevice})
		return
	case s.Private == '?' && (s.Final == 'h' || s.Final == 'l'):
		for i := range s.Count() {
			switch s.Param(i, 0) {
			case 47, 1047, 1049: // the other screen
				v.act()
				v.goTo(0, 0)
			}
		}
		return
	case s.Private != 0 && !(s.Private == '?' && (s.Final == 'J' || s.Final == 'K')):
		return
	}
	switch s.Final {
	case 'm', 'q', 't': // colours and the like: nothing moves
		return
	case 'n', 'c':
		v.report(s)
		return
	case 'h', 'l':
		for i := range s.Count() {
			if s.Param(i, 0) == 4 {
				v.line.insert = s.Final == 'h'
			}
		}
		return
	case 'r':
		v.window.bottom = s.Param(1, 0)
		if top := s.Param(0, 1); v.window.bottom <= top {
			v.window.bottom = 0
		}
		return // the cursor goes home, but hosts that paint move it before they print
	case 'b':
		v.repeat(s.Repeat())
		return
	}
	v.earn(1)
	v.act()
	if !v.move(s) {
		v.change(s)
	}
}

// move acts on the sequences that move the cursor, and reports whether s is one.
func (v *View) move(s *vt.Sequence) bool {
	n := s.Repeat()
	switch s.Final {
	case 'A', 'k':
		v.vertical(-n)
	case 'B', 'e':
		v.vertical(n)
	case 'C', 'a':
		v.right(n)
	case 'D', 'j':
		v.left(n)
	case 'E':
		v.vertical(n)
		v.toColumn(0)
	case 'F':
		v.vertical(-n)
		v.toColumn(0)
	case 'G', '`':
		v.toColumn(n - 1)
	case 'H', 'f':
		v.goTo(n, max(s.Param(1, 1), 1)-1)
	case 'd':
		v.goTo(n, v.place().column%v.window.columns)
	case 'I':
		for range min(n, v.window.columns/8+1) {
			v.tab()
		}
	case 'Z':
		v.backTab(n)
	case 's':
		v.line.saved = v.place()
	case 'u':
		v.restore()
	default:
		return false
	}
	return true
}

// change acts on the sequences that erase, insert, delete and scroll.
func (v *View) change(s *vt.Sequence) {
	l := &v.line
	n, mode := s.Repeat(), s.Param(0, 0)
	switch s.Final {
	case 'J', 'K', 'P', 'X', '@':
		if l.away {
			v.arrive()
		}
		// With the cursor at the line's end there is nothing to its right.
		if !l.active && (s.Final != 'J' && s.Final != 'K' || mode == 0 || v.isEmpty()) {
			return
		}
		v.edit()
	case 'L', 'M', 'S', 'T':
		v.scroll()
		return
	}
	v.show()
	cursor, start, end := l.cursor, v.rowStart(), v.rowEnd()
	switch s.Final {
	case 'J':
		switch mode {
		case 0:
			v.erase(cursor, l.end())
		case 1:
			v.erase(0, cursor+1)
		default:
			v.erase(0, l.end())
		}
	case 'K':
		switch mode {
		case 0:
			v.eraseRight()
		case 1:
			v.erase(start, cursor+1)
		default:
			v.erase(start, end)
		}
	case 'X':
		v.erase(cursor, min(cursor+n, end))
	case 'P':
		v.deleteCells(n)
	case '@':
		v.insertCells(n)
	}
	v.show()
}

// scroll moves the rows of the screen: where the cursor is there is an empty one.
func (v *View) scroll() {
	row := v.row()
	if v.line.away {
		v.arrive()
	}
	if !v.isEmpty() {
		v.finish()
	} else if v.line.active {
		v.clearLine(row)
	}
	v.line.row = row
}

// report acts on DSR and DA.
func (v *View) report(s *vt.Sequence) {
	switch {
	case s.Final == 'c' && s.Param(0, 0) == 0:
		v.ask(Question{Kind: DeviceAttributes})
	case s.Final == 'n' && s.Param(0, 0) == 5:
		v.ask(Question{Kind: DeviceStatus})
	case s.Final == 'n' && s.Param(0, 0) == 6:
		v.act()
		at := v.place()
		q := Question{Kind: CursorPosition}
		q.Row, q.Column = v.window.reported(at.row, at.column%v.window.columns+1)
		v.ask(q)
	}
}
