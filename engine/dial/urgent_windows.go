package dial

import "syscall"

const oobInline = 0x100 // SO_OOBINLINE of winsock2.h

func keepUrgent(fd uintptr) {
	_ = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, oobInline, 1) // every Windows has it
}
