// Package demo is a small telnet host for examples, tests and first steps: it
// asks for a name and a password (brandon, mypass), offers ECHO and SGA, asks
// for TTYPE and NAWS, and then runs a shell with a dozen commands of its own.
// It touches nothing of the machine that it runs on. Other names lead, with the
// same password, to a router's command line (r1 to r9), a menu (menu), a console
// server (console) and a bulletin board in Big5 (bbs).
//
// On the wire it is an honest host: a line typed is echoed if the client has
// agreed to ECHO, CR LF, CR NUL and bare CR and LF end a line, the terminal
// type and the window's size come from negotiation, AYT, IP, EC, EL, BRK and
// TIMING-MARK work, and prompts end in EOR or GA for a client that wants them.
//
// What it says is the same at each run: its clock stands still unless
// [Server.Now] moves it.
//
// A connection has two goroutines, one that reads and one that does all else.
// Type-ahead is kept up to a bound, beyond which the client must wait.
package demo

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
)

// Name and password of the shell's only user, unless the server has another password.
const (
	User     = "brandon"
	Password = "mypass"
)

// DefaultMaxSessions is the number of connections that a Server without a
// MaxSessions serves at once.
const DefaultMaxSessions = 256

// uptimeAtFirst is for how long the host says to have been up at first.
const uptimeAtFirst = 5*24*time.Hour + 12*time.Hour + 13*time.Minute

// ErrClosed is returned by [Server.Serve] after [Server.Close] or
// [Server.Shutdown].
var ErrClosed = errors.New("demo host closed")

// Server is the demo host. Its zero value is ready. The fields must not be
// changed once it serves.
type Server struct {
	// Name is what the host calls itself in its prompt; "" is demo. Its routers are
	// called so too, if it is set.
	Name string

	// Password is what its users log in with; "" is [Password].
	Password string

	// Now is the clock that uptime shows; nil is one that stands at 10:24:43.
	Now func() time.Time

	// After is the clock that slow waits by; nil is time.After.
	After func(time.Duration) <-chan time.Time

	// MaxSessions is the number of connections served at once; 0 is
	// DefaultMaxSessions. Beyond it, the
	// client that has been silent for longest makes room; if all have spoken
	// lately, the new one is told so and closed.
	MaxSessions int

	// Short, if set, is told when there are no descriptors for another connection, at
	// most once a minute. It must not block.
	Short func()

	// Log is told, if it is not nil, what happens, in one line without a
	// newline. It may be called from several goroutines at once.
	Log func(line string)

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	sessions  map[*session]struct{}
	devices   map[string]*device
	running   sync.WaitGroup
	crowd     dial.Crowd
	ending    chan struct{} // closed with the server; nil until it is asked for

	boot   sync.Once
	booted time.Time
}

// Start serves on a free port of 127.0.0.1 until stop is called, which returns
// when all is closed.
func Start() (address string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := new(Server)
	server.track(l)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends by stop alone: nobody else has the listener
	}()
	return l.Addr().String(), func() {
		server.Close()
		<-done
	}, nil
}

// Serve accepts connections on l, which it closes in the end, and serves each
// until Close, Shutdown or an error of the listener. It always returns an error;
// after Close or Shutdown that is [ErrClosed].
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	if !s.track(l) {
		return ErrClosed
	}
	defer s.untrack(l)
	for {
		conn, err := s.crowd.Accept(l, s.closing(), s.Short)
		switch {
		case err == nil:
			dial.KeepUrgent(conn)
			s.start(conn)
		case s.isClosed():
			return ErrClosed
		default:
			return err
		}
	}
}

// ServeConn serves one connection, which it closes, and returns when the
// session has ended.
func (s *Server) ServeConn(conn net.Conn) {
	if c := s.start(conn); c != nil {
		<-c.ended
	}
}

// start begins a session in a goroutine of its own; nil means that there is no
// place for it.
func (s *Server) start(conn net.Conn) *session {
	limit := s.MaxSessions
	if limit <= 0 {
		limit = DefaultMaxSessions
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		go refuse(conn)
		return nil
	}
	c := newSession(s, conn)
	if c.client = s.crowd.Join(limit, c.hangUp); c.client == nil {
		go refuse(conn)
		return nil
	}
	if s.sessions == nil {
		s.sessions = make(map[*session]struct{})
	}
	s.sessions[c] = struct{}{}
	s.running.Go(func() {
		c.run()
		c.client.Leave()
		s.mu.Lock()
		delete(s.sessions, c)
		s.mu.Unlock()
	})
	return c
}

func refuse(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("Too many sessions.\r\n"))
	_ = conn.Close()
}

func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.listeners == nil {
		s.listeners = make(map[net.Listener]struct{})
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) untrack(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// closing returns a channel that is closed when the server stops listening.
func (s *Server) closing() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending == nil {
		s.ending = make(chan struct{})
		if s.closed {
			close(s.ending)
		}
	}
	return s.ending
}

// stopListening closes the listeners for good.
func (s *Server) stopListening() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending != nil && !s.closed {
		close(s.ending)
	}
	s.closed = true
	for l := range s.listeners {
		_ = l.Close()
	}
}

// Close stops serving, hangs up on every session and returns when they have
// ended.
func (s *Server) Close() {
	s.stopListening()
	s.mu.Lock()
	for c := range s.sessions {
		c.hangUp()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Shutdown stops accepting and waits until the sessions have ended by
// themselves or ctx is done, when it closes those that are left and returns
// ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopListening()
	idle := make(chan struct{})
	go func() {
		s.running.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		s.Close()
		<-idle
		return ctx.Err()
	}
}

// now returns the time, and for how long the host has been up: for uptimeAtFirst
// when it was first asked.
func (s *Server) now() (now time.Time, up time.Duration) {
	now = time.Date(2026, time.January, 17, 10, 24, 43, 0, time.UTC)
	if s.Now != nil {
		now = s.Now()
	}
	s.boot.Do(func() { s.booted = now.Add(-uptimeAtFirst) })
	return now, max(0, now.Sub(s.booted))
}

func (s *Server) password() string { return cmp.Or(s.Password, Password) }

func (s *Server) after(d time.Duration) <-chan time.Time {
	if s.After != nil {
		return s.After(d)
	}
	return time.After(d)
}

func (s *Server) log(line string) {
	if s.Log != nil {
		s.Log(line)
	}
}
