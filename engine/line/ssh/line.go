package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
)

// Line is the line to a shell or a command. It implements line.Line, line.Windowed,
// line.KeepAliver, line.Breaker, line.Program and line.Commander.
type Line struct {
	line.Bytes
	on    *session // nil over another connection, such as a recording's
	tty   bool
	runs  string   // the command, "" for a shell
	notes []string // worth telling, and not told yet
	size  [2]int
	sized bool // and has changed, which is not told yet
	told  bool // how the command ended
	due   bool // nothing more could be read
	over  bool // the line is
}

var (
	_ line.Line       = (*Line)(nil)
	_ line.Windowed   = (*Line)(nil)
	_ line.KeepAliver = (*Line)(nil)
	_ line.Breaker    = (*Line)(nil)
	_ line.Program    = (*Line)(nil)
	_ line.Commander  = (*Line)(nil)
)

// Form is how the addresses are written.
func Form() dial.Form {
	return dial.Form{Scheme: "ssh", User: true, Network: "tcp", Read: dial.ReadUserHost}
}

// Open logs in and starts the shell, or the command. The connection that it returns is
// New's to make a line of. Errors are of type *dial.Error.
func Open(ctx context.Context, a dial.Address, cfg Config) (net.Conn, error) {
	for {
		c, err := connected(ctx, a, &cfg)
		if err != nil {
			return nil, err
		}
		s, err := c.start(ctx, &cfg)
		if err == nil {
			return s, nil
		}
		again := c.oneOfMany()
		c.release()
		if _, full := errors.AsType[*ssh.OpenChannelError](err); full && again {
			continue // the connection has as many sessions as the host allows: another one
		}
		if _, ok := errors.AsType[*dial.Error](err); !ok {
			err = refused(c.shown, err)
		}
		return nil, err
	}
}

// New makes a line of a connection, which is Open's or stands for one.
func New(conn net.Conn, cfg Config) *Line {
	l := &Line{Bytes: line.NewBytes(conn), tty: cfg.Pty != No, runs: cfg.Command, size: [2]int{cfg.Columns, cfg.Rows}}
	if l.on, _ = conn.(*session); l.on != nil {
		l.notes, l.sized = l.on.notes, l.tty
	}
	return l
}

// A session is a shell or a command on a connection.
type session struct {
	*stream
	notes []string

	banner string // comes before the rest

	mu     sync.Mutex
	status line.Exit
	known  bool                 // status is
	ended  bool                 // the host has closed the session
	notify func(wantsRead bool) // is called when one of those has changed
}

// start opens a session on the connection.
func (c *Client) start(ctx context.Context, cfg *Config) (*session, error) {
	if cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.Timeout)
		defer cancel()
	}
	ch, reqs, err := c.open(ctx, "session", nil)
	if err != nil {
		return nil, err
	}
	s := &session{}
	over := make(chan struct{})
	closed := c.wire.opened()
	inOrder := false
	go func() { // ends with the channel
		defer close(over)
		for r := range reqs {
			s.serve(r)
		}
		inOrder = closed()
		s.mu.Lock()
		s.ended = true
		notify := s.notify
		s.mu.Unlock()
		if notify != nil {
			notify(false)
		}
	}()
	done := make(chan error, 1)
	go func() { // ends with the answers, or with the connection
		for _, st := range stepsOf(cfg) {
			ok, err := ch.SendRequest(st.name, true, st.payload)
			switch {
			case err != nil:
				done <- err
				return
			case !ok && st.refused != "":
				done <- &dial.Error{Address: c.shown, What: st.refused, Hint: st.hint}
				return
			case !ok:
				s.notes = append(s.notes, st.hint)
			}
		}
		done <- nil
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		go func() { _ = ch.Close() }()
		if err == io.EOF { // the library gives it bare
			err = c.endedEarly()
		}
		return nil, err
	}
	s.notes = append(append([]string(nil), c.notes...), s.notes...)
	if cfg.Command == "" {
		s.banner = strings.ReplaceAll(strings.ReplaceAll(c.banner, "\r\n", "\n"), "\n", "\r\n")
	} else if c.banner != "" {
		s.notes = append(s.notes, "the host says: "+strings.TrimSpace(c.banner))
	}
	s.stream = newStream(c, ch, func() error { return s.end(c, over, &inOrder) })
	return s, nil
}

