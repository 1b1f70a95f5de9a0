// Package linetest tests that a line does what a session needs of it, as nettest does for
// connections.
package linetest

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// A Pair is a line and the host at its other end: what is written to the host comes over
// the line, and the other way round.
type Pair struct {
	Line line.Line
	Host io.ReadWriteCloser
	// HalfClose says that the host sees the end of our side, and is heard after it.
	HalfClose bool
	// Lost says that the host's end is never in order.
	Lost bool
	// Written is what the host reads when "a\nb" was written with newline "\r\n", if that
	// is not "a\r\nb".
	Written string
}

// patience bounds what should happen at once.
const patience = 10 * time.Second

// Test runs the tests on lines that pair makes.
func Test(t *testing.T, pair func(t *testing.T) Pair) {
	for _, test := range []struct {
		name string
		f    func(t *testing.T, d *driver)
	}{
		{"data", data},
		{"cuts", cuts},
		{"text", text},
		{"newlines", newlines},
		{"dry", dry},
		{"busy", busy},
		{"order", order},
		{"end", end},
		{"half close", halfClose},
		{"hang up", hangUp},
		{"shut", shut},
		{"stopper", stopper},
		{"window", window},
	} {
		t.Run(test.name, func(t *testing.T) { test.f(t, drive(t, pair(t))) })
	}
}

// A driver is the owner of a line, and reads it as a session does.
type driver struct {
	Pair
	t  *testing.T
	mu sync.Mutex

	moved chan struct{} // rung by Moved
	drys  chan bool     // whether the question that Dry answers stands
	bytes []byte        // data that came
	items []line.Item   // the rest that came
	cause error
	sent  strings.Builder
}

func drive(t *testing.T, p Pair) *driver {
	t.Helper()
	d := &driver{Pair: p, t: t, moved: make(chan struct{}, 1), drys: make(chan bool, 100)}
	p.Line.Attach(d)
	t.Cleanup(func() {
		_ = p.Line.HangUp(d.wait)
		_ = p.Host.Close()
	})
	return d
}

// Lock implements line.Owner.
func (d *driver) Lock() { d.mu.Lock() }

// Unlock implements line.Owner.
func (d *driver) Unlock() { d.mu.Unlock() }

// Moved implements line.Owner.
func (d *driver) Moved() {
	d.held("Moved")
	select {
	case d.moved <- struct{}{}:
	default:
	}
}

// held checks that the lock is held.
func (d *driver) held(method string) {
	if d.mu.TryLock() {
		d.mu.Unlock()
		d.t.Errorf("%s was called without the lock", method)
	}
}

// Sending implements line.Owner.
func (d *driver) Sending() { d.held("Sending") }

// Queued implements line.Owner.
func (d *driver) Queued(p []byte) {
	d.held("Queued")
	d.sent.Write(p)
}

// Observed implements line.Owner.
func (d *driver) Observed() bool { return true }

// Dry implements line.Owner.
func (d *driver) Dry(question int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drys <- d.Line.Stands(question)
}

// Wait implements line.Owner.
func (d *driver) Wait() {
	d.mu.Unlock()
	defer d.mu.Lock()
	<-d.moved
}

func (d *driver) wait(done <-chan struct{}, limit time.Duration) {
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// soon fails the test if done is not closed in time.
func (d *driver) soon(what string, done <-chan struct{}) {
	d.t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		d.t.Fatalf("%s: nothing happens", what)
	}
}

// work gives the line what was read of it.
func (d *driver) work(n int, err error, in []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Line.Arrived(n)
	for in = in[:n]; ; {
		it, used := d.Line.Next(in)
		if used > len(in) {
			d.t.Fatalf("Next used %d bytes of %d", used, len(in))
		}
		in = in[used:]
		if it.Kind == line.None {
			break
		}
		d.take(it)
	}
	if len(in) > 0 {
		d.t.Errorf("Next left %d bytes", len(in))
	}
	if err != nil {
		last, cause := d.Line.End(err)
		d.take(last)
		d.cause = cause
	}
}

func (d *driver) take(it line.Item) {
	switch it.Kind {
	case line.None, line.Window: // a line may know the size from the beginning
	case line.Data:
		d.bytes = append(d.bytes, it.Data...)
	default:
		it.Data = nil
		d.items = append(d.items, it)
	}
}

