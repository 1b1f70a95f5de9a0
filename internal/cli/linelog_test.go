package cli

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// TestLineLog: a log that nobody reads blocks nothing, and tells what is left out.
func TestLineLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log, flush := (&App{Stderr: w}).lineLog()
		for i := range 2 * logLines {
			log(fmt.Sprint("line ", i))
		}
		var text []byte
		go func() { text, _ = io.ReadAll(r) }()
		flush()
		_ = w.Close()
		synctest.Wait()
		if !strings.HasPrefix(string(text), "moonwire: line 0\n") || !strings.Contains(string(text), " lines of the log are left out, as nobody read it") {
			t.Errorf("it says %.100q", text)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log, flush := (&App{Stderr: w}).lineLog()
		log("one")
		flush() // returns, though nobody reads
		_ = r.Close()
	})
}
