package text

import (
	"bytes"
	"unicode/utf8"
)

// Reach is how many columns back from the furthest one of a line edits reach.
const Reach = 4096

// line is the open line once something has edited it (active), and where the cursor
// is. Columns are counted from the line's beginning, from 0; a row that wraps goes on
// with the next number.
type line struct {
	active bool
	cells  []byte
	glyphs []glyph // of the columns that have one, if mixed
	first  int     // the column of cells[0]; those before are out of reach
	cursor int     // the column that is printed in next
	synced int     // where the cursor was when the text was last brought up to it, -1 if never
	told   int     // the text shows the columns before this one, and erased ones up to synced
	shown  int     // the text has shown the columns before this one at some time
	behind int     // the column up to which the text would have been brought with more credit, or 0
	far    int     // the furthest column that the line has reached
	wrap   bool    // it is printed in the next row; until then the cursor stands in the last column
	rowAt  int     // the first column of the row that the cursor stands in
	blanks int     // how many blanks were printed last
	filled int     // the column behind the text, if the last CR came behind many blanks; else 0
	under  [2]cell // what stood in the row's first columns then

	mixed  bool // some character is not one byte in one column
	insert bool // printed characters move what is right of them (IRM)

	row   int // of the window that the line began in, from 1; 0 if it is not known
	id    int // counts the lines
	saved place

	away   bool // the cursor has left the line, and nothing was printed there
	awayAt place
	// awayRows is how many rows lie between, those above negative; 0 if that is not known.
	awayRows int
}

// A place is where a cursor is.
type place struct {
	line   int // whose columns column counts, -1 for none: then column counts in its row
	row    int
	column int
}

func (l *line) moved() bool { return l.cursor != l.synced }

// reach is the first column that edits reach.
func (l *line) reach() int { return max(l.far-Reach, 0) }

// floor is the first column that edits reach, of those that there are: when columns are
// dropped depends on how the stream is cut, and nothing else may.
func (l *line) floor() int { return max(l.far-Reach, l.first) }

// overwriteTabs is overwrite for text that may hold tabs.
func (v *View) overwriteTabs(p []byte) {
	for {
		n := bytes.IndexByte(p, ht)
		if n < 0 {
			v.overwrite(p)
			return
		}
		v.overwrite(p[:n])
		v.tab()
		p = p[n+1:]
	}
}

// columns returns the column behind p, which begins at column.
func columns(p []byte, column int) int {
	for len(p) > 0 {
		size, w := measure(p, column)
		p, column = p[size:], column+w
	}
	return column
}

// measure returns the size of the character that p begins with, and its width.
func measure(p []byte, column int) (size, width int) {
	switch b := p[0]; {
	case b == ht:
		return 1, 8 - column%8
	case b < utf8.RuneSelf:
		return 1, 1
	}
	r, size := utf8.DecodeRune(p)
	if size == 1 {
		return 1, 1
	}
	return size, runeWidth(r)
}

// overwrite prints characters, with no control among them, into the line.
func (v *View) overwrite(p []byte) {
	l := &v.line
	for len(p) > 0 {
		if p[0] < utf8.RuneSelf && !l.insert {
			n := 1
			for n < len(p) && p[n] < utf8.RuneSelf {
				n++
			}
			v.overwriteASCII(p[:n])
			p = p[n:]
			continue
		}
		size, w := measure(p, 0)
		v.put(p[:size], w)
		p = p[size:]
	}
	l.forget()
}

// overwriteASCII is overwrite for ASCII.
func (v *View) overwriteASCII(p []byte) {
	l := &v.line
	for len(p) > 0 {
		v.unwrap()
		if l.cursor < l.told {
			if n := v.again(p); n > 0 {
				p = p[n:]
				continue
			}
		}
		if l.told < l.cursor && !v.show() {
			v.setUntold(p[:1], 1)
			p = p[1:]
			continue
		}
		v.syncToPrint()
		n := min(len(p), l.rowAt+v.window.columns-l.cursor)
		column := l.cursor + n
		if l.mixed {
			for i := range n {
				l.split(l.cursor + i)
			}
		}
		if l.told < l.cursor {
			l.extend(l.cursor)
			v.fill(l.cursor)
		}
		l.extend(column)
		putOver(l.cells[l.cursor-l.first:column-l.first], p)
		l.countBlanks(p[:n])
		v.earn(n)
		v.out = append(v.out, p[:n]...)
		l.cursor, l.synced, l.told = column, column, column
		l.far = max(l.far, column)
		l.wrap = column == l.rowAt+v.window.columns
		p = p[n:]
	}
}

