//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

type state struct{ termios unix.Termios }

func getState(f *os.File) (*state, error) {
	t, err := unix.IoctlGetTermios(int(f.Fd()), ioctlGetTermios)
	if err != nil {
		return nil, os.NewSyscallError("tcgetattr", err)
	}
	return &state{*t}, nil
}

// setState makes the change at once, for waiting until the output is written
// could take for ever, and keeps what was typed before it. A process in the background would be stopped
// by it and leaves the terminal alone instead: it gets another chance when it
// is continued in the foreground.
func setState(f *os.File, s *state) error {
	fd := int(f.Fd())
	if pgrp, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && pgrp != unix.Getpgrp() {
		return nil
	}
	for {
		err := unix.IoctlSetTermios(fd, ioctlSetTermios, &s.termios)
		if err == unix.EINTR {
			continue
		}
		return os.NewSyscallError("tcsetattr", err)
	}
}

// in returns the modes found changed to m.
func (s *state) in(m Mode) *state {
	t := s.termios
	if m == Found {
		return &state{t}
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	if m == Raw {
		t.Oflag &^= unix.OPOST
	} else {
		t.Oflag |= unix.OPOST | unix.ONLCR
	}
	t.Cflag &^= unix.CSIZE | unix.PARENB
	t.Cflag |= unix.CS8
	t.Cc[unix.VMIN] = 1
	t.Cc[unix.VTIME] = 0
	return &state{t}
}
