package text

// What a host does to cells of the open line: it prints over them, erases, inserts and
// deletes them.

import (
	"bytes"
	"unicode/utf8"
)

// again prints ASCII as far as the line shows the same already, which moves the cursor
// and changes nothing: a host that draws its line again costs what is new in it. It
// returns how many bytes it took.
func (v *View) again(p []byte) int {
	l := &v.line
	cells := l.cells[l.cursor-l.first:]
	if c := cells[0]; c != p[0] && c != erased { // the usual case
		return 0
	}
	p = p[:min(len(p), l.told-l.cursor, l.rowAt+v.window.columns-l.cursor)]
	n := 0
	for n < len(p) {
		if c := cells[n]; c != p[n] {
			if p[n] != ' ' || c != erased {
				break
			}
			cells[n] = ' '
		}
		n++
	}
	if n == 0 {
		return 0
	}
	l.countBlanks(p[:n])
	v.earn(n)
	l.cursor += n
	l.wrap = l.cursor == l.rowAt+v.window.columns
	v.redrawn = true
	return n
}

// againWide is again for one character of w columns, and reports whether the line shows
// it already.
func (v *View) againWide(p []byte, w int) bool {
	l := &v.line
	if !isCharacter(l.at(l.cursor)) || !bytes.Equal(l.character(l.cursor), p) {
		return false
	}
	for i := 1; i < w; i++ {
		if l.at(l.cursor+i) != rest {
			return false
		}
	}
	l.blanks = 0
	v.earn(1)
	l.cursor += w
	l.wrap = l.cursor == v.rowEnd()
	v.redrawn = true
	return true
}

// priorMost is how much of a line that nothing has edited edits may reach, in bytes: a host may
// draw any number of characters over each other.
const priorMost = 64 << 10

// reachable returns the end of a line that edits may reach, and the column that it begins at.
// p begins at column.
func reachable(p []byte, column int) ([]byte, int) {
	for len(p) > priorMost {
		size, w := measure(p, column)
		p, column = p[size:], column+w
	}
	return p, column
}

// trim forgets the beginning of prior, which edits do not reach.
func (v *View) trim() {
	if len(v.prior) <= 2*priorMost { // it is not looked through for each byte that comes
		return
	}
	p, column := reachable(v.prior, v.trimmed)
	v.prior, v.trimmed = append(v.prior[:0], p...), column
}

// erase erases the columns from a on and before b.
func (v *View) erase(a, b int) {
	l := &v.line
	a, b = max(a, l.floor()), min(b, l.end())
	if a >= b {
		return
	}
	v.touch(a)
	l.split(a)
	if b < l.end() && l.at(b) == rest {
		l.split(b)
	}
	if b == l.end() {
		l.cut(a)
		return
	}
	clear(l.cells[a-l.first : b-l.first])
}

// cutRow erases the row, which ends before the column end, from the column cursor on where that
// is simple, and reports whether it was.
func (v *View) cutRow(cursor, end int) bool {
	l := &v.line
	if l.mixed || cursor <= l.floor() || cursor >= l.told || l.end() > end || !isCharacter(l.at(cursor-1)) {
		return false
	}
	l.shown = max(l.shown, l.told)
	v.back(l.told - cursor)
	l.cells = l.cells[:cursor-l.first]
	l.told, l.synced, l.behind, l.filled = cursor, cursor, 0, 0
	return true
}

// eraseRight erases the row from the cursor on.
func (v *View) eraseRight() {
	l := &v.line
	if !l.wrap && v.cutRow(l.cursor, v.rowEnd()) {
		return
	}
	if v.show(); l.wrap {
		return
	}
	v.erase(l.cursor, v.rowEnd())
	v.show()
}

// insertCells moves what is right of the cursor n columns to the right, as far as the
// row goes.
func (v *View) insertCells(n int) {
	l := &v.line
	if l.cursor >= l.end() {
		return
	}
	v.touch(l.cursor)
	if l.at(l.cursor) == rest {
		l.split(l.cursor)
	}
	end := v.rowEnd()
	n = min(n, end-l.cursor)
	l.extend(min(l.end()+n, end))
	if l.mixed {
		l.untab(l.cursor, min(end, l.end()))
	}
	a, b := l.cursor-l.first, min(end, l.end())-l.first
	copy(l.cells[a+n:b], l.cells[a:])
	if l.mixed {
		copy(l.glyphs[a+n:b], l.glyphs[a:])
	}
	clear(l.cells[a : a+n])
	if l.mixed {
		v.mendEdge(min(end, l.end()))
	}
}

// untab makes blanks of the tabs from column a to b, which are about to be moved: a tab
// that does not end at a tab stop would be read as another number of columns.
func (l *line) untab(a, b int) {
	for ; a < b; a++ {
		if isCharacter(l.at(a)) && l.isTab(a) {
			l.set(a, erased)
			for i := a + 1; i < l.end() && l.at(i) == rest; i++ {
				l.set(i, erased)
			}
		}
	}
}

// deleteCells takes n columns out from the cursor on, as far as the row goes.
func (v *View) deleteCells(n int) {
	l := &v.line
	if l.cursor >= l.end() {
		return
	}
	v.touch(l.cursor)
	l.split(l.cursor)
	end := min(v.rowEnd(), l.end())
	if l.mixed {
		l.untab(l.cursor, end)
	}
	a, b := l.cursor-l.first, end-l.first
	n = min(n, b-a)
	if at := l.cursor + n; at < end && l.at(at) == rest {
		l.split(at)
	}
	copy(l.cells[a:], l.cells[a+n:b])
	if l.mixed {
		copy(l.glyphs[a:], l.glyphs[a+n:b])
	}
	clear(l.cells[b-n : b])
}

// mendEdge erases a wide character that the row's end has cut.
func (v *View) mendEdge(end int) {
	l := &v.line
	if !isCharacter(l.at(end - 1)) {
		return
	}
	if r, _ := utf8.DecodeRune(l.character(end - 1)); runeWidth(r) > 1 {
		l.set(end-1, erased)
	}
}

// repeat prints the last character n times again (REP).
func (v *View) repeat(n int) {
	l := &v.line
	if l.away || v.returns > 0 {
		return // REP follows a character
	}
	v.edit()
	i := l.cursor - 1
	for i > l.floor() && i < l.end() && l.at(i) == rest {
		i--
	}
	if i < l.floor() || i >= l.end() || !isCharacter(l.at(i)) || l.isTab(i) {
		return
	}
	c := bytes.Clone(l.character(i))
	n = min(n, v.window.columns)
	v.show()
	again := max(min(l.cursor+n, l.shown)-l.cursor, 0)
	untold := again > max(v.credit, 0)
	if !untold {
		v.credit -= again
	}
	w, insert := columns(c, 0), l.insert
	for left := n; left > 0; {
		v.unwrap()
		k := min(left, max((v.rowEnd()-l.cursor)/w, 1))
		if insert && l.cursor+k*w <= v.rowEnd() { // all of the row at once
			v.insertCells(k * w)
			l.insert = false
		}
		for range k {
			if untold && !l.insert {
				v.makeRoom(w)
				v.setUntold(c, w)
			} else {
				v.overwrite(c)
			}
		}
		left, l.insert = left-k, insert
	}
	v.earn(1 - n)
}
