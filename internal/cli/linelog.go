package cli

import "time"

// The bounds of a line log.
const (
	logLines = 1024            // that may wait for a standard error nobody reads
	logFlush = 2 * time.Second // that the last lines have to get out
)

// lineLog returns a function that says lines on standard error and never blocks:
// where nobody reads it, lines beyond a bound are left out, and their number is
// said. flush waits a moment for those that are left. It may be called once, when
// nothing is logged any more.
func (app *App) lineLog() (log func(line string), flush func()) {
	lines := make(chan string, logLines)
	lost := make(chan int, 1)
	lost <- 0
	done := make(chan struct{})
	tell := func() {
		n := <-lost
		lost <- 0
		if n > 0 {
			app.say("%d lines of the log are left out, as nobody read it", n)
		}
	}
	go func() {
		defer close(done)
		for line := range lines {
			app.say("%s", line)
			tell()
		}
		tell()
	}()
	log = func(line string) {
		select {
		case lines <- line:
		default:
			lost <- <-lost + 1
		}
	}
	flush = func() {
		close(lines)
		select {
		case <-done:
		case <-time.After(logFlush):
		}
	}
	return log, flush
}
