package baselib

// Programs that a script runs: os.execute and io.popen. Both end with the
// script's context.

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// killDelay is how long a command whose context ended has for letting go of
// its pipes.
const killDelay = 2 * time.Second

// shell is a command line made ready to run, and what ends it.
func (m *shared) shell(ctx context.Context, line string) (*exec.Cmd, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := context.WithCancel(ctx)
	name, flag := "/bin/sh", "-c"
	if runtime.GOOS == "windows" {
		name, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(ctx, name, flag, line)
	cmd.WaitDelay = killDelay
	cmd.Cancel = func() error { return end(cmd.Process) }
	cmd.Env = m.programEnviron()
	return cmd, stop
}

// Environ returns the environment of the programs that a script runs: Config.Environ,
// and what os.setenv has set. L is a state made by [New].
func Environ(L *lua.LState) []string { return sharedOf(L).programEnviron() }

func (m *shared) programEnviron() []string {
	env := slices.Clone(m.config.Environ)
	if env == nil {
		env = os.Environ()
	}
	for _, name := range slices.Sorted(maps.Keys(m.environ)) {
		env = append(env, name+"="+m.environ[name])
	}
	return env
}

// flushAll writes out what the script has written to any file, for the program that
// it is about to run.
func (m *shared) flushAll(L *lua.LState) {
	if err := m.out.Flush(); err != nil {
		Raise(L, &OutputError{err})
	}
	for f := range m.opened {
		if f.f != nil {
			_ = f.flush(m) // the error stays: the next write, flush or close tells it
		}
	}
}

// end kills a program and all that it has started, where the system tells what that
// is: Linux does. They are stopped first, from the top down, so that none can start
// another one meanwhile.
func end(p *os.Process) error {
	all := []*os.Process{p}
	for i := 0; i < len(all); i++ {
		pid := strconv.Itoa(all[i].Pid)
		pause(all[i])
		children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
		if err != nil {
			break
		}
		for field := range strings.FieldsSeq(string(children)) {
			if n, err := strconv.Atoi(field); err == nil {
				if child, err := os.FindProcess(n); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	for _, child := range all[1:] {
		_ = child.Kill() // it may have ended
	}
	return p.Kill()
}

// exitStatus is a finished command's: 128 and the signal's number if a signal
// ended it, as shells count.
func exitStatus(err error) (int, bool) {
	if err == nil {
		return 0, true
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 1, false
	}
	if code := exit.ExitCode(); code >= 0 {
		return code, true
	}
	return 128 + signalOf(exit.ProcessState), true
}

// inputFile is the file that a command can read as its standard input.
func (m *shared) inputFile() *os.File {
	switch in := m.config.Stdin.(type) {
	case *os.File:
		return in
	case interface{ File() *os.File }:
		return in.File()
	}
	return nil
}

// osExecute is Lua's: os.execute([command]). It returns the exit status.
func (m *shared) osExecute(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(1)) // there is a shell
		return 1
	}
	m.flushAll(L)
	cmd, stop := m.shell(contextOf(L), checkText(L, 1))
	defer stop()
	if f := m.inputFile(); f != nil {
		cmd.Stdin = f
	}
	cmd.Stdout, cmd.Stderr = m.config.Stdout, m.config.Stderr
	var err error
	m.block(func() { err = cmd.Run() })
	checkEnd(L, errors.Join(err, Context(L).Err()))
	status, ok := exitStatus(err)
	if !ok && !errors.Is(err, exec.ErrWaitDelay) {
		return failed(L, err, "")
	}
	L.Push(lua.LNumber(status))
	return 1
}

// ioPopen is Lua's: io.popen(command [, mode]). Closing the file returns the
// command's exit status.
func (m *shared) ioPopen(L *lua.LState) int {
	line := checkText(L, 1)
	mode := optText(L, 2, "r")
	if mode != "r" && mode != "w" {
		argError(L, 2, "invalid mode '%s'", mode)
	}
	m.flushAll(L)
	cmd, stop := m.shell(contextOf(L), line)
	f := &file{name: line, command: cmd, stop: stop}
	cmd.Stderr = m.config.Stderr
	var err error
	if mode == "r" {
		if stdin := m.inputFile(); stdin != nil {
			cmd.Stdin = stdin
		}
		r, e := cmd.StdoutPipe()
		f.input, f.pipe, err = newInput(r, m.config.Block), r, e
	} else {
		cmd.Stdout = m.config.Stdout
		w, e := cmd.StdinPipe()
		f.w, f.pipe, err = w, w, e
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		stop()
		return failed(L, err, line)
	}
	L.Push(m.newFile(f))
	return 1
}

// finish closes the script's end of the pipe, waits for the command, and
// returns its exit status.
func (f *file) finish() (int, error) {
	f.closed = true
	defer f.stop()
	closing := f.pipe.Close()
	err := f.command.Wait()
	status, ok := exitStatus(err)
	if ok || errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err == nil && status != 0 {
		return status, nil
	}
	return status, errors.Join(err, closing)
}