// read reads the line with a buffer of size bytes until done says that it is enough, or
// the end.
func (d *driver) read(size int, done func() bool) {
	d.t.Helper()
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, size)
		for !done() {
			n, err := d.Line.Read(buf)
			d.work(n, err, buf)
			if err != nil {
				return
			}
		}
	}()
	d.soon("a read", over)
}

// readData reads until text has come.
func (d *driver) readData(size int, text string) {
	d.t.Helper()
	d.read(size, func() bool { return len(d.bytes) >= len(text) })
	if string(d.bytes) != text {
		d.t.Fatalf("read %.80q, want %.80q", d.bytes, text)
	}
	d.bytes = nil
}

// say makes the host write.
func (d *driver) say(text string) {
	if _, err := io.WriteString(d.Host, text); err != nil {
		d.t.Errorf("the host cannot write: %v", err)
	}
}

// hear reads what the host gets, until it is text.
func (d *driver) hear(text string) {
	d.t.Helper()
	buf := make([]byte, len(text))
	over := make(chan struct{})
	var n int
	var err error
	go func() {
		defer close(over)
		n, err = io.ReadFull(d.Host, buf)
	}()
	d.soon("the host's read", over)
	if err != nil || string(buf) != text {
		d.t.Fatalf("the host read %.80q, %v; want %.80q", buf[:n], err, text)
	}
}

// write queues text and sends what fits.
func (d *driver) write(text, newline string) (goal int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Line.WriteText([]byte(text), newline)
	goal, _, _ = d.Line.Queue()
	d.Line.Flush()
	return goal
}

// data comes as it was sent.
func data(t *testing.T, d *driver) {
	for _, text := range []string{"login: ", "x", strings.Repeat("0123456789", 100)} {
		go d.say(text)
		d.readData(4096, text)
	}
	if len(d.items) > 0 {
		t.Errorf("beside the data came %v", d.items)
	}
}

// cuts: a small buffer changes nothing.
func cuts(_ *testing.T, d *driver) {
	text := "one\r\ntwo three äöü"
	for size := 1; size < len(text); size++ {
		go d.say(text)
		d.readData(size, text)
	}
}

// text goes out once, in order, and Queued tells of it.
func text(t *testing.T, d *driver) {
	go d.write("hello", "\r\n")
	d.hear("hello")
	d.mu.Lock()
	d.Line.WriteData([]byte("a"))
	d.Line.WriteWire([]byte("b"))
	d.Line.Flush()
	d.mu.Unlock()
	d.hear("ab")
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sent.String() != "helloab" {
		t.Errorf("Queued told of %q", d.sent.String())
	}
}

// newlines are what the caller says.
func newlines(_ *testing.T, d *driver) {
	written := "a\r\nb"
	if d.Written != "" {
		written = d.Written
	}
	go d.write("a\nb", "\r\n")
	d.hear(written)
}

// dry: a question is answered when all that has come was read and given to Next, not
// before.
func dry(t *testing.T, d *driver) {
	d.mu.Lock()
	d.Line.Renew()
	d.Line.Ask()
	d.mu.Unlock()
	go func() {
		buf := make([]byte, 100)
		for {
			n, err := d.Line.Read(buf)
			d.work(n, err, buf)
			if err != nil {
				return
			}
		}
	}()
	select {
	case stands := <-d.drys:
		if !stands {
			t.Error("the answer is to another question")
		}
	case <-time.After(patience):
		t.Error("nobody answers")
	}
}

// busy: a host that does not read blocks nobody, and gets everything in the end.
func busy(t *testing.T, d *driver) {
	text := strings.Repeat("0123456789abcdef", 1<<19)
	done := make(chan struct{})
	var goal int64
	go func() {
		goal = d.write(text, "\r\n")
		close(done)
	}()
	d.soon("a write to a host that does not read", done)
	d.mu.Lock()
	_, sent, err := d.Line.Queue()
	if sent < goal && !d.Line.Busy() || err != nil {
		t.Errorf("%d of %d sent, %v, and the line is not busy", sent, goal, err)
	}
	d.mu.Unlock()
	d.hear(text)
	for told := sent == goal; ; told = true {
		d.mu.Lock()
		_, sent, err := d.Line.Queue()
		busy := d.Line.Busy()
		d.mu.Unlock()
		if sent == goal && !busy && told {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-d.moved:
		case <-time.After(patience):
			t.Fatalf("%d of %d sent, busy %v, and Moved is not called", sent, goal, busy)
		}
	}
}

