//go:build !linux

package session

// useHugePages does nothing where there is no way to ask for them.
func useHugePages([]byte) {}
