package ssh

import (
	"context"
	"errors"
	"sync"

	"github.com/moonwire/moonwire/engine/dial"
)

// A Pool shares connections between lines to the same host by the same login. Its zero
// value is ready. It keeps nothing open by itself.
type Pool struct {
	mu   sync.Mutex
	have map[poolKey]*shared
}

type poolKey struct {
	settings string
	asker    any
}

// shared are the connections of one kind.
type shared struct {
	clients []*Client
	dialing chan struct{} // closed when the connection that is being made is there; nil if none is
}

// client returns a connection that has a share for the caller, an open one or what dial
// makes. One is made at a time: those who come meanwhile get theirs of it.
func (p *Pool) client(ctx context.Context, key poolKey, dial func() (*Client, error)) (*Client, error) {
	for {
		p.mu.Lock()
		if p.have == nil {
			p.have = make(map[poolKey]*shared)
		}
		s := p.have[key]
		if s == nil {
			s = new(shared)
			p.have[key] = s
		}
		open := s.clients[:0]
		var found *Client
		for _, c := range s.clients {
			if c.usable() {
				open = append(open, c)
				if found == nil && c.hold() {
					found = c
				}
			}
		}
		s.clients = open
		if found != nil {
			p.mu.Unlock()
			return found, nil
		}
		wait := s.dialing
		if wait == nil {
			s.dialing = make(chan struct{})
		}
		p.mu.Unlock()
		if wait == nil {
			return p.add(key, s, dial)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// add makes a connection.
func (p *Pool) add(key poolKey, s *shared, dial func() (*Client, error)) (*Client, error) {
	c, err := dial()
	p.mu.Lock()
	defer p.mu.Unlock()
	close(s.dialing)
	s.dialing = nil
	if err != nil {
		if len(s.clients) == 0 {
			delete(p.have, key)
		}
		return nil, err
	}
	s.clients = append(s.clients, c)
	return c, nil
}

// connected returns a connection to the host of an address, with a share for the caller.
func connected(ctx context.Context, a dial.Address, cfg *Config) (*Client, error) {
	own := *cfg
	s, err := settle(a, &own)
	if err != nil {
		return nil, told(a, err)
	}
	make := func() (*Client, error) { return connect(ctx, a, s) }
	if cfg.Pool == nil || cfg.Dial != nil && cfg.Route == "" {
		return make()
	}
	c, err := cfg.Pool.client(ctx, poolKey{s.key(), cfg.Asker}, make)
	if err != nil {
		if _, ok := errors.AsType[*dial.Error](err); !ok {
			err = &dial.Error{Address: a.String(), What: "interrupted", Err: err}
		}
		return nil, err
	}
	return c, nil
}

// told makes a *dial.Error of a failure.
func told(a dial.Address, err error) error {
	e := &dial.Error{Address: a.String(), What: err.Error(), Err: err}
	if f, ok := errors.AsType[*failure](err); ok {
		e.Hint, e.Err = f.hint, f.err
	}
	return e
}
