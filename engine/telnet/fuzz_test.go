package telnet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

const referenceBody = `(?:[^\x{ff}]|\x{ff}\x{ff}|\x{ff}[\x{00}-\x{eb}])*`

// referenceGrammar is what a stream is made of, and how a log tells of it.
var referenceGrammar = []struct {
	expr *regexp.Regexp
	log  func(m []string) string
}{
	{regexp.MustCompile(`(?s)^(?:[^\x{ff}]|\x{ff}\x{ff})+`), func(m []string) string {
		return fmt.Sprintf("data %q", undouble(m[0]))
	}},
	{regexp.MustCompile(`(?s)^\x{ff}([\x{fb}-\x{fe}])(.)`), func(m []string) string {
		return fmt.Sprintf("request %v %v (%s)", Command(latin1(m[1])[0]), Option(latin1(m[2])[0]), reasonManual)
	}},
	{regexp.MustCompile(`(?s)^\x{ff}\x{fa}\x{ff}\x{f0}`), func([]string) string {
		return "fault SE (an empty subnegotiation)"
	}},
	{regexp.MustCompile(`(?s)^\x{ff}\x{fa}(` + referenceBody + `)\x{ff}\x{f0}`), func(m []string) string {
		payload := undouble(m[1])
		return fmt.Sprintf("subnegotiation %v %q (%s)", Option(payload[0]), payload[1:], reasonManual)
	}},
	{regexp.MustCompile(`(?s)^\x{ff}\x{fa}` + referenceBody), func([]string) string {
		return "cut off"
	}},
	{regexp.MustCompile(`(?s)^\x{ff}([^\x{fa}-\x{ff}])`), func(m []string) string {
		return "command " + Command(latin1(m[1])[0]).String()
	}},
}

// reference takes a whole stream apart by regular expressions, each byte a rune,
// as a decoder that has nothing in common with the codec but RFC 854 and 855,
// and two choices of the codec's: a subnegotiation ends unread at a command
// other than SE, and an IAC before a byte that is no command stands for itself
// there. It gives the log of a codec in manual mode.
func reference(in []byte) string {
	var runes strings.Builder
	for _, b := range in {
		runes.WriteRune(rune(b))
	}
	rest := runes.String()
	var log strings.Builder
next:
	for rest != "" {
		for _, g := range referenceGrammar {
			m := g.expr.FindStringSubmatch(rest)
			if m == nil {
				continue
			}
			rest = rest[len(m[0]):]
			line := g.log(m)
			if line == "cut off" && (rest == "" || rest == "\u00ff") {
				break next // not cut off, but unfinished
			}
			log.WriteString(line + "\n")
			continue next
		}
		break // an unfinished command
	}
	return log.String()
}

func latin1(s string) []byte {
	var p []byte
	for _, r := range s {
		p = append(p, byte(r))
	}
	return p
}

func undouble(s string) []byte { return latin1(strings.ReplaceAll(s, "\u00ff\u00ff", "\u00ff")) }

// simplified reduces a log of the codec to what reference gives.
func simplified(log []string) string {
	var s strings.Builder
	for _, line := range log {
		switch {
		case strings.HasPrefix(line, "command "):
			line = strings.Join(strings.Fields(line)[:2], " ")
		case strings.Contains(line, "cut off"):
			line = "cut off"
		}
		s.WriteString(line + "\n")
	}
	return s.String()
}

// cuts returns in, cut at random.
func cuts(in []byte, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 1))
	var pieces []string
	for len(in) > 0 {
		n := 1 + random.IntN(min(len(in), 1+random.IntN(9)))
		pieces = append(pieces, string(in[:n]))
		in = in[n:]
	}
	return pieces
}

// richest grants whatever can be granted.
func richest(role Role) Config {
	config := Config{
		Role: role, Terminal: []string{"xterm", "vt100"}, Columns: 255, Rows: 24,
		Environ:      []EnvVar{{Name: "USER", Value: "-x"}, {Name: "A\xff", Value: "\x00\x01\xff"}},
		Charsets:     func(name string) bool { return len(name)%2 == 0 },
		CharsetOffer: []string{"UTF-8"}, Location: "here", TLS: true, Policies: map[Option]Policy{},
	}
	for o := range 256 {
		config.Policies[Option(o)] = Accept
	}
	return config
}

var seeds = []string{
	"", "login: ", "\xff", "\xff\xff", "a\xff\xffb\xff\xf9c", "\xff\xfb\x01\xff\xfd\x18\xff\xfd\x1f",
	"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", "\xff\xfa\x18\xff\x41\xff\xff\xff\xfb\x01", "\xff\xfa\xff\xf0", "\xff\xfa\xff\xff\xff\xf0",
	"\xff\xfd\x27\xff\xfa\x27\x01\x00USER\x03A\x02\xff\xff\xff\xf0", "\xff\xfb\x2a\xff\xfa\x2a\x01;UTF-8\xff\xf0", "\xff\xfb\x56\xff\xfa\x56\xff\xf0x",
	"\xff\xfd\x2e\xff\xfa\x2e\x01\xff\xf0\xff\xfd\x2e", "\xff\xfd\x05\xff\xfa\x05\x01\xff\xf0", "\xff\xfd\x22\xff\xfa\x22\x01\x03\xff\xf0\xff\xfa\x22\xfd\x02\xff\xf0",
	"stale\xff\xff\xff\xf2fresh\xff\xf2", "\xff\xfd\x06\xff\xfb\x12\xff\xf6", "\xff\xfa\x18x\xff\xec\xff\xfa\x18x\xff\xfa", "\xff\xfd\x24\xff\xfa\x24\x01\x01A\xff\xf0",
}

