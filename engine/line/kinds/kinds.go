// Package kinds is the table of the kinds of lines: for each scheme of an address how it
// is written, which options apply, how the connection is opened, and which line lies over
// it.
package kinds

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/pty"
	"github.com/moonwire/moonwire/engine/line/telnet"
)

// Options say how a line is opened.
type Options struct {
	Dial dial.Options
	// Connect, if set, opens the connection in place of the network and of programs.
	Connect func(ctx context.Context, a dial.Address, o dial.Options) (dial.Conn, error)
	Telnet  telnet.Config // of telnet lines; StartTLS is made of Dial.TLS
	Program pty.Config    // of programs; Args is made of the address if it is nil
	// Demo, if set, gives the address of the demo host; otherwise each connection has a
	// host of its own, which ends with it.
	Demo func() (address string, err error)
}

// A Kind is a row of the table.
type Kind struct {
	Scheme dial.Scheme
	Form   string // how an address is written
	About  string // what it is
	// Without lists the options of connect that do not apply, with what to say of it.
	Without []Without

	connect func(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error)
	over    func(conn dial.Conn, a dial.Address, o *Options) (line.Line, error)
}

// Without is an option of connect that does not apply to a kind of line.
type Without struct{ Option, Why, Hint string }

const aboutTLS = "telnets:// is telnet over TLS"

var (
	noProgram = []Without{
		{"cwd", "starts no program", "spawn does"},
		{"env", "starts no program", "spawn does; environ= is what a telnet host is told"},
	}
	noTelnet = []Without{
		{"tls", "is no network connection", aboutTLS},
		{"options", "does not speak telnet", "telnet options are for telnet://"},
		{"environ", "does not speak telnet", "env= sets a program's variables"},
		{"on_option", "does not speak telnet", "telnet options are for telnet://"},
	}
)

var kinds = [...]Kind{
	{dial.Telnet, "telnet://host[:23]", "telnet", noProgram, dialed, overTelnet},
	{dial.Telnets, "telnets://host[:992]", "telnet over TLS", noProgram, dialed, overTelnet},
	{dial.TCP, "tcp://host:port", "plain bytes, no telnet", append([]Without{{"tls", "is plain bytes", aboutTLS}}, noProgram...), dialed, overBytes},
	{dial.Unix, "unix:///path", "telnet over a Unix socket", noProgram, dialed, overTelnet},
	{dial.Demo, "demo://", "the small host that is part of moonwire", noProgram, demonstrated, overTelnet},
	{dial.Spawn, "spawn:command", "a program on a terminal of its own", noTelnet, spawned, overProgram},
}

// Kinds is the table.
func Kinds() []Kind { return kinds[:] }

// Message says that the option does not go with the kind of line.
func (w Without) Message(k Kind) string {
	return w.Option + " does not go with " + k.Scheme.Prefix() + ", which " + w.Why
}

// Of returns the kind of an address.
func Of(a dial.Address) Kind {
	for _, k := range kinds {
		if k.Scheme == a.Scheme {
			return k
		}
	}
	panic("no kind of line has the scheme " + string(a.Scheme)) // no test: a test holds the table to dial's
}

// Open opens the line that an address names. Errors are of type *dial.Error.
func Open(ctx context.Context, a dial.Address, o Options) (line.Line, error) {
	k := Of(a)
	o.Dial.Wrap = line.Wrap
	connect := k.connect
	if o.Connect != nil {
		connect = func(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
			return o.Connect(ctx, a, o.Dial)
		}
	}
	conn, err := connect(ctx, a, &o)
	if err != nil {
		return nil, err
	}
	l, err := k.over(conn, a, &o)
	if err != nil {
		_ = conn.Close() // the mistake in the options is what to tell
		return nil, err
	}
	return l, nil
}

func dialed(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	return dial.Dial(ctx, a, o.Dial)
}

// A DemoHost is a demo host that several connections share. It starts with the first.
type DemoHost struct {
	address string
	stop    func()
}

// Address is where the host listens.
func (d *DemoHost) Address() (string, error) {
	if d.stop == nil {
		address, stop, err := demo.Start()
		if err != nil { // no test: the loopback would have to be gone
			return "", err
		}
		d.address, d.stop = address, stop
	}
	return d.address, nil
}

// Stop ends the host, if it has started.
func (d *DemoHost) Stop() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

// demonstrated connects to the demo host.
func demonstrated(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	host, stop, err := "", func() {}, error(nil)
	if o.Demo != nil {
		host, err = o.Demo()
	} else if host, stop, err = demo.Start(); err == nil {
		o.Dial.Wrap = func(conn net.Conn) net.Conn {
			c := line.NewConn(conn)
			c.OnClose = stop
			return c
		}
	}
	if err != nil {
		// no test: the loopback would have to be gone
		return nil, &dial.Error{Address: a.String(), What: "the demo host does not start: " + err.Error(), Err: err}
	}
	if a, err = dial.Parse(host, ""); err == nil {
		var conn dial.Conn
		if conn, err = dial.Dial(ctx, a, o.Dial); err == nil {
			return conn, nil
		}
	}
	stop()
	return nil, err
}

func overTelnet(conn dial.Conn, a dial.Address, o *Options) (line.Line, error) {
	cfg := o.Telnet
	if o.Dial.TLS != nil && !a.TLS() { // for a host that offers START-TLS
		var err error
		if cfg.StartTLS, err = o.Dial.TLS.Config(a.Host); err != nil {
			return nil, err
		}
	}
	cfg.Telnet.NoCompression, cfg.Telnet.TLS = a.TLS(), cfg.StartTLS != nil
	return telnet.New(conn, cfg), nil
}

func overBytes(conn dial.Conn, _ dial.Address, _ *Options) (line.Line, error) {
	return line.NewBytes(conn), nil
}

func spawned(_ context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	cfg := o.Program
	if cfg.Args == nil {
		cfg.Args = []string{"/bin/sh", "-c", a.Path}
	}
	p, err := pty.Start(cfg)
	if err == nil {
		return p, nil
	}
	e := &dial.Error{Address: a.String(), What: err.Error(), Err: err}
	path, isPath := errors.AsType[*os.PathError](err)
	notFound, isName := errors.AsType[*exec.Error](err)
	switch {
	case isName:
		cause := notFound.Err
		if isPath { // the name was a path
			cause = path.Err
		}
		e.What = notFound.Name + ": " + strings.TrimPrefix(cause.Error(), "exec: ")
		e.Hint = "give its whole path, or look at PATH"
		if errors.Is(cause, os.ErrPermission) {
			e.Hint = "it is no program: chmod +x makes it one, or start what runs it, as in spawn{\"sh\", \"FILE\"}"
		}
	case cfg.Dir != "" && isMissing(cfg.Dir):
		e.What = "there is no directory " + cfg.Dir
	case isPath:
		e.What = path.Path + ": " + path.Err.Error()
	}
	return nil, e
}

func isMissing(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, os.ErrNotExist)
}

func overProgram(conn dial.Conn, _ dial.Address, _ *Options) (line.Line, error) {
	return pty.New(conn), nil
}
