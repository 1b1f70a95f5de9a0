package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/dial"
)

// ErrNobody is what an Ask returns that has nobody to ask.
var ErrNobody = errors.New("there is nobody to ask")

var (
	errNotSSH  = errors.New("the host does not speak ssh")
	errStopped = errors.New("the login was stopped")
	errSilent  = errors.New("the host has not answered " + strconv.Itoa(maxUnanswered) + " keepalives")
)

// A failure is a step of the login that failed, in words for people.
type failure struct {
	what, hint string
	err        error
}

// Error gives one line.
func (f *failure) Error() string { return f.what }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.err }

// A disconnect is what a host says when it ends the connection.
type disconnect struct {
	byApplication bool
	message       string
}

// disconnected takes the host's last words out of an error of the library, which has no
// type for them.
func disconnected(err error) (d disconnect, found bool) {
	if err == nil {
		return d, false
	}
	_, words, found := strings.Cut(err.Error(), "ssh: disconnect, reason ")
	if !found {
		return d, false
	}
	reason, message, _ := strings.Cut(words, ": ")
	return disconnect{reason == "11", strings.TrimSpace(message)}, true
}

// end is how a line ends whose host has said that it ends the connection.
func (d disconnect) end() error {
	if d.byApplication {
		return io.EOF
	}
	return errors.New("the host ended the connection: " + d.message)
}

// lost says that a connection broke.
func lost(err error) error {
	if err == io.EOF || errors.Is(err, net.ErrClosed) { // as net gives it
		return errors.New("the connection ended, and the host had not closed the session")
	}
	return err
}

// progress is how far a connection has come.
type progress uint8

const (
	greeting  progress = iota // neither side has told its version
	keys                      // keys are exchanged
	loggingIn                 // the host's key is accepted
)

// explain makes of an error of the handshake one that says what failed and what may help.
func (d *dialing) explain(parent context.Context, err error, timeout time.Duration) error {
	e := &dial.Error{Address: d.shown, Err: err}
	first, isSSH := d.wire.said()
	f, isFailure := errors.AsType[*failure](err)
	none, isAlgorithm := errors.AsType[*ssh.AlgorithmNegotiationError](err)
	why, isDisconnect := disconnected(err)
	broken := d.wire.broken()
	hop, isHop := errors.AsType[*dial.Error](broken) // such as a command that ends
	switch {
	case errors.Is(context.Cause(parent), context.DeadlineExceeded):
		e.Err = context.Cause(parent)
		d.tooLate(e, first, 0)
	case parent.Err() != nil:
		e.What, e.Err = "interrupted", context.Cause(parent)
	case d.fatal != nil:
		e.What, e.Err = d.fatal.Error(), d.fatal
	case d.late:
		d.tooLate(e, first, timeout)
	case isFailure:
		e.What, e.Hint = f.what, f.hint
		if f.err != nil {
			e.Err = f.err
		}
	case isAlgorithm:
		e.What, e.Hint = noAlgorithm(none)
	case isOld(first):
		older(e, first)
	case errors.Is(err, errNotSSH) || errors.Is(broken, errNotSSH) || !isSSH && first != "":
		e.What = "the host does not speak ssh"
		if line, _, _ := strings.Cut(first, "\n"); first[0] != 0xff {
			e.What += "; it says " + strconv.Quote(strings.TrimSpace(line))
		}
		e.Hint = "is the port right? telnet is telnet://"
	case isDisconnect:
		e.What = "the host ended the connection: " + why.message
		if strings.Contains(why.message, "Too many authentication failures") {
			e.What += " (tried were " + d.auth.tried() + ")"
			e.Hint = `an agent with many keys may be the cause: ssh={agent=false, key=FILE} offers one`
		}
	case isHop:
		e.What, e.Hint = hop.What, hop.Hint
	case broken != nil && first == "":
		e.What = "the host closed the connection before it said anything"
		e.Hint = "does it take no more connections, or none from this address?"
	case broken != nil:
		e.What = "the host closed the connection during " + d.stage()
		if broken != io.EOF && !errors.Is(broken, net.ErrClosed) { // as net gives it
			e.What += ": " + dial.Cause(broken)
		}
	default:
		e.What = strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ssh: handshake failed: "), "ssh: ")
		if strings.Contains(e.What, "unexpected message type 60") {
			e.What, e.Hint = "the host wants a new password", `ssh={client="openssh"} lets you give it one`
		}
	}
	return e
}

