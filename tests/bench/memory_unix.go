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

// warmMemory is how much memory is touched before a client runs, more than any of
// them takes.
const warmMemory = 512 << 20 // bytes

// warm touches much memory and gives it back. A virtual machine's host takes back
// what its guest has not used for some seconds, and gives it again page by page, many
// times as slowly as the guest itself could: whoever ran after a slow client would pay
// for that, in proportion to what it keeps.
func warm() {
	p, err := syscall.Mmap(-1, 0, warmMemory, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil { // then the figures are as they are
		return
	}
	defer syscall.Munmap(p)
	hugePages(p)
	for i := 0; i < len(p); i += os.Getpagesize() {
		p[i] = 1
	}
}
