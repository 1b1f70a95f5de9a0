package workers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Server says where the server is and how to reach it. Several addresses, with commas
// between them, are those of a cluster.
type Server struct {
	URL      string
	Name     string // of this end, for those who look after the server
	Creds    string // files
	NKey     string
	CA       string
	Cert     string
	CertKey  string
	User     string
	Password string // of User; without one, a token
	Loopback bool   // no other server

	// Warn is told when the connection breaks, and when it is there again; nil: nobody.
	Warn func(line string)
}

// An Error says what is wrong with the server, or with the way to it.
type Error struct {
	What string
	Err  error // may be nil
	Hint string
}

// Error says it.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.What
	}
	return e.What + ": " + strings.TrimPrefix(e.Err.Error(), "nats: ")
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Kind is as for every connection that fails.
func (e *Error) Kind() string { return "connect" }

// Hints says what to do.
func (e *Error) Hints() []string {
	if e.Hint == "" {
		return nil
	}
	return []string{e.Hint}
}

// CheckURL reports what is wrong with a server's address.
func CheckURL(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		switch {
		case err != nil || u.Host == "":
			return errors.New("must be as nats://HOST:4222, or several of them with commas between them")
		case u.User != nil:
			return errors.New("must hold no user and no password, which others could see; -creds, -nkey or -user say who you are")
		case u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss":
			return fmt.Errorf("the scheme %q is not known: there are nats, tls, ws and wss", u.Scheme)
		}
	}
	return nil
}

// errNotLoopback says why a connection is not made.
var errNotLoopback = errors.New("the server is not on this machine")

// loopback is a dialer that reaches this machine alone.
type loopback struct{ net.Dialer }

// Dial implements nats.CustomDialer.
func (d *loopback) Dial(network, address string) (net.Conn, error) {
	conn, err := d.Dialer.Dial(network, address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = conn.Close()
		return nil, errNotLoopback
	}
	return conn, nil
}

// options are the connection's.
func (s *Server) options() []nats.Option {
	warn := func(format string, args ...any) {
		if s.Warn != nil {
			s.Warn(fmt.Sprintf(format, args...))
		}
	}
	list := []nats.Option{
		nats.Name(s.Name), nats.Timeout(10 * time.Second), nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond), nats.ReconnectJitter(200*time.Millisecond, 200*time.Millisecond),
		nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2), nats.RetryOnFailedConnect(false),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				warn("the connection to the server broke: %v; trying again", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { warn("the connection to the server is there again") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if !errors.Is(err, nats.ErrSlowConsumer) { // then it is a flood, and what was dropped is asked again
				warn("the server says: %v", err)
			}
		}),
	}
	if s.Creds != "" {
		list = append(list, nats.UserCredentials(s.Creds))
	}
	if s.CA != "" {
		list = append(list, nats.RootCAs(s.CA))
	}
	if s.Cert != "" {
		list = append(list, nats.ClientCert(s.Cert, s.CertKey))
	}
	switch {
	case s.User != "":
		list = append(list, nats.UserInfo(s.User, s.Password))
	case s.Password != "":
		list = append(list, nats.Token(s.Password))
	}
	if s.Loopback {
		list = append(list, nats.SetCustomDialer(&loopback{net.Dialer{Timeout: 10 * time.Second}}))
	}
	return list
}

// A link is a connection with JetStream.
type link struct {
	conn    *nats.Conn
	js      jetstream.JetStream
	out     *publisher
	objects objects
}

// dial connects.
func (s *Server) dial(ctx context.Context) (*link, error) {
	fail := func(err error) error {
		e := &Error{What: "cannot connect to " + s.URL, Err: err}
		switch {
		case errors.Is(err, errNotLoopback):
			e.Err = errNotLoopback
			e.Hint = "a worker that trusts everybody takes work from its own machine alone; -trust KEY says whose runs it does"
		case errors.Is(err, nats.ErrNoServers):
			e.Err, e.Hint = errors.New("no server answers there"), "nats-server -js -a 127.0.0.1 -p 4222 -sd DIR starts one"
		case errors.Is(err, nats.ErrAuthorization):
			e.Err, e.Hint = errors.New("the server refuses the credentials"), "-creds FILE, -nkey FILE or -user NAME say who you are"
		case s.Cert == "" && strings.Contains(err.Error(), "tls"): // once the handshake is over for this end
			e.Hint = "the server may want a certificate of this end: -cert FILE -cert-key FILE"
		}
		return e
	}
	if s.Loopback && isElsewhere(s.URL) {
		return nil, fail(errNotLoopback)
	}
	options := s.options()
	if s.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(s.NKey)
		if err != nil {
			return nil, fail(err)
		}
		options = append(options, key)
	}
	conn, err := nats.Connect(s.URL, options...)
	if err != nil {
		if errors.As(err, new(*tls.CertificateVerificationError)) {
			return nil, &Error{What: "cannot connect to " + s.URL, Err: err, Hint: "-ca FILE names the authority that signed the server's certificate"}
		}
		return nil, fail(err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(mostUnconfirmed*2))
	if err == nil {
		_, err = js.AccountInfo(ctx)
	}
	if err != nil {
		conn.Close()
		if isNoJetStream(err) {
			return nil, &Error{What: "the server at " + s.URL + " has no JetStream", Hint: "start it with nats-server -js -sd DIR, or let the account use it"}
		}
		return nil, &Error{What: "cannot use JetStream at " + s.URL, Err: err}
	}
	out, err := newPublisher(conn)
	if err != nil {
		conn.Close()
		return nil, &Error{What: "cannot use JetStream at " + s.URL, Err: err} // no test: the connection must break just now
	}
	return &link{conn: conn, js: js, out: out}, nil
}

func isNoJetStream(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) || errors.Is(err, nats.ErrNoResponders)
}

// isElsewhere reports whether one of the addresses is plainly not this machine's. What names
// stand for is seen when they are dialed.
func isElsewhere(list string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if u, err := url.Parse(strings.TrimSpace(part)); err == nil {
			if ip := net.ParseIP(u.Hostname()); ip != nil && !ip.IsLoopback() {
				return true
			}
		}
	}
	return false
}
