package telnet

// Negotiation: the method of RFC 1143, and the two options that stand outside
// of it.

import (
	"errors"
	"fmt"
)

// What [Codec.Ask] may fail with.
var (
	ErrAlready   = errors.New("the option is so already")
	ErrUnderway  = errors.New("the option is being negotiated to that already")
	ErrForbidden = errors.New("the option is not to be had on this connection")
	ErrMomentary = errors.New("the option has no state that could be turned off")
	ErrManual    = errors.New("the codec keeps no options in manual mode")
)

// qstate is the state of one side's option: RFC 1143's variables him and himq,
// or us and usq, in one.
type qstate uint8

const (
	qNo qstate = iota
	qYes
	qWantNo         // we have asked for off
	qWantNoOpposite // and wish for on as soon as that is answered
	qWantYes        // we have asked for on
	qWantYesOpposite
)

var qstateNames = [...]string{
	"no", "yes", "want no", "want no, then yes", "want yes", "want yes, then no",
}

func (q qstate) String() string { return qstateNames[q] }

// speech is what a step of negotiation makes us say.
type speech uint8

const (
	silent speech = iota
	sayOn         // DO or WILL
	sayOff        // DONT or WONT
)

// heard is the step that a WILL or DO (positive), or a WONT or DONT, of the peer
// makes. Accept is our decision, which matters only in qNo. Broken says that the
// peer has answered a demand for off with on, which it must not.
func (q qstate) heard(positive, accept bool) (next qstate, say speech, broken bool) {
	if positive {
		switch q {
		case qNo:
			if accept {
				return qYes, sayOn, false
			}
			return qNo, sayOff, false
		case qWantNo:
			return qNo, silent, true
		case qWantNoOpposite:
			return qYes, silent, true
		case qWantYesOpposite:
			return qWantNo, sayOff, false
		default: // qYes: offered again, which is not to be answered; qWantYes
			return qYes, silent, false
		}
	}
	switch q {
	case qYes:
		return qNo, sayOff, false
	case qWantNoOpposite:
		return qWantYes, sayOn, false
	default:
		return qNo, silent, false
	}
}

// wish is the step that our own wish for on or off makes.
func (q qstate) wish(on bool) (next qstate, say speech, err error) {
	if on {
		switch q {
		case qNo:
			return qWantYes, sayOn, nil
		case qYes:
			return q, silent, ErrAlready
		case qWantNo:
			return qWantNoOpposite, silent, nil
		case qWantYesOpposite:
			return qWantYes, silent, nil
		}
	} else {
		switch q {
		case qNo:
			return q, silent, ErrAlready
		case qYes:
			return qWantNo, sayOff, nil
		case qWantNoOpposite:
			return qWantNo, silent, nil
		case qWantYes:
			return qWantYesOpposite, silent, nil
		}
	}
	return q, silent, ErrUnderway
}

// subject returns whose option a request is about, and whether it is for on.
func (c Command) subject() (side Side, positive bool) {
	switch c {
	case WILL:
		return Him, true
	case WONT:
		return Him, false
	case DO:
		return Us, true
	default:
		return Us, false
	}
}

func (c *Codec) option(side Side, o Option) *qstate {
	if side == Us {
		return &c.us[o]
	}
	return &c.him[o]
}

// on says whether the side's option is in force at this place of the stream.
// Ours ends where we say WONT. The peer's ends where its WONT stands, even if we
// have said DONT before: RFC 1143 would call it off by then, but what the peer
// has sent meanwhile was sent under the option.
func (c *Codec) on(side Side, o Option) bool {
	q := *c.option(side, o)
	return q == qYes || side == Him && (q == qWantNo || q == qWantNoOpposite)
}

// Enabled says whether the side's option is on.
func (c *Codec) Enabled(side Side, o Option) bool { return c.on(side, o) }

// momentary says whether the option is outside of RFC 1143's table: a request
// for it is answered each time, and leaves nothing behind. RFC 860 (TIMING-MARK)
// and RFC 727 (LOGOUT) say so.
func momentary(o Option) bool { return o == TimingMark || o == Logout }

// pending counts our own requests for a momentary option that are unanswered.
func (c *Codec) pending(side Side, o Option) *int {
	if o == TimingMark {
		return &c.marks[side]
	}
	return &c.logouts[side]
}

// negotiate takes a WILL, WONT, DO or DONT of the peer.
func (c *Codec) negotiate(command Command, o Option) Event {
	event := Event{Kind: Request, Command: command, Option: o}
	if c.config.Manual {
		event.Reason = reasonManual
		return event
	}
	if c.securing {
		event.Reason = reasonSecuring
		return event
	}
	side, positive := command.subject()
	q := *c.option(side, o)
	switch {
	case momentary(o):
		if n := c.pending(side, o); *n > 0 {
			*n--
			if o == TimingMark && side == Him {
				event.Kind = Fenced
				return event
			}
			event.Reason = reasonAnswer
			if o == Logout && positive {
				c.tell(Event{Kind: Changed, Side: side, Option: o, On: true})
			}
			return event
		}
		if !positive || o == TimingMark && side == Him {
			event.Reason = reasonUnasked
			return event
		}
		event.Open = true
	case positive && q == qNo:
		event.Open = true
	case positive && q == qYes, !positive && q == qNo:
		event.Reason = reasonAlready
	case q == qYes:
		event.Reason = reasonMust
	default:
		event.Reason = reasonAnswer
	}
	if event.Open {
		event.On, event.Reason = c.verdict(side, o)
	}
	c.request, c.awaiting, c.decided = event, decision, false
	return event
}

