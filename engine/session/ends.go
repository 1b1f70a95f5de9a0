package session

import (
	"errors"

	"github.com/moonwire/moonwire/engine/line"
)

// How a conversation ends. There are three ways, and a read tells them apart:
//
//   - In order: the peer closes the connection. A read returns io.EOF.
//   - Lost: the network or the peer's system breaks the connection, by a reset
//     for example. A read fails with a *WaitError that wraps io.EOF and gives the
//     reason as its Cause. A wait that lists EOF still matches it, and the
//     result's Ended has the reason.
//   - Broken: TLS, START-TLS or compression fails, so that what came may be cut
//     short by anyone. Every read fails with a *line.Error, a listed EOF too.
//
// In every case the text that came before stays readable.

// brokenLocked returns the *line.Error with which the conversation ended, nil if it
// ended otherwise or goes on.
func (s *Session) brokenLocked() error {
	if broken, ok := errors.AsType[*line.Error](s.eofCause); ok {
		return broken
	}
	return nil
}

// endCountsLocked reports whether the end of the conversation may decide w: an end in
// order does, a lost connection unless the wait is for an orderly end, a broken
// layer never.
func (s *Session) endCountsLocked(w *wait) bool {
	return s.eofCause == nil || !w.orderly && s.brokenLocked() == nil
}

// outErrLocked is why nothing more goes out, nil if it does.
func (s *Session) outErrLocked() error {
	_, _, err := s.line.Queue()
	return err
}
