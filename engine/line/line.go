package line

import (
	"crypto/tls"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/telnet"
)

// A Line is a connection as a session sees it. Every method is called with the owner's
// lock held, unless its comment says otherwise.
type Line interface {
	// Attach gives the line its owner. It is called once, before anything else.
	Attach(o Owner)

	// Read reads bytes as they are on the connection. It blocks, and is called without
	// the lock, from one goroutine at a time. A Read of 0 bytes without an error says
	// that Next has an item that goes with no bytes.
	Read(p []byte) (n int, err error)
	// Arrived says that a Read has returned n bytes, before they are given to Next.
	Arrived(n int)
	// Next returns the next item of in, and how many bytes of in are used up. An item
	// of kind None says that all is used up. Next(nil) returns what is due beside. It may
	// give the lock up while it lays a layer over the connection.
	Next(in []byte) (it Item, used int)
	// Answer answers the item that Next returned last, which asks.
	Answer(a Answer)
	// End says that Read returned err and is not called again. It returns what is left
	// to tell, an item of kind None if nothing, and why the conversation ended: nil for
	// an end in order.
	End(err error) (last Item, cause error)
	// Unfinished describes what the last bytes are the beginning of, "" if nothing.
	Unfinished() string

	// Ask makes the line call the owner's Dry, without the lock, once everything that
	// has arrived was read and given to Next.
	Ask()
	// Renew makes what is asked from here on another question.
	Renew()
	// Stands reports whether question is the last that was asked.
	Stands(question int) bool

	// WriteText queues text, each "\n" of which becomes newline. Like the other writes it
	// keeps nothing of p.
	WriteText(p []byte, newline string)
	// WriteData queues data as they are, but for what the line's own protocol escapes.
	WriteData(p []byte)
	// WriteWire queues bytes of the connection: nothing is escaped.
	WriteWire(p []byte)
	// Newline is what the key Enter sends.
	Newline() string
	// Flush sends what is queued as far as it goes at once; a goroutine does the rest.
	Flush()
	// Queue tells how many bytes were queued, how many of them went out, and why no
	// more will.
	Queue() (queued, sent int64, err error)
	// Busy reports whether bytes are on their way out or wait for it.
	Busy() bool

	// Echoes reports whether the host echoes what is written.
	Echoes() bool
	// EditsLines reports whether a person's line is edited on this side and sent as a
	// whole, because the host does not take single keys.
	EditsLines() bool
	// SameNewline reports whether the host ends its lines as ours are ended.
	SameNewline() bool
	// Tells reports whether items of the kind may come over the line.
	Tells(k Kind) bool

	// CloseWrite ends our side as soon as everything that is queued is out.
	CloseWrite() error
	// Shut ends the line on our side: what fits goes out, nothing is queued any more.
	// HangUp comes next.
	Shut()
	// HangUp closes the connection. It is called without the lock.
	HangUp(wait func(done <-chan struct{}, d time.Duration)) error
	// Cut closes the connection at once. It may be called before Attach.
	Cut()
	// Release reports whether the line is of no more use once the host's side has ended,
	// or was lost, and if so says that it will be hung up. A host that has ended its side
	// alone may still read.
	Release(lost bool) bool
}

// An Owner is whom a line belongs to: a session. Its lock is the line's.
type Owner interface {
	sync.Locker
	// Moved is called, with the lock, when queued bytes have gone out or never will.
	Moved()
	// Sending is called, with the lock, when bytes are about to go out.
	Sending()
	// Queued is called, with the lock, when the bytes p were queued. They are valid
	// until it returns.
	Queued(p []byte)
	// Observed reports, with the lock, whether Queued does anything.
	Observed() bool
	// Dry is called without the lock, see Line.Ask.
	Dry(question int)
	// Wait gives the lock up until the next call of Moved.
	Wait()
}

// Kind says what an Item is.
type Kind uint8

// The kinds of items. All but Data may have an Event.
const (
	None      Kind = iota // there is nothing more
	Data                  // Data came
	Noted                 // the Event is all
	Prompt                // the host marks the end of a prompt (GA, EOR)
	EchoOn                // what is typed is to be shown again on our side
	EchoOff               // what is typed is not to be shown on our side any more: the host echoes it, or nobody should
	Charset               // from here on the host's text is encoded as Text says
	Window                // the host knows the window's size
	LoggedOut             // the host has asked us to leave
	Leaves                // the host says that it leaves
	Fenced                // an answer to Fence has come
	Secured               // TLS is in force
	Remark                // Text is worth telling
	Broken                // the line broke: Err
	Exited                // the program has ended: Exit says how
)

