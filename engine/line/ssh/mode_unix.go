//go:build unix

package ssh

import (
	"fmt"
	"os"
	"syscall"
)

// closedToOthers checks that nobody else can read a key of ours.
func closedToOthers(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if mode := info.Mode().Perm(); ok && int(owner.Uid) == os.Getuid() && mode&0o077 != 0 {
		return &failure{
			what: fmt.Sprintf("permissions %04o for %s are too open: others can read the private key", mode, path),
			hint: "chmod 600 " + path,
		}
	}
	return nil
}
