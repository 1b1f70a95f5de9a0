package baselib

// The io library: its functions and the methods of files.

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openIO(L *lua.LState) {
	m.files = NewTable(L, 10)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"close", m.fileClose},
		{"flush", m.fileFlush},
		{"lines", m.fileLines},
		{"read", m.fileRead},
		{"seek", fileSeek},
		{"setvbuf", fileSetvbuf},
		{"write", m.fileWrite},
		{"__tostring", fileString},
	} {
		m.set(L, m.files, f.name, f.fn)
	}
	Define(m.files, "__index", m.files)
	Define(m.files, "__name", lua.LString("FILE*"))

	m.stdout = m.newFile(&file{name: "stdout", w: m.out, standard: true, out: true})
	m.stdin = m.newFile(&file{name: "stdin", input: m.in, standard: true})
	stderr := m.newFile(&file{name: "stderr", w: orDiscard(m.config.Stderr), standard: true, err: true})
	m.output, m.input = m.stdout, m.stdin

	t := NewTable(L, 14)
	Define(t, "stdin", m.stdin)
	Define(t, "stdout", m.stdout)
	Define(t, "stderr", stderr)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"close", m.ioClose},
		{"flush", m.ioFlush},
		{"input", m.ioInput},
		{"lines", m.ioLines},
		{"open", m.ioOpen},
		{"output", m.ioOutput},
		{"popen", m.ioPopen},
		{"read", m.ioRead},
		{"tmpfile", m.ioTmpfile},
		{"type", ioType},
		{"write", m.ioWrite},
	} {
		m.set(L, t, f.name, f.fn)
	}
	m.global(L, "io", t)
}

func (m *shared) newFile(f *file) *lua.LUserData {
	ud := &lua.LUserData{Value: f, Metatable: m.files}
	if !f.standard {
		if len(m.opened) >= m.releaseAt {
			runtime.GC()
			m.releaseFiles()
		}
		m.opened[f] = weak.Make(ud)
	}
	return ud
}

// fewFiles is the number of files that may be open before those are looked for that the
// script has forgotten without closing them.
const fewFiles = 100

// releaseFiles closes the files that the last collection showed to be out of the
// script's reach, as Lua's collector does. Errors are not told: nobody could tell
// where they belong.
func (m *shared) releaseFiles() {
	for f, ud := range m.opened {
		if ud.Value() != nil {
			continue
		}
		delete(m.opened, f)
		if f.command != nil {
			_, _ = f.finish()
		} else {
			_ = f.close(m)
		}
	}
	m.releaseAt = max(fewFiles, 2*len(m.opened))
}

// toFile returns the file that an argument is, which may be closed.
func toFile(L *lua.LState, n int) *file {
	if ud, ok := L.Get(n).(*lua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			return f
		}
	}
	argError(L, n, "file expected, got %s", typeName(L, n))
	return nil
}

func openFile(L *lua.LState, n int) *file {
	f := toFile(L, n)
	if f.closed {
		L.RaiseError("attempt to use a closed file")
	}
	return f
}

func (m *shared) current(L *lua.LState, ud *lua.LUserData, what string) *file {
	f := ud.Value.(*file)
	if f.closed {
		L.RaiseError("standard %s file is closed", what)
	}
	return f
}

func fileString(L *lua.LState) int {
	f := toFile(L, 1)
	if f.closed {
		L.Push(lua.LString("file (closed)"))
	} else {
		L.Push(lua.LString("file (" + f.name + ")"))
	}
	return 1
}

func ioType(L *lua.LState) int {
	L.CheckAny(1)
	var what lua.LValue = lua.LNil
	if ud, ok := L.Get(1).(*lua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			what = lua.LString("file")
			if f.closed {
				what = lua.LString("closed file")
			}
		}
	}
	L.Push(what)
	return 1
}

func (m *shared) fileClose(L *lua.LState) int { return m.closeFile(L, openFile(L, 1)) }

func (m *shared) ioClose(L *lua.LState) int {
	if L.GetTop() == 0 {
		return m.closeFile(L, m.current(L, m.output, "output"))
	}
	return m.fileClose(L)
}