// countBlanks counts the blanks that were printed last, now that p was printed.
func (l *line) countBlanks(p []byte) {
	n := len(p)
	for n > 0 && p[n-1] == ' ' {
		n--
	}
	if n > 0 {
		l.blanks = 0
	}
	l.blanks += len(p) - n
}

// fill tells the erased columns before column: something stands behind them.
func (v *View) fill(column int) {
	l := &v.line
	if l.told >= column {
		return
	}
	out := v.out
	for _, c := range l.cells[l.told-l.first : column-l.first] {
		if c == erased {
			out = append(out, ' ')
		}
	}
	v.out, l.told = out, column
}

// put prints one character, which w columns show.
func (v *View) put(p []byte, w int) {
	l := &v.line
	if w == 0 {
		v.combine(p)
		return
	}
	l.mix()
	v.unwrap()
	if l.cursor+w <= l.told && !l.insert && v.againWide(p, w) {
		return
	}
	v.makeRoom(w)
	if l.insert {
		v.insertCells(w)
	}
	if !v.show() {
		v.setUntold(p, w)
		return
	}
	v.set(p, w)
	v.fill(l.cursor)
	v.earn(1)
	v.out = append(v.out, p...)
	l.cursor += w
	l.synced, l.told = l.cursor, l.cursor
	l.far = max(l.far, l.cursor)
	l.wrap = l.cursor == v.rowEnd()
}

// makeRoom goes to the next row if a character of w columns has no place in this one.
func (v *View) makeRoom(w int) {
	l := &v.line
	if w == 1 || l.cursor+w <= v.rowEnd() {
		return
	}
	v.show()
	l.extend(l.cursor)
	l.extend(l.cursor + 1)
	l.split(l.cursor)
	l.set(l.cursor, leftover)
	l.cursor++
	l.rowAt = l.cursor
}

// set puts a character of w columns into the cells at the cursor.
func (v *View) set(p []byte, w int) {
	l := &v.line
	l.extend(l.cursor + w)
	for i := range w {
		l.split(l.cursor + i)
	}
	l.countBlanks(p)
	if p[0] == ' ' && isErasable(l.at(l.cursor)) {
		l.set(l.cursor, erased)
	} else {
		l.setCharacter(l.cursor, p)
	}
	for i := 1; i < w; i++ {
		l.set(l.cursor+i, rest)
	}
}

// unwrap goes to the next row if the cursor stands behind the last column.
func (v *View) unwrap() {
	if l := &v.line; l.wrap {
		l.wrap = false
		l.rowAt = l.cursor
	}
}

// combine draws p over the character before the cursor.
func (v *View) combine(p []byte) {
	l := &v.line
	v.redrawn = true // though nothing may be told
	i := l.cursor - 1
	for i > l.floor() && i < l.end() && l.at(i) == rest {
		i--
	}
	if i < l.floor() || i >= l.end() || !isCharacter(l.at(i)) {
		return
	}
	c := l.character(i)
	if len(c)+len(p) > glyphSize {
		return
	}
	if l.cursor < l.end() && l.at(l.cursor) == rest { // it stands in the midst of a character
		return
	}
	shown := v.show()
	l.mix()
	l.setCharacter(i, append(c[:len(c):len(c)], p...))
	if shown {
		v.out = append(v.out, p...)
	}
}

// split erases what is left of a character or a tab of which column is a part.
func (l *line) split(column int) {
	if column >= l.end() {
		return
	}
	head := column
	for head > l.floor() && l.at(head) == rest {
		head--
	}
	if head == column && (column+1 >= l.end() || l.at(column+1) != rest) {
		return
	}
	l.set(head, erased)
	for i := head + 1; i < l.end() && l.at(i) == rest; i++ {
		l.set(i, erased)
	}
}

