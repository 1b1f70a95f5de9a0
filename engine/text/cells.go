package text

import "slices"

// The columns of the open line. Each is one byte of line.cells: the character, if it is one
// of ASCII, or one of these.
const (
	erased   = 0 // nothing, or what was there was erased
	rest     = 1 // a wide character or a tab goes on
	leftover = 2 // a row's last column, too narrow for the wide character that came
	other    = 3 // a character that is not one of ASCII, or not alone: see line.glyphs
)

// A glyph is a character and what is drawn over it.
type glyph struct {
	b [glyphSize]byte
	n uint8 // bytes of b
}

// glyphSize is the number of bytes that one column may hold in a line that is edited. Combining
// characters beyond it are dropped.
const glyphSize = 10

// A cell is all of a column.
type cell struct {
	c     byte
	glyph glyph
}

// isCharacter reports whether a character begins in a cell.
func isCharacter(c byte) bool { return c > leftover }

// isErasable reports whether a blank that is printed over a cell erases something.
func isErasable(c byte) bool { return c != erased && c != ' ' && c != leftover }

// putOver puts ASCII into the cells that there are for it, which hold nothing that is wider: a
// blank erases.
func putOver(cells, p []byte) {
	for i := range cells[:min(len(cells), len(p))] {
		b := p[i]
		if b == ' ' && isErasable(cells[i]) {
			b = erased
		}
		cells[i] = b
	}
}

func (l *line) at(column int) byte { return l.cells[column-l.first] }

// end is the column behind the last cell.
func (l *line) end() int { return l.first + len(l.cells) }

// set sets a column to an ASCII character or to what is none.
func (l *line) set(column int, c byte) { l.cells[column-l.first] = c }

// character returns the character that begins in a column. It is valid until the column
// changes.
func (l *line) character(column int) []byte {
	i := column - l.first
	if l.cells[i] != other {
		return l.cells[i : i+1]
	}
	g := &l.glyphs[i]
	return g.b[:g.n]
}

// isTab reports whether the character of a column is a tab, which may have something drawn
// over it.
func (l *line) isTab(column int) bool { return l.character(column)[0] == ht }

// setCharacter sets a column of a mixed line to the beginning of a character.
func (l *line) setCharacter(column int, p []byte) {
	i := column - l.first
	if len(p) == 1 && p[0] < 0x80 {
		l.cells[i] = p[0]
		return
	}
	l.cells[i] = other
	l.glyphs[i].n = uint8(copy(l.glyphs[i].b[:], p))
}

// cell returns all of a column.
func (l *line) cell(column int) (c cell) {
	if c.c = l.at(column); c.c == other {
		c.glyph.n = uint8(copy(c.glyph.b[:], l.character(column)))
	}
	return c
}

// setCell sets all of a column.
func (l *line) setCell(column int, c cell) {
	if l.set(column, c.c); c.c == other {
		l.glyphs[column-l.first] = c.glyph
	}
}

// extend adds erased columns up to column.
func (l *line) extend(column int) {
	n := len(l.cells)
	if to := column - l.first; to > n {
		l.cells = slices.Grow(l.cells, to-n)[:to]
		clear(l.cells[n:])
		if l.mixed {
			l.glyphs = slices.Grow(l.glyphs, to-n)[:to]
		}
	}
}

// cut takes the columns from column on away.
func (l *line) cut(column int) {
	l.cells = l.cells[:column-l.first]
	if l.mixed {
		l.glyphs = l.glyphs[:column-l.first]
	}
}

// mix prepares the line for characters that are not one byte in one column.
func (l *line) mix() {
	if !l.mixed {
		l.mixed = true
		l.glyphs = slices.Grow(l.glyphs[:0], len(l.cells))[:len(l.cells)]
	}
}

// edit makes cells of the open line, if there are none.
func (v *View) edit() {
	if !v.line.active {
		v.makeCells()
	}
}

func (v *View) makeCells() {
	prior, rest := v.open()
	if len(prior)+len(rest) > priorMost {
		prior, v.trimmed = reachable(append(prior[:len(prior):len(prior)], rest...), v.trimmed)
		rest = nil
	}
	l := &v.line
	l.active, l.cells, l.glyphs, l.first = true, l.cells[:0], l.glyphs[:0], v.trimmed
	l.cursor, l.synced, l.told, l.far, l.wrap, l.blanks = v.trimmed, v.trimmed, v.trimmed, v.trimmed, false, 0
	l.mixed = false
	l.rowAt = v.trimmed - v.trimmed%v.window.columns
	v.prior, v.trimmed = v.prior[:0], 0
	if len(prior)+len(rest) == 0 {
		return
	}
	l.cells = slices.Grow(l.cells, len(prior)+len(rest))
	if isPrintable(prior) && isPrintable(rest) {
		l.cells = append(append(l.cells, prior...), rest...)
		l.cursor = l.end()
		l.synced, l.told, l.far = l.cursor, l.cursor, l.cursor
		l.rowAt = l.cursor - 1 - (l.cursor-1)%v.window.columns
		l.wrap = l.cursor == v.rowEnd()
		l.countBlanks(l.cells)
		return
	}
	// What is printed here has been told already.
	out, edits, credit := v.out, len(v.edits), v.credit
	v.out = nil
	v.overwriteTabs(append(append([]byte(nil), prior...), rest...))
	made := v.out
	v.out, v.edits, v.credit = out, v.edits[:edits], credit
	if len(made) != len(prior)+len(rest) { // some was not fit for a cell
		v.back(len(prior) + len(rest))
		v.out = append(v.out, made...)
	}
}

// isPrintable reports whether text is nothing but characters of ASCII.
func isPrintable(p []byte) bool {
	for _, b := range p {
		if b < ' ' || b >= del {
			return false
		}
	}
	return true
}
