//go:build !unix && !windows

package dial

func keepUrgent(uintptr) {}
