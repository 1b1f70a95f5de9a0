//go:build !linux && !darwin && !freebsd && !windows

package pty

import (
	"errors"
	"net"

	"github.com/moonwire/moonwire/engine/line"
)

// A Program runs on a terminal of its own.
type Program struct {
	net.Conn
	pid           int
	ended, closed chan struct{}
}

// Start starts a program.
func Start(Config) (*Program, error) {
	return nil, errors.New("programs can be spawned on Linux, macOS, FreeBSD and Windows only") // no test: it is never said on Linux
}

func (p *Program) whenEnded(func(e line.Exit)) {}

func (p *Program) status() (e line.Exit, ended bool) { return e, false }

const maxTyped = 0

func (p *Program) readsLines() bool { return false }

const tellsEcho = false

func (cfg *Config) shell(command string) { cfg.Args = []string{"/bin/sh", "-c", command} }

func (p *Program) endKeys() []byte { return nil }

func (p *Program) signal(string) error { return errEnded }

func (p *Program) echoes() (echo, ok bool) { return false, false }

func (p *Program) size() (columns, rows int) { return 0, 0 }

func (p *Program) resize(int, int) error { return errors.ErrUnsupported }
