//go:build darwin || freebsd

package pty

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line/device"
)

// opened opens the other end of a terminal. It is not opened by os.OpenFile, which would
// make it one that does not block, for the program as well.
func opened(ours *device.File, path string) (_ *device.File, theirs *os.File, err error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		_ = ours.Close()
		return nil, nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return ours, os.NewFile(uintptr(fd), "terminal's other end"), nil
}