// FuzzDecode holds the codec to the reference, and to giving the same events and
// output however the bytes are cut, without growing.
func FuzzDecode(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > maxPayload {
			t.Skip()
		}
		pieces := cuts(in, seed)
		log, _ := run(New(Config{Manual: true}), pieces...)
		if got, want := simplified(log), reference(in); got != want {
			t.Errorf("got\n%s\nthe reference says\n%s", got, want)
		}
		for _, role := range []Role{Client, Server} {
			for _, urgent := range []bool{false, true} {
				whole, split := New(richest(role)), New(richest(role))
				if urgent { // a SYNCH is on its way
					whole.Urgent()
					split.Urgent()
				}
				log1, out1 := run(whole, string(in))
				log2, out2 := run(split, pieces...)
				if a, b := strings.Join(log1, "\n"), strings.Join(log2, "\n"); a != b || out1 != out2 {
					t.Errorf("%v, urgent %v: whole\n%s\n%q\ncut\n%s\n%q", role, urgent, a, out1, b, out2)
				}
				bounded(t, whole)
				bounded(t, split)
				if len(out1) > maxCredit+gain*len(in) {
					t.Errorf("%d bytes in, %d bytes out", len(in), len(out1))
				}
				wellFormed(t, out1)
			}
		}
	})
}

// bounded checks that nothing in the codec has outgrown its bound.
func bounded(t *testing.T, c *Codec) {
	t.Helper()
	if len(c.sb) > maxKept || cap(c.sb) > 2*maxKept || cap(c.queue) > 64 || cap(c.out) > 3*maxReplies || cap(c.body) > 3*maxReplies {
		t.Errorf("sb %d/%d, queue %d, out %d, body %d", len(c.sb), cap(c.sb), cap(c.queue), cap(c.out), cap(c.body))
	}
}

// wellFormed checks that what we send is whole commands.
func wellFormed(t *testing.T, out string) {
	t.Helper()
	c := New(Config{Manual: true})
	log, _ := run(c, out)
	if what, unfinished := c.Unfinished(); unfinished {
		t.Errorf("the output %q ends in %s", out, what)
	}
	for _, line := range log {
		if strings.HasPrefix(line, "fault") || strings.Contains(line, "unknown") {
			t.Errorf("the output %q holds: %s", out, line)
		}
	}
}

// FuzzEncode checks that what is encoded decodes to what went in.
func FuzzEncode(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), byte(i), "name", "\x00\x01\x02\x03\xff")
	}
	f.Fuzz(func(t *testing.T, p []byte, option byte, name, value string) {
		if len(p) > maxPayload {
			t.Skip()
		}
		c := New(Config{})
		decoded := func(wire []byte) []byte {
			var data []byte
			d := New(Config{Manual: true})
			for {
				event, n := d.Next(wire)
				wire = wire[n:]
				switch event.Kind {
				case None:
					return data
				case Data:
					data = append(data, event.Data...)
				case Subnegotiation:
					data = append(append(data, byte(event.Option)), event.Data...)
				default:
					t.Fatalf("%v", event)
				}
			}
		}
		if got := decoded(c.AppendData(nil, p)); !bytes.Equal(got, p) {
			t.Errorf("data: got %q, want %q", got, p)
		}
		// Read as an NVT does, the text is there again: CR LF is a newline, CR NUL
		// a carriage return, and no other CR occurs.
		text := decoded(c.AppendText(nil, p, "\r\n"))
		want := strings.ReplaceAll(string(p), "\r\n", "\n")
		if got := strings.NewReplacer("\r\n", "\n", "\r\x00", "\r").Replace(string(text)); got != want {
			t.Errorf("text: got %q, want %q", got, want)
		}
		for i, b := range text {
			if b == '\r' && (i+1 == len(text) || text[i+1] != '\n' && text[i+1] != 0) {
				t.Errorf("text: a bare CR in %q", text)
			}
		}
		c.Subnegotiate(Option(option), p)
		if got, want := decoded(c.AppendOutput(nil)), append([]byte{option}, p...); !bytes.Equal(got, want) {
			t.Errorf("subnegotiation: got %q, want %q", got, want)
		}
		v := EnvironEntry{EnvVar: EnvVar{Name: name, Value: value, User: true}, Defined: true}
		if got := ParseEnviron(AppendEnviron(nil, v, v)); len(got) != 2 || got[0] != v || got[1] != v {
			t.Errorf("environ: got %v, want %v twice", got, v)
		}
	})
}
