package session

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// What is known of TLS on a session, and what a session does until it is there.

// TLS returns the state of the TLS connection that the session goes over, nil if
// it goes in clear.
func (s *Session) TLS() *tls.ConnectionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tlsStateLocked()
}

// tlsStateLocked is TLS for a caller that has the lock.
func (s *Session) tlsStateLocked() *tls.ConnectionState {
	if l, ok := s.line.(line.Securer); ok {
		return l.TLS()
	}
	return nil
}

// tellTLSLocked tells the taps which TLS is in force.
func (s *Session) tellTLSLocked() {
	if state := s.tlsStateLocked(); state != nil && s.tapped() {
		s.observeLocked(Observation{Kind: Remark, Text: describeTLS(state)})
	}
}

func describeTLS(state *tls.ConnectionState) string {
	text := tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	if len(state.VerifiedChains) == 0 {
		return text + ", the peer's certificate is not verified"
	}
	return text + ", the peer is verified as " + strconv.Quote(state.ServerName)
}

// missingTLSLocked returns why TLS that is due has not begun, nil if none is due. The
func (s *Session) missingTLSLocked() error {
	if l, ok := s.line.(line.Securer); ok {
		return l.MissingTLS()
	}
	return nil
}

// awaitTLS returns when text may be written: at once unless TLS is required and
// has not begun.
func (s *Session) awaitTLS(ctx context.Context, begun time.Time, timeout time.Duration, aside bool) error {
	s.mu.Lock()
	l, ok := s.line.(line.Securer)
	waits := ok && l.RequiresTLS() && l.MissingTLS() != nil && !s.eof && !s.closed
	s.mu.Unlock()
	if !waits {
		return nil
	}
	wait := s.awaitHeld
	if aside {
		wait = s.awaitAside
	}
	err := wait(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
		s.watching = true
		return s.missingTLSLocked() == nil || s.eof || s.closed, time.Time{}
	})
	if errors.Is(err, ErrTimeout) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return &WriteError{Session: s.name, Err: line.NewError("START-TLS", s.missingTLSLocked())}
	}
	return err
}
