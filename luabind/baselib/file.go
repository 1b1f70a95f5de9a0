package baselib

// Files, and reading from them.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A file is what stands behind Lua's FILE*: a file of the system, a standard
// stream, or one end of a running command.
type file struct {
	name       string
	closed     bool
	standard   bool // is never really closed
	out, err   bool // is standard output, standard error
	unbuffered bool
	readOnly   bool

	f  *os.File      // nil for standard streams and commands
	bw *bufio.Writer // over f, made when needed
	br *bufio.Reader // over f, made when needed

	ctx  context.Context // of the call that reads now; nil if it has none
	slow *contextInput   // reads f where that may wait; nil for usual files

	w       io.Writer     // a standard stream's, or a command's input
	input   *contextInput // a standard stream's, or a command's output
	command *exec.Cmd
	stop    context.CancelFunc
	pipe    io.Closer
}

var (
	errNotReadable = errors.New("not open for reading")
	errNotWritable = errors.New("not open for writing")
	errNotSeekable = errors.New("illegal seek")
)

func newFile(f *os.File, name string, flags int) *file {
	return &file{f: f, name: name, readOnly: flags&(os.O_WRONLY|os.O_RDWR) == 0}
}

// failingReader gives an error instead of data.
type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// reader returns the buffer to read from; what was written goes out first.
func (m *shared) reader(ctx context.Context, f *file) *bufio.Reader {
	switch {
	case f.input != nil:
		return f.input.with(ctx)
	case f.f == nil:
		return bufio.NewReader(failingReader{errNotReadable})
	}
	if f.bw != nil {
		if err := f.bw.Flush(); err != nil {
			return bufio.NewReader(failingReader{err})
		}
	}
	if f.br == nil {
		f.br = bufio.NewReader(endingReader{f})
		if info, err := f.f.Stat(); f.slow == nil && err == nil && !info.Mode().IsRegular() {
			f.slow = &contextInput{r: f.f, block: m.config.Block}
		}
	}
	f.ctx = ctx
	return f.br
}

// An endingReader reads a file as long as the call's context lasts: there are files without
// an end, and without lines.
type endingReader struct{ *file }

func (r endingReader) Read(p []byte) (int, error) {
	if r.ctx != nil && r.ctx.Err() != nil {
		return 0, r.ctx.Err()
	}
	if r.slow != nil { // a FIFO or a terminal
		r.slow.ctx = r.ctx
		return r.slow.Read(p)
	}
	return r.f.Read(p)
}

// openFile opens a file of the system as long as the call's context lasts: a FIFO waits for
// its other end.
func (m *shared) openFile(L *lua.LState, name string, flags int) (f *os.File, err error) {
	info, err := os.Stat(name)
	ctx := contextOf(L)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 || ctx == nil {
		return os.OpenFile(name, flags, 0o666)
	}
	var opened *os.File
	var failed error
	done := make(chan struct{})
	go func() {
		opened, failed = os.OpenFile(name, flags, 0o666)
		close(done)
	}()
	m.block(func() {
		select {
		case <-done:
			f, err = opened, failed
		case <-ctx.Done():
			err = ctx.Err()
			go func() { // it may be opened yet
				if <-done; failed == nil {
					_ = opened.Close()
				}
			}()
		}
	})
	checkEnd(L, err)
	return f, err
}

func (f *file) write(s string) error {
	switch {
	case f.w != nil:
		_, err := io.WriteString(f.w, s)
		return err
	case f.f == nil || f.readOnly:
		return errNotWritable
	}
	if f.br != nil {
		if err := f.forgetInput(); err != nil {
			return err
		}
	}
	if f.bw == nil {
		f.bw = bufio.NewWriter(f.f)
		if info, err := f.f.Stat(); err != nil || !info.Mode().IsRegular() {
			f.unbuffered = true
		}
	}
	if _, err := f.bw.WriteString(s); err != nil {
		return err
	}
	if f.unbuffered {
		return f.bw.Flush()
	}
	return nil
}

// forgetInput puts the file's place where the script has read to.
func (f *file) forgetInput() error {
	n := f.br.Buffered()
	f.br = nil
	if n == 0 {
		return nil
	}
	_, err := f.f.Seek(int64(-n), io.SeekCurrent)
	return err
}

