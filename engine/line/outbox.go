package line

const maxReplies = 64 << 10 // bytes waiting to go out above which a protocol keeps its replies

// outbox is what waits to go out. Everything is put into it in whole commands and
// whole escapes, so writers that take turns never cut each other.
type outbox struct {
	pending      []byte
	direct       bool // the connection can be tried without blocking
	busy         bool // a flusher is blocked in the connection's Write
	queued, sent int64
	urgent       int64 // where the DM of a SYNCH ends, counted as queued and sent are; 0 is none
	held         bool  // what is behind clear waits for TLS
	clear        int64 // counted likewise
	err          error
}

// piece is what may be written next in one go: up to a DM, or a DM alone. It is
// asked for while nothing is being written.
func (o *outbox) piece() (p []byte, urgent bool) {
	p = o.pending
	if o.held {
		p = p[:max(0, o.clear-o.sent)]
	}
	before := o.urgent - 1 - o.sent
	switch {
	case before < 0 || before >= int64(len(p)):
		return p, false
	case before == 0:
		return p[:1], true
	}
	return p[:before], false
}

// append queues what f appends.
func (c *Carrier) append(f func(dst []byte) []byte) {
	o := &c.out
	before := len(o.pending)
	o.pending = f(o.pending)
	o.queued += int64(len(o.pending) - before)
	if len(o.pending) > before && c.owner.Observed() {
		c.owner.Queued(o.pending[before:])
	}
}

// Append queues what f appends to its argument.
func (c *Carrier) Append(f func(dst []byte) []byte) { c.append(f) }

// WriteWire implements Line.
func (c *Carrier) WriteWire(p []byte) {
	c.append(func(dst []byte) []byte { return append(dst, p...) })
}

// HasRoom reports whether a protocol's replies may be queued: a host that asks and does
// not read must not make the queue grow.
func (c *Carrier) HasRoom() bool { return len(c.out.pending) < maxReplies }

// MarkUrgent makes the byte that was queued last urgent (TCP).
func (c *Carrier) MarkUrgent() { c.out.urgent = c.out.queued }

// Hold keeps what is queued from here on until Secure or Unhold. It reports whether that was new.
func (c *Carrier) Hold() {
	if !c.out.held {
		c.out.held, c.out.clear = true, c.out.queued
	}
}

// Unhold lets go out what Hold keeps.
func (c *Carrier) Unhold() { c.out.held = false }

// Held reports whether Hold is in force.
func (c *Carrier) Held() bool { return c.out.held }

// Fail makes nothing go out any more.
func (c *Carrier) Fail(err error) {
	if c.out.err == nil {
		c.out.err = err
	}
}

// Flush implements Line.
func (c *Carrier) Flush() {
	c.send()
	_ = c.leave() // the host may have closed already
}

// send sends what goes out at once; a flusher does the rest.
func (c *Carrier) send() {
	o := &c.out
	c.refill()
	if o.busy || o.err != nil {
		return
	}
	p, urgent := o.piece()
	if len(p) == 0 {
		return
	}
	c.owner.Sending()
	if o.direct && !urgent {
		n := c.conn.TryWrite(p)
		o.sent += int64(n)
		if n == len(o.pending) {
			o.pending = o.pending[:0]
			return
		}
		o.pending = o.pending[n:]
		if p, _ = o.piece(); len(p) == 0 {
			return
		}
	}
	if c.shut {
		return // nobody waits for a peer that does not read
	}
	o.busy = true
	go c.flusher()
}

// refill queues what the protocol has to say.
func (c *Carrier) refill() {
	if c.Refill != nil {
		c.Refill()
	}
}

// flusher writes until the outbox is empty. It ends with that or with the
// connection.
func (c *Carrier) flusher() {
	c.owner.Lock()
	defer c.owner.Unlock()
	o := &c.out
	for o.err == nil {
		p, urgent := o.piece()
		if len(p) == 0 {
			break
		}
		if len(p) == len(o.pending) {
			o.pending = nil
		} else {
			o.pending = o.pending[len(p):]
		}
		write := c.writer.Write
		if urgent && o.direct {
			write = c.conn.WriteUrgent
		}
		c.owner.Unlock()
		n, err := write(p)
		c.owner.Lock()
		o.sent += int64(n)
		o.err = err
		c.refill()
		c.owner.Moved()
	}
	o.busy = false
	_ = c.leave() // the peer may have closed already
	c.owner.Moved()
}

// Queue implements Line.
func (c *Carrier) Queue() (queued, sent int64, err error) {
	return c.out.queued, c.out.sent, c.out.err
}

// Busy implements Line.
func (c *Carrier) Busy() bool {
	return c.out.busy || len(c.out.pending) > 0 && c.out.err == nil
}

// Writing reports whether a write is blocked in the connection.
func (c *Carrier) Writing() bool { return c.out.busy }
