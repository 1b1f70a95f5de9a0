package line

import (
	"errors"
	"strconv"
)

// ErrNoSignals is what Program.Signal returns where signals do not come to what is meant.
var ErrNoSignals = errors.New("the system's ssh passes no signals on")

// ErrNoSignal is what Program.Signal returns for a name that is no signal's.
var ErrNoSignal = errors.New("there is no such signal")

// An Exit is how a program ended.
type Exit struct {
	Code   int    // its exit status, if no signal ended it
	Signal string // the name of the signal that ended it, as in "TERM"; else ""
}

// String says how, as in "it exited with status 3".
func (e Exit) String() string {
	if e.Signal != "" {
		return "it was ended by the signal " + e.Signal
	}
	return "it exited with status " + strconv.Itoa(e.Code)
}

// OK reports whether the program says that it has done its work.
func (e Exit) OK() bool { return e == Exit{} }

// Commander is a line that may run a command in place of a shell. How the command ended
// decides whether what it printed is of use.
type Commander interface {
	// Command is what it runs, "" for a shell.
	Command() string
}

// Relay is a line to a program of this machine that only leads to a host, as the system's
// ssh does.
type Relay interface {
	// Failed reports whether it ended for a reason of its own, not with what it leads to.
	Failed(e Exit) bool
}

// Program is a line to a program, on this machine or on another one. The line gives an
// item of the kind Exited when the program has ended, behind everything that could be read
// then. If the connection ends before that, Exit is what remains.
type Program interface {
	// Pid is its number on this machine, 0 if it does not run here.
	Pid() int
	// Signal sends it a signal, which is named as in "INT".
	Signal(name string) error
	// Exit returns how the program ended; ended is false while it may still run. An error
	// says why it will never be known. The line calls its owner's Moved when that changes.
	Exit() (e Exit, ended bool, err error)
}
