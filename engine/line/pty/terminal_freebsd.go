package pty

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line/device"
)

// getMode reads the terminal's mode.
const getMode = unix.TIOCGETA

// maxTyped is the number of bytes of a line that the terminal keeps, without the key that
// ends it: a fifth of a second at 9600 baud, as tty_inwakeup's buffer is sized.
const maxTyped = 1919

// openTerminal makes a pseudo-terminal and opens both its ends.
func openTerminal() (ours *device.File, theirs *os.File, err error) {
	fd, _, errno := unix.Syscall(unix.SYS_POSIX_OPENPT, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0, 0)
	if errno != 0 {
		return nil, nil, os.NewSyscallError("posix_openpt", errno)
	}
	if err := unix.SetNonblock(int(fd), true); err != nil {
		_ = unix.Close(int(fd))
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	ours = device.New(fd, "terminal", "pty")
	number, err := unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
	if err != nil {
		_ = ours.Close()
		return nil, nil, os.NewSyscallError("ioctl", err)
	}
	return opened(ours, "/dev/pts/"+strconv.Itoa(number))
}
