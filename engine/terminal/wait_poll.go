//go:build unix && !darwin

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// waitReadable waits until fd can be read or wake is written to, and reports
// whether fd can.
func waitReadable(fd, wake int) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if err == unix.EINTR {
			continue
		}
		return fds[0].Revents != 0, os.NewSyscallError("poll", err)
	}
}

// isReadable reports whether fd can be read now.
func isReadable(fd int) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, 0)
		if err == unix.EINTR {
			continue
		}
		return fds[0].Revents != 0, os.NewSyscallError("poll", err)
	}
}
