package cli

import (
	"strings"
	"testing"
)

func TestLimitedTakesNoMoreThanItMay(t *testing.T) {
	l := &limited{most: 2 << 20}
	line := []byte(strings.Repeat("x", 1<<20))
	for range 2 {
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatalf("what fits was not taken: %d bytes, %v", n, err)
		}
	}
	n, err := l.Write([]byte("y"))
	const want = "the recording is full with 2 MB; the session goes on, but what comes now is in neither file"
	if n != 0 || err == nil || err.Error() != want {
		t.Errorf("one byte more: %d, %v", n, err)
	}
	if l.Len() != 2<<20 {
		t.Errorf("%d bytes are kept", l.Len())
	}
}
