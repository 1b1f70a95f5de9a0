package pty

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"

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
	switch {
	case isName:
		cause := notFound.Err
		if isPath { // the name was a path
			cause = path.Err
		}
		e.What = notFound.Name + ": " + strings.TrimPrefix(cause.Error(), "exec: ")
		if !strings.ContainsAny(notFound.Name, `/\`) {
			e.Hint = "give its whole path, or look at PATH"
		}
		if errors.Is(cause, os.ErrPermission) {
			e.Hint = "it is no program: chmod +x makes it one, or start what runs it, as in spawn{\"sh\", \"FILE\"}"
		}
	case cfg.Dir != "" && isMissing(cfg.Dir):
		e.What = "there is no directory " + cfg.Dir
	case isPath:
		e.What = path.Path + ": " + path.Err.Error()
	}
	if dial.OutOfFiles(err) {
		e.Hint = dial.CloseSome
	}
	return nil, e
}

func isMissing(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, os.ErrNotExist)
}
