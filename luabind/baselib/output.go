package baselib

// Standard output and input.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	lua "github.com/yuin/gopher-lua"
)

// An OutputError says that standard output takes no more; errors.Is tells
// why: syscall.EPIPE where the reader of a pipe is gone.
type OutputError struct{ Err error }

// Error says it in one line.
func (e *OutputError) Error() string {
	return fmt.Sprintf("cannot write to standard output: %s", reason(e.Err))
}

// Unwrap returns the reason.
func (e *OutputError) Unwrap() error { return e.Err }

// Kind is the kind that the script's error value has.
func (e *OutputError) Kind() string { return "output" }

// reason is an error without the operation and the path that packages put
// before it.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// printed raises an error if what was printed could not be written, and writes
// it out if it ends a line that someone reads as it comes.
func (m *shared) printed(L *lua.LState) {
	var err error
	if m.config.LineBuffered {
		err = m.out.Flush()
	} else {
		_, err = m.out.Write(nil)
	}
	if err != nil {
		Raise(L, &OutputError{err})
	}
}

// Flush writes out what the script printed so far. Its error is an
// [*OutputError], and stays for all further output.
func Flush(L *lua.LState) error {
	if err := sharedOf(L).out.Flush(); err != nil {
		return &OutputError{err}
	}
	return nil
}

// The sizes of the buffers of input and output, in bytes. One that leads nowhere has none,
// and that of a state which is one of many is small.
const (
	bufferSize  = 4096
	smallBuffer = 512
)

func newOutput(w io.Writer, alone bool) *bufio.Writer {
	switch {
	case w == nil:
		return bufio.NewWriterSize(io.Discard, 1)
	case alone:
		return bufio.NewWriterSize(w, bufferSize)
	}
	return bufio.NewWriterSize(w, smallBuffer)
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// contextInput is an input that Lua reads, buffered, by a context's leave.
// Over a plain reader a read that the context ends goes on in a goroutine, and
// what it brings is what the next read gets.
type contextInput struct {
	r       io.Reader
	buf     *bufio.Reader
	ctx     context.Context // of the call that reads now
	pending chan struct{}   // closed when the goroutine's read is done
	data    []byte
	err     error
	block   func(f func()) // see Config; nil where nobody else is let in
	busy    bool           // a read is in progress, in this goroutine or another one
}

func newInput(r io.Reader, block func(f func())) *contextInput {
	in := &contextInput{r: r, block: block}
	size := bufferSize
	if r == nil {
		size = 0 // the least there is
	}
	in.buf = bufio.NewReaderSize(in, size)
	return in
}

// with returns the buffered reader for reads under a context, which may be nil.
func (in *contextInput) with(ctx context.Context) *bufio.Reader {
	in.ctx = ctx
	return in.buf
}

// all reads up to the end.
func (in *contextInput) all(ctx context.Context) ([]byte, error) {
	return io.ReadAll(in.with(ctx))
}

// ReleaseInput gives what io.read has read ahead of the standard input back to
// it, if it takes things back with a method Unread, for whoever reads it next.
func ReleaseInput(L *lua.LState) {
	in := sharedOf(L).in
	source, ok := in.r.(interface{ Unread(p []byte) })
	if n := in.buf.Buffered(); ok && n > 0 {
		ahead, _ := in.buf.Peek(n) // it is there
		source.Unread(ahead)
		_, _ = in.buf.Discard(n)
	}
}

// Read reads for the buffer.
func (in *contextInput) Read(p []byte) (n int, err error) {
	if in.block == nil {
		return in.read(p)
	}
	in.busy = true
	in.block(func() { n, err = in.read(p) })
	in.busy = false
	return n, err
}

func (in *contextInput) read(p []byte) (int, error) {
	if in.r == nil {
		return 0, io.EOF
	}
	if in.ctx == nil || in.ctx.Done() == nil {
		if in.pending == nil {
			return in.r.Read(p)
		}
		in.ctx = context.Background()
	}
	if cr, ok := in.r.(ContextReader); ok {
		return cr.ReadContext(in.ctx, p)
	}
	if in.pending == nil && in.data == nil && in.err == nil {
		done := make(chan struct{})
		in.pending = done
		buf := make([]byte, len(p))
		go func() {
			defer close(done)
			n, err := in.r.Read(buf)
			in.data, in.err = buf[:n], err
		}()
	}
	if in.pending != nil {
		select {
		case <-in.pending:
			in.pending = nil
		case <-in.ctx.Done():
			return 0, context.Cause(in.ctx)
		}
	}
	n := copy(p, in.data)
	in.data = in.data[n:]
	if len(in.data) > 0 {
		return n, nil
	}
	in.data = nil
	err := in.err
	in.err = nil
	return n, err
}

// checkEnd raises the context's end where a read or a wait was ended by it.
func checkEnd(L *lua.LState, err error) {
	if ctx := contextOf(L); err != nil && ctx != nil && ctx.Err() != nil {
		L.RaiseError("%s", ctx.Err().Error())
	}
}
