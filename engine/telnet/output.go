package telnet

// What the codec sends: its output, kept within bounds.

import "bytes"

const (
	// maxReplies is the number of bytes of replies that are kept for the caller to take.
	maxReplies = 64 << 10
	// maxCredit and gain bound the replies by what the peer has sent: it has
	// maxCredit bytes of replies to begin with, and earns gain more for each byte
	// it sends. No exchange that makes sense comes near, while a peer that asks
	// in a loop for the longest answer we have is held to a fixed ratio.
	maxCredit = 64 << 10
	gain      = 16
)

// HasOutput says whether there is something to send.
func (c *Codec) HasOutput() bool { return c.taken < len(c.out) }

// AppendOutput appends what there is to send to dst, and counts it as sent. It
// always ends with a whole command: data may follow it.
func (c *Codec) AppendOutput(dst []byte) []byte {
	dst = append(dst, c.out[c.taken:]...)
	c.taken = len(c.out)
	if len(c.queue) >= maxTraces { // nobody fetches events; what they show is let go
		for i := range c.queue[:c.shown] {
			c.queue[i].from, c.queue[i].to = 0, 0
		}
		c.shown = 0
		c.out, c.taken = c.out[:0], 0
	}
	return dst
}

// Dropped returns how many replies were dropped because nobody took the output,
// or because the peer asked for more than it had sent for.
func (c *Codec) Dropped() int64 { return c.dropped }

// drop counts a reply that is not sent, and tells of the first in a row.
func (c *Codec) drop() {
	c.dropped++
	if !c.dropping {
		c.dropping = true
		c.tell(Event{Kind: Fault, Reason: "too many replies asked for; some are dropped"})
	}
}

// afford says whether a reply of n bytes may be sent, and pays for it.
func (c *Codec) afford(n int) bool {
	if len(c.out)-c.taken+n > maxReplies || n > c.credit {
		c.drop()
		return false
	}
	c.credit -= n
	c.dropping = false
	return true
}

// sayVerb sends a command with its option, on our own behalf.
func (c *Codec) sayVerb(command Command, o Option, reason string) {
	c.out = append(c.out, iac, byte(command), byte(o))
	c.tell(Event{Kind: Sent, Command: command, Option: o, Reason: reason})
}

// replyVerb sends a command with its option as a reply, if that is within the
// bounds.
func (c *Codec) replyVerb(command Command, o Option, reason string) bool {
	if !c.afford(3) {
		return false
	}
	c.sayVerb(command, o, reason)
	return true
}

// Send sends a command of two bytes: AYT, BRK, IP, AO, EC, EL, NOP, GA, EOR and
// so on. IAC, SB, SE and those that take an option have methods of their own
// and are not sent.
func (c *Codec) Send(command Command) {
	if !command.Known() || command >= SB || command == SE {
		return
	}
	c.out = append(c.out, iac, byte(command))
	c.tell(Event{Kind: Sent, Command: command, Reason: reasonAsked})
}

// Synch sends IP and DM (RFC 854): the peer is to discard what it has not read
// yet. The output then ends with the DM, which the caller should send as TCP
// urgent data if it can.
func (c *Codec) Synch() {
	c.Send(IP)
	c.Send(DM)
}

// areYouThere answers AYT, in the words of BSD's telnetd. A client does not: what
// it sent would be taken for input typed by its user, and RFC 854 means AYT for
// the user who wonders whether the host is up.
func (c *Codec) areYouThere() {
	const yes = "\r\n[Yes]\r\n"
	if c.config.Role == Server && !c.securing && c.afford(len(yes)) {
		c.out = append(c.out, yes...)
		c.tell(Event{Kind: Sent, Command: AYT, Reason: reasonYes})
	}
}

// put sends a subnegotiation.
func (c *Codec) put(o Option, payload []byte, reason string) {
	mark := c.open(o)
	c.out = appendEscaped(c.out, payload)
	c.finish(mark, o, reason)
}

// open begins a subnegotiation and returns where it stands.
func (c *Codec) open(o Option) (mark int) {
	mark = len(c.out)
	c.out = append(c.out, iac, byte(SB))
	c.out = appendEscaped(c.out, []byte{byte(o)})
	return mark
}

// close ends a subnegotiation that is a reply; if that goes beyond the bounds
// it is dropped.
func (c *Codec) close(mark int, o Option, reason string) bool {
	n := len(c.out) + 2 - mark
	whole := c.out
	c.out = c.out[:mark]
	if !c.afford(n) {
		return false
	}
	c.out = whole
	c.finish(mark, o, reason)
	return true
}

// finish ends a subnegotiation.
func (c *Codec) finish(mark int, o Option, reason string) {
	from, to := mark+3, len(c.out)
	if byte(o) == iac {
		from++
	}
	c.out = append(c.out, iac, byte(SE))
	event := Event{Kind: Sent, Command: SB, Option: o, Reason: reason}
	c.enqueue(note{event: event, from: from, to: to})
}

// appendEscaped appends p with IAC doubled.
func appendEscaped[T string | []byte](dst []byte, p T) []byte {
	for i := range len(p) {
		dst = append(dst, p[i])
		if p[i] == iac {
			dst = append(dst, iac)
		}
	}
	return dst
}

// AppendData appends p to dst as the peer is to receive it: IAC doubled,
// nothing else changed.
func (c *Codec) AppendData(dst, p []byte) []byte {
	for {
		i := bytes.IndexByte(p, iac)
		if i < 0 {
			return append(dst, p...)
		}
		dst = append(dst, p[:i+1]...)
		dst = append(dst, iac)
		p = p[i+1:]
	}
}

// AppendText appends the text p to dst as a network virtual terminal has it:
// "\n", and "\r\n" as well, becomes newline; any other "\r" becomes CR NUL; IAC
// is doubled. While our side is BINARY (RFC 856) a "\r" stays as it is.
func (c *Codec) AppendText(dst, p []byte, newline string) []byte {
	for len(p) > 0 {
		i := bytes.IndexAny(p, "\r\n")
		if i < 0 {
			return c.AppendData(dst, p)
		}
		dst = c.AppendData(dst, p[:i])
		switch {
		case p[i] == '\n':
			dst = appendEscaped(dst, newline)
		case i+1 < len(p) && p[i+1] == '\n':
			dst = appendEscaped(dst, newline)
			i++
		case c.on(Us, Binary):
			dst = append(dst, '\r')
		default:
			dst = append(dst, '\r', 0)
		}
		p = p[i+1:]
	}
	return dst
}
