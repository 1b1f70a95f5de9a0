package session

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
)

// Expect waits for the first of the patterns. A wait that fails returns a
// *WaitError; one that times out consumes nothing, and the next wait with the same
// Patterns goes on where it stopped. If the list has Timeout or EOF, those are
// results like any other.
func (s *Session) Expect(ctx context.Context, p *patterns.List, o WaitOptions) (Result, error) {
	if o.Op == "" {
		o.Op = "expect"
	}
	s.mu.Lock()
	w, err := s.beginWaitLocked(p, o)
	timeout := or(o.Timeout, s.timeout)
	s.mu.Unlock()
	begun := s.clock.Now()
	if err != nil {
		return Result{}, s.failed(o, p, begun, err)
	}
	if timeout <= 0 {
		if err := s.sync(ctx, time.Time{}); err != nil {
			s.mu.Lock()
			return s.endWaitLocked(w, o, begun, err)
		}
	}
	err = s.await(ctx, deadline(begun, timeout), func(now time.Time) (bool, time.Time) { return s.lookLocked(w, now) })
	s.mu.Lock()
	r, err := s.endWaitLocked(w, o, begun, err)
	if err == nil && o.Orderly && w.sawEOF {
		err = s.commandEnded(ctx, r.Text, o, begun)
	}
	return r, err
}

// beginWaitLocked makes w the wait in progress.
func (s *Session) beginWaitLocked(p *patterns.List, o WaitOptions) (*wait, error) {
	if err := s.freeLocked(); err != nil {
		return nil, err
	}
	if err := s.silentIn(p); err != nil {
		return nil, err
	}
	s.startLocked()
	if s.wants(WaitBegan) {
		s.observeLocked(Observation{Kind: WaitBegan, Where: o.Where, Wait: s.waitReportLocked(o, p)})
	}
	settle := or(o.Settle, s.settle)
	w := s.resume
	s.resume = nil
	if w == nil || w.list != p || w.settle != settle || !w.seen.Begun() {
		w = &wait{list: p, settle: settle, seen: s.buf.Reader()}
		w.matcher = p.Search(s.buf.Prev())
		s.beginLocked(w, s.buf.Prev())
	}
	w.armed, w.orderly = false, o.Orderly
	if w.settle <= 0 {
		s.notDryLocked()
	}
	s.wait = w
	if s.fullLocked() { // nothing more is read for a wait that what there is decides
		s.advanceLocked(w)
	}
	s.wakePump()
	return w, nil
}

// lookLocked sees whether the wait is over. It returns the time at which to look again.
func (s *Session) lookLocked(w *wait, now time.Time) (bool, time.Time) {
	w.armed = false
	if s.closed && !w.done {
		w.done, w.err = true, ErrClosed
	}
	if w.done {
		return true, time.Time{}
	}
	s.advanceLocked(w)
	if w.done {
		return true, time.Time{}
	}
	if s.eof {
		w.done, w.err = true, io.EOF
		return true, time.Time{}
	}
	// A movement that has not acted, or half a character, is told at a pause.
	settle, held := w.settle, s.heldLocked()
	if settle == Forever && held {
		settle = DefaultSettle
	}
	if settle == Forever || !held && !w.matcher.CanBest() {
		return false, time.Time{}
	}
	w.armed = true
	if settle <= 0 {
		if s.dry {
			s.settledLocked(w)
		} else {
			s.line.Ask()
		}
		return w.done, time.Time{}
	}
	if !s.listeningLocked() {
		return false, now.Add(settle)
	}
	since := s.reading.silentSince(s.lastArrival)
	quietAt := since.Add(settle)
	if !now.Before(quietAt) {
		s.settledLocked(w)
		return w.done, time.Time{}
	}
	return false, quietAt
}

// settledLocked ends the wait if something matches, now that the peer has paused.
func (s *Session) settledLocked(w *wait) {
	s.flushViewLocked()
	s.advanceLocked(w)
	if !w.done && w.settle != Forever {
		w.paused = w.settle
		s.quietLocked(w, Settled)
	}
	w.armed = false // what comes next may match
}

// endWaitLocked makes the result. It lets the lock go.
func (s *Session) endWaitLocked(w *wait, o WaitOptions, begun time.Time, err error) (Result, error) {
	defer s.mu.Unlock()
	s.wait = nil
	s.armReturnLocked()
	s.wakePump()
	if !w.done && errors.Is(err, ErrTimeout) {
		s.flushViewLocked()
		if s.advanceLocked(w); !w.done {
			s.quietLocked(w, AtTimeout)
		}
	}
	if w.done && w.err == nil && (err == nil || errors.Is(err, ErrTimeout)) {
		r := s.takeLocked(w)
		r.Waited = s.clock.Now().Sub(begun)
		s.waitEnded(o, w, r, nil)
		return r, nil
	}
	if err == nil {
		err = w.err
	}
	p := w.list
	if errors.Is(err, ErrTimeout) && p.Timeout() >= 0 {
		s.resume = w
		r := Result{Index: p.Timeout(), Text: w.seen.Text(w.seen.Gone(), w.seen.Len()), Rule: AtTimeout, Truncated: w.dropped, Waited: s.clock.Now().Sub(begun)}
		r.Groups = []int{len(r.Text), len(r.Text)}
		r.Names = []string{""}
		s.waitEnded(o, w, r, nil)
		return r, nil
	}
	if errors.Is(err, ErrTimeout) {
		s.resume = w
	}
	failure := s.waitErrorLocked(o, p, begun, err)
	s.waitEnded(o, w, Result{Index: -1, Rule: "failed", Waited: failure.Waited}, failure)
	return Result{}, failure
}

// takeLocked consumes the text up to the end of the match and makes the result of it.
func (s *Session) takeLocked(w *wait) Result {
	end := w.found.End
	s.dropLocked(w, min(w.seen.At()-s.maxBuffer, w.seen.Needs(w.found.Start)))
	gone := w.seen.Gone()
	r := Result{
		Index: w.list.Place(w.found.Index), Rule: w.rule, Truncated: w.dropped,
		Text: w.seen.Text(gone, end), Names: w.list.Names(w.found.Index),
	}
	r.Groups = make([]int, len(w.found.Groups))
	for i, at := range w.found.Groups {
		r.Groups[i] = -1
		if at >= 0 {
			r.Groups[i] = int(at - gone)
		}
	}
	r.Replaced = w.seen.Replaced()
	if w.sawEOF {
		r.Ended = s.eofCause
	}
	last := int64(buffer.NoNote)
	if e, ok := w.list.Patterns()[r.Index].AsEvent(); ok && e != match.EOF {
		last = w.seen.EventAt(end, e)
	}
	s.consumeLocked(&w.seen, end, last)
	return r
}

func (s *Session) waitEnded(o WaitOptions, w *wait, r Result, err error) {
	if !s.wants(WaitEnded) {
		return
	}
	report := s.waitReportLocked(o, w.list)
	report.Index, report.Rule, report.Waited, report.Err = r.Index, r.Rule, r.Waited, err
	if len(r.Groups) >= 2 && r.Groups[0] >= 0 {
		report.Matched = r.Text[r.Groups[0]:r.Groups[1]]
	}
	s.tellEnd(o, report)
}
