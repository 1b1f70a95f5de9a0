package record

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// ReplayOptions say how a recording is played as a peer.
type ReplayOptions struct {
	Cuts    Cuts
	Faults  Faults
	Lenient bool              // go on where the client does something else
	Report  func(*Difference) // told of each difference; it must not call the Replay
}

// Replay is one replay of a recording to one script, in virtual time.
type Replay struct {
	recording *Recording
	options   ReplayOptions
	clock     *Clock

	mu    sync.Mutex
	used  []bool
	conns []*Conn
	found []*Difference
}

// Replay prepares a replay. Its time begins when the recording began.
func (r *Recording) Replay(o ReplayOptions) *Replay {
	began := r.Began
	if began.IsZero() {
		began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return &Replay{recording: r, options: o, clock: NewClock(began), used: make([]bool, len(r.Sessions))}
}

// Clock is the replay's time, for the sessions on its connections.
func (r *Replay) Clock() *Clock { return r.clock }

// An Opening is what a script says of a session that it opens.
type Opening struct {
	Address string
	Name    string // that the script gives it, "" if it gives none
	Opener  string // as session.Config has it
}

// likeness is how much of an opening a session of the recording has.
func (o Opening) likeness(s *Session) int {
	n := 0
	if s.Address == o.Address {
		n += 4
	}
	if o.Name != "" && s.Name == o.Name {
		n += 2
	}
	if TaskOf(s.Opener) == TaskOf(o.Opener) {
		n++
	}
	return n
}

// TaskOf is the task that a place in a script names, as in "x.lua:7 in task 1", without the
// line, which may have changed since; "" for the script itself.
func TaskOf(where string) string {
	if i := strings.LastIndex(where, " in task "); i >= 0 {
		return where[i:]
	}
	return ""
}

// Dial opens a connection to a session of the recording: of the unused ones the first that
// has the most of what the script says of it. Tasks connect in another order each time.
func (r *Replay) Dial(o Opening) (*Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	which, most := -1, -1
	for i, s := range r.recording.Sessions {
		if n := o.likeness(s); !r.used[i] && n > most {
			which, most = i, n
		}
	}
	if which < 0 {
		n := len(r.used)
		return nil, fmt.Errorf("the recording has %d session%s, and the script opens one more", n, strings.Repeat("s", min(n-1, 1)))
	}
	r.used[which] = true
	c := &Conn{
		clock: r.clock, shaper: newShaper(r.options, which), wake: make(chan struct{}, 1),
	}
	now := r.clock.Now()
	s := r.recording.Sessions[which]
	c.peer = newPeer(s, r.options.Cuts.joined(), r.options.Lenient, now, func(d *Difference) {
		if len(r.recording.Sessions) > 1 {
			d.Session = s.printable()
		}
		r.differs(d)
	})
	c.last = now
	r.conns = append(r.conns, c)
	r.clock.mu.Lock()
	r.clock.conns = append(r.clock.conns, c)
	r.clock.mu.Unlock()
	return c, nil
}

func (r *Replay) differs(d *Difference) {
	r.mu.Lock()
	r.found = append(r.found, d)
	r.mu.Unlock()
	if r.options.Report != nil {
		r.options.Report(d)
	}
}

// Differences lists what was found so far.
func (r *Replay) Differences() []*Difference {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.found)
}

// Unheard tells for each session that the script opened what the recording would
// have heard next, "" where it heard everything.
func (r *Replay) Unheard() []string {
	r.mu.Lock()
	conns := slices.Clone(r.conns)
	r.mu.Unlock()
	unheard := make([]string, len(conns))
	for i, c := range conns {
		c.lock()
		unheard[i] = c.peer.awaits()
		c.unlock()
	}
	return unheard
}
