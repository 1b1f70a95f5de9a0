// Package kinds is the table of the kinds of lines. A row says how the kind's addresses are
// written, which options go with it, how its connection is opened, and which line lies over
// that. Parsing, dialling, the options of connect, completion, the check of scripts and the
// lists in the reference and the README all follow the table.
package kinds

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/pty"
	"github.com/moonwire/moonwire/engine/line/ssh"
	"github.com/moonwire/moonwire/engine/line/telnet"
)

// A Kind is a row of the table.
type Kind struct {
	dial.Form
	Written string // how an address is written
	About   string // what it is
	Has     []*Feature

	connect func(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error)
	over    func(conn dial.Conn, a dial.Address, o *Options) (line.Line, error)
}

var kinds = [...]Kind{
	{
		Form:    dial.Form{Scheme: "telnet", Bare: true, Port: "23", Network: "tcp", Read: dial.ReadHostPort},
		Written: "telnet://host[:23]", About: "telnet",
		Has:     []*Feature{&speaksTelnet, &hasTLS, &overNetwork},
		connect: dialed, over: overTelnet,
	},
	{
		Form:    dial.Form{Scheme: "telnets", Port: "992", TLS: true, Network: "tcp", Read: dial.ReadHostPort},
		Written: "telnets://host[:992]", About: "telnet over TLS",
		Has:     []*Feature{&speaksTelnet, &hasTLS, &overNetwork},
		connect: dialed, over: overTelnet,
	},
	{
		Form:    dial.Form{Scheme: "tcp", Network: "tcp", Read: dial.ReadHostPort},
		Written: "tcp://host:port", About: "plain bytes, no telnet",
		Has:     []*Feature{&overNetwork},
		connect: dialed, over: overBytes,
	},
	{
		Form:    dial.Form{Scheme: "unix", Opaque: true, Network: "unix", Read: dial.ReadSocket},
		Written: "unix:///path", About: "telnet over a Unix socket",
		Has:     []*Feature{&speaksTelnet, &hasTLS},
		connect: dialed, over: overTelnet,
	},
	{
		Form:    dial.Form{Scheme: "demo", Read: dial.ReadNothing},
		Written: "demo://", About: "the small host that is part of moonwire",
		Has:     []*Feature{&speaksTelnet, &hasTLS},
		connect: demonstrated, over: overTelnet,
	},
	{
		Form:    dial.Form{Scheme: "spawn", Sign: ":", Opaque: true, Doing: "start", Read: dial.ReadCommand},
		Written: "spawn:command", About: "a program on a terminal of its own",
		Has:     []*Feature{&startsProgram, &takesVariables},
		connect: started, over: overProgram,
	},
	{
		Form:    ssh.Form(),
		Written: "ssh://user@host[:22]", About: "a shell or a command by ssh",
		Has:     []*Feature{&speaksSSH, &takesVariables, &overNetwork},
		connect: loggedIn, over: overSSH,
	},
	{
		Form:    dial.Form{Scheme: "serial", Sign: ":", Opaque: true, Doing: "open", Read: readDevice},
		Written: "serial:/dev/ttyUSB0", About: "a serial port",
		Has:     []*Feature{&hasPort},
		connect: plugged, over: overSerial,
	},
	{
		Form:    dial.Form{Scheme: "rfc2217", Network: "tcp", Read: dial.ReadHostPort},
		Written: "rfc2217://host:port", About: "a serial port behind a telnet server",
		Has:     []*Feature{&speaksTelnet, &overNetwork, &hasPort},
		connect: set, over: overRFC2217,
	},
}

// StartsProgram reports whether opening the line runs a program on this machine.
func (k *Kind) StartsProgram() bool { return slices.Contains(k.Has, &startsProgram) }

// Inside reports whether the host is a part of this program.
func (k *Kind) Inside() bool { return k.Scheme == "demo" }

// Kinds returns the table.
func Kinds() []Kind { return kinds[:] }

