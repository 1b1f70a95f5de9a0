package session_test

import (
	"crypto/tls"
	"net"

	"github.com/moonwire/moonwire/engine/line"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// A setup is a session's Config with that of its line.
type setup struct {
	session.Config
	Telnet     telnet.Config
	StartTLS   *tls.Config
	RequireTLS bool
	Plain      bool // a plain socket: no telnet
}

// connect makes a session of a connection. A Config alone is a telnet line's.
func connect[C session.Config | setup](conn net.Conn, cfg C) (*session.Session, error) {
	s, ok := any(cfg).(setup)
	if !ok {
		s.Config = any(cfg).(session.Config)
	}
	s.Manual = s.Telnet.Manual
	if s.Plain {
		return session.New(line.NewBytes(conn), s.Config)
	}
	return session.New(tline.New(conn, tline.Config{
		Telnet: s.Telnet, StartTLS: s.StartTLS, RequireTLS: s.RequireTLS, Encoding: s.Encoding, Raw: s.Raw,
	}), s.Config)
}
