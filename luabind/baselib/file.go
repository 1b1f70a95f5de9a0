package baselib

// Files, and reading from them.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"

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
func (f *file) reader(ctx context.Context) *bufio.Reader {
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
		f.br = bufio.NewReader(f.f)
	}
	return f.br
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

func (f *file) flush(m *machine) error {
	switch {
	case f.out:
		return m.out.Flush()
	case f.bw != nil:
		return f.bw.Flush()
	}
	return nil
}

// close closes a file of the system.
func (f *file) close(m *machine) error {
	f.closed = true
	err := f.flush(m)
	if f.f == nil {
		return err
	}
	return errors.Join(err, f.f.Close())
}

// readBytes reads up to n bytes; for n = 0 it tells whether there are any.
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

// readNumber reads a numeral after blanks, as C's scanf does.
func readNumber(r *bufio.Reader) (lua.LValue, error) {
	var b []byte
	for {
		c, err := r.ReadByte()
		if err != nil {
			if len(b) > 0 && err == io.EOF {
				break
			}
			return lua.LNil, err
		}
		if len(b) == 0 && isSpace(c) {
			continue
		}
		if len(b) >= 200 || !isAlnum(c) && c != '.' && c != '+' && c != '-' {
			if err := r.UnreadByte(); err != nil {
				return lua.LNil, err
			}
			break
		}
		b = append(b, c)
	}
	n, ok := ParseNumber(string(b))
	if !ok {
		return lua.LNil, nil
	}
	return n, nil
}
