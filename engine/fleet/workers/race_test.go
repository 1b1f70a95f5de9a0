//go:build race

package workers

// underRace says that the race detector watches, which multiplies time and memory.
const underRace = true
