// Package pty is the line to a program on a pseudo-terminal of its own.
//
// On Linux, macOS and FreeBSD the terminal's end here is a descriptor that never blocks
// (package device), and the program's end is learned by another one, or by signals: a program
// takes no thread of ours. On Windows the terminal is a console that the system draws
// (ConPTY); reading it and awaiting the program take a thread each.
package pty

import (
	"errors"
	"io"
	"net"
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

// killTime is how long a program may take to end after its terminal was hung up, and
// after everybody who had the terminal open has closed it.
const killTime = time.Second

var (
	errEnded    = errors.New("the program has ended")
	errNoStatus = errors.New("the recording does not say how the program ended")
)

// Line is the line to a program. It implements line.Line, line.Stopper, line.Windowed and
// line.Program.
type Line struct {
	line.Bytes
	// Runs is a command on another host that the program is there to run, if it is, and
	// whose status it ends with.
	Runs string
	// SSH says that the program is the system's ssh.
	SSH     bool
	program *Program     // nil over another connection, such as a recording's
	echo    bool         // the terminal echoes, as it was last seen; a new one does
	pending [3]line.Item // the window, the echo, the end

	open     int  // bytes of the line that is being typed
	finished bool // CloseWrite was called

	columns, rows int // of the window, as they were last told

	looks  *time.Timer
	pause  time.Duration // until the next look
	silent bool          // nobody looks any more

	exit  line.Exit
	ended bool // exit says how
	told  bool // Next or End has told it
	over  bool // nothing more can be read
}

var (
	_ line.Line     = (*Line)(nil)
	_ line.Stopper  = (*Line)(nil)
	_ line.Windowed = (*Line)(nil)
	_ line.Program  = (*Line)(nil)

	_ line.Commander = (*Line)(nil)
	_ line.Relay     = (*Line)(nil)
)

// New makes a line of a connection, which is a *Program's or stands for one.
func New(conn net.Conn) *Line {
	l := &Line{Bytes: line.NewBytes(conn), echo: true}
	if l.program, _ = conn.(*Program); l.program != nil {
		l.windowIs(l.program.size())
	}
	return l
}

// windowIs makes Next tell of the window's size.
func (l *Line) windowIs(columns, rows int) {
	l.columns, l.rows = columns, rows
	l.pending[0] = line.Item{Kind: line.Window, Columns: columns, Rows: rows}
}

// Attach implements line.Line.
func (l *Line) Attach(o line.Owner) {
	l.Bytes.Attach(o)
	if l.program == nil {
		return
	}
	l.looks = time.AfterFunc(lookSilent, l.lookAgain)
	l.program.whenEnded(func(e line.Exit) {
		o.Lock()
		defer o.Unlock()
		l.exit, l.ended = e, true
		l.Nudge()
		o.Moved()
	})
}

// Read implements line.Line.
func (l *Line) Read(p []byte) (int, error) {
	n, err := l.Bytes.Read(p)
	l.await(err)
	return n, err
}

// ReadArrived implements line.Stopper.
func (l *Line) ReadArrived(p []byte) (n int, err error, ok bool) {
	n, err, ok = l.Bytes.ReadArrived(p)
	l.await(err)
	return n, err, ok
}

// ReadUntil implements line.Stopper.
func (l *Line) ReadUntil(until time.Time, p []byte) (int, error) {
	n, err := l.Bytes.ReadUntil(until, p)
	l.await(err)
	return n, err
}

// await waits a moment for the program's end if err is the terminal's: a program that
// ends closes its terminal first, and the order of the two is not to be a matter of luck.
func (l *Line) await(err error) {
	if l.program == nil || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.EIO) {
		return
	}
	timer := time.NewTimer(killTime)
	defer timer.Stop()
	select {
	case <-l.program.ended:
	case <-l.program.closed:
	case <-timer.C: // it has closed its terminal, and goes on
	}
}

// Arrived implements line.Line. It looks at the terminal's mode: a program that has
// switched the echo off asks for a password.
func (l *Line) Arrived(n int) {
	if l.program == nil {
		return
	}
	l.look()
	if n == 0 && l.ended && !l.told {
		l.told = true
		l.pending[2] = line.Item{Kind: line.Exited, Exit: l.exit}
	}
	if n > 0 && l.looks != nil {
		l.pause = lookFirst
		l.looks.Reset(lookFirst)
	}
}

// The system does not tell when a terminal's mode changes. It is looked at after each read
// and, since many programs switch the echo off behind their question, in the pause that
// follows: at first soon, then ever more seldom. A change that is seen sooner would stand
// before or behind what the program prints next, as luck has it.
const (
	lookFirst  = 100 * time.Millisecond
	lookSilent = time.Second // of a program that has printed nothing
	lookLast   = 10 * time.Second
)