// order: writes from many goroutines stay whole.
func order(t *testing.T, d *driver) {
	const writers, lines = 4, 50
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for range lines {
				d.write("<"+strings.Repeat(string(rune('a'+w)), 20)+">", "\r\n")
			}
		})
	}
	buf := make([]byte, writers*lines*22)
	if _, err := io.ReadFull(d.Host, buf); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	for _, piece := range strings.SplitAfter(strings.TrimSuffix(string(buf), ">"), ">") {
		if piece = strings.Trim(piece, "<>"); strings.Trim(piece, piece[:1]) != "" || len(piece) != 20 {
			t.Fatalf("a write was cut: %q", piece)
		}
	}
}

// end: what came before the end is read, and an end in order has no cause.
func end(t *testing.T, d *driver) {
	if d.Lost { // what was not read is lost as well
		go d.say("bye")
		d.read(100, func() bool { return len(d.bytes) == 3 })
		_ = d.Host.Close()
	} else {
		go func() {
			d.say("bye")
			_ = d.Host.Close()
		}()
	}
	d.read(100, func() bool { return false })
	if string(d.bytes) != "bye" || (d.cause != nil) != d.Lost {
		t.Errorf("read %q and ended with %v", d.bytes, d.cause)
	}
}

// halfClose: our side ends behind all that was written, and the host is heard still.
func halfClose(t *testing.T, d *driver) {
	if !d.HalfClose {
		t.Skip("the line has no half-close")
	}
	text := strings.Repeat("0123456789abcdef", 1<<14)
	d.write(text, "\r\n")
	d.mu.Lock()
	err := d.Line.CloseWrite()
	d.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	d.hear(text)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if n, err := d.Host.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
			t.Errorf("the host read %d bytes, %v", n, err)
		}
	}()
	d.soon("the host's end", ended)
	go d.say("so long")
	d.readData(100, "so long")
}

// hangUp wakes a read that is blocked.
func hangUp(t *testing.T, d *driver) {
	reading, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		close(reading)
		if n, err := d.Line.Read(make([]byte, 1)); err == nil {
			t.Errorf("read %d bytes after the end", n)
		}
	}()
	<-reading
	d.mu.Lock()
	d.Line.Shut()
	d.mu.Unlock()
	if err := d.Line.HangUp(d.wait); err != nil {
		t.Error(err)
	}
	d.soon("a read after HangUp", done)
}

// shut: what fits goes out before the end, and a host that does not read holds nobody.
func shut(t *testing.T, d *driver) {
	d.write(strings.Repeat("0123456789abcdef", 1<<19), "\r\n")
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.mu.Lock()
		d.Line.Shut()
		d.mu.Unlock()
		_ = d.Line.HangUp(d.wait) // what it says is the connection's
	}()
	d.soon("HangUp beside a host that does not read", done)
}

// stopper: reads can be tried and called back.
func stopper(t *testing.T, d *driver) {
	s, ok := d.Line.(line.Stopper)
	if !ok || !s.CanTry() {
		t.Skip("the line has no reads that can be tried")
	}
	buf := make([]byte, 100)
	if n, err, ok := s.ReadArrived(buf); ok {
		t.Errorf("read %d bytes of a silent host, %v", n, err)
	}
	s.Interrupt()
	if n, err := s.ReadUntil(time.Time{}, buf); !errors.Is(err, line.ErrInterrupted) {
		t.Errorf("a read that was called back: %d bytes, %v", n, err)
	}
	if n, err := s.ReadUntil(time.Now().Add(time.Millisecond), buf); !errors.Is(err, line.ErrInterrupted) {
		t.Errorf("a read that ran out: %d bytes, %v", n, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if n, err := s.ReadUntil(time.Time{}, buf); !errors.Is(err, line.ErrInterrupted) {
			t.Errorf("a read that is called back: %d bytes, %v", n, err)
		}
	}()
	s.Interrupt()
	d.soon("a read that is called back", done)
	d.say("now")
	n, err := s.ReadUntil(time.Now().Add(patience), buf)
	if d.work(n, err, buf); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	d.readData(100, "now")
}

// window: what was set is what the host is told.
func window(t *testing.T, d *driver) {
	w, ok := d.Line.(line.Windowed)
	if !ok {
		t.Skip("the line's host knows no window")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	w.Resize(132, 43)
	if columns, rows := w.Size(); columns != 132 || rows != 43 {
		t.Errorf("the size is %d by %d", columns, rows)
	}
}
