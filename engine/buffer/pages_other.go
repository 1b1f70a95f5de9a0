//go:build !linux

package buffer

// useHugePages does nothing where there is no way to ask for them.
func useHugePages([]byte) {}

// hugePage is what large pieces are aligned to.
const hugePage = 2 << 20
