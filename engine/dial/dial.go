package dial

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Conn is an open connection. If it has a descriptor (syscall.Conn) reads and writes can
// be tried without blocking; if it has a method CloseWrite, our end of the conversation can
// be closed alone.
type Conn = net.Conn

// Options say how Dial opens a connection.
type Options struct {
	// Timeout bounds name lookup, connecting and the TLS handshake together;
	// 0 means no bound but the context's.
	Timeout time.Duration
	// TLS is how to verify the peer and what to show it; nil means the system's
	// roots and no certificate. It is used where the address asks for TLS.
	TLS *TLS
	// Wrap, if set, is given the connection before TLS is put on it and returns
	// what is used in its place.
	Wrap func(net.Conn) net.Conn
	// Network, if set, opens the connection in place of a net.Dialer. Its errors may be of
	// type *Error without an address.
	Network func(ctx context.Context, network, address string) (net.Conn, error)

	resolver *net.Resolver // nil is the system's; tests give one
}

// TLS says how a peer is verified and which certificate it is shown.
type TLS struct {
	CA         string // a PEM file of authorities to trust instead of the system's
	Cert, Key  string // PEM files of our own certificate and its key, both or none
	ServerName string // the name to verify; "" means the address's host
	Insecure   bool   // accept any certificate
}

// Config gives the crypto/tls form of t, for a peer that is called host.
func (t *TLS) Config(host string) (*tls.Config, error) {
	cfg := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if t == nil {
		return cfg, nil
	}
	if t.ServerName != "" {
		cfg.ServerName = t.ServerName
	}
	cfg.InsecureSkipVerify = t.Insecure
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, &Error{What: "cannot read the CA file " + t.CA + ": " + Cause(err), Err: err}
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &Error{What: "the CA file " + t.CA + " holds no PEM certificate"}
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, &Error{What: "a client certificate needs both cert and key"}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, &Error{What: "cannot load the client certificate " + t.Cert + ": " + Cause(err), Err: err}
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// Dial opens the connection. Of several addresses that a name has, IPv6 and IPv4
// are tried side by side (RFC 8305): one that refuses costs no delay, one that does
// not answer the 300 ms after which the net package tries the other kind as well. A
// connection over TLS has finished its handshake when Dial returns.
//
// Errors are of type *Error; a context that ended is found in them by errors.Is.
func Dial(ctx context.Context, a Address, o Options) (net.Conn, error) {
	target := a.Path
	switch a.form.Network {
	case "":
		return nil, a.Failed("it is not reached over a network", nil)
	case "tcp":
		target = net.JoinHostPort(a.Host, a.Port)
	}
	var tlsConfig *tls.Config
	if a.TLS() {
		var err error
		if tlsConfig, err = o.TLS.Config(a.Host); err != nil {
			if e, ok := errors.AsType[*Error](err); ok {
				e.Address = a.String()
			}
			return nil, err
		}
	}
	parent := ctx
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	open := o.Network
	if open == nil {
		open = (&net.Dialer{Resolver: o.resolver}).DialContext
	}
	conn, err := open(ctx, a.form.Network, target)
	if err != nil {
		return nil, explain(parent, a, o.Timeout, err)
	}
	if o.Wrap != nil {
		conn = o.Wrap(conn)
	}
	if tlsConfig == nil {
		return conn, nil
	}
	secured := tls.Client(conn, tlsConfig)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // the handshake's error is the one to tell
		return nil, explainTLS(parent, a, o.Timeout, err)
	}
	return secured, nil
}

// Error tells why an address could not be used or a connection not be opened.
type Error struct {
	Address string // as it was given
	What    string // what happened, in plain English
	Hint    string // what may help, "" if nothing is known
	Err     error  // the cause, nil if there is none below
	doing   string // what was tried, see Form.Doing
}

// Error gives the message without the hint, in one line: names in a certificate are
// the peer's words, an address may be anybody's.
func (e *Error) Error() string {
	if e.Address == "" {
		return printable(e.What)
	}
	return printable("cannot " + cmp.Or(e.doing, "connect to") + " " + e.Address + ": " + e.What)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Explain returns why a connection to a could not be opened: err is a net.Dialer's.
func Explain(a Address, err error) *Error { return explain(context.Background(), a, 0, err) }

func explain(parent context.Context, a Address, timeout time.Duration, err error) *Error {
	e := a.Failed("", err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	told, isTold := errors.AsType[*Error](err)
	switch {
	case parent.Err() != nil:
		e.What, e.Err = "interrupted", context.Cause(parent)
	case isTold:
		e.What, e.Hint = told.What, told.Hint
		if timeout > 0 && errors.Is(err, context.DeadlineExceeded) {
			e.What += " within " + timeout.String()
		}
	case isDNS && dns.IsNotFound:
		e.What = "the name " + a.Host + " is not known"
		e.Hint = "check the spelling, or give the IP address"
		if strings.Contains(dns.Err, "unknown port") {
			e.What, e.Hint = "the service "+a.Port+" is not known", "give the port as a number"
		}
	case isDNS && !errors.Is(err, context.DeadlineExceeded) && !dns.IsTimeout:
		e.What = "the name " + a.Host + " could not be looked up: " + dns.Err
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		e.What = "no answer"
		if timeout > 0 {
			e.What += " within " + timeout.String()
		}
		e.Hint = "is the host up, and does a firewall drop the port? connect_timeout= gives it longer"
	case isRefused(err):
		e.What = "connection refused"
		e.Hint = "the host is there, but nothing listens on that port"
		if a.form.Network == "unix" {
			e.Hint = "the socket is there, but nothing listens on it"
		}
	case a.form.Network == "unix" && errors.Is(err, os.ErrNotExist):
		e.What = "there is no such socket"
	case errors.Is(err, os.ErrPermission):
		e.What = "permission denied"
	case OutOfFiles(err):
		e.What, e.Hint = Cause(err), CloseSome
	default:
		e.What = Cause(err)
	}
	return e
}

func explainTLS(parent context.Context, a Address, timeout time.Duration, err error) error {
	e := a.Failed("", err)
	told, isTold := errors.AsType[*Error](err)
	switch {
	case parent.Err() != nil:
		e.What, e.Err = "interrupted", context.Cause(parent)
	case isTold:
		e.What, e.Hint = told.What, told.Hint
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		e.What = "the TLS handshake did not finish within " + timeout.String()
		e.Hint = "does the port speak TLS? plain telnet is telnet://"
	default:
		e.What = "TLS: " + strings.TrimPrefix(Cause(err), "tls: ")
		if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
			e.What, e.Hint = "the peer does not speak TLS", "plain telnet is telnet://"
		}
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			e.Hint = "tls={ca=FILE} trusts the authority in FILE, tls={server_name=NAME} expects that name, tls={insecure=true} trusts anyone"
		}
	}
	return e
}

// CloseSome is the hint where there are no descriptors for another session.
const CloseSome = "close sessions that are no longer used by s:close(), or raise the limit (ulimit -n)"

// OutOfFiles reports whether an error is that the process, or the system, has too many
// files open.
func OutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// wsaRefused is what Windows says where others say ECONNREFUSED.
const wsaRefused = syscall.Errno(10061)

func isRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaRefused)
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// Cause is the innermost message: what the system said, without the chain of
// operations that the net package puts before it.
func Cause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return Cause(op.Err)
	}
	if sys, ok := errors.AsType[*os.SyscallError](err); ok {
		return sys.Err.Error()
	}
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
