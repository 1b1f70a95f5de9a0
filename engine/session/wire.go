package session

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
)

// wire is the connection at its lowest: what TLS and inflation are put on. Beside
// reading and writing it can answer "has all that arrived been read?", which a
// wait with no time needs to know to be no matter of luck, and it can write as
// much as fits without blocking, which saves a goroutine's wake-up for each write.
type wire struct {
	net.Conn
	raw  syscall.RawConn // nil if the connection has no descriptor
	now  Immediate       // nil if the connection can not be tried otherwise
	deaf bool            // a Read that is blocked can not be woken: there are no deadlines

	urgency urgency

	ended atomic.Bool // Read has met the end of the connection

	// dry is called in Read, after ask, when everything that had arrived has
	// been handed out and used by the reader (it has come back for more). question
	// is the one that was asked before it looked.
	dry func(question int)

	mu          sync.Mutex
	asked       bool
	question    int       // see renew
	limited     bool      // reads return errInterrupted at limit, and when they are interrupted
	interrupted bool      // since the last Read
	limit       time.Time // the deadline of reads that is set; zero if none is
}

// Immediate is a connection without a descriptor that can be tried without
// blocking, as the one to a recording.
type Immediate interface {
	// ReadNow reads what has arrived; ok is false if nothing has.
	ReadNow(p []byte) (n int, err error, ok bool)
	// WriteNow writes what fits.
	WriteNow(p []byte) (n int)
}

func newWire(conn net.Conn) *wire {
	dial.KeepUrgent(conn)
	w := &wire{Conn: conn, deaf: conn.SetReadDeadline(time.Time{}) != nil}
	w.now, _ = conn.(Immediate)
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			w.raw = raw
		}
	}
	return w
}

// ask makes the reader report, through dry, when there is nothing left to read. A
// Read that is blocked is woken for it by a deadline in the past. Where it can not be
// woken it is taken to have read everything.
func (w *wire) ask() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf {
		if w.dry != nil {
			go w.dry(w.question) // who asks holds the session's lock
		}
		return
	}
	if !w.asked {
		w.asked = true
		w.wake()
	}
}

// renew makes what is asked from here on another question: the answer to one that was
// asked before may be of a look that was taken before.
func (w *wire) renew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.question++
}

// stands tells whether the question is the last.
func (w *wire) stands(question int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.question == question
}

// interrupt makes a limited Read that is blocked, or the next one, return
// errInterrupted if nothing has arrived.
func (w *wire) interrupt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.interrupted {
		w.interrupted = true
		w.wake()
	}
}

// wake makes a Read that is blocked look at what is asked of it.
func (w *wire) wake() {
	w.limit = time.Unix(1, 0)
	_ = w.Conn.SetReadDeadline(w.limit) // fails only on a closed connection, which wakes the reader as well
}

// readUntil is Read, but returns errInterrupted when it is interrupted, and at the
// time given if nothing has arrived (zero: never); it may do so earlier.
func (w *wire) readUntil(until time.Time, p []byte) (int, error) {
	w.setLimit(true, until)
	defer w.setLimit(false, time.Time{})
	return w.Read(p)
}

// setLimit leaves a deadline that is set already and not too late: to set one for each
// answer of a dialogue would cost more than to be woken once in vain.
func (w *wire) setLimit(limited bool, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limited = limited
	if !until.IsZero() && (w.limit.IsZero() || until.Before(w.limit)) {
		w.limit = until
		_ = w.Conn.SetReadDeadline(until) // as above
	}
}

func (w *wire) Read(p []byte) (n int, err error) {
	if n, err = w.readSome(p); err == io.EOF { //nolint:errorlint // a connection's end is bare
		w.ended.Store(true)
	}
	return n, err
}

func (w *wire) readSome(p []byte) (int, error) {
	for {
		n, err := w.Conn.Read(p)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		w.mu.Lock()
		asked, limited, question := w.asked, w.limited, w.question
		w.asked, w.interrupted, w.limit = false, false, time.Time{}
		_ = w.Conn.SetReadDeadline(time.Time{})
		w.mu.Unlock()
		switch {
		case !asked && limited:
			return 0, errInterrupted
		case !asked:
			continue
		}
		if n, err, ok := w.tryRead(p); ok {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				w.ask() // woken again meanwhile: nothing has been looked at
				continue
			}
			// There was something: the question stands until there is not.
			w.ask()
			return n, err
		}
		if w.dry != nil {
			w.dry(question)
		}
	}
}

// readArrived is tryRead whatever deadline is set.
func (w *wire) readArrived(p []byte) (n int, err error, ok bool) {
	for {
		w.mu.Lock()
		if !w.limit.IsZero() {
			w.interrupted, w.limit = false, time.Time{}
			_ = w.Conn.SetReadDeadline(time.Time{}) // as above
		}
		w.mu.Unlock()
		if n, err, ok = w.tryRead(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			break // else there is a new one already
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked {
		w.wake()
	}
	return n, err, ok
}

// mayTry tells whether readArrived sees what has come, and Reads can be called back.
func (w *wire) mayTry() bool { return (w.now != nil || w.raw != nil && canTry) && !w.deaf }

// tryRead reads what is there without waiting; ok is false if nothing is.
func (w *wire) tryRead(p []byte) (n int, err error, ok bool) {
	if w.now != nil {
		return w.now.ReadNow(p)
	}
	return w.readNow(p)
}

// tryWrite writes what fits without waiting.
func (w *wire) tryWrite(p []byte) (n int) {
	if w.now != nil {
		return w.now.WriteNow(p)
	}
	return w.writeNow(p)
}
