package line

import "net"

// Bytes is a line without a protocol: what comes is data, what is written goes out as it
// is. It is the line of plain sockets, and other lines embed it.
type Bytes struct{ *Carrier }

// NewBytes makes a line of a connection.
func NewBytes(conn net.Conn) Bytes { return Bytes{NewCarrier(conn)} }

// Next implements Line: all is data, but for what a recording tells.
func (b Bytes) Next(in []byte) (Item, int) {
	if len(in) == 0 {
		if b.teller != nil {
			return b.teller.Told(), 0
		}
		return Item{}, 0
	}
	return Item{Kind: Data, Data: in}, len(in)
}

// WriteText implements Line. A "\r\n" that is there already counts as one "\n".
func (b Bytes) WriteText(text []byte, newline string) {
	b.append(func(dst []byte) []byte {
		if newline == "\n" {
			return append(dst, text...)
		}
		return AppendLines(dst, text, newline)
	})
}

// WriteData implements Line.
func (b Bytes) WriteData(data []byte) { b.WriteWire(data) }

// Newline implements Line.
func (Bytes) Newline() string { return "\r\n" }

// Echoes implements Line.
func (Bytes) Echoes() bool { return false }

// EditsLines implements Line.
func (Bytes) EditsLines() bool { return true }

// SameNewline implements Line.
func (Bytes) SameNewline() bool { return true }

// AppendLines appends p to dst, in which "\n" becomes newline; a "\r\n" that is there
// already counts as one.
func AppendLines(dst, p []byte, newline string) []byte {
	for i, b := range p {
		switch {
		case b == '\n':
			dst = append(dst, newline...)
		case b == '\r' && i+1 < len(p) && p[i+1] == '\n':
		default:
			dst = append(dst, b)
		}
	}
	return dst
}
