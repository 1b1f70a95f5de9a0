package terminal

// poll(2) does not work on terminals here; select(2) does.

import (
	"os"

	"golang.org/x/sys/unix"
)

// waitReadable waits until fd can be read or wake is written to, and reports
// whether fd can.
func waitReadable(fd, wake int) (bool, error) {
	for {
		var set unix.FdSet
		set.Set(fd)
		set.Set(wake)
		_, err := unix.Select(max(fd, wake)+1, &set, nil, nil, nil)
		if err == unix.EINTR {
			continue
		}
		return err == nil && set.IsSet(fd), os.NewSyscallError("select", err)
	}
}

// isReadable reports whether fd can be read now.
func isReadable(fd int) (bool, error) {
	for {
		var set unix.FdSet
		set.Set(fd)
		_, err := unix.Select(fd+1, &set, nil, nil, &unix.Timeval{})
		if err == unix.EINTR {
			continue
		}
		return err == nil && set.IsSet(fd), os.NewSyscallError("select", err)
	}
}
