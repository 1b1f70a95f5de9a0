package fleet

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile keeps other processes from the file until unlock, or the end of this one. A
// byte far behind the end is locked, as Windows lets nobody else read one that is.
func lockFile(f *os.File) (unlock func(), err error) {
	h := windows.Handle(f.Fd())
	far := windows.Overlapped{OffsetHigh: 1 << 30}
	if err := windows.LockFileEx(h, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &far); err != nil {
		return nil, err
	}
	return func() { _ = windows.UnlockFileEx(h, 0, 1, 0, &far) }, nil // closing it does the same
}

// syncFolder does nothing: Windows keeps names by itself.
func syncFolder(string) {}
