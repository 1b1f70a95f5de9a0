package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Every byte of ASCII comes back, wherever it lies among the words that are copied
// at once, with a line's end or a character of several bytes behind it.
func TestTextComesBack(t *testing.T) {
	for length := range 100 {
		for special := range byte(0x80) {
			text := strings.Repeat("x", length) + string(rune(special)) + "\r\n" + strings.Repeat("é", length%20) + "\r"
			checkText(t, text)
			checkText(t, text+"\"")
		}
	}
	for length := 4090; length < 4110; length++ { // more than is worked on at once
		checkText(t, strings.Repeat("y", length)+"\x1b\r\nmore")
		checkText(t, strings.Repeat("\"", length)+"漢")
		checkText(t, strings.Repeat("\x01", length)+"\\")
	}
}

func checkText(t *testing.T, text string) {
	t.Helper()
	const before = `[1.000000, "o", `
	line := string(appendText([]byte(before), []byte(text)))
	var back string
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, before)), &back); err != nil || back != text {
		t.Fatalf("%q is written as %s: %v", text, line, err)
	}
}

func BenchmarkText(b *testing.B) {
	var log strings.Builder
	for i := 0; log.Len() < 128<<10; i++ {
		fmt.Fprintf(&log, "Nov 23 20:16:%02d router daemon[%d]: interface GigabitEthernet0/%d changed state to up\r\n", i%60, 11470+i, i%48)
	}
	for _, c := range []struct{ name, text string }{
		{"log", log.String()},
		{"screen", strings.Repeat("\x1b[1;32mok\x1b[0m \"name\"\t\u2502\r\n", 5000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := []byte(c.text)
			b.SetBytes(int64(len(text)))
			var out []byte
			for b.Loop() {
				out = appendText(out[:0], text)
			}
			var back string
			if json.Unmarshal(out, &back) != nil || back != c.text {
				b.Error("it does not come back")
			}
		})
	}
}
