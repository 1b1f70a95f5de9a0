package text

// isSimple reports whether ASCII, CR and BS may be put into the line as they are.
func (v *View) isSimple() bool {
	l := &v.line
	return !l.away && !l.insert && !v.newlineCR && !v.skipLF && !v.graphics.on() && v.charset.order != filterFirst
}

// simple puts ASCII, CR and BS, and what quick takes, from index i of src on into the line that
// is edited, and returns where something else comes.
func (v *View) simple(src []byte, i int) int {
	l := &v.line
	for i < len(src) {
		if !l.mixed && v.returns == 0 {
			if i = v.quick(src, i); i == len(src) {
				break
			}
		}
		switch b := src[i]; {
		case ' ' <= b && b < del:
			if v.returns > 0 {
				if v.carriageReturn(); !l.active {
					return i
				}
			}
			n := i + 1
			for n < len(src) && src[n] >= ' ' && src[n] < del {
				n++
			}
			v.overwriteASCII(src[i:n])
			l.forget()
			i = n
		case b == bs && v.returns == 0:
			v.earn(1)
			v.left(1)
			i++
		case b == cr:
			v.returns++
			i++
		default:
			return i
		}
	}
	return i
}

// quick takes what hosts send by the million that draw on a line, from index i of src on, and
// returns where something else comes: ASCII where the line is told up to the cursor, CR and BS
// within the row, movements to the left and to the right, and the erasure of what is right of
// the cursor. It is for a line that is not mixed, with no CR that has not acted.
func (v *View) quick(src []byte, i int) int {
	l := &v.line
	cursor, rowAt, wrap, earned := l.cursor, l.rowAt, l.wrap, 0
	columns, moved := v.window.columns, false
loop:
	for i < len(src) {
		b := src[i]
		if ' ' <= b && b < del {
			if wrap {
				wrap, rowAt = false, cursor
			}
			if cursor > l.told {
				break
			}
			n, most := i+1, min(len(src), i+rowAt+columns-cursor)
			for n < most && src[n]-' ' < del-' ' {
				n++
			}
			cursor = v.printOver(cursor, src[i:n])
			if len(l.cells) >= 3*Reach {
				l.forget()
			}
			wrap = cursor == rowAt+columns
			earned += n - i
			i = n
			continue
		}
		n, to := i+1, cursor // where the sequence ends, and where it takes the cursor
		if wrap {
			to--
		}
		switch b {
		case bs:
			if n < len(src) && src[n] > ' ' && (n+1 == len(src) || src[n+1] < ' ') && !wrap && cursor > max(rowAt, l.floor()) {
				l.cursor, l.rowAt, l.wrap = cursor, rowAt, wrap
				if n := v.spin(src[i:]); n > 0 {
					i += n
					continue
				}
			}
			to = max(to-1, rowAt)
		case cr:
			if n == len(src) || src[n] < ' ' || src[n] >= del || l.filled > 0 || l.blanks >= fillColumns || l.blanks >= v.window.fills() {
				break loop
			}
			to = rowAt
		case esc:
			if n == len(src) || src[n] != '[' {
				if n < len(src) && (src[n] == '7' || src[n] == '8' && l.saved.line == l.id) {
					l.cursor, l.rowAt, l.wrap = cursor, rowAt, wrap
					v.escape(src[n])
					cursor, rowAt, wrap = l.cursor, l.rowAt, l.wrap
					i = n + 1
					continue
				}
				break loop
			}
			var count int
			if count, n = number(src, n+1); n == len(src) {
				break loop
			}
			switch src[n] {
			case 'C':
				to = min(to+max(count, 1), rowAt+columns-1)
			case 'D':
				to = max(to-max(count, 1), rowAt)
			case 'K':
				if n > i+2 {
					break loop
				}
				if i, earned = n+1, earned+1; !wrap && v.cutRow(cursor, rowAt+columns) {
					continue
				}
				l.cursor, l.rowAt, l.wrap = cursor, rowAt, wrap
				v.earn(earned)
				v.eraseRight()
				cursor, rowAt, wrap, earned = l.cursor, l.rowAt, l.wrap, 0
				continue
			default:
				break loop
			}
			n++
		default:
			break loop
		}
		if to < l.floor() {
			break
		}
		moved = moved || to != cursor || to != l.synced
		cursor, wrap, l.blanks = to, false, 0
		earned++
		i = n
	}
	l.cursor, l.rowAt, l.wrap = cursor, rowAt, wrap
	v.redrawn = v.redrawn || moved
	v.earn(earned)
	return i
}

// number reads a number of three digits at most from index i of src on, and returns where it
// ends.
func number(src []byte, i int) (n, end int) {
	for most := min(len(src), i+3); i < most && '0' <= src[i] && src[i] <= '9'; i++ {
		n = 10*n + int(src[i]-'0')
	}
	return n, i
}

// printOver prints ASCII from the column cursor on, up to which all is told, and returns the
// column behind it.
func (v *View) printOver(cursor int, p []byte) int {
	l := &v.line
	if p[len(p)-1] != ' ' {
		l.blanks = 0
	} else {
		l.countBlanks(p)
	}
	cells, told := l.cells[cursor-l.first:], l.told
	n := 0 // so much is there already
	for most := min(told-cursor, len(p)); n < most; n++ {
		if c := cells[n]; c != p[n] {
			if p[n] != ' ' || c != erased {
				break
			}
			cells[n] = ' '
		}
	}
	if n > 0 {
		v.redrawn = true
		cursor, cells = cursor+n, cells[n:]
		if p = p[n:]; len(p) == 0 {
			return cursor
		}
	}
	if cursor < told {
		l.shown = max(l.shown, told)
		v.back(told - cursor)
	}
	cursor += len(p)
	v.out = append(v.out, p...)
	putOver(cells, p)
	if n := len(cells); n < len(p) {
		l.cells = append(l.cells, p[n:]...)
	}
	l.synced, l.told, l.behind = cursor, cursor, 0
	l.far = max(l.far, cursor)
	return cursor
}

// spin takes BS and a character in the place of the last one, again and again, as spinners
// send them by the million. It returns how many bytes of src it took.
func (v *View) spin(src []byte) int {
	l := &v.line
	if !spins(src) || l.told != l.cursor || l.synced != l.cursor {
		return 0
	}
	c := &l.cells[l.cursor-1-l.first]
	if *c < ' ' || l.cursor < l.end() && l.at(l.cursor) == rest {
		return 0
	}
	var e Edit // a run of edits that goes on
	if k := len(v.edits) - 1; k >= 0 && v.edits[k].Back == 1 {
		e = v.edits[k]
		v.edits = v.edits[:k]
	}
	out, b, n := v.out, *c, 0
	for ; spins(src[n:]); n += 2 {
		if src[n+1] == b {
			v.redrawn = true
			continue
		}
		b = src[n+1]
		if at := len(out) - v.base; e.Back > 0 && e.At+e.Again+1 == at {
			e.Again++
		} else {
			if e.Back > 0 {
				v.edits = append(v.edits, e)
			}
			e = Edit{At: at, Back: 1}
		}
		out = append(out, b)
	}
	if e.Back > 0 {
		v.edits = append(v.edits, e)
	}
	v.out, *c, l.blanks = out, b, 0
	v.earn(n)
	return n
}

// spins reports whether src begins with BS and one character that is no blank.
func spins(src []byte) bool {
	return len(src) >= 2 && src[0] == bs && src[1] > ' ' && src[1] < del && (len(src) == 2 || src[2] < ' ')
}
