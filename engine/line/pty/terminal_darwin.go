package pty

import (
	"bytes"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line/device"
)

// getMode reads the terminal's mode.
const getMode = unix.TIOCGETA

// maxTyped is the number of bytes of a line that the terminal keeps, without the key that
// ends it (MAX_CANON).
const maxTyped = 1023

// nameLength is the size of what TIOCPTYGNAME fills.
const nameLength = 128

// openTerminal makes a pseudo-terminal and opens both its ends.
func openTerminal() (ours *device.File, theirs *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	ours = device.New(uintptr(fd), "terminal", "pty")
	var name [nameLength]byte
	for _, step := range []struct {
		request uint
		to      unsafe.Pointer
	}{{unix.TIOCPTYGRANT, nil}, {unix.TIOCPTYUNLK, nil}, {unix.TIOCPTYGNAME, unsafe.Pointer(&name)}} {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(step.request), uintptr(step.to)); errno != 0 {
			_ = ours.Close()
			return nil, nil, os.NewSyscallError("ioctl", errno)
		}
	}
	path, _, _ := bytes.Cut(name[:], []byte{0})
	return opened(ours, string(path))
}
