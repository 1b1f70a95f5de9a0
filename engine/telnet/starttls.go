package telnet

// START-TLS: option 46, of the Internet-Draft by Altman.

// follows is the whole payload of its subnegotiation: TLS follows.
const follows byte = 1

// secured takes the peer's FOLLOWS. What was negotiated in the clear could have
// been forged, and counts no more.
func (c *Codec) secured() {
	c.securing = false
	c.clearing = 1
	c.marks, c.logouts = [2]int{}, [2]int{}
	c.offered = false
	c.config.TLS, c.config.NoCompression = false, true // it is spoken now
}

// Securing says whether our START-TLS FOLLOWS is sent and the peer's has not
// come yet: data sent now would go out in the clear, and be lost on a peer that
// expects a handshake.
func (c *Codec) Securing() bool { return c.securing }

// clear turns all options off, and returns the Changed events for it one by
// one.
func (c *Codec) clear() (Event, bool) {
	for i := c.clearing - 1; i < 2*len(c.us); i++ {
		side, o := Side(i/len(c.us)), Option(i%len(c.us))
		was := c.on(side, o)
		*c.option(side, o) = qNo
		if was {
			c.clearing = i + 2
			return Event{Kind: Changed, Side: side, Option: o}, true
		}
	}
	c.clearing = 0
	return Event{}, false
}