func (m *shared) closeFile(L *lua.LState, f *file) int {
	if f.standard {
		err := f.flush(m)
		if f.out && err != nil {
			Raise(L, &OutputError{err})
		}
		f.closed = f.out || f.input != nil
		return result(L, err, f.name)
	}
	delete(m.opened, f)
	if f.command != nil {
		status, err := f.finish()
		checkEnd(L, err)
		L.Push(lua.LNumber(status))
		return 1
	}
	return result(L, f.close(m), f.name)
}

func (m *shared) fileFlush(L *lua.LState) int { return m.flushFile(L, openFile(L, 1)) }

func (m *shared) ioFlush(L *lua.LState) int {
	return m.flushFile(L, m.current(L, m.output, "output"))
}

func (m *shared) flushFile(L *lua.LState, f *file) int {
	err := f.flush(m)
	if f.out && err != nil {
		Raise(L, &OutputError{err})
	}
	return result(L, err, f.name)
}

func (m *shared) fileWrite(L *lua.LState) int {
	f := openFile(L, 1)
	return m.write(L, f, 2)
}

func (m *shared) ioWrite(L *lua.LState) int {
	return m.write(L, m.current(L, m.output, "output"), 1)
}

func (m *shared) write(L *lua.LState, f *file, first int) int {
	if f.err { // in the order in which a person reads them
		if err := m.out.Flush(); err != nil {
			Raise(L, &OutputError{err})
		}
	}
	for i := first; i <= L.GetTop(); i++ {
		s := checkText(L, i)
		if err := f.write(s); err != nil {
			if f.out {
				Raise(L, &OutputError{err})
			}
			checkEnd(L, err)
			return failed(L, err, f.name)
		}
	}
	if f.out {
		m.printed(L)
	}
	L.Push(lua.LTrue)
	return 1
}

func (m *shared) fileRead(L *lua.LState) int {
	f := openFile(L, 1)
	return m.read(L, f, 2)
}

func (m *shared) ioRead(L *lua.LState) int {
	return m.read(L, m.current(L, m.input, "input"), 1)
}

func (m *shared) read(L *lua.LState, f *file, first int) int {
	if f.standard && f.input != nil {
		if err := m.out.Flush(); err != nil { // a question before its answer
			Raise(L, &OutputError{err})
		}
	}
	if f.input != nil && f.input.busy || f.slow != nil && f.slow.busy {
		L.RaiseError("another task reads from %s", f.name)
	}
	r := m.reader(contextOf(L), f)
	top := L.GetTop()
	if top < first {
		L.Push(lua.LString("*l"))
		top++
	}
	for i := first; i <= top; i++ {
		value, err := readItem(L, r, i)
		checkEnd(L, err)
		if err != nil && err != io.EOF {
			L.SetTop(top)
			return failed(L, err, f.name)
		}
		L.Push(value)
		if value == lua.LNil {
			break
		}
	}
	return L.GetTop() - top
}

// readItem reads what the format at argument i asks for; nil at the end.
func readItem(L *lua.LState, r *bufio.Reader, i int) (lua.LValue, error) {
	if n, ok := L.Get(i).(lua.LNumber); ok {
		return readBytes(r, max(0, toInt(float64(n))))
	}
	format := checkText(L, i)
	if len(format) >= 2 && format[0] == '*' {
		format = format[1:] // Lua 5.3 writes them without
	}
	switch {
	case format == "":
	case format[0] == 'n':
		return readNumber(r)
	case format[0] == 'l':
		return readLine(r, false)
	case format[0] == 'L':
		return readLine(r, true)
	case format[0] == 'a':
		b, err := io.ReadAll(r)
		return lua.LString(b), err
	}
	argError(L, i, "invalid format")
	return nil, nil
}

func fileSeek(L *lua.LState) int {
	f := openFile(L, 1)
	whence := 0
	switch mode := optText(L, 2, "cur"); mode {
	case "set":
		whence = io.SeekStart
	case "cur":
		whence = io.SeekCurrent
	case "end":
		whence = io.SeekEnd
	default:
		argError(L, 2, "invalid option '%s'", mode)
	}
	at, err := f.seek(int64(optInt(L, 3, 0)), whence)
	if err != nil {
		return failed(L, err, "")
	}
	L.Push(lua.LNumber(at))
	return 1
}