// A step is a request that begins a session.
type step struct {
	name    string
	payload []byte
	refused string // what to say; "" goes on
	hint    string
}

// stepsOf lists what is asked of the host, in order.
func stepsOf(cfg *Config) (steps []step) {
	for _, v := range cfg.Env {
		name, value, _ := strings.Cut(v, "=")
		steps = append(steps, step{"env", ssh.Marshal(struct{ Name, Value string }{name, value}), "", "the host does not take the variable " + name + " (AcceptEnv in its sshd_config)"})
	}
	if cfg.Pty != No {
		steps = append(steps, step{"pty-req", ptyRequest(cfg), "the host gives no terminal", "ssh={pty=false} does without"})
	}
	if cfg.Command != "" {
		return append(steps, step{"exec", ssh.Marshal(struct{ Command string }{cfg.Command}), "the host does not run the command", ""})
	}
	return append(steps, step{"shell", nil, "the host gives no shell", "it may allow a command alone: ssh={command=...}"})
}

// ptyRequest asks for a terminal whose modes the host chooses.
func ptyRequest(cfg *Config) []byte {
	return ssh.Marshal(struct {
		Terminal                     string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{cfg.Terminal, uint32(cfg.Columns), uint32(cfg.Rows), 0, 0, "\x00"})
}

// serve answers a request of the host.
func (s *session) serve(r *ssh.Request) {
	switch r.Type {
	case "exit-status":
		var m struct{ Status uint32 }
		if ssh.Unmarshal(r.Payload, &m) == nil {
			s.exited(line.Exit{Code: int(m.Status)})
		}
	case "exit-signal":
		var m struct {
			Signal     string
			CoreDumped bool
			Message    string
			Language   string
		}
		if ssh.Unmarshal(r.Payload, &m) == nil {
			s.exited(line.Exit{Signal: m.Signal})
		}
	}
	if r.WantReply {
		_ = r.Reply(false, nil) // a connection that is gone tells its lines
	}
}

// exited notes how the command ended. The line is told at its end, or a moment later if
// something of the command's goes on.
func (s *session) exited(e line.Exit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.known = e, true
	if notify := s.notify; notify != nil {
		time.AfterFunc(halfTime, func() { notify(true) })
	}
}

// halfTime is how long the host may take from the end of its text to the end of the
// session before the end of its text alone is what there is.
const halfTime = 300 * time.Millisecond

// end says how the session ended, behind the last of its text. It may be called before
// the session's stream is set.
func (s *session) end(c *Client, over <-chan struct{}, inOrder *bool) error {
	t := time.NewTimer(halfTime)
	defer t.Stop()
	select {
	case <-over:
	case <-t.C:
		return io.EOF // the host may still read
	}
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if known {
		return io.EOF
	}
	return c.endOf(*inOrder)
}

// Read implements net.Conn. The banner comes first.
func (s *session) Read(p []byte) (int, error) {
	if s.banner != "" {
		n := copy(p, s.banner)
		s.banner = s.banner[n:]
		return n, nil
	}
	return s.stream.Read(p)
}

// Next implements line.Line.
func (l *Line) Next(in []byte) (line.Item, int) {
	if l.sized {
		l.sized = false
		return line.Item{Kind: line.Window, Columns: l.size[0], Rows: l.size[1]}, 0
	}
	if len(in) == 0 && len(l.notes) > 0 {
		note := l.notes[0]
		l.notes = l.notes[1:]
		return line.Item{Kind: line.Remark, Text: note}, 0
	}
	if len(in) == 0 && l.due {
		l.due = false
		if e, ended, _ := l.Exit(); ended && !l.told { // behind all that could be read
			l.told = true
			return line.Item{Kind: line.Exited, Exit: e}, 0
		}
	}
	it, n := l.Bytes.Next(in)
	if it.Kind == line.Window { // a recording's
		l.size = [2]int{it.Columns, it.Rows}
	}
	return it, n
}

// Attach implements line.Line.
func (l *Line) Attach(o line.Owner) {
	l.Bytes.Attach(o)
	if l.on == nil {
		return
	}
	l.on.mu.Lock()
	defer l.on.mu.Unlock()
	l.on.notify = func(wantsRead bool) {
		if wantsRead {
			l.on.nudge()
		}
		o.Lock()
		defer o.Unlock()
		o.Moved()
	}
	if l.on.known { // it has ended by now
		time.AfterFunc(halfTime, func() { l.on.notify(true) })
	}
}

// Arrived implements line.Line.
func (l *Line) Arrived(n int) {
	l.due = n == 0
}

// Tells implements line.Line.
func (*Line) Tells(k line.Kind) bool { return k == line.Exited || k == line.Window }

// End implements line.Line.
func (l *Line) End(err error) (last line.Item, cause error) {
	l.over = true
	last, cause = l.Bytes.End(err)
	if e, ended, _ := l.Exit(); ended && !l.told {
		l.told = true
		last = line.Item{Kind: line.Exited, Exit: e}
	}
	return last, cause
}

// Command implements line.Commander.
func (l *Line) Command() string { return l.runs }

// Pid implements line.Program: the command does not run here.
func (*Line) Pid() int { return 0 }

// Signal implements line.Program. The host may not pass it on, and does not say.
func (l *Line) Signal(name string) error {
	name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
	if !slices.Contains(signals[:], name) {
		return line.ErrNoSignal
	}
	if l.on != nil {
		l.on.request("signal", ssh.Marshal(struct{ Name string }{name}))
	}
	return nil
}

// signals are those that the protocol has names for (RFC 4254, 6.10).
var signals = [...]string{"ABRT", "ALRM", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "TERM", "USR1", "USR2"}

// errNoStatus says that the host closed the session and did not say how the command ended.
var errNoStatus = errors.New("the host has not said how the command ended")

// Exit implements line.Program.
func (l *Line) Exit() (e line.Exit, ended bool, err error) {
	if l.on == nil {
		if l.over {
			err = errNoStatus
		}
		return e, false, err
	}
	l.on.mu.Lock()
	defer l.on.mu.Unlock()
	if !l.on.known && l.on.ended {
		err = errNoStatus
	}
	return l.on.status, l.on.known, err
}

// Newline implements line.Line: it is what the key Enter sends, if there are keys.
func (l *Line) Newline() string {
	if l.tty {
		return "\r"
	}
	return "\n"
}

// SameNewline implements line.Line: a terminal makes CR LF of newlines.
func (l *Line) SameNewline() bool { return !l.tty }

// Echoes implements line.Line: a terminal does, and where it does not nobody should.
func (l *Line) Echoes() bool { return l.tty }

// EditsLines implements line.Line: a terminal edits them.
func (l *Line) EditsLines() bool { return !l.tty }

// Size implements line.Windowed.
func (l *Line) Size() (columns, rows int) { return l.size[0], l.size[1] }

// Resize implements line.Windowed.
func (l *Line) Resize(columns, rows int) (known bool) {
	l.size = [2]int{columns, rows}
	if l.on == nil || !l.tty {
		return false
	}
	l.sized = true
	l.on.request("window-change", ssh.Marshal(struct{ Columns, Rows, Width, Height uint32 }{uint32(columns), uint32(rows), 0, 0}))
	return true
}

// KeepAlive implements line.KeepAliver: the host has to answer.
func (l *Line) KeepAlive() {
	if l.on != nil {
		l.on.client.keepAlive()
	}
}

// breakTime is how long a break is, in milliseconds: RFC 4335 wants half a second at least.
const breakTime = 500

// Break implements line.Breaker (RFC 4335).
func (l *Line) Break() error {
	if l.on != nil {
		l.on.request("break", ssh.Marshal(struct{ Milliseconds uint32 }{breakTime}))
	}
	return nil
}

// request sends a request that the host does not answer.
func (s *session) request(name string, payload []byte) {
	s.later(func() { _, _ = s.ch.SendRequest(name, false, payload) }) // a channel that is closed tells its reader
}
