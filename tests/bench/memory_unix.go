//go:build linux || darwin

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the largest resident memory that a process had, in bytes.
func peak(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "linux" {
		return usage.Maxrss * 1024
	}
	return usage.Maxrss
}

// touch takes n bytes of memory, touches them and gives them back.
func touch(n int) {
	p, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil { // then the figures are as they are
		return
	}
	hugePages(p)
	for i := 0; i < len(p); i += os.Getpagesize() {
		p[i] = 1
	}
	_ = syscall.Munmap(p)
}
