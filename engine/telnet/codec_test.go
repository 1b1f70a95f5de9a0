package telnet

import (
	"fmt"
	"strings"
	"testing"
)

// run feeds in, cut at the given places, to a new codec and returns the events
// as lines, Data events that follow each other joined, and the output.
func run(c *Codec, pieces ...string) (log []string, out string) {
	data := ""
	flush := func() {
		if data != "" {
			log = append(log, fmt.Sprintf("data %q", data))
			data = ""
		}
	}
	for _, piece := range pieces {
		in := []byte(piece)
		for {
			event, n := c.Next(in)
			in = in[n:]
			if event.Kind == None {
				break
			}
			if event.Kind == Data {
				data += string(event.Data)
				continue
			}
			flush()
			log = append(log, event.String())
		}
		out = string(c.AppendOutput([]byte(out)))
	}
	flush()
	return log, out
}

func TestWillEcho(t *testing.T) {
	log, out := run(New(Config{}), "a\xff\xfb\x01b\xff\xffc")
	want := `data "a"
request WILL ECHO: accept (default)
sent DO ECHO (default)
changed him ECHO on
data "b\xffc"`
	if got := strings.Join(log, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if out != "\xff\xfd\x01" {
		t.Errorf("output %q", out)
	}
}