// forms returns how addresses are written.
func forms() dial.Forms {
	fs := make(dial.Forms, len(kinds))
	for i := range kinds {
		fs[i] = &kinds[i].Form
	}
	return fs
}

// Parse reads an address of any kind. port, if not empty, is a port given separately.
// Errors are of type *dial.Error.
func Parse(address, port string) (dial.Address, error) { return forms().Parse(address, port) }

// Shown returns an address, right or wrong, as it can be shown before it is parsed:
// without a user and a password.
func Shown(address string) string { return forms().Shown(address) }

// Of returns the kind of an address.
func Of(a dial.Address) *Kind {
	for i := range kinds {
		if kinds[i].Scheme == a.Scheme() {
			return &kinds[i]
		}
	}
	panic("no kind of line has the scheme " + a.Scheme()) // no test: addresses are made by the table's forms
}

// Open opens the line that an address names. Errors are of type *dial.Error.
func Open(ctx context.Context, a dial.Address, o Options) (line.Line, error) {
	k := Of(a)
	o.Dial.Wrap = line.Wrap
	o.Dial.Network = through(o.Via)
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

func overTelnet(conn dial.Conn, a dial.Address, o *Options) (line.Line, error) {
	cfg := o.telnet(a)
	if o.Dial.TLS != nil && !a.TLS() { // for a host that offers START-TLS
		var err error
		if cfg.StartTLS, err = o.Dial.TLS.Config(a.Host); err != nil {
			return nil, err
		}
	}
	cfg.Telnet.TLS = cfg.StartTLS != nil
	return telnet.New(conn, cfg), nil
}

// telnet returns what the options say of a telnet line.
func (o *Options) telnet(a dial.Address) telnet.Config {
	cfg := o.Telnet
	t := &cfg.Telnet
	t.NoCompression = a.TLS()
	if t.Terminal == nil {
		t.Terminal = o.Terminal
	}
	t.Columns, t.Rows = cmp.Or(t.Columns, o.Columns), cmp.Or(t.Rows, o.Rows)
	cfg.Encoding, cfg.Raw = o.Encoding, o.Raw
	return cfg
}

func overBytes(conn dial.Conn, _ dial.Address, _ *Options) (line.Line, error) {
	return line.NewBytes(conn), nil
}

func started(_ context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	cfg := o.Program
	if cfg.Terminal == "" && len(o.Terminal) > 0 {
		cfg.Terminal = o.Terminal[0]
	}
	cfg.Columns, cfg.Rows = cmp.Or(cfg.Columns, o.Columns), cmp.Or(cfg.Rows, o.Rows)
	if cfg.Env == nil {
		cfg.Env = o.environ()
	}
	return pty.Connect(a, cfg)
}

func overProgram(conn dial.Conn, _ dial.Address, _ *Options) (line.Line, error) {
	return pty.New(conn), nil
}

// sshOf returns what the options say of ssh.
func (o *Options) sshOf() ssh.Config {
	cfg := o.SSH
	cfg.Timeout = o.Dial.Timeout
	if cfg.Terminal == "" && len(o.Terminal) > 0 {
		cfg.Terminal = o.Terminal[0]
	}
	cfg.Columns, cfg.Rows = cmp.Or(cfg.Columns, o.Columns), cmp.Or(cfg.Rows, o.Rows)
	if len(o.Via) > 0 {
		cfg.Dial, cfg.Route = o.Dial.Network, fmt.Sprint(o.Via)
	}
	return cfg
}

func loggedIn(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	if o.SSH.System {
		args, err := ssh.SystemArgs(a, o.sshOf())
		if err != nil {
			return nil, err
		}
		program := *o
		program.Program.Args = args
		return started(ctx, a, &program)
	}
	return ssh.Open(ctx, a, o.sshOf())
}

func overSSH(conn dial.Conn, _ dial.Address, o *Options) (line.Line, error) {
	if o.SSH.System {
		l := pty.New(conn)
		l.Runs, l.SSH = o.SSH.Command, true
		return l, nil
	}
	return ssh.New(conn, o.sshOf()), nil
}
