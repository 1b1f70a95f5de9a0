package session

import (
	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/text"
)

// New makes a session of a line. It takes the line over: Close closes it. Nothing is
// read or written before the first wait or write. An error is a wrong Config.
func New(l line.Line, cfg Config) (*Session, error) {
	s := &Session{
		name: cfg.Name, address: cfg.Address, opener: cfg.Opener,
		clock: cfg.Clock, attendant: cfg.Attendant,
		timeout: or(cfg.Timeout, DefaultTimeout), settle: or(cfg.Settle, DefaultSettle),
		raw: cfg.Raw, manual: cfg.Manual, remove: cfg.Remove,
		pace: cfg.Pace, keepalive: cfg.Keepalive,
		maxBuffer: cfg.MaxBuffer, hook: cfg.Hook,
		secrets: cfg.Secrets, silent: cfg.Silent,
		pumpBell: make(chan struct{}, 1),
		reading:  reading{turn: make(chan struct{}, 1)},
	}
	if s.name == "" {
		s.name = s.address
	}
	if s.clock == nil {
		s.clock = RealClock{}
	}
	if s.attendant == nil {
		s.attendant = NewAttendant()
	}
	if s.cache = cfg.Cache; s.cache == nil {
		s.cache = &s.attendant.cache
	}
	if s.maxBuffer == 0 {
		s.maxBuffer = DefaultMaxBuffer
	}
	s.buf = buffer.New(s.maxBuffer)
	if s.raw {
		s.newline = "\n"
	}
	if cfg.Newline != nil {
		s.newline, s.chosen = *cfg.Newline, true
	}
	encoding := cfg.Encoding
	if encoding == "" {
		encoding = "utf-8"
	}
	s.encoding = encoding
	if !s.raw {
		var err error
		if s.view, err = text.NewView(encoding); err != nil {
			return nil, err
		}
		s.view.SetNewlineCR(l.SameNewline() && s.newline == "\r")
		if s.view.Encoding() != "utf-8" {
			if s.encoder, err = text.NewEncoder(encoding); err != nil {
				return nil, err
			}
		}
	}
	s.line = l
	s.stopper, _ = l.(line.Stopper)
	l.Attach((*owner)(s))
	s.setTapsLocked(cfg.Taps)
	s.observeLocked(Observation{Kind: Opened, Text: s.address})
	s.tellTLSLocked()
	return s, nil
}
