package session

import (
	"context"
	"errors"
	"io"
)

// CopyTo writes what l's peer sends to the peer of another session, until one of them
// ends. It returns nil at the end of l's, and the cause if ctx is done.
func (l *Live) CopyTo(ctx context.Context, other *Live) error {
	for {
		p, err := l.Output(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p = p[:min(len(p), writePiece)]
		if err := other.s.writeBytes(ctx, p); err != nil {
			return err
		}
		l.Consume(len(p))
	}
}

// writeBytes sends bytes as they are, by the rules of telnet for data alone.
func (s *Session) writeBytes(ctx context.Context, p []byte) error {
	s.mu.Lock()
	if err := s.writableLocked(); err != nil {
		s.mu.Unlock()
		return err
	}
	if s.wants(Wrote) {
		s.observeLocked(Observation{Kind: Wrote, Text: string(p), Where: ByOperator})
	}
	s.line.WriteData(p)
	return s.sendLocked(ctx, s.clock.Now(), Forever, true)
}

// Lost returns why the connection was lost or its layer broke, nil after an end in order
// and while it goes on.
func (s *Session) Lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.eofCause
}

// Ended reports whether the peer has closed, or the session was closed.
func (s *Session) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.eof || s.closed || s.outErrLocked() != nil
}
