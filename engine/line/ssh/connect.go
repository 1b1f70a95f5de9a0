package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/dial"
)

// A dialing is a connection that is being made.
type dialing struct {
	settings   *settings
	shown      string // the address, for people
	wire       *transport
	hosts      *hosts
	algorithms ssh.Algorithms
	auth       *auth
	canAsk     bool // somebody may answer
	progress   atomic.Uint32
	asks       chan asked    // questions to the goroutine that connects
	stopped    chan struct{} // closed when that takes no more of them
	late       bool          // the time ran out
	fatal      error         // a question could not be asked

	agent atomic.Pointer[string] // the agent that the login waits for now
	hung  *string                // the same, when the time ran out

	mu     sync.Mutex
	banner strings.Builder
	notes  []string
	ends   []func()
	ended  bool
}

// An asked question waits for its answer.
type asked struct {
	q      Question
	answer chan answer
}

type answer struct {
	text string
	err  error
}

// maxBanner bounds what is kept of what a host says before the login.
const maxBanner = 64 << 10

// connect opens a connection and logs in.
func connect(ctx context.Context, a dial.Address, s *settings) (*Client, error) {
	d := &dialing{settings: s, shown: a.String(), asks: make(chan asked), stopped: make(chan struct{}), canAsk: s.Ask != nil}
	defer d.finish()
	var err error
	if d.hosts, err = readHosts(s.trusted); err != nil {
		return nil, told(a, err)
	}
	if d.algorithms, err = algorithms(s.Legacy, s.file); err != nil {
		return nil, told(a, err)
	}
	conn, left, err := d.open(ctx, a)
	if err != nil {
		return nil, err
	}
	d.wire = &transport{Conn: conn}
	c, err := d.handshake(ctx, left)
	if err != nil {
		_ = conn.Close() // the handshake's error is the one to tell
		return nil, d.explain(ctx, err, s.Timeout)
	}
	if bad := weak(c.conn.Conn.(ssh.AlgorithmsConnMetadata).Algorithms()); len(bad) > 0 { // the library says that it is
		d.note("the connection to %s is not safe: it uses %s (legacy)", d.shown, strings.Join(bad, ", "))
	}
	c.banner, c.notes = d.banner.String(), d.notes
	return c, nil
}

// open connects, and returns what is left of the time.
func (d *dialing) open(ctx context.Context, a dial.Address) (conn net.Conn, left time.Duration, err error) {
	s := d.settings
	start := time.Now()
	where := a
	where.User, where.Host, where.Port = "", s.host, s.port
	way := s.Dial
	for _, j := range s.jumps {
		if way == nil {
			way = new(net.Dialer).DialContext
		}
		way = (&Hop{j, Config{Ask: s.Ask, Home: s.home, File: s.File, LookupEnv: s.LookupEnv}}).Through(way)
	}
	conn, err = dial.Dial(ctx, where, dial.Options{Timeout: s.Timeout, Network: way})
	if err != nil {
		if e, ok := errors.AsType[*dial.Error](err); ok && e.Address == where.String() {
			e.Address = a.String()
			if s.host != a.Host { // ssh_config gave another
				e.Address += " (" + net.JoinHostPort(s.host, s.port) + ")"
			}
		}
		return nil, 0, err
	}
	if s.Timeout > 0 {
		left = max(s.Timeout-time.Since(start), time.Millisecond)
	}
	return conn, left, nil
}

// handshake makes the two sides of the connection agree, and logs in. Meanwhile this
// goroutine asks what the login has to ask.
func (d *dialing) handshake(ctx context.Context, left time.Duration) (*Client, error) {
	s := d.settings
	d.auth = newAuth(d)
	cfg := &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: d.algorithms.KeyExchanges, Ciphers: d.algorithms.Ciphers, MACs: d.algorithms.MACs},
		User:              s.user,
		HostKeyAlgorithms: d.hosts.algorithms(s.known, d.algorithms.HostKeys),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if progress(d.progress.Load()) == loggingIn {
				return nil // keys are exchanged anew: the library holds the host to the key it had
			}
			err := d.checkHost(key)
			if err == nil {
				d.progress.Store(uint32(loggingIn))
			}
			return err
		},
		BannerCallback: func(text string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if room := maxBanner - d.banner.Len(); room > 0 {
				d.banner.WriteString(text[:min(len(text), room)])
			}
			return nil
		},
		AuthCallback: d.auth.next,
	}
	type result struct {
		client *Client
		err    error
	}
	done := make(chan result, 1)
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		conn, chans, reqs, err := ssh.NewClientConn(d.wire, s.known, cfg)
		if err != nil {
			done <- result{err: err}
			return
		}
		done <- result{client: &Client{conn: ssh.NewClient(conn, chans, reqs), wire: d.wire, shown: d.shown, users: 1}}
	}()
	clock := time.NewTimer(left)
	defer clock.Stop()
	if left == 0 {
		clock.Stop()
	}
	began := time.Now()
	for {
		select {
		case r := <-done:
			return r.client, r.err
		case <-clock.C:
			d.late = true
			d.stop() // NewClientConn fails
			return nil, (<-done).err
		case <-ctx.Done():
			d.stop()
			r := <-done
			if r.client != nil {
				r.client.release()
			}
			return nil, context.Cause(ctx)
		case q := <-d.asks:
			left -= time.Since(began)
			clock.Stop()
			text, err := s.Ask(inner, q.q)
			q.answer <- answer{text, err}
			if began = time.Now(); s.Timeout > 0 {
				clock.Reset(max(left, time.Millisecond))
			}
		}
	}
}

// ask asks the goroutine that connects.
func (d *dialing) ask(q Question) (string, error) {
	if !d.canAsk {
		return "", ErrNobody
	}
	a := asked{q, make(chan answer, 1)}
	select {
	case d.asks <- a: // handshake takes it until the connection is made
	case <-d.stopped:
		return "", errStopped
	}
	got := <-a.answer
	if got.err != nil && !errors.Is(got.err, ErrNobody) {
		d.fatal = got.err
	}
	return got.text, got.err
}

// note writes down what is worth telling.
func (d *dialing) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// atEnd has f called when the connection is made, or is not.
func (d *dialing) atEnd(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		f()
		return
	}
	d.ends = append(d.ends, f)
}

func (d *dialing) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	for _, f := range slices.Backward(d.ends) {
		f()
	}
	d.ends = nil
}

// stop ends a login that waits for the host or for an agent.
func (d *dialing) stop() {
	d.hung = d.agent.Load()
	close(d.stopped)
	_ = d.wire.Close()
	d.finish()
}
