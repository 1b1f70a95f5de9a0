//go:build unix

package dial

import "syscall"

func keepUrgent(fd uintptr) {
	_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_OOBINLINE, 1) // every system has it
}
