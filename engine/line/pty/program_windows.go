package pty

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/moonwire/moonwire/engine/line"
)

// A Program runs in a console of its own, whose screen the system sends us as a terminal
// would need it (ConPTY). It is the connection to it: what is written was typed, what is
// read is shown. A pipe of this kind has no deadlines, and takes a thread while it is read.
type Program struct {
	in, out *os.File
	pid     int
	ended   chan struct{} // closed when the program has ended and all is read
	closed  chan struct{} // closed by Close
	drained chan struct{} // closed when nothing more can be read
	closing sync.Once
	drains  sync.Once

	mu            sync.Mutex
	console       windows.Handle // 0 once it is closed
	process       windows.Handle
	columns, rows int
	over          bool      // the program has ended
	exit          line.Exit // valid then
	tellEnd       func(e line.Exit)
}

// tellsEcho: what is in the console is drawn, and nobody can tell by whom.
const tellsEcho = false

// maxTyped has no meaning here: a console takes lines of any length.
const maxTyped = 1 << 30

// shellArgs have the shell run what follows them, whose quotes are its own to read.
var shellArgs = [...]string{"cmd.exe", "/d", "/s", "/c"}

// shell makes the arguments by which the shell runs a command.
func (cfg *Config) shell(command string) { cfg.Args = append(shellArgs[:], command) }

// commandLine makes one line of a program's arguments.
func commandLine(args []string) string {
	if n := len(shellArgs); len(args) == n+1 && slices.Equal(args[:n], shellArgs[:]) {
		return strings.Join(shellArgs[:], " ") + ` "` + args[n] + `"`
	}
	return windows.ComposeCommandLine(args)
}

// defaultColumns is the width of a window that has none.
const defaultColumns = 511

// Start starts a program.
func Start(cfg Config) (*Program, error) {
	path, err := exec.LookPath(cfg.Args[0])
	if err != nil {
		return nil, err
	}
	if cfg.Rows == 0 {
		cfg.Rows = DefaultRows
	}
	if cfg.Columns == 0 {
		cfg.Columns = defaultColumns
	}
	p := &Program{ended: make(chan struct{}), closed: make(chan struct{}), drained: make(chan struct{}), columns: cfg.Columns, rows: cfg.Rows}
	var theirIn, ourIn, ourOut, theirOut windows.Handle
	if err := windows.CreatePipe(&theirIn, &ourIn, nil, 0); err != nil {
		return nil, os.NewSyscallError("CreatePipe", err)
	}
	p.in = os.NewFile(uintptr(ourIn), "console")
	defer windows.CloseHandle(theirIn)
	if err := windows.CreatePipe(&ourOut, &theirOut, nil, 0); err != nil {
		_ = p.in.Close()
		return nil, os.NewSyscallError("CreatePipe", err)
	}
	p.out = os.NewFile(uintptr(ourOut), "console")
	defer windows.CloseHandle(theirOut)
	size := windows.Coord{X: int16(cfg.Columns), Y: int16(cfg.Rows)}
	if err := windows.CreatePseudoConsole(size, theirIn, theirOut, 0, &p.console); err != nil {
		_, _ = p.in.Close(), p.out.Close()
		return nil, os.NewSyscallError("CreatePseudoConsole", err)
	}
	if err := p.start(path, cfg); err != nil {
		_ = p.Close()
		return nil, &os.PathError{Op: "start", Path: path, Err: err}
	}
	go p.await()
	return p, nil
}

// start starts the program in the console.
func (p *Program) start(path string, cfg Config) error {
	attributes, err := windows.NewProcThreadAttributeList(1)
	if err != nil {
		return err
	}
	defer attributes.Delete()
	// The attribute is the handle itself, not where it lies.
	if err := attributes.Update(windows.PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, *(*unsafe.Pointer)(unsafe.Pointer(&p.console)), unsafe.Sizeof(p.console)); err != nil {
		return err
	}
	info := windows.StartupInfoEx{ProcThreadAttributeList: attributes.List()}
	info.Cb = uint32(unsafe.Sizeof(info))
	info.Flags = windows.STARTF_USESTDHANDLES // none of ours
	program, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	command, err := windows.UTF16PtrFromString(commandLine(cfg.Args))
	if err != nil {
		return err
	}
	var dir *uint16
	if cfg.Dir != "" {
		if dir, err = windows.UTF16PtrFromString(cfg.Dir); err != nil {
			return err
		}
	}
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	if cfg.Terminal != "" {
		env = append(env[:len(env):len(env)], "TERM="+cfg.Terminal)
	}
	var started windows.ProcessInformation
	err = windows.CreateProcess(program, command, nil, nil, false, windows.EXTENDED_STARTUPINFO_PRESENT|windows.CREATE_UNICODE_ENVIRONMENT, block(env), dir, &info.StartupInfo, &started)
	if err != nil {
		return err
	}
	_ = windows.CloseHandle(started.Thread)
	p.process, p.pid = started.Process, int(started.ProcessId)
	return nil
}

