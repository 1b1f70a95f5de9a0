package telnet

// SLC: the special characters of LINEMODE (RFC 1184).

const (
	linemodeSLC = 3

	slcNoSupport = 0
	slcDefault   = 3
	slcLevel     = 3    // the bits of a level
	slcAck       = 0x80 // the setting is agreed to
	slcMost      = 30   // the last function that the RFC numbers
)

// slcState is what was agreed on for each function: flags and value.
type slcState [slcMost + 1][2]byte

// answerSLC agrees to the special characters that the peer sets, and says of those
// that it wants a default for, or that the RFC does not know, that there is no
// support for them. What is agreed on already, or is itself an agreement, has no
// answer, so that there are no loops.
func (c *Codec) answerSLC(triplets []byte) {
	answer := []byte{linemodeSLC}
	for ; len(triplets) >= 3; triplets = triplets[3:] {
		function, flags, value := triplets[0], triplets[1], triplets[2]
		if function == 0 || flags&slcAck != 0 {
			continue
		}
		level := flags & slcLevel
		if function > slcMost || level == slcDefault {
			if level != slcNoSupport {
				answer = append(answer, function, slcNoSupport, 0)
			}
			continue
		}
		if setting := [2]byte{flags, value}; c.slc[function] != setting {
			c.slc[function] = setting
			answer = append(answer, function, flags|slcAck, value)
		}
	}
	if len(answer) > 1 {
		c.put(Linemode, answer, reasonStandard)
	}
}
