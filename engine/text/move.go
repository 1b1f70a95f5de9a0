package text

// row is the row of the window that the cursor is in, 0 if it is not known.
func (v *View) row() int {
	l := &v.line
	if l.away {
		return l.awayAt.row
	}
	if l.row == 0 || !l.active {
		return l.row
	}
	return l.row + v.rowStart()/v.window.columns
}

// place is where the cursor is.
func (v *View) place() place {
	l := &v.line
	if l.away {
		return l.awayAt
	}
	if !l.active && v.isEmpty() {
		return place{l.id, l.row, 0}
	}
	v.edit()
	c := l.cursor
	if l.wrap {
		c--
	}
	return place{l.id, v.row(), c}
}

// moveTo puts the cursor in a column of the line.
func (v *View) moveTo(column int) {
	l := &v.line
	column = max(column, l.floor())
	if column < l.rowAt || column >= l.rowAt+v.window.columns {
		l.rowAt = column - column%v.window.columns
	}
	v.redrawn = v.redrawn || column != l.cursor || column != l.synced
	l.cursor, l.wrap, l.blanks = column, false, 0
}

func (v *View) left(n int) {
	l := &v.line
	if l.away {
		l.awayAt.column = max(l.awayAt.column-n, 0)
		return
	}
	if !l.active && v.isEmpty() {
		return
	}
	v.edit()
	at := l.cursor
	if l.wrap {
		at--
	}
	v.moveTo(max(at-n, v.rowStart()))
}

func (v *View) right(n int) {
	l := &v.line
	if l.away {
		l.awayAt.column = min(l.awayAt.column+n, v.window.columns-1)
		return
	}
	v.edit()
	at := l.cursor
	if l.wrap {
		at--
	}
	v.moveTo(min(at+n, v.rowEnd()-1))
}

// toColumn puts the cursor in a column of its row.
func (v *View) toColumn(column int) {
	column = min(column, v.window.columns-1)
	l := &v.line
	if l.away {
		l.awayAt.column = column
		return
	}
	if !l.active && column == 0 && v.isEmpty() {
		return
	}
	v.edit()
	v.moveTo(v.rowStart() + column)
}

// tab moves the cursor to the next tab stop. Behind the line's end it is text.
func (v *View) tab() {
	l := &v.line
	if l.away {
		l.awayAt.column = min(l.awayAt.column/8*8+8, v.window.columns-1)
		return
	}
	if !l.active {
		v.out = append(v.out, ht)
		return
	}
	if l.wrap {
		return
	}
	column := l.cursor - l.rowAt
	end := l.cursor - column + min(column/8*8+8, v.window.columns-1)
	at := max(l.cursor, min(end, l.end()))
	if at > l.cursor {
		v.moveTo(at)
	}
	if n := end - at; n > 0 {
		shown := v.show()
		l.mix()
		l.extend(end)
		if shown {
			v.fill(at)
		}
		l.set(at, ht)
		for i := at + 1; i < end; i++ {
			l.set(i, rest)
		}
		if shown {
			v.out = append(v.out, ht)
			l.synced, l.told = end, end
		} else {
			l.behind, v.redrawn = end, true
		}
		l.cursor, l.blanks = end, 0
		l.far = max(l.far, end)
	}
}

func (v *View) backTab(n int) {
	if v.line.away {
		return
	}
	v.edit()
	column := v.line.cursor - v.rowStart()
	for ; n > 0 && column > 0; n-- {
		column = (column - 1) / 8 * 8
	}
	v.toColumn(column)
}

// vertical moves the cursor n rows down, or up: within the rows of the line if it has
// as many, else away from it.
func (v *View) vertical(n int) {
	l := &v.line
	at := v.place()
	if !l.away {
		to := at.column + n*v.window.columns
		if l.active && to >= l.floor() && to < l.end() {
			v.moveTo(to)
			return
		}
		at.column %= v.window.columns
	}
	rows := n // from the line's
	if l.away {
		if rows = l.awayRows + n; rows == 0 && l.awayRows != 0 { // back again
			l.away = false
			if l.active || at.column > 0 {
				v.edit()
				v.moveTo(v.rowStart() + at.column)
			}
			return
		}
		if l.awayRows == 0 {
			rows = 0
		}
	}
	if at.row > 0 {
		if at.row+n < 1 { // it stops at the first row
			rows = 0
		}
		at.row = max(at.row+n, 1)
	}
	if screen := max(v.window.rows, usualRows); rows <= -screen || rows >= screen { // it stops at an edge
		rows = 0
	}
	v.leave(at)
	l.awayRows = rows
}

// goTo puts the cursor in a row of the window, 0 for one that is not known, and a
// column of it.
func (v *View) goTo(row, column int) {
	l := &v.line
	if v.window.rows > 0 {
		row = min(row, v.window.rows)
	}
	column = min(column, v.window.columns-1)
	if l.row > 0 && row >= l.row {
		to := (row-l.row)*v.window.columns + column
		switch {
		case row == l.row && !l.active && column == 0 && v.isEmpty():
			l.away = false
			return
		case row == l.row, l.active && to < l.end() && to >= l.floor():
			l.away = false
			v.edit()
			v.moveTo(to)
			return
		}
	}
	v.leave(place{-1, row, column})
}

// leave takes the cursor away from the line. That acts when something is printed or
// erased there.
func (v *View) leave(to place) {
	to.line = -1
	v.line.away, v.line.awayAt, v.line.awayRows = true, to, 0
}

// restore takes the cursor back to where it was saved.
func (v *View) restore() {
	l := &v.line
	to := l.saved
	if to.line == l.id {
		l.away = false
		if l.active || !v.isEmpty() || to.column > 0 {
			v.edit()
			v.moveTo(to.column)
		}
		return
	}
	v.goTo(to.row, to.column%v.window.columns)
}

// arrive begins the line that the cursor went away to.
func (v *View) arrive() {
	l := &v.line
	at := l.awayAt
	l.away = false
	if v.isEmpty() {
		if l.active {
			v.sync() // what was erased is gone
		}
		v.clearLine(at.row)
	} else {
		v.finish()
	}
	l.row = at.row
	if at.column > 0 {
		v.edit()
		v.moveTo(min(at.column, v.window.columns-1))
	}
}