// block is an environment as the system takes it, with the last value of each variable.
func block(env []string) *uint16 {
	c := exec.Cmd{Env: env}
	var b []uint16
	for _, v := range c.Environ() {
		if !strings.Contains(v, "\x00") {
			b = append(append(b, utf16.Encode([]rune(v))...), 0)
		}
	}
	b = append(b, 0, 0) // two where there is no variable
	return &b[0]
}

// await waits for the program's end, and for all that it has shown.
func (p *Program) await() {
	_, _ = windows.WaitForSingleObject(p.process, windows.INFINITE)
	var code uint32
	_ = windows.GetExitCodeProcess(p.process, &code) // 0 if it cannot be had
	p.closeConsole()                                 // what it still holds comes, and then the end
	timer := time.NewTimer(killTime)
	defer timer.Stop()
	select {
	case <-p.drained:
	case <-p.closed:
	case <-timer.C: // nobody reads
	}
	p.mu.Lock()
	p.over, p.exit.Code = true, int(code)
	tell, e := p.tellEnd, p.exit
	_ = windows.CloseHandle(p.process)
	p.mu.Unlock()
	close(p.ended)
	if tell != nil {
		tell(e)
	}
}

// closeConsole closes the console, and ends what still runs in it.
func (p *Program) closeConsole() {
	p.mu.Lock()
	console := p.console
	p.console = 0
	p.mu.Unlock()
	if console != 0 {
		windows.ClosePseudoConsole(console)
	}
}

// whenEnded makes f be called, in a goroutine of its own, when the program has ended.
func (p *Program) whenEnded(f func(e line.Exit)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		go f(p.exit)
		return
	}
	p.tellEnd = f
}

// status is how the program ended, if it has.
func (p *Program) status() (e line.Exit, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit, p.over
}

// signal does what comes nearest to a signal: there are none here.
func (p *Program) signal(name string) error {
	switch strings.TrimPrefix(strings.ToUpper(name), "SIG") {
	case "INT":
		_, err := p.Write([]byte{keyInterrupt})
		return err
	case "TERM", "KILL", "HUP", "QUIT":
		return p.kill()
	}
	return fmt.Errorf("%w: %q", line.ErrNoSignal, name)
}

// kill ends the program, if it has not ended.
func (p *Program) kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over || p.process == 0 {
		return errEnded
	}
	return os.NewSyscallError("TerminateProcess", windows.TerminateProcess(p.process, 1))
}

// Read implements net.Conn.
func (p *Program) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if err != nil {
		p.drains.Do(func() { close(p.drained) })
		if errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, os.ErrClosed) {
			err = io.EOF
		}
	}
	return n, err
}

// Write implements net.Conn.
func (p *Program) Write(b []byte) (int, error) { return p.in.Write(b) }

// Close closes the console, which ends what runs in it, and kills the program after a
// second.
func (p *Program) Close() error {
	p.closing.Do(func() {
		close(p.closed)
		_ = p.in.Close()
		go func() { // the system waits until all is read
			_, _ = io.Copy(io.Discard, p.out)
			_ = p.out.Close()
		}()
		go p.closeConsole()
		time.AfterFunc(killTime, func() { _ = p.kill() })
	})
	return nil
}

func (p *Program) echoes() (echo, ok bool) { return false, false }

func (p *Program) readsLines() bool { return false }

// endKeys are the keys that end a program's input.
func (p *Program) endKeys() []byte { return []byte{keySuspend, '\r'} }

// size is that of the window.
func (p *Program) size() (columns, rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.columns, p.rows
}

// resize changes the window.
func (p *Program) resize(columns, rows int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.console == 0 {
		return errEnded
	}
	err := windows.ResizePseudoConsole(p.console, windows.Coord{X: int16(columns), Y: int16(rows)})
	if err == nil {
		p.columns, p.rows = columns, rows
	}
	return err
}

// LocalAddr implements net.Conn.
func (p *Program) LocalAddr() net.Addr { return address{} }

// RemoteAddr implements net.Conn.
func (p *Program) RemoteAddr() net.Addr { return address{} }

// SetDeadline implements net.Conn: there are no deadlines.
func (*Program) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline implements net.Conn: likewise.
func (*Program) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline implements net.Conn: likewise.
func (*Program) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

type address struct{}

// Network implements net.Addr.
func (address) Network() string { return "pty" }

// String implements net.Addr.
func (address) String() string { return "console" }
