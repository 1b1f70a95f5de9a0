package session

import (
	"crypto/tls"
	"strconv"

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

func describeTLS(state *tls.ConnectionState) string {
	text := tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	if len(state.VerifiedChains) == 0 {
		return text + ", the peer's certificate is not verified"
	}
	return text + ", the peer is verified as " + strconv.Quote(state.ServerName)
}

// missingTLSLocked returns why TLS that is due has not begun, nil if none is due.
func (s *Session) missingTLSLocked() error {
	if l, ok := s.line.(line.Securer); ok {
		return l.MissingTLS()
	}
	return nil
}
