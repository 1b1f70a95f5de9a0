package telnet

// CHARSET (RFC 2066): agreeing on a character set.

import "bytes"

// The first byte of a CHARSET payload.
const (
	charsetRequest        = 1
	charsetAccepted       = 2
	charsetRejected       = 3
	charsetTTableIs       = 4
	charsetTTableRejected = 5
)

const (
	maxCharsetName = 40 // the longest that IANA registers
	maxCharsets    = 64 // how many names of one request are looked at
)

// requesting takes note of a REQUEST of ours.
func (c *Codec) requesting(payload []byte) {
	c.offered = true
	c.offer = append(c.offer[:0], payload[1:]...)
}

// requested says whether our REQUEST had that name in it, in any case.
func (c *Codec) requested(name []byte) bool {
	if len(c.offer) < 2 || len(name) == 0 {
		return false
	}
	for asked := range bytes.SplitSeq(c.offer[1:], c.offer[:1]) {
		if bytes.EqualFold(asked, name) {
			return true
		}
	}
	return false
}

// offerCharsets sends our REQUEST, now that the peer has granted CHARSET to our
// side: RFC 2066 lets only the side that has sent WILL and received DO send it.
func (c *Codec) offerCharsets() {
	if len(c.config.CharsetOffer) == 0 || c.offered {
		return
	}
	payload := []byte{charsetRequest}
	for _, name := range c.config.CharsetOffer {
		payload = append(append(payload, ';'), name...)
	}
	mark := c.open(Charset)
	c.out = appendEscaped(c.out, payload)
	if c.close(mark, Charset, reasonStandard) {
		c.requesting(payload)
	}
}

func (c *Codec) answerCharset(payload []byte) {
	if len(payload) == 0 {
		return
	}
	switch body := payload[1:]; payload[0] {
	case charsetRequest:
		name := c.chooseCharset(body)
		if name == nil {
			mark := c.open(Charset)
			c.out = append(c.out, charsetRejected)
			c.close(mark, Charset, reasonStandard)
			return
		}
		mark := c.open(Charset)
		c.out = append(c.out, charsetAccepted)
		c.out = appendEscaped(c.out, name)
		if c.close(mark, Charset, reasonStandard) {
			c.agreed(name)
		}
	case charsetAccepted:
		if c.offered && c.on(Us, Charset) {
			c.offered = false
			if !c.requested(body) {
				c.tell(Event{Kind: Fault, Command: SB, Option: Charset, Reason: "a character set was accepted that was not requested"})
				return
			}
			c.agreed(body)
		}
	case charsetRejected:
		c.offered = false
	case charsetTTableIs:
		// A table of translation, which we never ask for.
		mark := c.open(Charset)
		c.out = append(c.out, charsetTTableRejected)
		c.close(mark, Charset, reasonStandard)
	}
}

// chooseCharset returns the first name in a REQUEST that we have, or nil.
func (c *Codec) chooseCharset(body []byte) []byte {
	if !c.on(Him, Charset) || c.config.Charsets == nil {
		return nil // only the side that has sent WILL may request
	}
	if c.offered {
		// Both have requested at once. RFC 2066: the server's request stands.
		if c.config.Role == Server {
			return nil
		}
		c.offered = false
	}
	// "[TTABLE ]", a byte of version, and then the list as without it.
	if rest, ok := bytes.CutPrefix(body, []byte("[TTABLE ]")); ok && len(rest) > 0 {
		body = rest[1:]
	}
	if len(body) < 2 {
		return nil
	}
	separator, rest := body[:1], body[1:]
	for range maxCharsets {
		name, after, more := bytes.Cut(rest, separator)
		if len(name) > 0 && len(name) <= maxCharsetName && c.config.Charsets(string(name)) {
			return name
		}
		if !more {
			break
		}
		rest = after
	}
	return nil
}

// charsetReplied takes note of an answer that the caller has given.
func (c *Codec) charsetReplied(payload []byte) {
	request := c.sb[1:]
	if len(request) > 0 && request[0] == charsetRequest && c.on(Him, Charset) &&
		len(payload) > 1 && payload[0] == charsetAccepted {
		c.agreed(payload[1:])
	}
}

// agreed tells that the character set has changed. The name is kept, since what
// it was read from may be gone when the event is delivered.
func (c *Codec) agreed(name []byte) {
	c.charset = append(c.charset[:0], name[:min(len(name), maxCharsetName)]...)
	c.tell(Event{Kind: CharsetChanged, Option: Charset, Data: c.charset})
}
