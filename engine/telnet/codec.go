package telnet

// The codec: how incoming bytes are taken apart.

import (
	"bytes"
	"slices"
)

const (
	// maxPayload is the number of bytes of one subnegotiation that are kept.
	maxPayload = 64 << 10
	// maxDiscard is how long an endless subnegotiation may be before what
	// follows is taken for data again.
	maxDiscard = 1 << 20
	// maxTraces is how many Sent events may wait to be fetched.
	maxTraces = 1024
	// maxSynch is how much data is discarded while waiting for a SYNCH's DM.
	maxSynch = 1 << 20
)

// Codec is one end of a telnet connection. It is used from one goroutine at a
// time.
type Codec struct {
	config   Config
	policies [256]Policy

	// What the peer sends.
	state    state
	verb     Command // of the request being read
	sb       []byte  // the payload being read, its option first
	sbSize   int     // its length, with what was discarded
	urgent   bool    // a SYNCH is under way: data is discarded
	skipped  int     // how much was discarded
	lost     int     // how much earlier SYNCHs discarded whose DM never came
	queue    []note  // events that are due before more input is read
	head     int     // the first of them
	shown    int     // up to which of them some may show parts of the output
	clearing int     // how far Changed events after Secure have come; 0 is not at all
	awaiting awaiting
	request  Event // the request or subnegotiation that the caller may speak to
	decided  bool
	accept   bool
	reason   string

	// What the options are.
	us, him  [256]qstate
	marks    [2]int // TIMING-MARKs that we asked for and that are unanswered, by side
	logouts  [2]int // LOGOUTs
	terminal int    // the next of config.Terminal to be told
	offered  bool   // our CHARSET REQUEST is not answered
	offer    []byte // what it asked for: a separator, and names between separators
	charset  []byte // what was agreed on last
	mode     byte   // LINEMODE's
	slc      slcState
	securing bool // our START-TLS FOLLOWS is sent, the peer's has not come

	// What we send.
	out      []byte
	taken    int // how much of out the caller has
	credit   int // how many bytes may be replied
	dropped  int64
	dropping bool
	scratch  [8]byte
	body     []byte // an environment payload being made
}

// state is where in the grammar of RFC 854 the input stands.
type state uint8

const (
	ground    state = iota // data
	escaped                // after IAC
	optioned               // after IAC WILL, WONT, DO, DONT
	inside                 // in a subnegotiation
	insideIAC              // in a subnegotiation, after IAC
)

// awaiting says what the caller may speak to before the next event.
type awaiting uint8

const (
	nothing awaiting = iota
	decision
	reply
	presence
)

// note is an event that waits in the queue. Its data, if it has any, stands in
// the output.
type note struct {
	event    Event
	from, to int
}

// New returns a codec for a new connection.
func New(config Config) *Codec {
	c := &Codec{config: config, credit: maxCredit}
	for option, policy := range config.Policies {
		c.policies[option] = policy
	}
	c.config.Policies = nil
	c.config.Terminal = slices.Clone(config.Terminal)
	c.config.Environ = slices.Clone(config.Environ)
	c.config.CharsetOffer = slices.Clone(config.CharsetOffer)
	return c
}

// Next returns the next event, and how many bytes of in it used up; the caller
// passes the rest with the next call. An event of kind None says that all of in
// is used up and that no event and no decision is outstanding. Next(nil) returns
// what is due after calls such as [Codec.Ask]. What Next returns does not depend
// on how the peer's bytes are cut into pieces, but for the cuts between Data
// events.
func (c *Codec) Next(in []byte) (event Event, used int) {
	if c.awaiting != nothing || c.head < len(c.queue) || c.clearing > 0 {
		if event, ok := c.due(); ok {
			return event, 0
		}
	}
	if c.taken == len(c.out) { // no queued event refers to it any more
		c.out, c.taken = c.out[:0], 0
	}
	event, used = c.parse(in)
	c.credit = min(c.credit+used*gain, maxCredit)
	return event, used
}

// due settles what the caller has had the chance to speak to, and returns the
// next of the events that are due.
func (c *Codec) due() (Event, bool) {
	switch c.awaiting {
	case decision:
		c.awaiting = nothing
		c.settle()
	case reply:
		c.awaiting = nothing
		c.answer(c.request.Option, c.sb[1:])
	case presence:
		c.awaiting = nothing
		c.areYouThere()
	}
	if c.head < len(c.queue) {
		n := c.queue[c.head]
		if c.head++; c.head == len(c.queue) {
			c.queue, c.head, c.shown = c.queue[:0], 0, 0
		}
		if n.to > n.from {
			n.event.Data = c.out[n.from:n.to]
		}
		return n.event, true
	}
	if c.clearing > 0 {
		return c.clear()
	}
	return Event{}, false
}

// tell puts an event in the queue.
func (c *Codec) tell(event Event) { c.enqueue(note{event: event}) }