// Decide grants or refuses the request that Next has just returned, in place of
// what the event said; reason is shown in the Sent event. It does nothing if
// that request left no choice (Open is false), and cannot grant what would break
// the connection: START-TLS without Config.TLS, MCCP2 over TLS, MCCP1.
func (c *Codec) Decide(accept bool, reason string) {
	if c.awaiting == decision && c.request.Open {
		c.decided, c.accept, c.reason = true, accept, reason
	}
}

// settle carries out what was decided about a request.
func (c *Codec) settle() {
	o := c.request.Option
	side, positive := c.request.Command.subject()
	accept, reason := c.request.On, c.request.Reason
	if c.decided {
		accept, reason = c.accept, c.reason
		if why := c.forbidden(side, o); accept && why != "" {
			accept, reason = false, why
		}
	}
	if momentary(o) {
		c.replyVerb(side.verb(accept), o, reason)
		if o == Logout && accept {
			c.tell(Event{Kind: Changed, Side: side, Option: o, On: true})
		}
		return
	}
	next, say, broken := c.option(side, o).heard(positive, accept)
	if say != silent && !c.replyVerb(side.verb(say == sayOn), o, reason) && positive {
		return // not answered, so nothing is agreed
	}
	if broken {
		c.tell(Event{
			Kind: Fault, Command: c.request.Command, Option: o,
			Reason: "the peer answered a demand to stop with an offer",
		})
	}
	c.turn(side, o, next)
}

// turn puts the side's option in a new state, tells if that turns it on or off,
// and does what follows from it.
func (c *Codec) turn(side Side, o Option, next qstate) {
	was := c.on(side, o)
	*c.option(side, o) = next
	now := c.on(side, o)
	if was == now {
		return
	}
	c.tell(Event{Kind: Changed, Side: side, Option: o, On: now})
	if now && (side == Us || o == StartTLS) { // the latter is one-sided, but both say FOLLOWS
		c.introduce(o)
	}
}

// introduce sends what is due as soon as an option of ours is on.
func (c *Codec) introduce(o Option) {
	switch o {
	case NAWS:
		c.sendWindow()
	case TTYPE:
		c.terminal = 0
	case SndLoc:
		if c.config.Location != "" {
			mark := c.open(o)
			c.out = appendEscaped(c.out, c.config.Location)
			c.close(mark, o, reasonStandard)
		}
	case Linemode:
		c.mode, c.slc = 0, slcState{}
	case Charset:
		c.offerCharsets()
	case StartTLS:
		c.put(o, []byte{follows}, reasonStandard)
		c.securing = true
	}
}

// Ask asks the peer for an option: to turn the side's option on or off. The
// answer comes as a Request event and, if it changes anything, a Changed event.
// What is asked for while an earlier wish is unanswered is queued, as RFC 1143
// has it. The error wraps [ErrAlready], [ErrUnderway], [ErrForbidden],
// [ErrMomentary] or [ErrManual]; then nothing is sent.
func (c *Codec) Ask(side Side, o Option, on bool) error {
	command := side.verb(on)
	fail := func(err error) error { return fmt.Errorf("%v %v: %w", command, o, err) }
	if c.config.Manual {
		return fail(ErrManual)
	}
	if on && c.forbidden(side, o) != "" {
		return fail(ErrForbidden)
	}
	if momentary(o) {
		if !on {
			return fail(ErrMomentary)
		}
		*c.pending(side, o)++
		c.sayVerb(command, o, reasonAsked)
		return nil
	}
	next, say, err := c.option(side, o).wish(on)
	if err != nil {
		return fail(err)
	}
	if say != silent {
		c.sayVerb(command, o, reasonAsked)
	}
	c.turn(side, o, next)
	return nil
}

// Fence sends DO TIMING-MARK (RFC 860). The peer answers when it has worked
// through what was sent before, and Next returns an event of kind Fenced. A peer
// that does not know the option answers WONT, at the same point.
func (c *Codec) Fence() error { return c.Ask(Him, TimingMark, true) }

// Unfenced is how many timing marks have been asked for, by Fence or Ask, and are
// unanswered.
func (c *Codec) Unfenced() int { return c.marks[Him] }

// OptionState is the state of an option on both sides, in words: "no", "yes",
// "want yes" and so on, as RFC 1143 names them.
type OptionState struct {
	Option            Option
	Us, Him           string
	UsOn, HimOn       bool
	UsAsked, HimAsked bool // a request of ours is unanswered
}

// States returns the options that are on or being negotiated on some side, by
// number.
func (c *Codec) States() []OptionState {
	var states []OptionState
	for i := range c.us {
		us, him, o := c.us[i], c.him[i], Option(i)
		if us != qNo || him != qNo {
			states = append(states, OptionState{
				Option: o, Us: us.String(), Him: him.String(),
				UsOn: c.on(Us, o), HimOn: c.on(Him, o), UsAsked: us > qYes, HimAsked: him > qYes,
			})
		}
	}
	return states
}
