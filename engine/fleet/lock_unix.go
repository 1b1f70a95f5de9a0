//go:build unix

package fleet

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile keeps other processes from the file until unlock, or the end of this one.
func lockFile(f *os.File) (unlock func(), err error) {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, err
	}
	return func() { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }, nil // closing it does the same
}

// syncFolder makes the names in a folder last.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // some file systems cannot
		_ = d.Close()
	}
}
