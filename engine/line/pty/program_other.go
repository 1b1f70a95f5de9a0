//go:build !linux

package pty

import (
	"errors"
	"net"
)

// A Program runs on a terminal of its own.
type Program struct {
	net.Conn
	pid int
}

// Start starts a program.
func Start(Config) (*Program, error) {
	return nil, errors.New("programs can be spawned on Linux only") // no test: it is never said on Linux
}

// Wait returns how the program ended once it has.
func (p *Program) Wait() Status { return Status{} }

func (p *Program) echoes() (echo, ok bool) { return false, false }

func (p *Program) size() (columns, rows int) { return 0, 0 }

func (p *Program) resize(int, int) error { return errors.ErrUnsupported }
