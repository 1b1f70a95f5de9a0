package pty

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line/device"
)

// getMode reads the terminal's mode.
const getMode = unix.TCGETS

// maxTyped is the number of bytes of a line that the terminal keeps, without the key that ends it.
const maxTyped = 4095

// openTerminal makes a pseudo-terminal and opens both its ends.
func openTerminal() (ours *device.File, theirs *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	ours = device.New(uintptr(fd), "terminal", "pty")
	unlock := 0
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlock)))
	if errno == 0 {
		var peer uintptr
		if peer, _, errno = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC); errno == 0 {
			return ours, os.NewFile(peer, "terminal's other end"), nil
		}
	}
	_ = ours.Close()
	return nil, nil, os.NewSyscallError("ioctl", errno)
}
