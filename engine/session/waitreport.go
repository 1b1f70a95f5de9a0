package session

import (
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
)

// What taps are told of waits.

// waitReportLocked describes a wait that begins.
func (s *Session) waitReportLocked(o WaitOptions, p *patterns.List) *WaitReport {
	r := &WaitReport{Op: o.Op, Index: -1, Timeout: or(o.Timeout, s.timeout), Settle: or(o.Settle, s.settle)}
	if p != nil {
		r.List, r.Patterns = p, p.Shown(s.secrets)
	}
	return r
}

// tellEnd tells the taps that a wait ended, with what is around its match.
func (s *Session) tellEnd(o WaitOptions, r *WaitReport) {
	taken := s.buf.Past()
	if n := len(taken) - len(r.Matched); n > 0 {
		r.Before = taken[max(n-aroundMatch, 0):n]
	}
	unread := s.buf.Reader()
	unread.Run(min(s.buf.End(), s.buf.Start()+aroundMatch))
	s.around = unread.AppendText(s.around[:0], 0, min(unread.Len(), aroundMatch))
	r.After = s.around
	s.observeLocked(Observation{Kind: WaitEnded, Where: o.Where, Wait: r})
}

// readBegan tells the taps of a read that needs no matcher.
func (s *Session) readBegan(o WaitOptions) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wants(WaitBegan) {
		s.observeLocked(Observation{Kind: WaitBegan, Where: o.Where, Wait: s.waitReportLocked(o, nil)})
	}
}

// readEnded is waitEnded for the reads that need no matcher.
func (s *Session) readEnded(o WaitOptions, begun time.Time, text string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wants(WaitEnded) {
		return
	}
	r := s.waitReportLocked(o, nil)
	r.Matched, r.Waited, r.Rule = text, s.clock.Now().Sub(begun), Decided
	switch {
	case err == io.EOF: // a bare EOF is a result, a wrapped one a failure
		r.Rule = AtClose
	case err != nil:
		r.Rule, r.Err = "failed", err
	}
	s.tellEnd(o, r)
}
