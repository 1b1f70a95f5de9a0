package text

// A host can have much told again for little: behind a CR, one changed character and a
// movement to the margin show the whole row again. So telling again is paid for. The
// characters and the movements of edited lines earn credit, and text that was told before
// costs as much as it is long. While the credit does not reach, the cells change and nothing
// is told. The text is brought up to the cursor with the next character once there is enough
// credit, and in any case at a pause and at the line's end. All of that depends on the bytes alone.

// firstCredit, in bytes, is what a host that edits as people see it hardly ever uses up.
const firstCredit = 64 << 10

// earn counts n characters or movements, for each of which one byte may be told again.
func (v *View) earn(n int) { v.credit += n }

// show brings what is told up to the cursor, and reports whether the credit was enough.
func (v *View) show() bool {
	l := &v.line
	if l.cursor == l.synced {
		return true
	}
	again := min(l.cursor, l.shown) - l.told
	if again > max(v.credit, 0) {
		l.synced, l.behind, v.redrawn = -1, l.cursor, true
		return false
	}
	before := len(v.out)
	v.sync()
	if again > 0 {
		v.credit -= max(again, len(v.out)-before)
	}
	return true
}

// setUntold puts a character of w columns into the line, and tells nothing.
func (v *View) setUntold(p []byte, w int) {
	l := &v.line
	if l.mixed || w > 1 {
		v.set(p, w)
	} else {
		l.extend(l.cursor + 1)
		l.countBlanks(p)
		putOver(l.cells[l.cursor-l.first:], p)
	}
	l.cursor += w
	l.far = max(l.far, l.cursor)
	l.wrap = l.cursor == v.rowEnd()
	l.behind = l.cursor
	v.earn(1)
	v.redrawn = true
}
