package telnet

// What a terminal tells of itself: TTYPE, NAWS, LINEMODE, STATUS.

import "encoding/binary"

// nextTerminal returns the answer to TTYPE SEND. RFC 1091: the names in turn,
// the last one twice to show that it is the last, then from the beginning.
func (c *Codec) nextTerminal() string {
	names := c.config.Terminal
	if len(names) == 0 {
		return "UNKNOWN" // RFC 1091's word for it; the option was granted by Decide
	}
	if c.terminal > len(names) {
		c.terminal = 0
	}
	name := names[min(c.terminal, len(names)-1)]
	c.terminal++
	return name
}

// SetTerminal replaces the names that TTYPE is answered with.
func (c *Codec) SetTerminal(names ...string) {
	c.config.Terminal, c.terminal = append([]string(nil), names...), 0
}

// Size returns the window's size as NAWS tells it.
func (c *Codec) Size() (columns, rows int) { return c.config.Columns, c.config.Rows }

// Resize sets the window's size, 0 to 65535, and tells it to the peer if NAWS is
// on and the size is a new one (RFC 1073).
func (c *Codec) Resize(columns, rows int) {
	if columns == c.config.Columns && rows == c.config.Rows {
		return
	}
	c.config.Columns, c.config.Rows = columns, rows
	if c.on(Us, NAWS) {
		c.put(NAWS, c.window(), reasonAsked)
	}
}

func (c *Codec) window() []byte {
	size := binary.BigEndian.AppendUint16(c.scratch[:0], clamp(c.config.Columns))
	return binary.BigEndian.AppendUint16(size, clamp(c.config.Rows))
}

func (c *Codec) sendWindow() {
	mark := c.open(NAWS)
	c.out = appendEscaped(c.out, c.window())
	c.close(mark, NAWS, reasonStandard)
}

func clamp(n int) uint16 { return uint16(min(max(n, 0), 65535)) }

// Window reads the payload of a NAWS subnegotiation; ok is false if it is not
// four bytes long.
func Window(payload []byte) (columns, rows int, ok bool) {
	if len(payload) != 4 {
		return 0, 0, false
	}
	return int(binary.BigEndian.Uint16(payload)), int(binary.BigEndian.Uint16(payload[2:])), true
}

// What of LINEMODE (RFC 1184) is answered where it is granted. A MODE can be
// acknowledged as it stands, since whole lines are what a script writes anyway.
const (
	linemodeMode        = 1
	linemodeForwardmask = 2
	modeAck             = 4
)

func (c *Codec) answerLinemode(payload []byte) {
	if len(payload) < 2 {
		return
	}
	switch {
	case payload[0] == linemodeMode && payload[1]&modeAck == 0 && payload[1] != c.mode:
		c.mode = payload[1]
		c.answerBytes(Linemode, linemodeMode, c.mode|modeAck)
	case payload[0] == linemodeSLC:
		c.answerSLC(payload[1:])
	case payload[0] == byte(DO) && payload[1] == linemodeForwardmask:
		c.answerBytes(Linemode, byte(WONT), linemodeForwardmask)
	}
}

// answerStatus answers STATUS SEND with all options that are on, as RFC 859 has
// it: an SE in the list is doubled.
func (c *Codec) answerStatus() {
	mark := c.open(Status)
	c.out = append(c.out, IS)
	for i := range c.us {
		for _, side := range [...]Side{Us, Him} {
			if o := Option(i); c.on(side, o) {
				c.out = append(c.out, byte(side.verb(true)))
				c.out = appendEscaped(c.out, []byte{byte(o)})
				if byte(o) == byte(SE) {
					c.out = append(c.out, byte(SE))
				}
			}
		}
	}
	c.close(mark, Status, reasonStandard)
}

// answerBytes answers with a payload of two bytes.
func (c *Codec) answerBytes(o Option, first, second byte) {
	mark := c.open(o)
	c.out = appendEscaped(c.out, []byte{first, second})
	c.close(mark, o, reasonStandard)
}
