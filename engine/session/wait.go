package session

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/moonwire/moonwire/engine/match"
)

// WaitOptions say how one wait differs from the session's defaults.
type WaitOptions struct {
	Timeout *time.Duration // total; nil: the session's; 0: look at what is there; Forever: no end
	Settle  *time.Duration // quiet that ends an open match; nil: the session's
	Op      string         // what errors and traces call the wait; "expect"
	Where   string         // script and line, for traces
	orderly bool           // an end that is not orderly is no result, though EOF is listed
}

// Result is what a wait found.
type Result struct {
	Index     int      // the pattern's place in the list, from 0
	Text      string   // all text up to and including the match
	Groups    []int    // pairs of offsets in Text, of the match and its groups; -1 where one took no part
	Names     []string // of the groups, "" where they have none; Names[0] is the match
	Rule      string   // why it ended: "decided", "settled", "closed", "timeout"
	Truncated int64    // bytes dropped before Text, because of max_buffer
	Waited    time.Duration
	Ended     error // why the connection was lost, if that decided the wait; nil after an orderly end
}

// The rules by which a wait ends.
const (
	Decided  = "decided" // no further byte could change the result
	Settled  = "settled" // the peer paused
	AtClose  = "closed"  // the peer closed
	AtTimout = "timeout" // the time ran out
)

// wait is a search in progress. The pump and the waiting goroutine both advance
// it, under the session's lock.
type wait struct {
	patterns *Patterns
	matcher  search
	settle   time.Duration
	begin    int64 // offset of the text's first byte
	pos      int64 // offset up to which the matcher has been fed
	seq      int64 // the next note to look at
	dropped  int64 // bytes of the text that are gone because of max_buffer
	sawEOF   bool
	orderly  bool // see WaitOptions
	armed    bool // the waiting goroutine has its timer set for the settle time
	done     bool
	found    match.Match
	rule     string
	err      error
}

// text gives the matcher the wait's text by offsets from its beginning.
type waitText struct {
	buf   *buffer
	begin int64
}

// Chunk implements match.Text.
func (t waitText) Chunk(at int64) (piece []byte, start int64) {
	c := t.buf.find(t.begin + at)
	if c == nil {
		return nil, at
	}
	return c.data, c.at - t.begin
}

func (s *Session) textOf(w *wait) waitText { return waitText{&s.buf, w.begin} }

// advance feeds the wait all that is in the buffer, in the order in which it came.
func (s *Session) advance(w *wait) {
	b := &s.buf
	next := b.noteAfter(w.seq)
	for !w.done {
		stop := b.end()
		if next < len(b.notes) {
			stop = b.notes[next].at
		}
		for w.pos < stop {
			piece := b.chunkAt(w.pos)
			// No more than this, so that text can be dropped in time however much
			// the network brought at once.
			most := min(stop-w.pos, max(s.maxBuffer/2, 1))
			if int64(len(piece)) > most {
				piece = piece[:most]
			}
			n, status := w.matcher.Feed(piece)
			w.pos += int64(n)
			if status == match.Decided {
				w.finish(w.matcher.Result(s.textOf(w)), Decided)
				return
			}
			if s.trim(w); w.done {
				return
			}
		}
		next = b.noteAfter(w.seq) // some may have gone with the text
		if next == len(b.notes) {
			break
		}
		n := b.notes[next]
		next++
		w.seq = n.seq + 1
		if n.isEvent {
			if w.matcher.Mark(n.event) == match.Decided {
				w.finish(w.matcher.Result(s.textOf(w)), Decided)
			}
		} else if n.pause >= w.settle {
			s.quiet(w, Settled)
		}
	}
	if s.eof && !w.done && !w.sawEOF && s.endCounts(w) {
		w.sawEOF = true
		if w.matcher.Mark(match.EOF) == match.Decided {
			w.finish(w.matcher.Result(s.textOf(w)), Decided)
			return
		}
		s.quiet(w, AtClose)
	}
}

// quiet takes the best match of what has been fed, read as a complete text.
func (s *Session) quiet(w *wait, rule string) {
	if !w.matcher.CanBest() {
		return
	}
	if m, ok := w.matcher.Best(s.textOf(w)); ok {
		w.finish(m, rule)
	}
}

func (w *wait) finish(m match.Match, rule string) {
	w.done, w.found, w.rule = true, m, rule
}

// trim drops text that is too much, oldest first, as far as no open match needs it.
// What has not been looked at yet does not count: how much that is, is the network's
// doing.
func (s *Session) trim(w *wait) {
	over := w.pos - s.buf.start - s.maxBuffer
	if over <= 0 {
		return
	}
	s.drop(w, min(s.buf.start+over, w.begin+w.matcher.Keep()))
	if w.pos-s.buf.start > 2*s.maxBuffer {
		w.done, w.err = true, ErrBufferFull
		s.ring()
	}
}

