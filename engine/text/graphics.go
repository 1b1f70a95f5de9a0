package text

// graphics is the DEC special graphics charset, in which terminals draw lines: which
// of G0 and G1 hold it, and which of them is in use.
type graphics struct {
	g0, g1  bool
	shifted bool // G1 is in use (SO)
	drawn   []byte
}

// lineDrawing is what the characters from 0x5F on stand for (the VT220's manual).
var lineDrawing = [...]string{
	" ", "◆", "▒", "␉", "␌", "␍", "␊", "°", "±", "␤", "␋", "┘", "┐", "┌", "└", "┼",
	"⎺", "⎻", "─", "⎼", "⎽", "├", "┤", "┴", "┬", "│", "≤", "≥", "π", "≠", "£", "·",
}

func (g *graphics) on() bool { return g.g0 && !g.shifted || g.g1 && g.shifted }

// designate acts on ESC ( and ESC ).
func (g *graphics) designate(intermediate, final byte) {
	switch intermediate {
	case '(':
		g.g0 = final == '0'
	case ')':
		g.g1 = final == '0'
	}
}

// translate returns what a terminal draws for p. It is valid until the next call.
func (g *graphics) translate(p []byte) []byte {
	g.drawn = g.drawn[:0]
	for _, b := range p {
		if 0x5F <= b && b < del {
			g.drawn = append(g.drawn, lineDrawing[b-0x5F]...)
		} else {
			g.drawn = append(g.drawn, b)
		}
	}
	return g.drawn
}
