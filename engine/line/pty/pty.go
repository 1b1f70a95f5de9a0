// Package pty is the line to a program on a pseudo-terminal of its own.
//
// The terminal's end here is a descriptor that never blocks, and so is the one by which
// the program's end is learned: a program takes no thread of ours.
package pty

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// DefaultRows is the height of a window that has none.
const DefaultRows = 24

// Config says which program to start, and how.
type Config struct {
	Args          []string // the program and its arguments; a name without a slash is looked for in PATH
	Dir           string   // where it starts; "" is here
	Env           []string // its environment, as os.Environ gives it; nil is ours
	Terminal      string   // TERM in it; "" leaves what there is
	Columns, Rows int      // of its window
}

// killTime is how long a program may take to end after its terminal was hung up.
const killTime = time.Second

// Status is how a program ended.
type Status struct {
	Code   int       // its exit status, if no signal ended it
	Signal os.Signal // what ended it, nil if it exited
}

// String says how.
func (s Status) String() string {
	if s.Signal != nil {
		return "it was ended by a signal: " + s.Signal.String()
	}
	return "it exited with status " + strconv.Itoa(s.Code)
}

// Line is the line to a program. It implements line.Line, line.Stopper and
// line.Windowed.
type Line struct {
	line.Bytes
	program *Program // nil over another connection, such as a recording's
	echo    bool     // the terminal echoes, as it was last seen; a new one does
	pending line.Item
}

var (
	_ line.Line     = (*Line)(nil)
	_ line.Stopper  = (*Line)(nil)
	_ line.Windowed = (*Line)(nil)
	_ line.Program  = (*Line)(nil)
)

// New makes a line of a connection, which is a *Program's or stands for one.
func New(conn net.Conn) *Line {
	l := &Line{Bytes: line.NewBytes(conn), echo: true}
	l.program, _ = conn.(*Program)
	return l
}

// Arrived implements line.Line. It looks at the terminal's mode: a program that has
// switched the echo off asks for a password.
func (l *Line) Arrived(int) {
	if l.program == nil {
		return
	}
	echo, ok := l.program.echoes()
	if !ok {
		return
	}
	if echo != l.echo {
		l.pending.Kind = line.EchoOn
		if !echo {
			l.pending.Kind = line.EchoOff
		}
	}
	l.echo = echo
}

// Next implements line.Line: a change of the echo stands behind what was read before it
// was seen.
func (l *Line) Next(in []byte) (line.Item, int) {
	if len(in) > 0 {
		return l.Bytes.Next(in)
	}
	it := l.pending
	l.pending = line.Item{}
	return it, 0
}

// End implements line.Line. The system says EIO when nobody has the terminal open any
// more: that is the end.
func (l *Line) End(err error) (last line.Item, cause error) {
	if errors.Is(err, syscall.EIO) {
		err = io.EOF
	}
	return l.Bytes.End(err)
}

// Newline implements line.Line: it is what the key Enter sends.
func (*Line) Newline() string { return "\r" }

// SameNewline implements line.Line: the terminal makes CR LF of a program's newlines.
func (*Line) SameNewline() bool { return false }

// Echoes implements line.Line: the terminal does, and where it does not nobody should.
func (*Line) Echoes() bool { return true }

// EditsLines implements line.Line: the terminal edits them.
func (*Line) EditsLines() bool { return false }

// Size implements line.Windowed.
func (l *Line) Size() (columns, rows int) {
	if l.program == nil {
		return 0, 0
	}
	return l.program.size()
}

// Resize implements line.Windowed: the program is told by SIGWINCH.
func (l *Line) Resize(columns, rows int) (known bool) {
	return l.program != nil && l.program.resize(columns, rows) == nil
}

// Pid implements line.Program.
func (l *Line) Pid() int {
	if l.program == nil {
		return 0
	}
	return l.program.pid
}