// isOld reports whether a host's greeting is that of an ssh before version 2.
func isOld(first string) bool {
	return strings.HasPrefix(first, "SSH-1.") && !strings.HasPrefix(first, "SSH-1.99")
}

// older says that the host's ssh is too old.
func older(e *dial.Error, first string) {
	line, _, _ := strings.Cut(first, "\n")
	e.What = "the host speaks an older ssh, " + strconv.Quote(strings.TrimSpace(line))
	e.Hint = "telnet:// may be as good, if it has that"
}

// tooLate says that the time ran out.
func (d *dialing) tooLate(e *dial.Error, first string, timeout time.Duration) {
	within := ""
	if timeout > 0 { // else whoever set the time says how much it was
		within = " within " + timeout.String()
	}
	e.What = d.stage() + " did not finish" + within
	e.Hint = "the host answers, but slowly or not at all; connect_timeout= gives it longer"
	if d.hung != nil {
		e.What = "the agent at " + *d.hung + " does not answer" + within
		e.Hint = "it hangs, or waits for its owner; ssh={agent=false} goes without it, and connect_timeout= gives it longer"
	} else if first == "" {
		e.What = "the host says nothing" + within
		e.Hint = "does the port speak ssh? connect_timeout= gives it longer"
	} else if isOld(first) {
		older(e, first)
	} else if _, isSSH := d.wire.said(); !isSSH {
		line, _, _ := strings.Cut(first, "\n")
		e.What, e.Hint = "the host does not speak ssh; it says "+strconv.Quote(strings.TrimSpace(line)), "is the port right? telnet is telnet://"
	}
}

// stage names what was going on.
func (d *dialing) stage() string {
	if progress(d.progress.Load()) == loggingIn {
		return "the login"
	}
	return "the ssh handshake"
}

// noAlgorithm says that the two sides have no algorithm in common, and which option
// would help.
func noAlgorithm(e *ssh.AlgorithmNegotiationError) (what, hint string) {
	name := "algorithm"
	for prefix, n := range map[string]string{"key exchange": "key exchange", "host key": "kind of host key", "client to server cipher": "cipher", "server to client cipher": "cipher", "client to server MAC": "MAC", "server to client MAC": "MAC"} {
		if e.What == prefix {
			name = n
		}
	}
	offers := slices.DeleteFunc(slices.Clone(e.RequestedAlgorithms), func(name string) bool {
		return strings.HasPrefix(name, "ext-info-") || strings.HasPrefix(name, "kex-strict-") // marks in the list (RFC 8308, section 2.1)
	})
	what = "no common " + name + ": the host offers " + strings.Join(offers, ", ")
	insecure := allInsecure()
	for _, offered := range offers {
		if slices.Contains(insecure, offered) {
			return what, "ssh={legacy=true} allows old algorithms for this host; they are no longer safe"
		}
	}
	return what, `ssh={client="openssh"} uses the system's ssh, which may know one of them`
}

// refused says why a host gave no channel.
func refused(shown string, err error) error {
	e := &dial.Error{Address: shown, Err: err, What: "the host gives no session: " + words(err)}
	if _, ok := errors.AsType[*ssh.OpenChannelError](err); !ok {
		e.What = "no session: " + words(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.What, e.Hint = "the host gives no session in time", "connect_timeout= gives it longer"
	}
	return e
}

// refusedForward says why a jump host connects to nobody.
func refusedForward(shown, address string, err error) error {
	e := &dial.Error{Address: shown, Err: err, What: "it does not connect to " + address + ": " + words(err)}
	if errors.Is(err, context.DeadlineExceeded) {
		e.What = "it has not connected to " + address // dial says within which time
		e.Hint = "the jump host is there, but does not reach the host behind it; connect_timeout= gives it longer"
	}
	if open, ok := errors.AsType[*ssh.OpenChannelError](err); ok {
		switch open.Reason {
		case ssh.Prohibited:
			e.What = "it refuses to connect to " + address + ": " + words(err)
			e.Hint = "its sshd_config says which connections it makes: AllowTcpForwarding, PermitOpen"
		case ssh.ConnectionFailed:
			e.Hint = "the jump host is there, but does not reach the host behind it"
		}
	}
	return e
}

// words are what a host said of a channel that it refused.
func words(err error) string {
	open, ok := errors.AsType[*ssh.OpenChannelError](err)
	if !ok {
		return dial.Cause(err)
	}
	if open.Message == "" {
		return open.Reason.String()
	}
	return open.Message
}