// An Item is one thing that came over a line.
type Item struct {
	Kind Kind
	Data []byte // valid until the next call of Next
	Text string
	Err  error
	Exit Exit
	// Columns and Rows are the window's size, if the line's protocol has no word for it.
	Columns, Rows int
	Event         telnet.Event // what the protocol says of it; its Kind is telnet.None if nothing
	// Asks says that Question is asked: the next call of Next settles it by the
	// standard answer, unless Answer comes first.
	Asks     bool
	Question Question
}

// A Question is what a host asks: WILL, WONT, DO or DONT of an option, or SB, a
// subnegotiation with its payload. If the script answers the options itself it is any
// other command, too, and the answer has no meaning.
type Question struct {
	Command telnet.Command
	Option  telnet.Option
	Data    []byte // the payload, for SB
}

// Decision is the word on a question.
type Decision uint8

// The decisions.
const (
	ByDefault Decision = iota // as if nobody had been asked
	Accept
	Refuse
)

// An Answer is what is to be done about a question. Reply, if not nil, is sent back as
// the answer to a subnegotiation, in place of the standard one.
type Answer struct {
	Decision Decision
	Reply    []byte
}

// Stopper is a line whose reads can be tried without blocking and called back, so that
// the goroutine that waits can read for itself.
type Stopper interface {
	// CanTry reports whether that holds now.
	CanTry() bool
	// ReadArrived reads what is there without waiting; ok is false if nothing is. It is
	// called without the lock, as Read is.
	ReadArrived(p []byte) (n int, err error, ok bool)
	// ReadUntil is Read, but returns ErrInterrupted after Interrupt, and at the time
	// given if nothing has arrived (zero: never); it may do so earlier.
	ReadUntil(until time.Time, p []byte) (int, error)
	// Interrupt makes a ReadUntil that is blocked, or the next one, return. It may be
	// called with or without the lock.
	Interrupt()
}

// Windowed is a line whose host may know the size of the window.
type Windowed interface {
	// Size is what the host is told.
	Size() (columns, rows int)
	// Resize changes it, and reports whether the host knows.
	Resize(columns, rows int) (known bool)
}

// KeepAliver is a line that can send something without a meaning.
type KeepAliver interface{ KeepAlive() }

// Stoppable is a line whose other side may stop what is written to it.
type Stoppable interface {
	// Stopped says why nothing goes out, and what may help; both are "" if nothing keeps it.
	Stopped() (why, hint string)
}

// Breaker is a line that can send a break.
type Breaker interface{ Break() error }

// Descriptor is a line that may have a descriptor.
type Descriptor interface {
	// Descriptor is its number in the process, -1 if there is none.
	Descriptor() (int, error)
}

// Securer is a line that may go over TLS.
type Securer interface {
	// TLS is the state of the TLS connection, nil if there is none.
	TLS() *tls.ConnectionState
	// MissingTLS returns why TLS that is due has not begun, nil if none is due.
	MissingTLS() error
	// RequiresTLS reports whether nothing may be written before TLS is in force.
	RequiresTLS() bool
}

// Fencer is a line whose host can tell that it has worked through what was written.
type Fencer interface {
	// Fence asks it. The answer has come when Fences is goal.
	Fence() (goal int, err error)
	// Fences is the number of answers that have come.
	Fences() int
	// EndFence says that nobody waits for the answer any more.
	EndFence()
}

// Negotiator is a line on which options are negotiated and commands sent: telnet.
type Negotiator interface {
	Options() []telnet.OptionState
	Negotiate(side telnet.Side, o telnet.Option, on bool) error
	Subnegotiate(o telnet.Option, payload []byte)
	Send(cmd telnet.Command)
	// Synch sends IP and DM, the latter as urgent data where the connection can.
	Synch()
	// SetTerminal changes the names that the host is told, and returns what they were.
	SetTerminal(names ...string) (before []string)
}
