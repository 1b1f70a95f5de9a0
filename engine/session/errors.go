package session

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// The causes that a wait or a write can fail with. They are found by errors.Is in
// the *WaitError or *WriteError that is returned.
var (
	// ErrTimeout: the time allowed ran out.
	ErrTimeout = errors.New("timeout")
	// ErrClosed: the session was closed on our side.
	ErrClosed = errors.New("the session is closed")
	// ErrBusy: another goroutine is waiting on the session.
	ErrBusy = errors.New("another wait is in progress on this session")
	// ErrInHook: an option hook tried to wait for the peer, which cannot speak
	// before the hook returns.
	ErrInHook = errors.New("an option hook can not wait for the peer")
	// ErrNoTelnet: a telnet command on a connection that is not telnet.
	ErrNoTelnet = errors.New("the connection is not telnet")
	// ErrLoggedOut: the peer has asked us to leave (LOGOUT, RFC 727).
	ErrLoggedOut = errors.New("the peer has logged us out")
	// ErrBufferFull: an open match needs more text than the buffer may hold.
	ErrBufferFull = errors.New("a match that is still open needs more than max_buffer")
)

// WriteError tells why a write did not go out.
type WriteError struct {
	Session string
	Err     error         // ErrTimeout, ErrClosed, io.EOF, what the connection said, ...
	Waited  time.Duration // how long the write was blocked
	Blocked int           // bytes that the peer has not taken
	Cause   error         // for io.EOF: why the connection was lost, nil if the peer closed it
	Stopped string        // for ErrTimeout: why the line sends nothing, "" if the peer does not read
	Hint    string        // what may help
}

// Hints tells what may help.
func (e *WriteError) Hints() []string {
	if e.Hint != "" {
		return []string{e.Hint}
	}
	if h, ok := errors.AsType[interface {
		error
		Hints() []string
	}](e.Err); ok {
		return h.Hints()
	}
	return nil
}

// Error gives one line.
func (e *WriteError) Error() string {
	if errors.Is(e.Err, ErrTimeout) {
		if e.Stopped != "" {
			return "timeout: what was written has waited " + seconds(e.Waited) + " (" + strconv.Itoa(e.Blocked) + " bytes wait): " + e.Stopped
		}
		return "timeout: the peer has not read what was written for " + seconds(e.Waited) + " (" + strconv.Itoa(e.Blocked) + " bytes wait)"
	}
	if e.Err == io.EOF { // nothing wrapped says only "EOF"
		s := "cannot write: the peer has closed the connection"
		if e.Cause != nil {
			s += " (" + said(e.Cause) + ")"
		}
		return s
	}
	return "cannot write: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// said is what a connection said, without the two addresses that the net package puts
// before it: the port on this side would make each host's failure one of its own.
func said(err error) string {
	switch e := err.(type) { // not errors.As: what wraps it has something to say
	case *net.OpError:
		return said(e.Err)
	case *os.SyscallError:
		return e.Err.Error()
	}
	return err.Error()
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'g', 3, 64) + " s"
}

func join(shown []string) string {
	if len(shown) == 1 {
		return shown[0]
	}
	var s strings.Builder
	s.WriteString("{")
	for i, p := range shown {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(p)
	}
	return s.String() + "}"
}
