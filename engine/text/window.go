package text

// window is the terminal that the peer writes to, as far as a view needs to know it.
type window struct {
	columns int // of a row
	rows    int // 0 if the peer was not told
	bottom  int // the last row that scrolls, if the peer has set it, else 0

	newColumns, newRows int // in force from the next line on
}

// The width of a window whose peer was not told any.
const DefaultColumns = 511

// maxColumns bounds the width that a view counts with.
const maxColumns = Reach

// usualRows is the number of rows that a terminal has that nobody told of.
const (
	usualRows    = 24
	usualColumns = 80
)

// SetWindow tells the view how many columns and rows the peer takes the terminal to
// have, from the next line on, or at once while nothing is in this one. 0 is for a number
// that the peer was not told.
func (v *View) SetWindow(columns, rows int) {
	if columns <= 0 {
		columns = DefaultColumns
	}
	v.window.newColumns, v.window.newRows = max(min(columns, maxColumns), 2), max(rows, 0)
	if l := &v.line; !l.active && !l.away && len(v.prior)+v.trimmed == 0 {
		v.window = v.window.next()
	}
}

// next is the window from the next line on.
func (w window) next() window {
	w.columns, w.rows = w.newColumns, w.newRows
	return w
}

// below is the row n rows below row, or the last one.
func (w *window) below(row, n int) int {
	last := w.rows
	if w.bottom > 0 {
		last = w.bottom
	}
	if last == 0 {
		last = usualRows
	}
	return max(min(row+n, last), row)
}

// reported returns a place as a terminal would report it.
func (w *window) reported(row, column int) (int, int) {
	rows, columns := w.rows, w.columns
	if rows == 0 {
		rows = usualRows
	}
	if columns == DefaultColumns {
		columns = usualColumns
	}
	return max(min(row, rows), 1), max(min(column, columns), 1)
}