// drop drops the text of w before offset to.
func (s *Session) drop(w *wait, to int64) {
	if to <= s.buf.start {
		return
	}
	dropped := s.facts.dropped + to - s.buf.start
	w.dropped += to - s.buf.start
	s.consume(to, -1)
	s.facts.dropped = dropped
}

// Expect waits for the first of the patterns. A wait that fails returns a
// *WaitError; one that times out consumes nothing, and the next wait with the same
// Patterns goes on where it stopped. If the list has Timeout or EOF, those are
// results like any other.
func (s *Session) Expect(ctx context.Context, p *Patterns, o WaitOptions) (Result, error) {
	if o.Op == "" {
		o.Op = "expect"
	}
	s.mu.Lock()
	w, err := s.beginWait(p, o)
	timeout := s.timeout
	if o.Timeout != nil {
		timeout = *o.Timeout
	}
	s.mu.Unlock()
	begun := s.clock.Now()
	if err != nil {
		return Result{}, s.failed(o, p, begun, err)
	}
	if timeout <= 0 {
		if err := s.sync(ctx); err != nil {
			s.mu.Lock()
			return s.endWait(w, o, begun, err)
		}
	}
	err = s.await(ctx, deadline(begun, timeout), func(now time.Time) (bool, time.Time) { return s.look(w, now) })
	s.mu.Lock()
	return s.endWait(w, o, begun, err)
}

// beginWait makes w the wait in progress. The lock is held.
func (s *Session) beginWait(p *Patterns, o WaitOptions) (*wait, error) {
	switch {
	case s.closed:
		return nil, ErrClosed
	case s.inHook > 0:
		return nil, ErrInHook
	case s.wait != nil || s.live != nil:
		return nil, ErrBusy
	}
	s.start()
	if s.tapped() {
		s.observe(Observation{Kind: WaitBegan, Where: o.Where, Wait: s.waitReport(o, p)})
	}
	settle := s.settle
	if o.Settle != nil {
		settle = *o.Settle
	}
	w := s.resume
	s.resume = nil
	if w == nil || w.patterns != p || w.settle != settle || w.begin+w.dropped != s.buf.start {
		w = &wait{patterns: p, settle: settle, begin: s.buf.start, pos: s.buf.start, seq: 0}
		w.matcher = p.search(s.buf.prev)
	}
	w.armed, w.orderly = false, o.orderly
	if w.settle <= 0 {
		s.notDry()
	}
	s.wait = w
	s.wakePump()
	return w, nil
}

// look sees whether the wait is over. It returns the time at which to look again.
func (s *Session) look(w *wait, now time.Time) (bool, time.Time) {
	w.armed = false
	if s.closed && !w.done {
		w.done, w.err = true, ErrClosed
	}
	if w.done {
		return true, time.Time{}
	}
	s.advance(w)
	if w.done {
		return true, time.Time{}
	}
	if s.eof {
		w.done, w.err = true, io.EOF
		return true, time.Time{}
	}
	if w.settle == Forever || !w.matcher.CanBest() {
		return false, time.Time{}
	}
	w.armed = true
	if w.settle <= 0 {
		if s.dry {
			s.quiet(w, Settled)
		} else {
			s.wire.ask()
		}
		return w.done, time.Time{}
	}
	if !s.listening() {
		return false, now.Add(w.settle)
	}
	since := s.lastArrival
	if s.readingSince.After(since) {
		since = s.readingSince
	}
	quietAt := since.Add(w.settle)
	if !now.Before(quietAt) {
		s.quiet(w, Settled)
		return w.done, time.Time{}
	}
	return false, quietAt
}

// endWait makes the result. The lock is held, and let go.
func (s *Session) endWait(w *wait, o WaitOptions, begun time.Time, err error) (Result, error) {
	defer s.mu.Unlock()
	s.wait = nil
	if s.aside {
		s.armReturn()
	}
	s.wakePump()
	if !w.done && errors.Is(err, ErrTimeout) {
		s.quiet(w, AtTimout)
	}
	if w.done && w.err == nil && (err == nil || errors.Is(err, ErrTimeout)) {
		r := s.take(w)
		r.Waited = s.clock.Now().Sub(begun)
		s.waitEnded(o, w, r, nil)
		return r, nil
	}
	if err == nil {
		err = w.err
	}
	p := w.patterns
	if errors.Is(err, ErrTimeout) && p.timeout >= 0 {
		s.resume = w
		r := Result{Index: p.timeout, Text: s.buf.text(s.buf.start, s.buf.end()), Rule: AtTimout, Truncated: w.dropped, Waited: s.clock.Now().Sub(begun)}
		r.Groups = []int{len(r.Text), len(r.Text)}
		r.Names = []string{""}
		s.waitEnded(o, w, r, nil)
		return r, nil
	}
	if errors.Is(err, ErrTimeout) {
		s.resume = w
	}
	failure := s.waitError(o, p, begun, err)
	s.waitEnded(o, w, Result{Index: -1, Rule: "failed", Waited: failure.Waited}, failure)
	return Result{}, failure
}

