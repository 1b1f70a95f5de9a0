//go:build race

package real

// underRace says that the race detector watches, which multiplies time and memory.
const underRace = true
