package telnet

// Subnegotiations: reading them, answering those that have a standard answer.

// The first byte of many payloads.
const (
	IS   byte = 0
	SEND byte = 1
	INFO byte = 2 // NEW-ENVIRON only
)

// maxKept is the number of bytes of a subnegotiation that are kept, its option's included.
const maxKept = 1 + maxPayload

// collect takes bytes of a subnegotiation that hold no IAC, and returns how many
// of them belong to it still.
func (c *Codec) collect(p []byte) (int, Event) {
	if c.sbSize <= maxKept { // up to the first byte that is too many
		p = p[:min(len(p), maxKept+1-c.sbSize)]
		c.sbSize += len(p)
		c.sb = append(c.sb, p[:min(len(p), maxKept-len(c.sb))]...)
		if c.sbSize > maxKept {
			return len(p), c.fault("a subnegotiation over 64 KiB, discarded")
		}
		return len(p), Event{}
	}
	p = p[:min(len(p), maxDiscard-c.sbSize)]
	if c.sbSize += len(p); c.sbSize == maxDiscard {
		c.state = ground
		return len(p), c.fault("a subnegotiation without end; what follows counts as data again")
	}
	return len(p), Event{}
}

func (c *Codec) fault(reason string) Event {
	return Event{Kind: Fault, Command: SB, Option: Option(c.sb[0]), Reason: reason}
}

// insideCommand takes the byte after an IAC inside a subnegotiation, p[0], and
// returns whether it is used up.
func (c *Codec) insideCommand(p []byte) (int, Event) {
	switch command := Command(p[0]); {
	case command == SE:
		c.state = ground
		return 1, c.ended()
	case command == IAC:
		c.state = inside
		return c.collect(p)
	case !command.Known():
		// No command: a peer that does not double its 255, as some do in the
		// size of a window. Both bytes belong to the payload.
		c.state = inside
		if _, event := c.collect([]byte{iac}); event.Kind != None {
			return 0, event
		}
		return 0, Event{}
	default:
		// RFC 855 knows no command inside a subnegotiation: the peer has
		// forgotten the SE, or never meant to send it.
		c.state = escaped
		if len(c.sb) == 0 {
			return 0, Event{Kind: Fault, Reason: "an empty subnegotiation, cut off by a command"}
		}
		return 0, c.fault("a subnegotiation cut off by a command, dropped")
	}
}

// ended takes the end of a subnegotiation.
func (c *Codec) ended() Event {
	if len(c.sb) == 0 {
		return Event{Kind: Fault, Command: SE, Reason: "an empty subnegotiation"}
	}
	if c.sbSize > maxKept { // said already
		return Event{}
	}
	option, payload := Option(c.sb[0]), c.sb[1:]
	event := Event{Kind: Subnegotiation, Option: option, Data: payload}
	switch {
	case c.config.Manual:
		event.Reason = reasonManual
		return event
	case option == StartTLS && c.securing && len(payload) == 1 && payload[0] == follows:
		c.secured()
		return Event{Kind: Secure, Option: StartTLS}
	case c.securing:
		event.Reason = reasonSecuring
		return event
	case !c.on(Us, option) && !c.on(Him, option):
		event.Reason = reasonUnagreed
	case option == MCCP2 && c.on(Him, MCCP2):
		return Event{Kind: Compress, Option: MCCP2}
	}
	c.request, c.awaiting = event, reply
	return event
}

// Reply answers the subnegotiation that Next has just returned with a payload of
// the caller's, in place of the standard answer. Without such a subnegotiation
// it does nothing.
func (c *Codec) Reply(payload []byte) {
	if c.awaiting != reply {
		return
	}
	c.awaiting = nothing
	o := c.request.Option
	if len(c.out)-c.taken > maxReplies {
		c.drop()
		return
	}
	c.put(o, payload, reasonReplied)
	if o == Charset {
		c.charsetReplied(payload)
	}
}

// Suppress leaves the subnegotiation that Next has just returned unanswered.
func (c *Codec) Suppress() {
	if c.awaiting == reply {
		c.awaiting = nothing
	}
}

// Subnegotiate sends a subnegotiation: IAC SB, the option, the payload with IAC
// doubled, IAC SE. The option need not be on.
func (c *Codec) Subnegotiate(o Option, payload []byte) {
	if o == Charset && len(payload) > 0 && payload[0] == charsetRequest {
		c.requesting(payload)
	}
	c.put(o, payload, reasonAsked)
}

// answer gives the standard answer to a subnegotiation, if there is one.
func (c *Codec) answer(o Option, payload []byte) {
	us := c.on(Us, o)
	switch {
	case o == Charset && (us || c.on(Him, o)):
		c.answerCharset(payload)
	case len(payload) == 0 || !us:
	case o == Linemode:
		c.answerLinemode(payload)
	case payload[0] != SEND:
	case o == TTYPE:
		c.answerText(o, c.nextTerminal())
	case o == TSpeed:
		speed := c.config.Speed
		if speed == "" {
			speed = "38400,38400"
		}
		c.answerText(o, speed)
	case o == XDisploc:
		c.answerText(o, c.config.Display)
	case o == NewEnviron || o == OldEnviron:
		c.answerEnviron(o, payload[1:])
	case o == Status:
		c.answerStatus()
	}
}

// answerText answers IS and a text.
func (c *Codec) answerText(o Option, text string) {
	mark := c.open(o)
	c.out = append(c.out, IS)
	c.out = appendEscaped(c.out, text)
	c.close(mark, o, reasonStandard)
}
