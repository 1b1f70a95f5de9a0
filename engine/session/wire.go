package session

import (
	"errors"
	"net"
	"os"
	"sync"
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
	raw syscall.RawConn // nil if the connection has no descriptor
	now Immediate       // nil if the connection can not be tried otherwise

	urgency urgency

	// dry is called in Read, after ask, when everything that had arrived has
	// been handed out and used by the reader (it has come back for more).
	dry func()

	mu    sync.Mutex
	asked bool
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
	w := &wire{Conn: conn}
	w.now, _ = conn.(Immediate)
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			w.raw = raw
		}
	}
	return w
}

// ask makes the reader report, through dry, when there is nothing left to read. A
// Read that is blocked is woken for it by a deadline in the past.
func (w *wire) ask() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asked {
		w.asked = true
		_ = w.Conn.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection, which wakes the reader as well
	}
}

func (w *wire) Read(p []byte) (int, error) {
	for {
		n, err := w.Conn.Read(p)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		w.mu.Lock()
		asked := w.asked
		w.asked = false
		_ = w.Conn.SetReadDeadline(time.Time{})
		w.mu.Unlock()
		if !asked {
			continue
		}
		if n, err, ok := w.tryRead(p); ok {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue // asked again meanwhile: nothing has been looked at
			}
			// There was something: the question stands until there is not.
			w.ask()
			return n, err
		}
		if w.dry != nil {
			w.dry()
		}
	}
}

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
