// Package telnetlib holds the proof that the module telnetlib is what its users
// know: CPython's own module runs beside it on the same bytes and calls, what
// CPython's tests check is checked, and what is mended.
package telnetlib

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/luabind"
)

// A wire is a connection in memory. What one end has written has arrived at the
// other when Write returns, so that no test waits for anything.
type wire struct {
	mu   sync.Mutex
	bell sync.Cond
	ends [2]end
}

// An end is what stands to be read there.
type end struct {
	pieces [][]byte // each is handed out by a Read of its own if the wire keeps cuts
	closed bool     // no more will come
	late   bool     // the read deadline is over
}

// endpoint is one end of a wire as a net.Conn.
type endpoint struct {
	*wire
	mine  int
	whole bool // a Read gives all that has arrived, as TCP does
}

func newWire(cuts bool) (ours, peer *endpoint) {
	w := &wire{}
	w.bell.L = &w.mu
	return &endpoint{w, 0, !cuts}, &endpoint{w, 1, true}
}

// Read implements net.Conn. What has arrived comes before a deadline.
func (e *endpoint) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	my := &e.ends[e.mine]
	for len(my.pieces) == 0 && !my.closed && !my.late {
		e.bell.Wait()
	}
	n := 0
	for len(my.pieces) > 0 && n < len(p) {
		taken := copy(p[n:], my.pieces[0])
		n += taken
		if my.pieces[0] = my.pieces[0][taken:]; len(my.pieces[0]) == 0 {
			my.pieces = my.pieces[1:]
		}
		if !e.whole {
			break
		}
	}
	switch {
	case n > 0:
		return n, nil
	case my.closed:
		return 0, io.EOF
	}
	return 0, os.ErrDeadlineExceeded
}

// Write implements net.Conn.
func (e *endpoint) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ends[1-e.mine].pieces = append(e.ends[1-e.mine].pieces, bytes.Clone(p))
	e.bell.Broadcast()
	return len(p), nil
}

// CloseWrite ends what this end says; it goes on listening.
func (e *endpoint) CloseWrite() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ends[1-e.mine].closed = true
	e.bell.Broadcast()
	return nil
}

// Close implements net.Conn.
func (e *endpoint) Close() error {
	e.mu.Lock()
	e.ends[e.mine].closed = true
	e.mu.Unlock()
	return e.CloseWrite()
}

// SetReadDeadline implements net.Conn, for deadlines that are over.
func (e *endpoint) SetReadDeadline(t time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ends[e.mine].late = !t.IsZero()
	e.bell.Broadcast()
	return nil
}

func (e *endpoint) SetDeadline(t time.Time) error  { return e.SetReadDeadline(t) }
func (*endpoint) SetWriteDeadline(time.Time) error { return nil }
func (*endpoint) LocalAddr() net.Addr              { return &net.IPAddr{} }
func (*endpoint) RemoteAddr() net.Addr             { return &net.IPAddr{} }

// prelude gives a Lua test its peer: say(bytes) has the peer send something,
// heard() is what it received since, hangup() ends what it says. Telnet() connects
// to the host "host".
const prelude = `
local telnetlib = require "telnetlib"
local peer
function Telnet(timeout)
  peer = connect("tcp://peer:1", { raw = true })
  return telnetlib.Telnet("host", nil, timeout)
end
function say(...) for _, piece in ipairs { ... } do peer:write(piece) end end
function heard() return peer:read_available() or "" end
function hangup() pcall(connect, "tcp://hangup:1") end
`

// run runs a Lua script whose telnetlib talks to a wire, in virtual time, and
// returns what it printed. With cuts every piece that the peer says comes alone.
func run(t *testing.T, source string, cuts bool) (printed string, err error) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		ours, peer := newWire(cuts)
		in := luabind.New(luabind.Config{
			Stdout: &out,
			Dial: func(_ context.Context, a dial.Address, _ dial.Options) (net.Conn, error) {
				switch {
				case strings.Contains(a.String(), "peer"):
					return peer, nil
				case strings.Contains(a.String(), "hangup"):
					return nil, errors.Join(errors.New("this is no host"), peer.CloseWrite())
				}
				return ours, nil
			},
		})
		err = in.Run(t.Context(), []byte(prelude+source), "test.lua")
		if closeErr := in.Close(); err == nil {
			err = closeErr
		}
		synctest.Wait()
		printed = out.String()
	})
	return printed, err
}

// quoted is a string as a Lua literal.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, `\%03d`, s[i])
	}
	return b.String() + `"`
}
