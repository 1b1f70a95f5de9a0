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
		b := src[i]
		if b == cr {
			v.returns++
			i++
			continue
		}
		if b == bs && v.returns == 0 && !l.wrap && l.cursor > max(l.rowAt, l.far-Reach, l.first) {
			if i+1 < len(src) && src[i+1] > ' ' {
				if n := v.spin(src[i:]); n > 0 {
					i += n
					continue
				}
			}
			l.cursor--
			l.blanks = 0
			v.earn(1)
			i++
			continue
		}
		if b == esc {
			n := v.usual(src[i:])
			if n == 0 {
				return i
			}
			i += n
			continue
		}
		if b < ' ' || b >= del {
			return i
		}
		if v.returns > 0 {
			if v.carriageReturn(); !l.active {
				return i
			}
		}
		n := i + 1
		for n < len(src) && src[n] >= ' ' && src[n] < del {
			n++
		}
		if !l.mixed && !l.wrap && l.cursor <= l.told && l.cursor < v.rowEnd() {
			n = i + v.replace(src[i:n])
		} else {
			v.overwriteASCII(src[i:n])
		}
		l.forget()
		i = n
	}
	return i
}

// replace is overwriteASCII in a line of ASCII that is told up to the cursor. It goes no
// further than the row, and returns how many characters it took.
func (v *View) replace(p []byte) int {
	l := &v.line
	p = p[:min(len(p), l.rowAt+v.window.columns-l.cursor)]
	n, told := 0, l.told-l.cursor // so much of what is told stands from the cursor on
	for cells := l.cells[l.cursor-l.first:]; n < len(p) && n < told; n++ {
		c := &cells[n]
		if c.b[0] != p[n] {
			if p[n] != ' ' || c.kind != erased {
				break
			}
			c.b[0], c.n, c.kind = ' ', 1, char
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
		cells := l.cells[l.cursor-l.first : column-l.first]
		for i, b := range p[n:] {
			c := &cells[i]
			if b == ' ' && c.erasable() {
				*c = cell{}
				continue
			}
			c.b[0], c.n, c.kind = b, 1, char
		}
		v.out = append(v.out, p[n:]...)
		l.cursor, l.synced, l.told, l.behind = column, column, column, 0
		l.far = max(l.far, column)
	}
	l.countBlanks(p)
	v.earn(len(p))
	l.wrap = column == l.rowAt+v.window.columns
	return len(p)
}

// usual takes the sequences that hosts edit a line with most: a movement to the left or to
// the right by less than ten columns, and the erasure of what is right of the cursor, where no
// CR stands before them. It returns how many bytes of src that was.
func (v *View) usual(src []byte) int {
	n, count := 2, 1
	if v.returns > 0 || len(src) < 3 || src[1] != '[' {
		return 0
	}
	if b := src[2]; '1' <= b && b <= '9' && len(src) > 3 {
		n, count = 3, int(b-'0')
	}
	b := src[n]
	if b != 'C' && b != 'D' && (b != 'K' || n > 2) {
		return 0
	}
	v.earn(1)
	l := &v.line
	at := l.cursor
	if l.wrap {
		at--
	}
	switch b {
	case 'C':
		v.moveTo(min(at+count, v.rowEnd()-1))
	case 'D':
		v.moveTo(max(at-count, l.rowAt))
	default:
		v.eraseRight()
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
	c := l.at(l.cursor - 1)
	if c.kind != char || c.n != 1 || c.b[0] == ht || l.cursor < l.end() && l.at(l.cursor).kind == rest {
		return 0
	}
	var e Edit // a run of edits that goes on
	if k := len(v.edits) - 1; k >= 0 && v.edits[k].Back == 1 {
		e = v.edits[k]
		v.edits = v.edits[:k]
	}
	out, b, n := v.out, c.b[0], 0
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
	v.out, c.b[0], l.blanks = out, b, 0
	v.earn(n)
	return n
}

// spins reports whether src begins with BS and one character that is no blank.
func spins(src []byte) bool {
	return len(src) >= 2 && src[0] == bs && src[1] > ' ' && src[1] < del && (len(src) == 2 || src[2] < ' ')
}