// sync brings what is told up to the cursor: the cells before it, less the erased ones
// that end them.
func (v *View) sync() {
	l := &v.line
	if l.cursor == l.synced {
		return
	}
	l.synced, l.behind = l.cursor, 0
	to := min(l.cursor, l.end())
	if to < l.end() {
		for to > l.floor() && l.at(to) == rest { // half a character is not passed
			to--
		}
	}
	for to > l.floor() && to > l.told && (l.at(to-1) == erased || l.at(to-1) == leftover) {
		to--
	}
	if to > l.told {
		for ; l.told < to; l.told++ {
			switch c := l.at(l.told); {
			case c == erased:
				v.out = append(v.out, ' ')
			case isCharacter(c):
				v.out = append(v.out, l.character(l.told)...)
			}
		}
		return
	}
	v.retreat(to)
}

// syncToPrint is sync before a character is printed. Erased columns before it are text
// then, so those that have been told stay: to tell them again each time would make a short
// movement cost the whole width.
func (v *View) syncToPrint() {
	l := &v.line
	if l.cursor >= l.told || l.cursor < l.end() && l.at(l.cursor) == rest {
		v.sync()
		return
	}
	v.retreatTo(l.cursor)
	l.synced, l.behind = l.cursor, 0
}

// retreat takes back what is told from column to on, and the erased columns before it.
func (v *View) retreat(to int) {
	l := &v.line
	if to >= l.told {
		return
	}
	for to > l.floor() && (l.at(to-1) == erased || l.at(to-1) == leftover) {
		to--
	}
	v.retreatTo(to)
}

// retreatTo takes back what is told from column to on.
func (v *View) retreatTo(to int) {
	l := &v.line
	l.shown = max(l.shown, l.told)
	n := 0
	if !l.mixed {
		n, l.told = l.told-to, to
	}
	for l.told > to {
		l.told--
		switch c := l.at(l.told); {
		case c == erased:
			n++
		case isCharacter(c):
			n += len(l.character(l.told))
		}
	}
	v.back(n)
}

// touch prepares cells from column on for a change.
func (v *View) touch(column int) {
	l := &v.line
	for column > l.floor() && column < l.end() && l.at(column) == rest {
		column--
	}
	v.retreat(column)
	l.synced, l.filled = -1, 0
}

// forget drops cells that edits do not reach any more.
func (l *line) forget() {
	if len(l.cells) < 3*Reach {
		return
	}
	n := min(l.reach(), l.told) - l.first
	if n > 0 {
		l.cells = append(l.cells[:0], l.cells[n:]...)
		if l.mixed {
			l.glyphs = append(l.glyphs[:0], l.glyphs[n:]...)
		}
		l.first += n
	}
}

// rowStart and rowEnd are the bounds of the row that the cursor is in. Behind the last
// column it is still in that row.
func (v *View) rowStart() int { return v.line.rowAt }

func (v *View) rowEnd() int { return v.rowStart() + v.window.columns }

// isEmpty reports whether the open line shows nothing at all.
func (v *View) isEmpty() bool {
	if !v.line.active {
		prior, rest := v.open()
		return len(prior)+len(rest)+v.trimmed == 0
	}
	for _, c := range v.line.cells {
		if c == rest || isCharacter(c) {
			return false
		}
	}
	return v.line.floor() == 0
}

// finish ends the open line.
func (v *View) finish() {
	if !v.line.active {
		v.out = append(v.out, lf)
		v.open()
		return
	}
	l := &v.line
	// What is right of the cursor is text again, but for blanks at the line's end.
	for i := l.end() - 1; i >= l.cursor; i-- {
		if isErasable(l.at(i)) {
			l.cursor = i + 1
			break
		}
	}
	v.sync()
	for l.told > l.floor() && l.at(l.told-1) == erased {
		v.retreat(l.told - 1)
	}
	v.out = append(v.out, lf)
	row := l.row
	if row > 0 {
		row = v.window.below(row, l.cursor/v.window.columns+1)
	}
	v.clearLine(row)
}

// clearLine begins an empty line in a row.
func (v *View) clearLine(row int) {
	l := &v.line
	cells, glyphs := l.cells[:0], l.glyphs[:0]
	if cap(cells) > 4096 {
		cells = nil
	}
	if cap(glyphs) > 1024 {
		glyphs = nil
	}
	id, saved, insert := l.id+1, l.saved, l.insert
	*l = line{}
	l.cells, l.glyphs, l.row, l.id, l.saved, l.insert = cells, glyphs, row, id, saved, insert
	v.prior, v.trimmed, v.from, v.looked = v.prior[:0], 0, len(v.out), len(v.out)
	v.window = v.window.next()
}
