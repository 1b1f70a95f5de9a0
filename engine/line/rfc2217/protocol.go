package rfc2217

import "encoding/binary"

// The commands of RFC 2217. What the server says has the same numbers from 100 on.
const (
	signature     = 0
	setBaud       = 1
	setBits       = 2
	setParity     = 3
	setStop       = 4
	setControl    = 5
	lineState     = 6
	modemState    = 7
	suspend       = 8
	resume        = 9
	lineStateMask = 10
	modemMask     = 11
	purge         = 12
	fromServer    = 100
)

// The values of setControl beside the kinds of flow control that can be asked for, which
// are 1 to 3.
const (
	askBreak = 4
	breakOn  = 5
	breakOff = 6
	askDTR   = 7
	dtrOn    = 8
	dtrOff   = 9
	askRTS   = 10
	rtsOn    = 11
	rtsOff   = 12
	flowDCD  = 17
	flowDSR  = 19
)

// isFlow reports whether a value of setControl tells the port's flow control. From 13 on
// are those of what it receives, which can be another.
func isFlow(value byte) bool { return value < askBreak || value == flowDCD || value == flowDSR }

// The values of purge.
const (
	purgeIn   = 1
	purgeOut  = 2
	purgeBoth = 3
)

// troubles are the bits of lineState that mean lost or broken data.
var troubles = [...]struct {
	bit  byte
	what string
}{
	{1 << 1, "overrun"},
	{1 << 2, "parity error"},
	{1 << 3, "framing error"},
	{1 << 4, "break"},
}

// troubleMask asks for them.
const troubleMask = 1<<1 | 1<<2 | 1<<3 | 1<<4

// The bits of modemState.
const (
	cts  = 1 << 4
	dsr  = 1 << 5
	ring = 1 << 6
	dcd  = 1 << 7
)

// setting is what a port is asked to be set to.
type setting struct {
	command byte
	value   uint32
	name    string // of the option, for errors
}

// payload is the setting as it goes over the wire.
func (s setting) payload() []byte {
	if s.command == setBaud {
		return binary.BigEndian.AppendUint32([]byte{setBaud}, s.value)
	}
	return []byte{s.command, byte(s.value)}
}

// valueOf reads the value of an answer, false if it is too short.
func valueOf(command byte, data []byte) (uint32, bool) {
	if command == setBaud {
		if len(data) < 4 {
			return 0, false
		}
		return binary.BigEndian.Uint32(data), true
	}
	if len(data) < 1 {
		return 0, false
	}
	return uint32(data[0]), true
}
