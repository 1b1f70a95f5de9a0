//go:build race

package baselib_test

// underRace says that the race detector watches: it makes Lua ten times slower.
const underRace = true
