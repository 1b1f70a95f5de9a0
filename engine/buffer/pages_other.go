//go:build !linux

package buffer

// useHugePages does nothing where there is no way to ask for them.
func useHugePages([]byte) {}

// hugePage is how much memory is made ready at a time, where there is a way to do so.
const hugePage = 2 << 20

// canMakeReady tells that there is no such way.
const canMakeReady = false

// makeReady does nothing where there is no way to do it.
func makeReady([]byte) {}