// look looks at the echo, and reports whether it has changed.
func (l *Line) look() bool {
	echo, ok := l.program.echoes()
	if !ok || echo == l.echo {
		return false
	}
	l.echo = echo
	switch {
	case l.pending[1].Kind != line.None: // it was not told yet
		l.pending[1].Kind = line.None
	case echo:
		l.pending[1].Kind = line.EchoOn
	default:
		l.pending[1].Kind = line.EchoOff
	}
	return true
}

// lookAgain looks at the echo in a pause.
func (l *Line) lookAgain() {
	o := l.Owner()
	o.Lock()
	defer o.Unlock()
	if l.silent || l.over || l.ended {
		return
	}
	if l.look() {
		l.Nudge()
	}
	if l.pause = max(2*l.pause, lookFirst); l.pause <= lookLast {
		l.looks.Reset(l.pause)
	}
}

// Shut implements line.Line.
func (l *Line) Shut() {
	l.silent = true
	if l.looks != nil {
		l.looks.Stop()
	}
	l.Bytes.Shut()
}

// Next implements line.Line: a change of the echo stands behind what was read before it
// was seen, and the program's end behind all that could be read.
func (l *Line) Next(in []byte) (line.Item, int) {
	if it := l.pending[0]; it.Kind != line.None {
		l.pending[0] = line.Item{}
		return it, 0
	}
	if len(in) > 0 || l.program == nil {
		it, n := l.Bytes.Next(in)
		switch it.Kind {
		case line.Window:
			l.columns, l.rows = it.Columns, it.Rows
		case line.Exited:
			l.exit, l.ended, l.told = it.Exit, true, true
		}
		return it, n
	}
	for i, it := range l.pending {
		if it.Kind != line.None {
			l.pending[i] = line.Item{}
			return it, 0
		}
	}
	return line.Item{}, 0
}

// End implements line.Line. The system says EIO when nobody has the terminal open any
// more: that is the end.
func (l *Line) End(err error) (last line.Item, cause error) {
	l.over = true
	if errors.Is(err, syscall.EIO) {
		err = io.EOF
	}
	last, cause = l.Bytes.End(err)
	if l.program != nil && !l.told {
		if e, ended := l.program.status(); ended {
			l.exit, l.ended, l.told = e, true, true
			last = line.Item{Kind: line.Exited, Exit: e}
		}
	}
	return last, cause
}

// HangUp implements line.Line. What runs on the terminal is hung up, and killed if it has
// not ended a second later. It returns when the program is reaped, or cannot be killed.
func (l *Line) HangUp(wait func(done <-chan struct{}, d time.Duration)) error {
	err := l.Bytes.HangUp(wait)
	if p := l.program; p != nil {
		wait(p.ended, 2*killTime) // Close has told a timer to kill it
	}
	return err
}

// Newline implements line.Line: it is what the key Enter sends.
func (*Line) Newline() string { return "\r" }

// SameNewline implements line.Line: the terminal makes CR LF of a program's newlines.
func (*Line) SameNewline() bool { return false }

// Echoes implements line.Line: the terminal does, and where it does not nobody should.
func (*Line) Echoes() bool { return true }

// EditsLines implements line.Line: the terminal edits them.
func (*Line) EditsLines() bool { return false }

// Tells implements line.Line.
func (*Line) Tells(k line.Kind) bool {
	switch k {
	case line.EchoOn, line.EchoOff:
		return tellsEcho
	}
	return k == line.Exited || k == line.Window
}

// Size implements line.Windowed.
func (l *Line) Size() (columns, rows int) { return l.columns, l.rows }

// Resize implements line.Windowed: the program is told by SIGWINCH.
func (l *Line) Resize(columns, rows int) (known bool) {
	if l.program != nil && l.program.resize(columns, rows) != nil {
		return false
	}
	l.windowIs(columns, rows)
	return true
}

// Command implements line.Commander.
func (l *Line) Command() string { return l.Runs }

// Failed implements line.Relay: ssh ends with 255 when the connection fails (ssh(1), EXIT
// STATUS).
func (l *Line) Failed(e line.Exit) bool { return l.SSH && e == line.Exit{Code: 255} }

// Pid implements line.Program.
func (l *Line) Pid() int {
	if l.program == nil {
		return 0
	}
	return l.program.pid
}

// Signal implements line.Program. All of the program's process group gets it.
func (l *Line) Signal(name string) error {
	if l.SSH {
		return line.ErrNoSignals
	}
	if l.program == nil {
		return nil // a recording's program did what it did
	}
	return l.program.signal(name)
}

// Exit implements line.Program.
func (l *Line) Exit() (e line.Exit, ended bool, err error) {
	if l.program == nil && l.over && !l.ended {
		return e, false, errNoStatus
	}
	if l.program != nil && !l.ended { // it may have ended before the line was told
		e, ended = l.program.status()
		return e, ended, nil
	}
	return l.exit, l.ended, nil
}
