package buffer

import (
	"time"

	"github.com/moonwire/moonwire/engine/match"
)

// StepKind says what a Step is.
type StepKind uint8

// The kinds of steps.
const (
	End     StepKind = iota // there is nothing more yet
	Text                    // Text comes next; Seen says how much of it was taken
	Back                    // some of what was seen is not any more; Len is what is left
	Revived                 // the consumed line is unread again: the text begins with it, Len bytes of it
	Event                   // an event happened
	Pause                   // the host was silent for a time
)

// A Step is one thing in the log.
type Step struct {
	Kind  StepKind
	Text  []byte
	Last  bool // the Text goes on up to the next step of another kind
	Event match.Event
	Pause time.Duration
}

// Next returns what is next in the log: text, at most so many bytes of it, edits, events
// and pauses in the order in which they came. But for Text the reader has gone by it then.
func (r *Reader) Next(most int64) Step {
	b := r.b
	for {
		stop, note := b.End(), false
		next := b.noteAfter(r.seq)
		if next < len(b.notes) {
			stop, note = b.notes[next].at, true
		}
		e, edited := b.edits.at(r.edit)
		if edited = edited && e.at <= stop && (!note || e.at < stop || b.notes[next].edit > r.edit); edited {
			stop = e.at
		}
		switch {
		case r.at < stop:
			piece := b.Piece(r.at)
			if n := min(stop-r.at, most); int64(len(piece)) > n {
				piece = piece[:n]
			}
			if r.below == 0 {
				return Step{Kind: Text, Text: piece, Last: r.at+int64(len(piece)) == stop}
			}
			if _, differs := r.compare(piece); differs {
				r.revive()
				return Step{Kind: Revived}
			}
		case edited:
			r.edit++
			r.back(e.back)
			return Step{Kind: Back}
		case !note:
			return Step{}
		default:
			n := b.notes[next]
			r.seq = n.seq + 1
			if n.isEvent {
				return Step{Kind: Event, Event: n.event}
			}
			return Step{Kind: Pause, Pause: n.pause}
		}
	}
}
