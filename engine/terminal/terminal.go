// Package terminal is the operator's terminal: one broker that owns the input
// and hands it to whoever reads now, the modes of the terminal with their
// restoration, and Interact, which joins the terminal to a conversation.
//
// A [Terminal] is made from the files it is given and keeps no state of the
// process: a test gives it a pseudo-terminal, a server none at all.
//
// # The broker
//
// Everything that reads what the operator types reads through one [Input]:
// line editing, Interact, a script's reads and password prompts. The input is
// read only while somebody waits for it, what was read and not wanted stays in
// the broker's buffer for the next one, and a wait that is given up leaves no
// read behind that would eat the next key.
//
// # Modes
//
// [Terminal.Enter] puts the terminal in a [Mode] and returns the way back. The
// modes found at first are restored when the last of them is left, when a
// signal ends the program and while it is stopped.
package terminal

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/term"
)

// ErrNoTerminal says that there is no terminal to ask: neither is the standard
// input one nor has the process a controlling one.
var ErrNoTerminal = errors.New("there is no terminal to ask")

// ErrInterrupted says that the operator pressed ^C at a prompt.
var ErrInterrupted = errors.New("interrupted")

// Config says what a Terminal is made of. The zero value is a Terminal with no
// input and no output.
type Config struct {
	In  *os.File // where keys come from; nil reads as empty
	Out *os.File // where output goes; nil discards it

	// Tty is the path of the controlling terminal, which a password is asked
	// on when In is no terminal; "" means the system's own name for it.
	Tty string

	// OnSignal is told of INT, TERM, HUP and QUIT that arrive while the
	// terminal is in a mode, after the terminal has been restored. It reports
	// whether the program ends by the signal; if not, the mode is entered
	// again. If it is nil the signal takes its default effect.
	OnSignal func(os.Signal) (ends bool)
}

// A Terminal is the place where an operator sits, or the files that stand in
// for it. Its methods may be called from any goroutine.
type Terminal struct {
	cfg   Config
	input *Input
	inTTY bool
	outTT bool

	left atomic.Pointer[leftovers] // of the interaction that is on

	mu     sync.Mutex
	stack  []Mode // the modes entered, innermost last
	saved  *state // the modes as found, while stack is not empty
	fatal  bool   // a signal ends the program: no mode is applied any more
	watch  *signalWatch
	stops  chan struct{} // ends the watch for ^Z while there is no mode; nil while there is none
	resize resizeWatch
}

// New returns the Terminal of the files in cfg. It reads nothing and changes
// nothing until asked.
func New(cfg Config) *Terminal {
	t := &Terminal{cfg: cfg}
	if cfg.In != nil {
		t.inTTY = term.IsTerminal(int(cfg.In.Fd()))
	}
	if cfg.Out != nil {
		t.outTT = term.IsTerminal(int(cfg.Out.Fd()))
	}
	t.input = newInput(cfg.In, t.inTTY)
	return t
}

// Input returns the broker of the terminal's input.
func (t *Terminal) Input() *Input { return t.input }

// Out returns where output goes; it is never nil.
func (t *Terminal) Out() io.Writer {
	if t.cfg.Out == nil {
		return io.Discard
	}
	return t.cfg.Out
}

// InputIsTerminal reports whether an operator types at the input.
func (t *Terminal) InputIsTerminal() bool { return t.inTTY }

// Interactive reports whether both the input and the output are terminals.
func (t *Terminal) Interactive() bool { return t.inTTY && t.outTT }

// Size returns the size of the terminal's window in characters; ok is false
// where there is no terminal or it does not tell.
func (t *Terminal) Size() (columns, rows int, ok bool) {
	for _, f := range []*os.File{t.cfg.Out, t.cfg.In} {
		if f == nil {
			continue
		}
		c, r, err := term.GetSize(int(f.Fd()))
		if err == nil && c > 0 {
			return c, r, true
		}
	}
	return 0, 0, false
}

// Close restores the terminal's modes and gives up the broker's resources. It
// does not close the files.
func (t *Terminal) Close() error {
	t.mu.Lock()
	err := t.restoreLocked()
	t.stack = nil
	t.stopWatchLocked()
	t.endStopsLocked()
	t.mu.Unlock()
	t.input.close()
	return err
}