// enqueue puts an event in the queue. What peers do can fill it with a handful
// only; a caller who never calls Next loses the traces of what it sent.
func (c *Codec) enqueue(n note) {
	if n.event.Kind == Sent && len(c.queue) >= maxTraces {
		return
	}
	c.queue = append(c.queue, n)
	if n.to > n.from {
		c.shown = len(c.queue)
	}
}

// parse reads in up to the next event.
func (c *Codec) parse(in []byte) (Event, int) {
	n := 0
	for n < len(in) {
		b := in[n]
		switch c.state {
		case ground:
			if b == iac {
				c.state = escaped
				n++
				continue
			}
			end := until(in, n)
			if !c.urgent {
				return Event{Kind: Data, Data: in[n:end]}, end
			}
			end, event := c.skip(n, end)
			if n = end; event.Kind != None {
				return event, n
			}

		case escaped:
			if b != iac {
				n++
				if event := c.command(Command(b)); event.Kind != None {
					return event, n
				}
				continue
			}
			c.state = ground
			if !c.urgent { // the second IAC is the data byte 255
				end := until(in, n+1)
				return Event{Kind: Data, Data: in[n:end]}, end
			}
			end, event := c.skip(n, n+1)
			if n = end; event.Kind != None {
				return event, n
			}

		case optioned:
			n++
			c.state = ground
			if event := c.negotiate(c.verb, Option(b)); event.Kind != None {
				return event, n
			}

		case inside:
			if b == iac {
				c.state = insideIAC
				n++
				continue
			}
			used, event := c.collect(in[n:until(in, n)])
			if n += used; event.Kind != None {
				return event, n
			}

		case insideIAC:
			used, event := c.insideCommand(in[n : n+1])
			if n += used; event.Kind != None {
				return event, n
			}
		}
	}
	return Event{}, n
}

// until returns where the first IAC of in at or after from stands, or the end.
func until(in []byte, from int) int {
	if i := bytes.IndexByte(in[from:], iac); i >= 0 {
		return from + i
	}
	return len(in)
}

// command takes the byte after an IAC that is not another IAC.
func (c *Codec) command(command Command) Event {
	c.state = ground
	switch {
	case command.negotiates():
		c.verb, c.state = command, optioned
		return Event{}
	case command == SB:
		c.sb, c.sbSize, c.state = c.sb[:0], 0, inside
		return Event{}
	case command == SE:
		return Event{Kind: CommandEvent, Command: SE, Reason: "no subnegotiation to end"}
	case !command.Known():
		return Event{Kind: CommandEvent, Command: command, Reason: "unknown command, ignored"}
	case command == DM && c.urgent:
		c.urgent = false
	case command == AYT && !c.config.Manual:
		c.awaiting = presence
	}
	return Event{Kind: CommandEvent, Command: command}
}

// Urgent tells the codec that the transport has announced urgent data, that is,
// that a SYNCH is on its way (RFC 854): data is discarded up to the DM, commands
// are still obeyed. If 1 MiB of data goes by without a DM, none is coming and
// data counts again, as a Fault says.
func (c *Codec) Urgent() { c.urgent, c.skipped = true, 0 }

// skip discards data from n to end during a SYNCH, and returns how far it came.
func (c *Codec) skip(n, end int) (int, Event) {
	if room := maxSynch - c.skipped; end-n >= room {
		c.urgent = false
		c.lost += maxSynch
		return n + room, Event{Kind: Fault, Command: DM, Reason: "SYNCH without its DM; data counts again"}
	}
	c.skipped += end - n
	return end, Event{}
}

// Lost returns how many bytes of data were discarded during SYNCHs whose DM has not come.
func (c *Codec) Lost() int {
	if c.urgent {
		return c.lost + c.skipped
	}
	return c.lost
}

// Unfinished says whether the input stands inside a command, a subnegotiation or a
// SYNCH that has not ended, and describes it: why a peer seems silent.
func (c *Codec) Unfinished() (what string, ok bool) {
	switch c.state {
	case escaped:
		return "an IAC without its command", true
	case optioned:
		return c.verb.String() + " without its option", true
	case inside, insideIAC:
		if len(c.sb) == 0 {
			return "an empty subnegotiation without its SE", true
		}
		return "a subnegotiation of " + Option(c.sb[0]).String() + " without its SE", true
	}
	if c.urgent {
		return "a SYNCH without its DM", true
	}
	return "", false
}

// Subnegotiating reports whether the input stands inside a subnegotiation with a payload.
func (c *Codec) Subnegotiating() bool {
	return (c.state == inside || c.state == insideIAC) && c.sbSize > 1
}

// Close tells the codec that the peer's bytes have ended. It drops a command,
// subnegotiation or SYNCH that is unfinished, and returns a Fault that says so, or else
// an event of kind None. Call it when Next has returned None.
func (c *Codec) Close() Event {
	what, ok := c.Unfinished()
	if !ok {
		return Event{}
	}
	c.state, c.urgent = ground, false
	return Event{Kind: Fault, Reason: "the connection ended in " + what}
}
