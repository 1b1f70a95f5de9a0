package session

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"
	"time"
)

// What is known of TLS on a session, and what a session does until it is there.

var (
	errNoFollows = errors.New("START-TLS was agreed on, but the peer has not sent FOLLOWS")
	errNoTLS     = errors.New("TLS is required, but the peer has not started it by START-TLS")
)

// TLS returns the state of the TLS connection that the session goes over, nil if
// it goes in clear.
func (s *Session) TLS() *tls.ConnectionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tlsState()
}

// tlsState is TLS with the lock held.
func (s *Session) tlsState() *tls.ConnectionState {
	conn, ok := s.writer.(*tls.Conn)
	if !ok {
		return nil
	}
	state := conn.ConnectionState()
	return &state
}

// tellTLS tells the taps which TLS is in force. The lock is held.
func (s *Session) tellTLS() {
	if state := s.tlsState(); state != nil && s.tapped() {
		s.observe(Observation{Kind: Remark, Text: describeTLS(state)})
	}
}

func describeTLS(state *tls.ConnectionState) string {
	text := tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	if len(state.VerifiedChains) == 0 {
		return text + ", the peer's certificate is not verified"
	}
	return text + ", the peer is verified as " + strconv.Quote(state.ServerName)
}

// missingTLS returns why TLS that is due has not begun, nil if none is due. The
// lock is held.
func (s *Session) missingTLS() error {
	switch {
	case s.manual || s.plain || s.tlsState() != nil:
		return nil
	case s.codec.Securing():
		return errNoFollows
	case s.requireTLS:
		return errNoTLS
	}
	return nil
}

// refusesClear reports whether text that comes now is dropped, because TLS has to
// begin before anything is accepted. It tells the taps once. The lock is held.
func (s *Session) refusesClear() bool {
	missing := s.missingTLS()
	if missing == nil {
		return false
	}
	if !s.toldClear {
		s.toldClear = true
		s.observe(Observation{Kind: Remark, Text: "text in clear is dropped: " + missing.Error()})
	}
	return true
}

// awaitTLS returns when text may be written: at once unless TLS is required and
// has not begun.
func (s *Session) awaitTLS(ctx context.Context, begun time.Time, timeout time.Duration, aside bool) error {
	s.mu.Lock()
	waits := s.requireTLS && s.missingTLS() != nil && !s.eof && !s.closed
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
		return s.missingTLS() == nil || s.eof || s.closed, time.Time{}
	})
	if errors.Is(err, ErrTimeout) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return &WriteError{Session: s.name, Err: newLayerError("START-TLS", s.missingTLS())}
	}
	return err
}

// endMissing returns the cause of an end at which TLS was still due. The lock is
// held.
func (s *Session) endMissing(cause error) error {
	if _, ok := errors.AsType[*LayerError](cause); ok {
		return cause
	}
	if missing := s.missingTLS(); missing != nil {
		return newLayerError("START-TLS", missing)
	}
	return cause
}
