package text

// isSimple reports whether ASCII, CR and BS may be put into the line as they are.
func (v *View) isSimple() bool {
	l := &v.line
	return !l.away && !l.insert && !v.newlineCR && !v.skipLF && !v.graphics.on() && v.charset.order != filterFirst
}

// simple puts ASCII, CR, BS and the usual sequences from index i of src on into the line that
// is edited, and returns where something else comes.
func (v *View) simple(src []byte, i int) int {
	l := &v.line
	for i < len(src) {
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
			if v.unwrap(); !l.mixed && l.cursor <= l.told {
				n = i + v.replace(src[i:n])
			} else {
				v.overwriteASCII(src[i:n])
			}
			l.forget()
			i = n
		case b == esc:
			n := v.usual(src[i:])
			if n == 0 {
				return i
			}
			i += n
		case b == bs && v.returns == 0:
			if i+1 < len(src) && src[i+1] > ' ' && !l.wrap && l.cursor > max(l.rowAt, l.far-Reach, l.first) {
				if n := v.spin(src[i:]); n > 0 {
					i += n
					continue
				}
			}
			v.shift(-1)
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

// shift moves the cursor n columns to the right, within its row.
func (v *View) shift(n int) {
	v.earn(1)
	l := &v.line
	at := l.cursor + n
	if l.wrap {
		at--
	}
	at = min(max(at, l.rowAt), l.rowAt+v.window.columns-1)
	if at < l.first || at < l.far-Reach {
		v.moveTo(at)
		return
	}
	l.cursor, l.wrap, l.blanks = at, false, 0
}

// replace is overwriteASCII in a line of ASCII that is told up to the cursor. It goes no
// further than the row, and returns how many characters it took.
func (v *View) replace(p []byte) int {
	l := &v.line
	p = p[:min(len(p), l.rowAt+v.window.columns-l.cursor)]
	n, told := 0, l.told-l.cursor // so much of what is told stands from the cursor on
	for cells := l.cells[l.cursor-l.first:]; n < len(p) && n < told; n++ {
		if c := cells[n]; c != p[n] {
			if p[n] != ' ' || c != erased {
				break
			}
			cells[n] = ' '
		}
		v.redrawn = true // it is the same
	}
	column := l.cursor + len(p)
	l.cursor += n
	if n < len(p) {
		if n < told {
			v.retreatTo(l.cursor)
		}
		l.extend(column)
		v.out = printOver(v.out, l.cells[l.cursor-l.first:column-l.first], p[n:])
		l.cursor, l.synced, l.told, l.behind = column, column, column, 0
		l.far = max(l.far, column)
	}
	l.countBlanks(p)
	v.earn(len(p))
	l.wrap = column == l.rowAt+v.window.columns
	return len(p)
}

// usual takes the sequences that hosts edit a line with most: a movement to the left or to
// the right by less than a thousand columns, and the erasure of what is right of the cursor,
// where no CR stands before them. It returns how many bytes of src that was.
func (v *View) usual(src []byte) int {
	if v.returns > 0 || len(src) < 3 || src[1] != '[' {
		return 0
	}
	n, count := 2, 0
	for n < 5 && n+1 < len(src) && '0' <= src[n] && src[n] <= '9' {
		count = 10*count + int(src[n]-'0')
		n++
	}
	switch b := src[n]; {
	case b == 'C':
		v.shift(max(count, 1))
	case b == 'D':
		v.shift(-max(count, 1))
	case b == 'K' && n == 2:
		v.earn(1)
		v.eraseRight()
	default:
		return 0
	}
	return n + 1
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
