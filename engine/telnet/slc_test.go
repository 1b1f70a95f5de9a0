package telnet

import (
	"strings"
	"testing"
)

// TestSLC: special characters are agreed to once, defaults and unknown functions
// are refused, agreements have no answer.
func TestSLC(t *testing.T) {
	const header = "\xff\xfa\x22\x03"
	for _, test := range []struct{ said, answer string }{
		{"\x03\x62\x03", header + "\x03\xe2\x03\xff\xf0"},
		{"\x03\x62\x03\x03\x62\x03", header + "\x03\xe2\x03\xff\xf0"},
		{"\x03\xe2\x03", ""},
		{"\x00\x03\x00", ""},
		{"\x08\x03\x00", header + "\x08\x00\x00\xff\xf0"},
		{"\x1f\x02\x01", header + "\x1f\x00\x00\xff\xf0"},
		{"\x0a\x02\xff\xff", header + "\x0a\x82\xff\xff\xff\xf0"},
		{"\x03\x62", ""},
	} {
		c := New(Config{Policies: map[Option]Policy{Linemode: Accept}})
		for in := []byte("\xff\xfd\x22"); len(in) > 0; {
			_, n := c.Next(in)
			in = in[n:]
		}
		c.AppendOutput(nil)
		in := []byte(header + test.said + "\xff\xf0")
		for {
			ev, n := c.Next(in)
			if in = in[n:]; ev.Kind == None {
				break
			}
		}
		if got := strings.TrimPrefix(string(c.AppendOutput(nil)), "\xff\xfb\x22"); got != test.answer {
			t.Errorf("%q is answered by %q, not %q", test.said, got, test.answer)
		}
	}
}
