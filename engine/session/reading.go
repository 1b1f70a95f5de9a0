package session

import (
	"context"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
)

// A dialogue is a wait after a wait, and to wake one goroutine from another for each
// answer takes longer than all that is done with the answer. So when a wait is over the
// pump steps aside for a moment, and if another wait comes soon the waiting goroutine reads
// the line for itself. If none comes the pump reads again, so that the host is answered
// while the script sleeps or computes.
const (
	// asideTime is how long nobody may read while no wait is in progress: too short
	// to be a pause of the host's.
	asideTime = buffer.LeastPause
	// asideSettle is the least settle time for which the pump steps aside: pauses
	// of the host's are not seen while nobody reads.
	asideSettle = 4 * asideTime
)

// A reading says who reads the line. It is used with the session's lock held.
//
// The pump blocks in the states nobodyReads, waiterReads and waiterHandsOver, and leaves
// them by the turn that it is given. A goroutine that waits before several sessions reads
// none of them: it has their pumps read. The transitions:
//
//	state           | event      | next            | what is done
//	pumpReads       | stepsAside | nobodyReads     | the timer is armed
//	pumpReads       | full       | pumpRests       |
//	pumpRests       | room       | pumpReads       |
//	nobodyReads     | takesOver  | waiterReads     |
//	nobodyReads     | recalled   | pumpCatchesUp   | the pump is given the turn
//	waiterReads     | hasRead    | nobodyReads     | the timer is armed, unless the wait goes on
//	waiterReads     | recalled   | waiterHandsOver | the read is interrupted
//	waiterHandsOver | hasRead    | pumpCatchesUp   | the pump is given the turn
//	pumpCatchesUp   | caughtUp   | pumpReads       |
//
// In any other state an event changes nothing. The timer recalls the pump if nobody reads
// and no wait is in progress; the end of a wait arms it again.
type reading struct {
	state readState
	since time.Time // when nobody read any more
	from  time.Time // since when the line is listened to; no silence before it is a pause of the host's
	armed bool      // the timer is
	turn  chan struct{}
	in    buffer.ReadBuffer // what is read into, by whoever reads

	ended <-chan struct{} // of the context whose end interrupts the waiting goroutine's reads
	stop  func() bool     // forgets that context

	changed func(from, to readState) // is told of each change; nil tells nobody
}

type readState uint8

const (
	pumpReads       readState = iota // or works on what it has read
	pumpRests                        // the buffer is full, and no wait is there to empty it
	nobodyReads                      // the pump has stepped aside
	waiterReads                      // the waiting goroutine reads
	waiterHandsOver                  // it does, but the pump wants to
	pumpCatchesUp                    // the pump looks at what has come while nobody read
)

type readEvent uint8

const (
	stepsAside readEvent = iota // the pump has worked on what it read, and the wait is over
	full                        // nothing more may be read
	room                        // more may be read
	takesOver                   // the waiting goroutine begins to read
	hasRead                     // it has read
	recalled                    // the pump is to read
	caughtUp                    // the pump has looked at all that had come
)

// next is the table of transitions; ok is false if the event changes nothing.
func (s readState) next(e readEvent) (next readState, ok bool) {
	switch {
	case s == pumpReads && e == stepsAside:
		return nobodyReads, true
	case s == pumpReads && e == full:
		return pumpRests, true
	case s == pumpRests && e == room:
		return pumpReads, true
	case s == nobodyReads && e == takesOver:
		return waiterReads, true
	case s == nobodyReads && e == recalled:
		return pumpCatchesUp, true
	case s == waiterReads && e == hasRead:
		return nobodyReads, true
	case s == waiterReads && e == recalled:
		return waiterHandsOver, true
	case s == waiterHandsOver && e == hasRead:
		return pumpCatchesUp, true
	case s == pumpCatchesUp && e == caughtUp:
		return pumpReads, true
	}
	return s, false
}

// on makes the transition of an event, and reports whether there was one.
func (r *reading) on(e readEvent) bool {
	next, ok := r.state.next(e)
	if !ok {
		return false
	}
	if r.changed != nil {
		r.changed(r.state, next)
	}
	if r.state = next; next == pumpCatchesUp {
		select {
		case r.turn <- struct{}{}:
		default: // one from before is there
		}
	}
	return true
}

// pumpBlocks reports whether the pump is not to read.
func (r *reading) pumpBlocks() bool {
	return r.state == nobodyReads || r.byWaiter()
}

// byWaiter reports whether the waiting goroutine reads.
func (r *reading) byWaiter() bool {
	return r.state == waiterReads || r.state == waiterHandsOver
}

// aside reports whether the pump has stepped aside, and is not wanted back.
func (r *reading) aside() bool { return r.state == nobodyReads || r.state == waiterReads }

// listens reports whether the host would be heard if it spoke.
func (r *reading) listens() bool { return r.state != pumpRests && r.state != pumpCatchesUp }

// silentSince returns since when the host has been silent if it last spoke at last.
func (r *reading) silentSince(last time.Time) time.Time {
	if r.from.After(last) {
		return r.from
	}
	return last
}

// forgetContext makes no context's end interrupt reads any more.
func (r *reading) forgetContext() {
	if r.stop != nil {
		r.stop()
	}
	r.ended, r.stop = nil, nil
}

// interruptedBy makes the end of ctx interrupt the reads of the waiting goroutine, for as
// long as it does not bring another context.
func (r *reading) interruptedBy(ctx context.Context, l line.Stopper) {
	if done := ctx.Done(); done != r.ended {
		r.forgetContext()
		if r.ended = done; done != nil {
			r.stop = context.AfterFunc(ctx, l.Interrupt)
		}
	}
}
