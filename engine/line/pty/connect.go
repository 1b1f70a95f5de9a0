package pty

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/moonwire/moonwire/engine/dial"
)

// Connect starts the program that an address names: a command for the shell, unless
// cfg.Args has the program and its arguments. Errors are of type *dial.Error.
func Connect(a dial.Address, cfg Config) (net.Conn, error) {
	if cfg.Args == nil {
		cfg.shell(a.Path)
	}
	p, err := Start(cfg)
	if err == nil {
		return p, nil
	}
	e := a.Failed(err.Error(), err)
	path, isPath := errors.AsType[*os.PathError](err)
	notFound, isName := errors.AsType[*exec.Error](err)
	why := notDirectory(cfg.Dir)
	switch {
	case isName:
		cause := notFound.Err
		if isPath { // the name was a path
			cause = path.Err
		}
		e.What = named(a, notFound.Name) + strings.TrimPrefix(cause.Error(), "exec: ")
		if !strings.ContainsAny(notFound.Name, `/\`) {
			e.Hint = "give its whole path, or look at PATH"
		}
		if errors.Is(cause, os.ErrPermission) {
			e.Hint = mayNot(notFound.Name)
		}
	case why != "":
		e.What = why
	case isPath && errors.Is(err, os.ErrNotExist):
		e.What = named(a, path.Path) + "the program is there, what it needs to run is not" // no test: only programs of another machine are like that
		if by := interpreter(path.Path); by != "" {
			e.What = named(a, path.Path) + "its first line names " + by + ", which is not there"
			if strings.HasSuffix(by, "\r") {
				e.What = named(a, path.Path) + "its first line ends in \\r\\n"
				e.Hint = "it was written on Windows: dos2unix mends it"
			}
		}
	case isPath && errors.Is(err, syscall.ENOEXEC):
		e.What = named(a, path.Path) + path.Err.Error()
		e.Hint = "it is a program for another machine, or a script without a first line such as #!/bin/sh"
	case isPath:
		e.What = named(a, path.Path) + path.Err.Error()
	}
	if dial.OutOfFiles(err) {
		e.Hint = dial.CloseSome
	}
	return nil, e
}

// named is what an error begins with that is about a program: its name, unless the address
// shows no more than that.
func named(a dial.Address, program string) string {
	if a.Path == program {
		return ""
	}
	return program + ": "
}

// notDirectory says why a program cannot start in a directory, "" if that is not why.
func notDirectory(dir string) string {
	if dir == "" {
		return ""
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "there is no directory " + dir
	case err == nil && !info.IsDir():
		return dir + " is no directory"
	case err != nil:
		return "the directory " + dir + " cannot be entered: " + dial.Cause(err)
	case !mayEnter(dir):
		return "the directory " + dir + " cannot be entered: permission denied" // no test: root may enter all
	}
	return ""
}

// mayNot says what may help if the system refuses to run a file.
func mayNot(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil: // a directory on the way
		return "a directory on the way to it is closed to you"
	case info.Mode()&0o111 != 0:
		return "its mode is " + info.Mode().String() + ": it is a program for others"
	}
	return `it is no program: chmod +x makes it one, or start what runs it, as in spawn{"sh", "FILE"}`
}

// interpreter is the program that the first line of a script names, "" if there is none.
func interpreter(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := f.Read(head) // what it has is enough
	first, _, _ := strings.Cut(string(head[:n]), "\n")
	name, ok := strings.CutPrefix(first, "#!")
	if !ok {
		return ""
	}
	name = strings.TrimLeft(name, " \t")
	name, _, _ = strings.Cut(name, " ")
	return name
}
