package via

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/words"
)

// Command is a program whose standard input and output are the connection. No shell looks
// at it. In its words "%h" stands for the host, "%p" for the port and "%%" for "%".
type Command struct {
	Env   []string // its environment, as os.Environ gives it; nil is ours
	text  string
	words []string
}

// NewCommand reads what stands behind command: in an address.
func NewCommand(text string) (*Command, error) {
	list, err := words.Split(text)
	if err != nil {
		return nil, &dial.Error{What: err.Error(), Err: err}
	}
	if len(list) == 0 {
		return nil, &dial.Error{What: "the command is missing", Hint: `as in "command:nc %h %p"`}
	}
	for _, w := range list {
		if _, wrong := expand(w, "", ""); wrong != "" {
			return nil, &dial.Error{What: wrong, Hint: "%h is the host, %p the port, %% a percent sign"}
		}
	}
	return &Command{text: strings.TrimSpace(text), words: list}, nil
}

// String implements Hop.
func (c *Command) String() string { return "command:" + c.text }

// expand puts host and port into a word.
func expand(word, host, port string) (expanded, wrong string) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(word, "%")
		b.WriteString(before)
		if !found {
			return b.String(), ""
		}
		switch {
		case strings.HasPrefix(after, "h"):
			b.WriteString(host)
		case strings.HasPrefix(after, "p"):
			b.WriteString(port)
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
		default:
			return "", "%" + after[:min(1, len(after))] + " has no meaning in a command"
		}
		word = after[1:]
	}
}

// Through implements Hop. A command has its own way to where it goes: it can only be the
// first of several hops.
func (c *Command) Through(Dial) Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := target(c, network, address)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(host, "-") {
			return nil, Failed(c, "the host "+host+" would be taken for an option", "", nil)
		}
		if ctx.Err() != nil {
			return nil, Failed(c, "interrupted", "", context.Cause(ctx))
		}
		args := make([]string, len(c.words))
		for i, w := range c.words {
			args[i], _ = expand(w, host, port)
		}
		conn, err := c.start(args)
		if err != nil {
			return nil, c.cannotStart(args[0], err)
		}
		return conn, nil
	}
}

func (c *Command) cannotStart(program string, err error) error {
	what, hint := "cannot start "+program+": ", ""
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err, hint = e.Err, "give its whole path, or look at PATH"
	}
	return Failed(c, what+strings.TrimPrefix(err.Error(), "exec: "), hint, err)
}

// start runs the program.
func (c *Command) start(args []string) (net.Conn, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = c.Env
	apart(cmd)
	complaints, stderr, err := os.Pipe()
	if err != nil { // no test: descriptors would have to run out
		return nil, err
	}
	defer stderr.Close()
	cmd.Stderr = stderr
	conn, theirs, err := connected(cmd)
	if err != nil {
		// no test: as above
		_ = complaints.Close()
		return nil, err
	}
	err = cmd.Start()
	for _, f := range theirs {
		_ = f.Close()
	}
	if err != nil {
		_ = complaints.Close()
		_ = conn.Close()
		return nil, err
	}
	p := &running{Conn: conn, hop: c, cmd: cmd, complaints: complaints, heard: make(chan struct{}), ended: make(chan struct{})}
	go p.listen()
	return p, nil
}

// The times that a command has: to end once its output has, and once it was asked to.
const endTime = time.Second

// mostComplaints is how much of a command's standard error is kept: the end of it.
const mostComplaints = 2 << 10

// running is the connection to a command.
type running struct {
	net.Conn
	hop        *Command
	cmd        *exec.Cmd
	complaints *os.File      // its standard error
	heard      chan struct{} // closed when all of that was read
	said       []byte        // the end of it; valid then

	reap    sync.Once
	ended   chan struct{} // closed when the program has ended and is reaped
	err     error         // what Wait said; valid then
	stopped sync.Once
}

// listen reads what the command says on its standard error, and keeps the end of it.
func (p *running) listen() {
	defer close(p.heard)
	defer p.complaints.Close()
	buf := make([]byte, 1024)
	for {
		n, err := p.complaints.Read(buf)
		p.said = append(p.said, buf[:n]...)
		p.said = p.said[max(0, len(p.said)-mostComplaints):]
		if err != nil {
			return
		}
	}
}

// wait reaps the program, which is about to end.
func (p *running) wait() {
	p.reap.Do(func() {
		go func() {
			defer close(p.ended)
			p.err = p.cmd.Wait()
		}()
	})
}

// over reports whether c is closed.
func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// within reports whether c is closed in time.
func within(c <-chan struct{}) bool {
	limit := time.NewTimer(endTime)
	defer limit.Stop()
	select {
	case <-c:
		return true
	case <-limit.C:
		return false
	}
}

// Read implements net.Conn.
func (p *running) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	return n, p.cause(err)
}

// Write implements net.Conn.
func (p *running) Write(b []byte) (int, error) {
	n, err := p.Conn.Write(b)
	return n, p.cause(err)
}

// cause returns why the command's end made a read or a write fail, if that is why. A
// command that ends and has not read all resets the connection.
func (p *running) cause(err error) error {
	if err == nil || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if end := p.End(); end != io.EOF {
		return end
	}
	return err
}

// End implements line.Ender: it returns why the connection has ended, io.EOF if that is in order: the command ended
// without an error.
func (p *running) End() error {
	p.wait()
	if !within(p.ended) || !within(p.heard) {
		return io.EOF // it has closed its output and goes on
	}
	if p.err == nil {
		return io.EOF
	}
	what := p.err.Error()
	if said := bytes.TrimSpace(p.said); len(said) > 0 {
		what += ": " + strings.Join(strings.Fields(string(said)), " ")
	}
	return Failed(p.hop, what, "", p.err)
}

// Close implements net.Conn. It ends the command.
func (p *running) Close() error {
	err := p.Conn.Close()
	p.stopped.Do(func() {
		if over(p.ended) {
			return // its number may be another's by now
		}
		stop(p.cmd.Process, false)
		p.wait()
		go func() { // ends with the command
			if !within(p.ended) {
				stop(p.cmd.Process, true)
			}
		}()
	})
	return err
}
