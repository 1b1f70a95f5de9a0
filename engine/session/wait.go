package session

import (
	"bytes"
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
	// Replaced is how many bytes at the end of what earlier waits have returned are not
	// seen any more: the peer has erased them, or Text holds their line once more.
	Replaced int
	Waited   time.Duration
	Ended    error // why the connection was lost, if that decided the wait; nil after an orderly end
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
	replay   replay // what the matcher has been fed
	text     replayText
	patterns *Patterns
	matcher  search
	settle   time.Duration
	paused   time.Duration // the pause of the peer's that was looked at last
	dropped  int64         // bytes of the log that are gone because of max_buffer
	sawEOF   bool
	orderly  bool // see WaitOptions
	armed    bool // the waiting goroutine has its timer set for the settle time
	done     bool
	found    match.Match
	rule     string
	err      error
}

// textOf is what w sees.
func (s *Session) textOf(w *wait) match.Text {
	w.text = replayText{&s.buf, &w.replay}
	return &w.text
}

// advance feeds the wait all that is in the buffer, in the order in which it came.
func (s *Session) advance(w *wait) {
	b, r := &s.buf, &w.replay
	next := b.noteAfter(r.seq)
	for !w.done {
		stop, note := b.end(), false
		if next < len(b.notes) {
			stop, note = b.notes[next].at, true
		}
		at, back, edit := b.edits.at(r.edit)
		if edit = edit && at <= stop && (!note || at < stop || b.notes[next].edit > r.edit); edit {
			stop = at
		}
		if s.feedTo(w, stop); w.done {
			return
		}
		if edit {
			r.edit++
			s.goBack(w, back)
			continue
		}
		next = b.noteAfter(r.seq) // some may have gone with the text
		if next == len(b.notes) {
			break
		}
		n := b.notes[next]
		next++
		r.seq = n.seq + 1
		if n.isEvent {
			if w.matcher.Mark(n.event) == match.Decided {
				w.finish(w.matcher.Result(s.textOf(w)), Decided)
			}
		} else if n.pause >= w.settle {
			w.paused = n.pause
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

// feedTo feeds the wait the log up to offset stop.
func (s *Session) feedTo(w *wait, stop int64) {
	b, r := &s.buf, &w.replay
	for r.at < stop {
		piece := b.chunkAt(r.at)
		// No more than this, so that text can be dropped in time however much the
		// network brought at once.
		most := min(stop-r.at, max(s.maxBuffer/2, 1))
		if int64(len(piece)) > most {
			piece = piece[:most]
		}
		if r.below > 0 {
			if _, differs := r.compare(b, piece); differs {
				s.revive(w)
			}
			continue
		}
		// Edits go back within the last line of the piece.
		if i := bytes.LastIndexByte(piece, '\n') + 1; i > 0 {
			if s.feed1(w, piece[:i]); w.done {
				return
			}
			if piece = piece[i:]; r.at == stop || len(piece) > 0 {
				w.matcher.Anchor()
			}
		}
		if len(piece) > 0 {
			s.feed1(w, piece)
		}
		if w.done {
			return
		}
	}
}

// feed1 feeds the wait one piece of the log.
func (s *Session) feed1(w *wait, piece []byte) {
	n, status := w.matcher.Feed(piece)
	w.replay.seen(int64(n))
	if status == match.Decided {
		w.finish(w.matcher.Result(s.textOf(w)), Decided)
		return
	}
	s.trim(w)
}

// goBack takes the last n bytes of what is seen away.
func (s *Session) goBack(w *wait, n int64) {
	w.replay.back(n)
	w.matcher.Back(w.replay.pos, s.textOf(w))
}

// revive makes the consumed line unread: the peer has printed something else over it.
func (s *Session) revive(w *wait) {
	w.replay.revive(&s.buf)
	s.begin(w, s.buf.beforeLine)
}

// begin gives the matcher what is seen at the beginning. prev is the byte before it.
func (s *Session) begin(w *wait, prev int) {
	w.matcher.Reset(prev)
	w.matcher.Anchor()
	if w.replay.pos > 0 {
		if _, status := w.matcher.Feed(w.replay.piece(&s.buf, 0)); status == match.Decided {
			w.replay.pos = w.matcher.Pos()
			w.finish(w.matcher.Result(s.textOf(w)), Decided)
		}
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
// What has not been looked at yet does not count: the amount depends on how the network
// cut the data.
func (s *Session) trim(w *wait) {
	b, r := &s.buf, &w.replay
	over := r.at - b.start + (r.edit-b.edits.gone)*editSize - s.maxBuffer
	if over <= 0 {
		return
	}
	if r.edit > b.edits.gone && s.fold(w) {
		return
	}
	if keep := w.matcher.Keep(); keep > r.gone {
		s.drop(w, min(b.start+over, r.needs(b, keep)))
	}
	if r.at-b.start+(r.edit-b.edits.gone)*editSize > 2*s.maxBuffer {
		w.done, w.err = true, ErrBufferFull
		s.ring()
	}
}

// fold drops the log up to where w has come, and keeps what is seen of the open line as
// text: a host that edits one line over and over must not fill the buffer. What the line
// has been is lost to waits to come. It reports whether that could be done.
func (s *Session) fold(w *wait) bool {
	b, r := &s.buf, &w.replay
	from := max(r.gone, r.pos-maxLine)
	tail := r.appendText(b, nil, from, r.pos)
	line := r.pos - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1
	keep := min(line, w.matcher.Keep())
	if keep < from || line == from && from > r.gone { // it is too much
		return false
	}
	w.dropped += r.at - b.start - (r.pos - keep)
	b.line = append([]byte(nil), tail[keep-from:]...)
	b.unread, b.below, b.beforeLine = len(b.line), 0, -1
	r.spans = append(r.spans[:0], logSpan{keep, -int64(len(b.line))})
	if len(b.line) == 0 {
		r.spans = r.spans[:0]
	}
	r.gone = keep
	w.matcher.Forget(keep)
	b.consume(r.at, r.edit, r.seq-1)
	return true
}

// drop drops the log of w before offset to.
func (s *Session) drop(w *wait, to int64) {
	if to <= s.buf.start {
		return
	}
	n := to - s.buf.start
	w.dropped += n
	w.replay.dropTo(to)
	w.matcher.Forget(w.replay.gone)
	s.buf.line, s.buf.unread, s.buf.below, s.buf.beforeLine = nil, 0, 0, -1
	s.buf.consume(to, s.buf.edits.behind(to-1), -1)
	s.facts.dropped += n
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
	if err := s.free(); err != nil {
		return nil, err
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
	if w == nil || w.patterns != p || w.settle != settle || w.replay.epoch != s.buf.epoch {
		w = &wait{patterns: p, settle: settle, replay: s.buf.replay()}
		w.matcher = p.search(s.buf.prev)
		s.begin(w, s.buf.prev)
	}
	w.armed, w.orderly = false, o.orderly
	if w.settle <= 0 {
		s.notDry()
	}
	s.wait = w
	s.wakePump()
	return w, nil
}

// free tells why no wait may begin, if so. The lock is held.
func (s *Session) free() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.inHook > 0:
		return ErrInHook
	case s.wait != nil || s.live != nil:
		return ErrBusy
	}
	return nil
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
	// A movement that has not acted, or half a character, is told at a pause.
	settle, held := w.settle, s.held()
	if settle == Forever && held {
		settle = DefaultSettle
	}
	if settle == Forever || !held && !w.matcher.CanBest() {
		return false, time.Time{}
	}
	w.armed = true
	if settle <= 0 {
		if s.dry {
			s.settled(w)
		} else {
			s.wire.ask()
		}
		return w.done, time.Time{}
	}
	if !s.listening() {
		return false, now.Add(settle)
	}
	since := s.lastArrival
	if s.readingSince.After(since) {
		since = s.readingSince
	}
	quietAt := since.Add(settle)
	if !now.Before(quietAt) {
		s.settled(w)
		return w.done, time.Time{}
	}
	return false, quietAt
}

// settled ends the wait if something matches, now that the peer has paused.
func (s *Session) settled(w *wait) {
	s.flushView()
	s.advance(w)
	if !w.done && w.settle != Forever {
		w.paused = w.settle
		s.quiet(w, Settled)
	}
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
		s.flushView()
		if s.advance(w); !w.done {
			s.quiet(w, AtTimout)
		}
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
		r := Result{Index: p.timeout, Text: w.replay.text(&s.buf, w.replay.gone, w.replay.pos), Rule: AtTimout, Truncated: w.dropped, Waited: s.clock.Now().Sub(begun)}
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
	end := w.found.End
	s.drop(w, min(w.replay.at-s.maxBuffer, w.replay.needs(&s.buf, w.found.Start)))
	gone := w.replay.gone
	r := Result{
		Index: w.patterns.place[w.found.Index], Rule: w.rule, Truncated: w.dropped,
		Text: w.replay.text(&s.buf, gone, end), Names: w.patterns.names(w.found.Index),
	}
	r.Groups = make([]int, len(w.found.Groups))
	for i, at := range w.found.Groups {
		r.Groups[i] = -1
		if at >= 0 {
			r.Groups[i] = int(at - gone)
		}
	}
	if r.Replaced = w.replay.below; w.replay.whole {
		r.Replaced = len(s.buf.line) - s.buf.unread
	}
	if w.sawEOF {
		r.Ended = s.eofCause
	}
	last := int64(-1)
	if e, ok := w.patterns.list[r.Index].event(); ok && e != match.EOF {
		at, _ := w.replay.place(&s.buf, end)
		last = s.noteOf(e, at)
	}
	s.consume(&w.replay, end, last)
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