func (f *file) seek(offset int64, whence int) (int64, error) {
	if f.f == nil {
		return 0, errNotSeekable
	}
	if f.bw != nil {
		if err := f.bw.Flush(); err != nil {
			return 0, err
		}
	}
	if f.br != nil {
		if err := f.forgetInput(); err != nil {
			return 0, err
		}
	}
	return f.f.Seek(offset, whence)
}

func (f *file) flush(m *shared) error {
	switch {
	case f.out:
		return m.out.Flush()
	case f.bw != nil:
		return f.bw.Flush()
	}
	return nil
}

// close closes a file of the system.
func (f *file) close(m *shared) error {
	f.closed = true
	err := f.flush(m)
	if f.f == nil {
		return err
	}
	return errors.Join(err, f.f.Close())
}

// readBytes reads up to n bytes; for n = 0 it reports whether there are any.
func readBytes(r *bufio.Reader, n int) (lua.LValue, error) {
	if n == 0 {
		if _, err := r.Peek(1); err != nil {
			return lua.LNil, err
		}
		return lua.LString(""), nil
	}
	var b []byte
	for len(b) < n { // without taking n bytes for a file that is short
		part := make([]byte, min(n-len(b), 1<<16))
		k, err := io.ReadFull(r, part)
		b = append(b, part[:k]...)
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			}
			if len(b) > 0 && err == io.EOF {
				break
			}
			return lua.LNil, err
		}
	}
	return lua.LString(b), nil
}

// readLine reads a line, with its end if keep is true.
func readLine(r *bufio.Reader, keep bool) (lua.LValue, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		if line == "" || err != io.EOF {
			return lua.LNil, err
		}
		return lua.LString(line), nil
	}
	if !keep {
		line = line[:len(line)-1]
	}
	return lua.LString(line), nil
}

// readNumber reads a numeral after blanks, as C's scanf does: the longest text that
// a numeral can begin with is taken, and the rest is left. If that is no numeral the
// result is nil.
func readNumber(r *bufio.Reader) (lua.LValue, error) {
	var n numeral
	for {
		c, err := r.ReadByte()
		if err != nil {
			if len(n.text) > 0 && err == io.EOF {
				break
			}
			return lua.LNil, err
		}
		if len(n.text) == 0 && isSpace(c) {
			continue
		}
		if len(n.text) >= 200 || !n.add(c) {
			if err := r.UnreadByte(); err != nil {
				return lua.LNil, err
			}
			break
		}
	}
	if v, ok := n.value(); ok {
		return v, nil
	}
	return lua.LNil, nil
}

// A numeral is the text of a number that is read byte by byte.
type numeral struct {
	text                []byte
	hex, point, exp     bool // what has come: 0x, a point, the mark of an exponent
	digits, powerDigits int  // of the number, of its exponent
}

// add takes one more byte if a numeral can go on with it, and reports whether it did.
func (n *numeral) add(c byte) bool {
	lower, last := c|0x20, byte(0)
	if len(n.text) > 0 {
		last = n.text[len(n.text)-1] | 0x20
	}
	mark := byte('e')
	if n.hex {
		mark = 'p'
	}
	switch {
	case c == '+' || c == '-':
		if len(n.text) > 0 && !(n.exp && last == mark) {
			return false
		}
	case lower == 'x':
		if n.hex || n.point || n.digits != 1 || last != '0' {
			return false
		}
		n.hex, n.digits = true, 0
	case c == '.':
		if n.point || n.exp {
			return false
		}
		n.point = true
	case lower == mark && !n.exp:
		if n.digits == 0 {
			return false
		}
		n.exp = true
	case c >= '0' && c <= '9', n.hex && !n.exp && lower >= 'a' && lower <= 'f':
		if n.exp {
			n.powerDigits++
		} else {
			n.digits++
		}
	default:
		return false
	}
	n.text = append(n.text, c)
	return true
}

// value returns the number, if the text is one.
func (n *numeral) value() (lua.LNumber, bool) {
	if n.digits == 0 {
		return 0, false
	}
	text := string(n.text)
	if n.exp && n.powerDigits == 0 { // an exponent that was only begun does not count
		text = text[:strings.LastIndexAny(text, "eEpP")]
	}
	if n.hex && n.powerDigits == 0 {
		text += "p0" // strconv wants an exponent
	}
	f, err := strconv.ParseFloat(text, 64)
	return lua.LNumber(f), err == nil || math.IsInf(f, 0) // out of range is infinity, as in C
}