// take consumes the text up to the end of the match and makes the result of it.
func (s *Session) take(w *wait) Result {
	end := w.begin + w.found.End
	s.drop(w, min(w.pos-s.maxBuffer, w.begin+w.found.Start))
	r := Result{
		Index: w.patterns.place[w.found.Index], Rule: w.rule, Truncated: w.dropped,
		Text: s.buf.text(s.buf.start, end), Names: w.patterns.names(w.found.Index),
	}
	shift := w.begin - s.buf.start // what was dropped is before the text
	r.Groups = make([]int, len(w.found.Groups))
	for i, at := range w.found.Groups {
		r.Groups[i] = -1
		if at >= 0 {
			r.Groups[i] = int(at + shift)
		}
	}
	if w.sawEOF {
		r.Ended = s.eofCause
	}
	last := int64(-1)
	if e, ok := w.patterns.list[r.Index].event(); ok && e != match.EOF {
		last = s.noteOf(e, end)
	}
	s.consume(end, last)
	return r
}

// noteOf is the first event e at the place given, as a place in the history.
func (s *Session) noteOf(e match.Event, at int64) int64 {
	for _, n := range s.buf.notes {
		if n.at == at && n.isEvent && n.event == e {
			return n.seq
		}
	}
	return -1
}

func (s *Session) waitEnded(o WaitOptions, w *wait, r Result, err error) {
	if !s.tapped() {
		return
	}
	report := s.waitReport(o, w.patterns)
	report.Index, report.Rule, report.Waited, report.Err = r.Index, r.Rule, r.Waited, err
	if len(r.Groups) >= 2 && r.Groups[0] >= 0 {
		report.Matched = r.Text[r.Groups[0]:r.Groups[1]]
	}
	s.tellEnd(o, report)
}

// A step is asked, with the lock held, whether what is waited for has happened,
// and when it wants to be asked again if nothing else happens (zero: never).
type step func(now time.Time) (done bool, next time.Time)

// await blocks the waiting goroutine until step is done. Hooks that become due are
// run meanwhile. limit is the end of the time allowed, zero for none; then
// ErrTimeout is returned.
func (s *Session) await(ctx context.Context, limit time.Time, step step) error {
	defer s.open()()
	return s.awaitHeld(ctx, limit, step)
}

// awaitHeld is await, but a manual session goes on holding back what comes.
func (s *Session) awaitHeld(ctx context.Context, limit time.Time, step step) error {
	return s.awaitBell(ctx, limit, step, s.thread.bell, s.serveHooks, s.readHere)
}

// awaitAside is await for any other goroutine.
func (s *Session) awaitAside(ctx context.Context, limit time.Time, step step) error {
	bell := make(chan struct{}, 1)
	s.mu.Lock()
	s.bells = append(s.bells, bell)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.dropBell(bell)
		s.mu.Unlock()
	}()
	return s.awaitBell(ctx, limit, step, bell, func(context.Context) (bool, error) { return false, nil },
		func(context.Context, time.Time) bool { return false })
}

func (s *Session) awaitBell(ctx context.Context, limit time.Time, step step, bell <-chan struct{},
	serve func(context.Context) (bool, error), read func(ctx context.Context, until time.Time) bool,
) error {
	for {
		s.mu.Lock()
		now := s.clock.Now()
		done, next := step(now)
		s.mu.Unlock()
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !limit.IsZero() && !now.Before(limit):
			return ErrTimeout
		}
		// What is waited for lies before the request that a hook is asked about, so
		// the hook's turn comes after it.
		if served, err := serve(ctx); err != nil {
			return err
		} else if served {
			continue // the hook may have taken the bell's ringing
		}
		if next.IsZero() || !limit.IsZero() && limit.Before(next) {
			next = limit
		}
		if read(ctx, next) {
			continue
		}
		if err := s.clock.Wait(ctx, bell, next); err != nil {
			return err
		}
	}
}

// syncEnough is how many bytes sync takes at most: more than a system keeps for a
// connection, so under a flood as well all that had arrived when it was called is
// among them.
const syncEnough = 16 << 20

// notDry forgets that everything had arrived: what was true before says nothing of
// now. The lock is held.
func (s *Session) notDry() {
	s.dry = false
	s.wire.renew()
}

// sync returns when everything that had arrived is in the buffer, or nothing more may
// be read into it.
func (s *Session) sync(ctx context.Context) error {
	s.mu.Lock()
	s.notDry()
	before := s.facts.received
	s.mu.Unlock()
	return s.await(ctx, time.Time{}, func(time.Time) (bool, time.Time) {
		if s.dry || s.mustRest() || s.eof || s.closed || s.facts.received-before >= syncEnough {
			return true, time.Time{}
		}
		s.watching = true
		s.wire.ask()
		return false, time.Time{}
	})
}

// deadline is when a wait ends that began at begun, the zero time if never.
func deadline(begun time.Time, timeout time.Duration) time.Time {
	if timeout == Forever || timeout > time.Duration(math.MaxInt64)/4 {
		return time.Time{}
	}
	return begun.Add(timeout)
}
