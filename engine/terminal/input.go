package terminal

// The broker of the input. One reader at a time holds the turn; what it reads
// from the file goes through the shared buffer, so that giving up a wait loses
// nothing and what follows a line, an escape or a key is there for the next.

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
)

// readAhead is how much is read from the file at once.
const readAhead = 32 << 10

// Input is the one reader of the terminal's input. Its methods may be called
// from any goroutine; concurrent reads take turns.
type Input struct {
	file *os.File
	src  source
	turn chan struct{} // holds a token while somebody reads

	mu      sync.Mutex
	buf     []byte // read and not taken, in order
	scratch []byte
	err     error // the end of the input, once buf is empty
	tty     bool
	raw     bool // the terminal gives keys, not lines
}

// source is where an Input reads.
type source interface {
	// read waits until there is something to read, ctx is done or wake is
	// called, and reads into p. It returns 0, nil if there was nothing.
	read(ctx context.Context, p []byte) (int, error)
	// ready reads into p what is there without waiting.
	ready(p []byte) (int, error)
	wake()
	close()
}

func newInput(f *os.File, tty bool) *Input {
	in := &Input{file: f, turn: make(chan struct{}, 1), tty: tty}
	if f != nil {
		in.src = newSource(f)
	}
	return in
}

// Read waits for input and reads up to len(p) bytes of it. When ctx is done it
// returns ctx's error and takes nothing. At the end of the input it returns
// io.EOF; on a terminal, where the end is a key (^D), reading may go on.
//
// Outside the modes of [Terminal.Enter] the input of a terminal is lines that
// end in "\n", also where the keys were typed ahead in one of the modes.
func (in *Input) Read(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	release, err := in.hold(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	for {
		in.mu.Lock()
		n := copy(p, in.buf)
		if n > 0 {
			in.lines(p[:n])
			if i := bytes.IndexByte(p[:n], '\n'); in.tty && !in.raw && i >= 0 {
				n = i + 1 // as a terminal does: what follows may be for another
			}
			in.buf = in.buf[n:]
			in.mu.Unlock()
			return n, nil
		}
		in.mu.Unlock()
		if err := in.fill(ctx); err != nil {
			return 0, err
		}
	}
}

// ReadLine reads up to and including the next "\n" and no further. At the end
// of the input it returns what there is, and io.EOF with nothing. A line that
// is not finished when ctx is done stays in the buffer.
func (in *Input) ReadLine(ctx context.Context) ([]byte, error) {
	release, err := in.hold(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	seen := 0
	for {
		in.mu.Lock()
		in.lines(in.buf[seen:])
		if i := bytes.IndexByte(in.buf[seen:], '\n'); i >= 0 {
			line := in.take(seen + i + 1)
			in.mu.Unlock()
			return line, nil
		}
		seen = len(in.buf)
		in.mu.Unlock()
		if err := in.fill(ctx); err != nil {
			in.mu.Lock()
			defer in.mu.Unlock()
			if err == io.EOF && len(in.buf) > 0 {
				return in.take(len(in.buf)), nil
			}
			return nil, err
		}
	}
}

// Unread puts p back before everything that has not been read yet.
func (in *Input) Unread(p []byte) {
	if len(p) == 0 {
		return
	}
	in.mu.Lock()
	in.buf = append(bytes.Clone(p), in.buf...)
	in.mu.Unlock()
	if in.src != nil {
		in.src.wake()
	}
}

// Buffered returns how many bytes have been read from the file and not been
// taken by anybody.
func (in *Input) Buffered() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.buf)
}

// TakeInterrupt reports whether the next key that was typed ahead, and read already, is ^C,
// and takes it. Behind other keys it is meant for whoever reads those. Nothing is read from
// the terminal, which gives lines by now: an end that was typed would be lost.
func (in *Input) TakeInterrupt() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.tty || len(in.buf) == 0 || in.buf[0] != ctrl('C') {
		return false
	}
	in.buf = in.buf[1:]
	return true
}

// Stream is an Input as the standard input of an interpreter.
type Stream struct{ in *Input }

// Stream returns the input as a stream.
func (in *Input) Stream() Stream { return Stream{in} }

// Read reads without an end of the waiting.
func (s Stream) Read(p []byte) (int, error) { return s.in.Read(context.Background(), p) }

// ReadContext is Input.Read.
func (s Stream) ReadContext(ctx context.Context, p []byte) (int, error) { return s.in.Read(ctx, p) }

// Unread is Input.Unread.
func (s Stream) Unread(p []byte) { s.in.Unread(p) }

// File is what the input is read from, for programs that are to read it
// themselves; nil if there is none. They do not get what has been read ahead.
func (s Stream) File() *os.File { return s.in.file }

// hold waits for the turn to read.
func (in *Input) hold(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case in.turn <- struct{}{}:
		return func() { <-in.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fill waits for more input and appends it to the buffer. It may return with
// nothing new; the caller looks again. Only the holder of the turn calls it.
func (in *Input) fill(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if in.src == nil {
		return io.EOF
	}
	if in.err != nil && !in.tty {
		return in.err
	}
	if in.scratch == nil {
		in.scratch = make([]byte, readAhead)
	}
	n, err := in.src.read(ctx, in.scratch)
	in.mu.Lock()
	in.buf = append(in.buf, in.scratch[:n]...)
	in.mu.Unlock()
	if err != nil && n == 0 {
		in.err = err
		return err
	}
	return nil
}

// take removes the first n bytes of the buffer and returns a copy of them.
func (in *Input) take(n int) []byte {
	p := bytes.Clone(in.buf[:n])
	in.buf = in.buf[n:]
	return p
}

// lines makes "\n" of the Enter keys in p, which were typed ahead while the
// terminal was in a mode, for a reader of lines.
func (in *Input) lines(p []byte) {
	if in.tty && !in.raw {
		swapByte(p, '\r', '\n')
	}
}

// setRaw tells the broker that from now on the terminal gives keys (raw) or
// lines. On the way to keys, lines typed ahead become the keys they were.
func (in *Input) setRaw(raw bool) {
	if raw && in.src != nil {
		// Whoever holds the turn is reading and will see keys himself.
		select {
		case in.turn <- struct{}{}:
			if in.scratch == nil {
				in.scratch = make([]byte, readAhead)
			}
			n, _ := in.src.ready(in.scratch)
			swapByte(in.scratch[:n], 0, ctrl('D')) // how Linux keeps an end typed ahead
			in.mu.Lock()
			in.buf = append(in.buf, in.scratch[:n]...)
			in.mu.Unlock()
			<-in.turn
		default:
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if raw && !in.raw && in.tty {
		swapByte(in.buf, '\n', '\r')
	}
	in.raw = raw
}

func swapByte(p []byte, from, to byte) {
	for i, c := range p {
		if c == from {
			p[i] = to
		}
	}
}

func (in *Input) close() {
	if in.src != nil {
		in.src.close()
	}
}