// fileSetvbuf accepts what C does; when a file is written out is ours.
func fileSetvbuf(L *lua.LState) int {
	f := openFile(L, 1)
	switch mode := checkText(L, 2); mode {
	case "no", "line", "full":
		f.unbuffered = mode != "full"
	default:
		argError(L, 2, "invalid option '%s'", mode)
	}
	L.Push(lua.LTrue)
	return 1
}

func (m *shared) ioOpen(L *lua.LState) int {
	name := checkText(L, 1)
	mode := optText(L, 2, "r")
	flags, ok := openFlags(mode)
	if !ok {
		argError(L, 2, "invalid mode '%s'", mode)
	}
	f, err := m.openFile(L, name, flags)
	if err != nil {
		return failed(L, err, name)
	}
	L.Push(m.newFile(newFile(f, name, flags)))
	return 1
}

// openFlags are the flags of open(2) for a mode of C's fopen.
func openFlags(mode string) (int, bool) {
	switch mode {
	case "r", "rb":
		return os.O_RDONLY, true
	case "w", "wb":
		return os.O_WRONLY | os.O_CREATE | os.O_TRUNC, true
	case "a", "ab":
		return os.O_WRONLY | os.O_CREATE | os.O_APPEND, true
	case "r+", "rb+", "r+b":
		return os.O_RDWR, true
	case "w+", "wb+", "w+b":
		return os.O_RDWR | os.O_CREATE | os.O_TRUNC, true
	case "a+", "ab+", "a+b":
		return os.O_RDWR | os.O_CREATE | os.O_APPEND, true
	}
	return 0, false
}

func (m *shared) ioTmpfile(L *lua.LState) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		return failed(L, err, "")
	}
	if err := os.Remove(f.Name()); err != nil { // kept until closed
		return failed(L, err, "")
	}
	L.Push(m.newFile(newFile(f, f.Name(), os.O_RDWR)))
	return 1
}

func (m *shared) ioInput(L *lua.LState) int { return m.choose(L, &m.input, os.O_RDONLY) }

func (m *shared) ioOutput(L *lua.LState) int {
	return m.choose(L, &m.output, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
}

// choose sets a default file, by its name or itself, and returns it.
func (m *shared) choose(L *lua.LState, which **lua.LUserData, flags int) int {
	switch L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LString, lua.LNumber:
		name := checkText(L, 1)
		f, err := m.openFile(L, name, flags)
		if err != nil {
			L.RaiseError("%s: %s", name, reason(err))
		}
		*which = m.newFile(newFile(f, name, flags))
	default:
		toFile(L, 1)
		*which = L.Get(1).(*lua.LUserData)
	}
	L.Push(*which)
	return 1
}

func (m *shared) fileLines(L *lua.LState) int {
	f := openFile(L, 1)
	return m.lines(L, f, L.Get(1), false)
}

func (m *shared) ioLines(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		return m.lines(L, m.current(L, m.input, "input"), m.input, false)
	}
	name := checkText(L, 1)
	f, err := m.openFile(L, name, os.O_RDONLY)
	if err != nil {
		L.RaiseError("%s: %s", name, reason(err))
	}
	opened := newFile(f, name, os.O_RDONLY)
	return m.lines(L, opened, m.newFile(opened), true)
}

// lines pushes an iterator over the lines of f, which is open as long as the script
// has the iterator or value, by which it knows the file.
func (m *shared) lines(L *lua.LState, f *file, value lua.LValue, closing bool) int {
	L.Push(L.NewClosure(func(L *lua.LState) int {
		if f.closed {
			L.RaiseError("file is already closed")
		}
		value, err := readLine(m.reader(contextOf(L), f), false)
		checkEnd(L, err)
		if err != nil && err != io.EOF {
			L.RaiseError("%s: %s", f.name, reason(err))
		}
		if value == lua.LNil && closing {
			delete(m.opened, f)
			if err := f.close(m); err != nil {
				// no test: a network file system would have to fail late
				L.RaiseError("%s: %s", f.name, reason(err))
			}
		}
		L.Push(value)
		return 1
	}, value))
	return 1
}
